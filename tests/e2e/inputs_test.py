"""The inputs as senders meet them."""

import base64
import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, eventually, packet

GOLDEN = os.path.join(os.path.dirname(__file__), "..", "golden", "golden-packets.jsonl")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class InputsTest(DaemonTest):
    def test_all_golden_packets_give_their_lines_through_the_real_sockets(self):
        golden = [json.loads(line) for line in pathlib.Path(GOLDEN).read_text("utf-8").splitlines()]
        golden = [g for g in golden if "default_application" not in g]
        for name, sender in (("local", self.unix_sender), ("packets", self.udp_sender)):
            with self.subTest(name):
                self.setUp()
                self.configure()
                self.start()
                s = sender()
                expected, refused, skipped = [], {}, 0
                for g in golden:
                    bytes_ = base64.b64decode(g["packet"])
                    if name == "packets" and len(bytes_) > 65507:  # no UDP datagram can be larger
                        skipped += 1
                        continue
                    s.send(bytes_)
                    for e in g["expect"]:
                        if "line" in e:
                            received = e["line"].startswith(g["received_at"])
                            expected.append((received, TIME.sub("", e["line"]) if received else e["line"]))
                        else:
                            refused[e["refused"]] = refused.get(e["refused"], 0) + 1
                self.assertTrue(eventually(lambda: self.status()["inputs"][name]["packets"] == len(golden) - skipped))
                self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
                self.assertEqual(self.status()["inputs"][name]["refused"], refused)
                got = self.lines()
                self.assertEqual([TIME.sub("", line) if received else line
                                  for line, (received, _) in zip(got, expected)],
                                 [line for _, line in expected])
                self.assertEqual(len(got), len(expected))
                self.stop()

    def test_both_loopbacks_and_several_unix_sockets(self):
        self.configure(inputs=f"""
  packets: {{type: udp, listen: ["127.0.0.1:{self.port}", "[::1]:{self.port}"]}}
  one: {{type: unix_datagram, path: one.sock, mode: "0622", application: first}}
  two: {{type: unix_datagram, path: two.sock}}""")
        self.start()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("one.sock")).st_mode), 0o622)
        self.udp_sender().send(packet(1))
        self.udp_sender("::1").send(packet(2))
        self.unix_sender("one.sock").send(b"event=tick n=3")
        self.unix_sender("two.sock").send(packet(4))
        self.assertTrue(eventually(lambda: len(self.lines()) == 4))
        self.assertEqual(sorted(self.numbers()), [1, 2, 3, 4])
        self.assertEqual(sum('application="first"' in line for line in self.lines()), 1)
        self.stop()
        self.assertFalse(os.path.exists(self.path("one.sock")))

    def test_allow_uids_keeps_others_out(self):
        self.configure(inputs="""
  mine: {type: unix_datagram, path: mine.sock, allow_uids: [%d]}
  other: {type: unix_datagram, path: other.sock, allow_uids: [%d]}""" % (os.getuid(), os.getuid() + 1))
        self.start()
        self.unix_sender("mine.sock").send(packet(1))
        self.unix_sender("other.sock").send(packet(2))
        self.assertTrue(eventually(lambda: self.status()["inputs"]["other"]["not_allowed"] == 1))
        self.assertTrue(eventually(lambda: self.numbers() == [1]))
        self.stop()

    def test_the_send_command_reaches_every_kind_of_input(self):
        self.configure()
        self.start()
        for to in ([], ["--to", f"127.0.0.1:{self.port}"], ["--to", f"[::1]:{self.port}"],
                   ["--to", self.path("events.sock")]):
            sent = self.command("send", "shop", "tick", "n=1", "--id", "u1", "-c",
                                self.path("eventfwd.yaml"), *to)
            self.assertEqual(sent.returncode, 0, sent.stderr)
        many = self.command("send", "--stdin", "-c", self.path("eventfwd.yaml"),
                            input="application=shop event=tick n=2\n" * 100)
        self.assertEqual(many.returncode, 0, many.stderr)
        self.assertTrue(eventually(lambda: len(self.lines()) == 104))
        self.stop()

    def test_the_send_command_sends_bytes_that_are_not_utf8_as_they_are(self):
        self.configure()
        self.start()
        sent = self.command("send", "shop", b"lo\xffgin", b"k\xfe=v\xc3", "u=\u00fc \"\\", "-c",
                            self.path("eventfwd.yaml"))
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.assertTrue(eventually(lambda: len(self.lines()) == 1))
        line = self.lines()[0]
        self.assertIn(r' event="lo\xFFgin" ', line)
        self.assertIn(r'="v\xC3" ', line)
        self.assertTrue(line.endswith(r'__u="ü \"\\"'), line)
        self.stop()

    def test_sockets_that_are_held_over_a_restart_lose_nothing(self):
        held_udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        held_udp.bind(("127.0.0.1", self.port))
        held_unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        held_unix.setsockopt(socket.SOL_SOCKET, 16, 1)  # SO_PASSCRED, as PassCredentials= does
        held_unix.bind(self.path("events.sock"))
        self.addCleanup(held_udp.close)
        self.addCleanup(held_unix.close)

        def hand_over():
            os.environ["LISTEN_FDS"] = "2"
            os.environ["LISTEN_PID"] = str(os.getpid())
            udp, unix = os.dup(held_udp.fileno()), os.dup(held_unix.fileno())
            os.dup2(udp, 3, inheritable=True)
            os.dup2(unix, 4, inheritable=True)

        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}"}}
  local: {{type: unix_datagram, path: events.sock}}""")
        udp = self.udp_sender()
        sent = 0
        for life in range(4):
            for n in range(50):  # while nobody runs: the kernel keeps them
                udp.send(packet(sent))
                sent += 1
            self.start(preexec_fn=hand_over, close_fds=False)
            self.assertIn("held by systemd", self.log())
            self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == sent))
            if life == 1:
                self.kill()
            else:
                self.stop()
            self.assertTrue(os.path.exists(self.path("events.sock")))
        self.assertEqual(self.numbers(), list(range(sent)))

    def test_drops_of_a_held_socket_are_counted_once(self):
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        held.bind(("127.0.0.1", self.port))
        self.addCleanup(held.close)

        def hand_over():
            os.environ["LISTEN_FDS"] = "1"
            os.environ["LISTEN_PID"] = str(os.getpid())
            os.dup2(os.dup(held.fileno()), 3, inheritable=True)

        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}", receive_buffer: 4KiB}}""")
        udp = self.udp_sender()
        count = 5000
        for n in range(count):
            udp.send(packet(n))
        counted = []
        for _ in range(2):
            self.start(preexec_fn=hand_over, close_fds=False)
            self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
            counted.append(self.status()["inputs"]["packets"])
            self.stop()
        self.assertEqual(counted[0]["packets"] + counted[0]["kernel_drops"], count)
        self.assertEqual(counted[1], counted[0])

    def test_systemd_hears_when_it_is_ready_alive_and_stopping(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(self.path("notify"))
        manager.settimeout(10)
        self.configure()
        self.start(env=dict(os.environ, NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="100000"))
        self.assertEqual(manager.recv(100), b"READY=1")
        for _ in range(3):
            self.assertEqual(manager.recv(100), b"WATCHDOG=1")
        self.stop()
        told = b""
        while told != b"STOPPING=1":
            told = manager.recv(100)

    def test_stdout_is_a_sink_too(self):
        self.configure(sinks="\n  console: {type: stdout, format: json}")
        self.process = subprocess.Popen([EVENTFWD, "run", "-c", self.path("eventfwd.yaml")],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "ready" in line:
                break
        self.unix_sender().send(packet(7))
        self.assertEqual(json.loads(self.process.stdout.readline())["properties"], {"n": "7"})
        self.process.stdout.close()
        self.process.terminate()
        self.process.stderr.read()
        self.process.stderr.close()
        self.assertEqual(self.process.wait(10), 0)
        self.process = None


if __name__ == "__main__":
    unittest.main()
