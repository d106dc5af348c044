"""Events that a sink has had, sent again on request, beside live delivery."""

import signal
import unittest

from harness import DaemonTest, eventually, packet


class Replay(DaemonTest):
    def fill(self, count, retain="retain: 1h"):
        self.configure(journal=retain)
        self.start()
        sender = self.unix_sender()
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == count))
        return sender

    def replay(self, *arguments):
        return self.command("replay", "-c", self.path("eventfwd.yaml"), "--sink", "lines", *arguments)

    def test_sends_a_range_again_and_counts_it_beside_the_ledger(self):
        self.fill(1000)
        done = self.replay("--from", "101", "--to", "300")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sent again: 200 events", done.stdout)
        self.assertEqual(self.numbers(), list(range(1000)) + list(range(100, 300)))
        status = self.status()
        self.assert_ledger_closes(status)
        self.assertEqual(status["sinks"]["lines"]["replayed"], 200)
        self.assertEqual(status["sinks"]["lines"]["delivered"], 1000)

    def test_takes_times_and_durations(self):
        self.fill(10)
        self.assertIn("sent again: 10 events", self.replay("--since", "1h").stdout)
        self.assertIn("sent again: 10 events", self.replay("--since", "2011-08-08").stdout)
        none = self.replay("--since", "1h", "--until", "30m")
        self.assertEqual(none.returncode, 1)
        self.assertIn("nothing to send again", none.stderr)

    def test_goes_on_beside_live_delivery_and_over_a_crash_nothing_is_lost(self):
        sender = self.fill(20000)
        self.assertEqual(self.replay("--from", "1", "--no-wait").returncode, 0)
        for n in range(20000, 21000):
            sender.send(packet(n))
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()
        sender = self.unix_sender()
        for n in range(21000, 22000):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        numbers = self.numbers()
        lost = set(range(22000)) - set(numbers)
        self.assertLessEqual(len(lost), 256, "more than one receive batch")
        self.assert_ledger_closes(self.status())

    def test_says_what_the_journal_no_longer_has(self):
        self.fill(40000, retain="segment_size: 1MiB, max_size: 4MiB")
        oldest = lambda: self.status()["journal"]["first"]
        self.assertTrue(eventually(lambda: oldest() > 20000), "segments that all had are removed")
        missing = self.replay("--from", "1", "--to", "5")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("the journal holds numbers from", missing.stderr)
        self.assertIn("journal.retain", missing.stderr)
        first = oldest()
        partly = self.replay("--from", "1")
        self.assertIn(f"not in the journal any more: {first - 1:,}".replace(",", " "),
                      partly.stdout.replace(",", " "))
        ahead = self.replay("--from", "99999")
        self.assertEqual(ahead.returncode, 1)
        self.assertIn("the sink has had the numbers up to", ahead.stderr)

    def test_bad_requests_are_told_what_is_wrong(self):
        self.fill(1)
        self.assertEqual(self.replay().returncode, 2)
        self.assertEqual(self.replay("--since", "yesterday").returncode, 2)
        other = self.command("replay", "-c", self.path("eventfwd.yaml"), "--sink", "x", "--from", "1")
        self.assertEqual(other.returncode, 1)
        self.assertIn("there is no sink x", other.stderr)


if __name__ == "__main__":
    unittest.main()
