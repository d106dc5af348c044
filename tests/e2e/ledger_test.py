"""Every event once, in order, and a ledger that closes."""

import os
import pathlib
import threading
import time
import unittest

import harness
from harness import DaemonTest, eventually, packet


class LedgerTest(DaemonTest):
    def sink(self, *arguments):
        return self.command("sink", *arguments, "-c", self.path("eventfwd.yaml"))

    def test_a_paused_sink_waits_and_a_skipped_one_gives_up_with_the_ledger_closed(self):
        self.configure(sinks="""
  lines: {type: file, path: events.log}
  second: {type: file, path: second.log}""")
        self.start()
        sender = self.unix_sender()
        sink = lambda: self.status()["sinks"]["lines"]
        sender.send(packet(0))
        self.assertTrue(eventually(lambda: sink()["delivered"] == 1))
        self.assertEqual(self.sink("lines", "pause").returncode, 0)
        self.assertTrue(eventually(lambda: sink()["state"] == "paused"))
        for n in range(1, 11):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.numbers("second.log") == list(range(11))))
        self.assertEqual(sink()["pending"], 10)
        self.assertEqual(self.sink("lines", "resume").returncode, 0)
        self.assertTrue(eventually(lambda: self.numbers() == list(range(11))))
        self.sink("lines", "pause")
        self.assertTrue(eventually(lambda: sink()["state"] == "paused"))
        for n in range(11, 21):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: sink()["pending"] == 10))
        self.assertEqual(self.sink("lines", "skip-to-end").returncode, 0)
        self.assertTrue(eventually(lambda: sink()["shed"]["skipped"] == 10))
        self.assertEqual(self.sink("lines", "resume").returncode, 0)
        sender.send(packet(21))
        self.assertTrue(eventually(lambda: self.numbers() == list(range(11)) + [21]))
        self.assert_ledger_closes(self.status())
        wrong = self.sink("nowhere", "pause")
        self.assertEqual((wrong.returncode, wrong.stderr), (1, "eventfwd: there is no sink nowhere\n"))
        self.assertEqual(self.sink("lines", "stop").returncode, 2)
        self.stop()

    def test_counters_go_on_over_restarts_and_kills(self):
        self.configure(sinks="\n  lines: {type: file, path: events.log}")
        sent = 0
        for end in (self.stop, self.kill, self.kill, self.stop):
            self.start()
            sender = self.unix_sender()
            for _ in range(100):
                sender.send(packet(sent))
                sent += 1
            sender.send(b"{broken")
            self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0
                                       and self.status()["journal"]["last"] == sent))
            end()
        self.start()
        status = self.status()
        local = status["inputs"]["local"]
        # What a kill left uncounted is told; all of it is in the journal.
        self.assertEqual(local["accepted"] + status["journal"]["recovered"], sent)
        self.assertGreaterEqual(local["accepted"], 200)
        self.assertEqual(local["received"], local["accepted"] + sum(local["refused"].values()))
        self.assertGreaterEqual(local["refused"]["syntax"], 2)
        self.assertLessEqual(local["refused"]["syntax"], 4)
        self.assertEqual(status["dead_letters"]["kept"], 4, "letters are counted as they are, over a kill, too")
        self.assertEqual(status["sinks"]["lines"]["delivered"], sent)
        self.assert_ledger_closes(status)
        self.stop()

    def test_what_is_refused_while_nothing_is_taken_is_kept_over_a_kill(self):
        self.configure()
        self.start()
        self.unix_sender().send(packet(0))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == 1))
        time.sleep(4)  # until the journal's thread has nothing to do
        sender = self.unix_sender()
        for _ in range(100):
            sender.send(b"{broken")
        refused = lambda: self.status()["inputs"]["local"]["refused"].get("syntax", 0)
        self.assertTrue(eventually(lambda: refused() == 100))
        time.sleep(2)
        self.kill()
        self.start()
        self.assertEqual(refused(), 100)
        self.stop()

    def test_segments_go_when_a_destination_is_back_though_nothing_is_sent(self):
        self.configure(journal="segment_size: 1MiB", sinks="\n  lines: {type: file, path: logs/events.log}")
        pathlib.Path(self.path("logs")).write_text("in the way")
        self.start()
        sender = self.unix_sender()
        for n in range(3000):
            sender.send(packet(n, padding=1000))
        segments = lambda: self.status()["journal"]["segments"]
        self.assertTrue(eventually(lambda: segments() > 2))
        time.sleep(4)  # until the journal's thread has nothing to do
        os.unlink(self.path("logs"))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0, 90))
        self.assertTrue(eventually(lambda: segments() == 1))
        self.stop()

    def test_a_sink_that_is_down_can_be_skipped(self):
        self.configure(sinks="\n  lines: {type: file, path: logs/events.log}")
        self.start()
        sender = self.unix_sender()
        pathlib.Path(self.path("logs")).write_text("in the way")
        sender.send(packet(0))
        sink = lambda: self.status()["sinks"]["lines"]
        self.assertTrue(eventually(lambda: sink()["state"] == "retrying"))
        self.sink("lines", "skip-to-end")
        self.assertTrue(eventually(lambda: sink()["shed"]["skipped"] == 1))
        os.unlink(self.path("logs"))
        sender.send(packet(1))
        self.assertTrue(eventually(lambda: self.numbers("logs/events.log") == [1]))
        self.assert_ledger_closes(self.status())

    def test_two_hundred_thousand_unix_datagrams_are_each_one_line_in_order(self):
        self.configure()
        self.start()
        sender = self.unix_sender()
        count = 200_000
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == count, 60))
        status = self.status()
        self.assertEqual(status["inputs"]["local"]["packets"], count)
        self.assertEqual(status["inputs"]["local"]["accepted"], count)
        self.assert_ledger_closes(status)
        self.assertEqual(self.numbers(), list(range(count)))
        self.stop()

    def test_fifty_thousand_udp_datagrams_are_each_one_line_in_order(self):
        self.configure()
        self.start()
        sender = self.udp_sender()
        count = 50_000
        for n in range(count):
            sender.send(packet(n))
            if n % 500 == 499:
                time.sleep(0.002 * harness.PATIENCE)  # no faster than the socket's buffer can take
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == count, 60),
                        self.status())
        status = self.status()
        self.assertEqual(status["inputs"]["packets"]["kernel_drops"], 0)
        self.assert_ledger_closes(status)
        self.assertEqual(self.numbers(), list(range(count)))
        self.stop()

    def test_what_overruns_the_socket_is_counted_exactly(self):
        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}", receive_buffer: 16KiB}}""")
        self.start()
        sender = self.udp_sender()
        count = 100_000
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        counts = self.status()["inputs"]["packets"]
        self.assertEqual(counts["packets"] + counts["kernel_drops"], count)
        self.assertEqual(len(self.lines()), counts["packets"])
        self.stop()

    def test_a_stop_under_load_loses_nothing_that_was_taken(self):
        self.configure()
        self.start()
        sender = self.unix_sender()
        sent = []

        def load():
            n = 0
            try:
                while True:
                    sender.send(packet(n))
                    sent.append(n)
                    n += 1
            except OSError:
                pass  # the socket is gone

        thread = threading.Thread(target=load)
        thread.start()
        self.assertTrue(eventually(lambda: len(sent) > 20_000))
        self.stop()
        thread.join()
        self.start()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        # The sender may have been inside one more call when the socket went.
        self.assertIn(len(self.numbers()) - len(sent), (0, 1))
        self.assertEqual(self.numbers(), list(range(len(self.numbers()))))
        self.stop()

    def test_refused_packets_harm_nobody_and_are_kept(self):
        self.configure()
        self.start()
        sender = self.unix_sender()
        for n in range(300):
            sender.send(packet(n))
            sender.send(b'{"application":"shop", broken')
            sender.send(b"\xff\xfe not text")
        self.assertTrue(eventually(lambda: self.status()["inputs"]["local"]["packets"] == 900))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        status = self.status()
        self.assertEqual(status["inputs"]["local"]["refused"], {"syntax": 600})
        self.assert_ledger_closes(status)
        self.assertEqual(self.numbers(), list(range(300)))
        letters = self.command("dead-letters", "list", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(len(letters.stdout.splitlines()), 3, "both packets repeat")
        self.assertIn("repeated 300 times", letters.stdout.splitlines()[1])
        shown = self.command("dead-letters", "show", "1", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(shown.stdout, '{"application":"shop", broken')
        self.stop()

    def test_the_ledger_goes_on_over_restarts(self):
        self.configure()
        for life in range(3):
            self.start()
            sender = self.unix_sender()
            for n in range(100):
                sender.send(packet(life * 100 + n))
            total = (life + 1) * 100
            self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == total))
            self.assert_ledger_closes(self.status())
            self.stop()
        self.assertEqual(self.numbers(), list(range(300)))


if __name__ == "__main__":
    unittest.main()
