"""SIGHUP puts another configuration in force without losing an event or a socket."""

import os
import re
import signal
import socket
import subprocess
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

    def test_a_line_that_is_half_out_gets_its_other_half(self):
        sinks = "\n  out: {type: stdout, retry: {initial: 50ms, max: %s}}"
        self.configure(sinks=sinks % "100ms")
        self.start(stdout=subprocess.PIPE)
        sender = self.unix_sender()
        for n in range(300):
            sender.send(packet(n, padding=1000))
        stuck = lambda: self.status()["sinks"]["out"]["state"] == "retrying"
        self.assertTrue(eventually(stuck), "the pipe is full")
        self.configure(sinks=sinks % "200ms")
        self.reload()
        out = []
        reader = threading.Thread(target=lambda: out.append(self.process.stdout.read()))
        reader.start()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["out"]["pending"] == 0))
        self.assertEqual(self.status()["sinks"]["out"]["in_doubt"], 0)
        process = self.process
        self.stop()
        reader.join()
        process.stdout.close()
        found = re.findall(rb'^\S+ application="shop" event="tick" analytics_prop__padding="x{1000}" '
                           rb'analytics_prop__n="(\d+)"$', out[0], re.MULTILINE)
        self.assertEqual([int(n) for n in found], list(range(300)))
        self.assertEqual(out[0].count(b"\n"), 300)

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
        status = self.status()["inputs"]
        self.assertEqual([name for name in sorted(status) if status[name]["listen"]], ["packets", "second"])
        self.assertEqual(self.status()["inputs"]["packets"]["packets"], 11)
        with self.assertRaises(ConnectionRefusedError):
            sender.send(packet(12))
            sender.send(packet(12))

    def test_counts_of_inputs_that_go_are_kept_and_go_on_when_they_return(self):
        self.configure(inputs=self.inputs())
        self.start()
        for n in range(10):
            self.unix_sender().send(packet(n))
        self.assertTrue(eventually(lambda: len(self.numbers()) == 10))
        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}"}}""")
        self.reload()
        local = self.status()["inputs"]["local"]
        self.assertEqual((local["accepted"], local["packets"], local["listen"]), (10, 10, []))
        self.configure(inputs=self.inputs())
        self.reload()
        self.unix_sender().send(packet(10))
        self.assertTrue(eventually(lambda: len(self.numbers()) == 11))
        local = self.status()["inputs"]["local"]
        self.assertEqual((local["accepted"], local["packets"]), (11, 11))
        self.assertEqual(local["listen"], [self.path("events.sock")])

    def test_a_reload_while_the_journal_is_full_waits_for_nobody_and_loses_nothing(self):
        full = "segment_size: 1MiB, max_size: 4MiB, when_full: refuse"
        self.configure(inputs=self.inputs(), journal=full)
        self.start()
        self.command("sink", "lines", "pause", "-c", self.path("eventfwd.yaml"))
        udp, local = self.udp_sender(), self.unix_sender()
        local.settimeout(0.5)
        sent = {"udp": 0, "local": 0}
        with self.assertRaises(TimeoutError):  # when it is full, and the sender has to wait
            while True:
                local.send(packet(sent["local"], "local", 1000))
                sent["local"] += 1
        self.assertIn("waiting until there is room", self.log())
        for _ in range(300):  # more than one batch
            udp.send(packet(sent["udp"], "udp", 1000))
            sent["udp"] += 1
        self.assertTrue(eventually(lambda: "input packets: append to journal" in self.log()))
        # One goes, the other changes, twice over, and the sink too: nobody waits for room.
        for inputs in (f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}", naive_time: local}}""", self.inputs(),
                       self.inputs(udp=", application: other", local=", application: other")):
            self.configure(inputs=inputs, journal=full)
            began = time.monotonic()
            self.reload()
            self.assertEqual(self.status()["sinks"]["lines"]["state"], "paused")
            self.assertLess(time.monotonic() - began, 3)
            self.assert_ledger_closes(self.status())
        udp.send(packet(sent["udp"], "udp", 1000))
        sent["udp"] += 1
        self.command("sink", "lines", "resume", "-c", self.path("eventfwd.yaml"))
        total = sum(sent.values())
        counted = lambda: self.status()["sinks"]["lines"]["delivered"]
        self.assertTrue(eventually(lambda: counted() == total), (self.status(), sent, self.log()))
        status = self.status()
        self.assertEqual(status["inputs"]["packets"]["accepted"], sent["udp"])
        self.assertEqual(status["inputs"]["packets"]["packets"], sent["udp"])
        self.assertEqual(status["inputs"]["local"]["accepted"], sent["local"])
        self.assertEqual(status["inputs"]["local"]["packets"], sent["local"])
        self.assert_ledger_closes(status)
        for application in ("local", "udp"):
            numbers = [int(line.rsplit('"', 2)[1]) for line in self.lines()
                       if f'application="{application}"' in line]
            self.assertEqual(sorted(numbers), list(range(sent[application])))
        self.stop()

    def test_a_paused_sink_stays_so_over_reload_restart_and_kill(self):
        self.configure()
        self.start()
        sink = lambda: self.status()["sinks"]["lines"]
        order = lambda verb: self.command("sink", "lines", verb, "-c", self.path("eventfwd.yaml"))
        sender = self.unix_sender()
        order("pause")
        self.assertTrue(eventually(lambda: sink()["state"] == "paused"))
        sender.send(packet(0))
        self.configure(sinks="\n  lines: {type: file, path: events.log, mode: \"0600\"}")
        self.reload()
        self.assertEqual(sink()["state"], "paused")
        for end in (self.stop, self.kill):
            end()
            self.start()
            self.assertEqual(sink()["state"], "paused")
            self.assertEqual(sink()["pending"], 1)
        self.assertEqual(self.lines(), [])
        order("resume")
        self.assertTrue(eventually(lambda: self.numbers() == [0]))
        self.stop()
        self.start()
        self.assertEqual(sink()["state"], "idle")

    def test_an_orphaned_sink_is_shown_with_what_it_has_pending(self):
        both = """
  lines: {type: file, path: events.log}
  second: {type: file, path: second.log}"""
        self.configure(sinks=both, journal="segment_size: 1MiB, sync: 20ms")
        self.start()
        sender = self.unix_sender()
        for n in range(100):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: len(self.numbers("second.log")) == 100))
        self.configure(journal="segment_size: 1MiB, sync: 20ms")
        self.reload()
        for n in range(100, 150):
            sender.send(packet(n))
        second = lambda: self.status()["sinks"]["second"]
        self.assertTrue(eventually(lambda: second()["pending"] == 50), self.status())
        self.assertEqual((second()["state"], second()["delivered"]), ("orphaned", 100))
        text = self.command("status", "-c", self.path("eventfwd.yaml")).stdout
        self.assertRegex(text, r"second +orphaned +100 +50 ")
        # What nobody else needs goes, and is not pending any more.
        for n in range(150, 4000):
            sender.send(packet(n, padding=1000))
        self.assertTrue(eventually(lambda: second()["shed"]["full"] > 0))
        self.assert_ledger_closes(self.status())
        self.stop()
        self.start()
        self.assertEqual(second()["state"], "orphaned")
        self.assert_ledger_closes(self.status())
        before = second()
        self.configure(sinks=both, journal="segment_size: 1MiB, sync: 20ms")
        self.reload()
        self.assertTrue(eventually(lambda: second()["pending"] == 0))
        self.assertGreaterEqual(second()["shed"]["full"], before["shed"]["full"])
        self.assert_ledger_closes(self.status())

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
