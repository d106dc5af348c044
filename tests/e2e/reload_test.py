"""SIGHUP puts another configuration in force without losing an event or a socket."""

import os
import signal
import socket
import threading
import time
import unittest

from harness import DaemonTest, eventually, free_port, packet


class ReloadTest(DaemonTest):
    def reload(self):
        """Tells the daemon to reload, and gives what it logged until it was done."""
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        done = lambda: "reloaded" in self.log()[before:]
        self.assertTrue(eventually(done), self.log()[before:])
        return self.log()[before:]

    def inputs(self, udp="", local=""):
        return f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}"{udp}}}
  local: {{type: unix_datagram, path: events.sock{local}}}"""

    def test_nothing_is_lost_while_everything_changes_under_load(self):
        self.configure(inputs=self.inputs())
        self.start()
        local, udp = self.unix_sender(), self.udp_sender()
        sent = {"local": 0, "udp": 0}
        done = threading.Event()

        def load():
            while not done.is_set():
                for _ in range(20):
                    local.send(packet(sent["local"], "local"))
                    sent["local"] += 1
                    udp.send(packet(sent["udp"], "udp"))
                    sent["udp"] += 1
                time.sleep(0.001)

        thread = threading.Thread(target=load)
        thread.start()
        self.addCleanup(done.set)
        plain = "\n  lines: {type: file, path: events.log}"
        rounds = (
            {"inputs": self.inputs(udp=", receive_buffer: 8MiB"), "sinks": plain},
            {"inputs": self.inputs(local=", application: other"), "sinks": plain + """
  second: {type: file, path: second.log, format: json}"""},
            {"inputs": self.inputs(udp=", naive_time: local", local=', mode: "0600"'),
             "sinks": plain + "\n  second: {type: file, path: second.log}", "journal": "sync: 100ms"},
            {"inputs": self.inputs(), "sinks": plain},
        )
        for n in range(12):
            self.configure(**rounds[n % len(rounds)])
            self.assertNotIn("error", self.reload())
            time.sleep(0.03)
        done.set()
        thread.join()
        total = sent["local"] + sent["udp"]
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == total),
                        (self.status(), sent))
        status = self.status()
        self.assertEqual(status["inputs"]["local"]["packets"], sent["local"])
        self.assertEqual(status["inputs"]["packets"]["packets"], sent["udp"])
        self.assert_ledger_closes(status)
        lines = self.lines()
        for application in ("local", "udp"):
            numbers = [int(line.rsplit('"', 2)[1]) for line in lines
                       if f'application="{application}"' in line]
            self.assertEqual(numbers, list(range(sent[application])))
        self.stop()

    def test_a_configuration_with_errors_changes_nothing(self):
        self.configure()
        self.start()
        self.configure(journal="max_size: 1parsec", more="nonsense: 1")
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: "not reloaded" in self.log()[before:]))
        told = self.log()[before:]
        self.assertRegex(told, r"eventfwd.yaml:\d+:\d+: journal.max_size: expected a size")
        self.assertRegex(told, r"eventfwd.yaml:\d+:\d+: nonsense: unknown key")
        self.configure()
        self.unix_sender().send(packet(1))
        self.assertTrue(eventually(lambda: self.numbers() == [1]))

    def test_what_needs_a_restart_is_refused_whole(self):
        self.configure()
        self.start()
        second = free_port()
        with open(self.path("eventfwd.yaml"), encoding="utf-8") as f:
            text = f.read()
        with open(self.path("eventfwd.yaml"), "w", encoding="utf-8") as f:
            f.write(text.replace("path: journal", "path: elsewhere")
                    .replace(f":{self.port}", f":{second}"))
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(
            lambda: "not reloaded: another journal.path needs a restart" in self.log()[before:]))
        self.udp_sender().send(packet(2))
        self.assertTrue(eventually(lambda: self.numbers() == [2]))

    def test_an_address_that_is_taken_changes_nothing(self):
        self.configure(inputs=self.inputs())
        self.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            port = other.getsockname()[1]
            self.configure(inputs=self.inputs() + f"""
  more: {{type: udp, listen: "127.0.0.1:{port}"}}""")
            before = len(self.log())
            self.process.send_signal(signal.SIGHUP)
            self.assertTrue(eventually(lambda: "not reloaded: input more" in self.log()[before:]))
        self.assertIn("Address already in use", self.log()[before:])
        self.reload()  # now that it is free
        self.udp_sender(port=port).send(packet(3))
        self.assertTrue(eventually(lambda: self.numbers() == [3]))

    def test_inputs_come_go_and_move(self):
        self.configure(inputs=self.inputs())
        self.start()
        sender = self.udp_sender()
        for n in range(10):
            sender.send(packet(n))
        moved = free_port()
        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{moved}"}}
  second: {{type: unix_datagram, path: second.sock}}""")
        self.reload()
        self.assertFalse(os.path.exists(self.path("events.sock")))
        self.udp_sender(port=moved).send(packet(10))
        self.unix_sender("second.sock").send(packet(11))
        self.assertTrue(eventually(lambda: sorted(self.numbers()) == list(range(12))))
        self.assertEqual(sorted(self.status()["inputs"]), ["packets", "second"])
        self.assertEqual(self.status()["inputs"]["packets"]["packets"], 11)
        with self.assertRaises(ConnectionRefusedError):
            sender.send(packet(12))
            sender.send(packet(12))

    def test_a_sink_that_goes_and_comes_back_goes_on_where_it_was(self):
        both = """
  lines: {type: file, path: events.log}
  second: {type: file, path: second.log}"""
        self.configure(sinks=both)
        self.start()
        sender = self.unix_sender()
        sender.send(packet(0))
        self.assertTrue(eventually(lambda: self.numbers("second.log") == [0]))
        self.configure()
        self.assertIn("sink second is no longer configured", self.reload())
        sender.send(packet(1))
        self.assertTrue(eventually(lambda: self.numbers() == [0, 1]))
        self.configure(sinks=both)
        self.reload()
        self.assertTrue(eventually(lambda: self.numbers("second.log") == [0, 1]))
        self.assert_ledger_closes(self.status())


if __name__ == "__main__":
    unittest.main()
