"""What real senders print and put around their packets, and what send and render make of files."""

import json
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, eventually

LINE = b"application=a event=e n=%d"


class PacketsTest(DaemonTest):
    def send_stdin(self, text, *arguments):
        return subprocess.run([EVENTFWD, "send", "--stdin", *arguments], input=text, capture_output=True,
                              timeout=30, check=False)

    def render(self, text, *arguments):
        done = subprocess.run([EVENTFWD, "render", "--json", *arguments], input=text, capture_output=True,
                              timeout=30, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()]

    def numbers_sent(self):
        return sorted(int(line.split('analytics_prop__n="')[1].rstrip('"')) for line in self.lines())

    def test_timestamps_that_real_senders_print_arrive(self):
        times = {"2011-08-08 11:45:17,735": "2011-08-08T11:45:17.735000Z",
                 "2011-08-08 11:45:17.735045 +0000 UTC": "2011-08-08T11:45:17.735045Z",
                 "2011-08-08T13:45+02:00": "2011-08-08T11:45:00.000000Z",
                 "2016-12-31T23:59:60Z": "2017-01-01T00:00:00.000000Z",
                 1.7524e9: "2025-07-13T09:46:40.000000Z"}
        self.configure()
        self.start()
        for sender in (self.unix_sender(), self.udp_sender()):
            for time in times:
                sender.send(json.dumps({"application": "a", "event": "e", "timestamp": time, "increment": 1.0}).encode())
            sender.send(b'{"application":"a","event":"e","time":1.7524E+9,"increment":2.0}')
        self.assertTrue(eventually(lambda: len(self.lines()) == 12), self.lines())
        self.assertEqual({line.split()[0] for line in self.lines()}, set(times.values()))
        self.assertEqual(sum('increment="2"' in line for line in self.lines()), 2)

    def test_the_terminators_of_c_are_no_part_of_a_packet(self):
        self.configure()
        self.start()
        sender = self.unix_sender()
        for packet in (LINE % 1 + b"\0", LINE % 2 + b"\n\0\0", LINE % 3 + b"\r\n\0",
                       b'{"application":"a","event":"e","n":4}\0', b'{"application":"a","event":"e","n":5}\n\0'):
            sender.send(packet)
        self.assertTrue(eventually(lambda: len(self.lines()) == 5))
        self.assertEqual(self.numbers_sent(), [1, 2, 3, 4, 5])
        self.assertEqual(self.status()["inputs"]["local"]["refused"], {})

    def test_lines_of_windows_and_the_last_one_without_an_end_are_sent(self):
        self.configure()
        self.start()
        text = b"\xEF\xBB\xBF" + LINE % 1 + b"\r\n" + b"\xEF\xBB\xBF" + LINE % 2 + b"\n" + LINE % 3 + b"\r"
        done = self.send_stdin(text, "--to", self.path("events.sock"))
        self.assertEqual((done.returncode, done.stderr), (0, b"3 packets sent\n"))
        self.assertTrue(eventually(lambda: len(self.lines()) == 3))
        self.assertEqual(self.numbers_sent(), [1, 2, 3])

    def test_send_goes_on_behind_lines_that_are_too_large(self):
        self.configure()
        self.start()
        large = LINE % 0 + b" x=" + b"y" * 70_000
        text = b"\n".join([LINE % 1, large, LINE % 2, large, LINE % 3]) + b"\n"
        for to in (f"127.0.0.1:{self.port}", self.path("events.sock")):
            with self.subTest(to):
                done = self.send_stdin(text, "--to", to)
                self.assertEqual(done.returncode, 1)
                self.assertIn(b"lines 2, 4\n", done.stderr)
                self.assertTrue(done.stderr.endswith(b"3 packets sent, 2 lines not sent\n"), done.stderr)
        self.assertTrue(eventually(lambda: len(self.lines()) == 6))
        self.assertEqual(self.numbers_sent(), [1, 1, 2, 2, 3, 3])

    def test_send_goes_on_behind_what_the_socket_does_not_take(self):
        """64 KiB are a packet to the daemon, and more than a datagram of UDP holds."""
        self.configure()
        self.start()
        large = (LINE % 0 + b" x=").ljust(65_520, b"y")
        done = self.send_stdin(large + b"\n" + LINE % 1, "--to", f"127.0.0.1:{self.port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"line 1\n", done.stderr)
        self.assertTrue(eventually(lambda: len(self.lines()) == 1))

    def test_send_takes_as_large_lines_as_the_input_does(self):
        self.configure(inputs="\n  local: {type: unix_datagram, path: events.sock, max_packet: 128KiB}")
        self.start()
        events = b" ".join(b'{"application":"a","event":"%s","n":%d}' % (b"e" * 200, n) for n in range(400))
        self.assertGreater(len(events), 65_536)
        done = self.send_stdin(events, "-c", self.path("eventfwd.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(eventually(lambda: len(self.lines()) == 400))

    def test_render_knows_line_ends_and_refuses_utf16_by_its_name(self):
        self.assertEqual([bool("line" in each) for each in self.render(
            LINE % 1 + b"\r\n" + LINE % 2 + b"\0\r\n\r\n" + LINE % 3)[1]], [True, True, False, True])
        self.assertTrue(all("\\r" not in each.get("line", "") for each in self.render(LINE % 1 + b"\r\n")[1]))
        status, results = self.render("\uFEFFapplication=a event=e\n".encode("utf-16-le"), "--whole")
        self.assertEqual((status, results), (1, [{"refused": "syntax"}]))
        self.configure()
        self.start()
        self.unix_sender().send("\uFEFF{}".encode("utf-16-be"))
        self.assertTrue(eventually(lambda: self.status()["inputs"]["local"]["refused"] == {"syntax": 1}))


if __name__ == "__main__":
    unittest.main()
