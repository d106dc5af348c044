"""The wall clock of a running daemon jumps, ahead and back, by days and by years, as libfaketime tells it.
Durations go on; times that are still to come are told, and hold nothing up."""

import glob
import os
import re
import unittest

from harness import DaemonTest, eventually, packet

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


@unittest.skipUnless(LIBRARY, "libfaketime (the package faketime) is not installed")
class ClockTest(DaemonTest):
    def setUp(self):
        super().setUp()
        self.set_clock("+0d")
        self.sent = 0

    def set_clock(self, offset):
        """Of the daemon, from now on: "+3d" is three days ahead."""
        with open(self.path("clock.new"), "w", encoding="utf-8") as f:
            f.write(offset)
        os.rename(self.path("clock.new"), self.path("clock"))

    def start_with_clock(self):
        self.start(env={**os.environ, "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": self.path("clock"),
                        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                        "FAKETIME_DISABLE_SHM": "1"})

    def sink(self):
        return self.status()["sinks"]["lines"]

    def send(self, count, padding=0):
        sender = self.unix_sender()
        for _ in range(count):
            sender.send(packet(self.sent, padding=padding))
            self.sent += 1

    def deliver(self, count, padding=0):
        self.send(count, padding)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == self.sent), self.log()[-3000:])

    def order(self, verb):
        done = self.command("sink", "lines", verb, "-c", self.path("eventfwd.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def replayed(self, *arguments):
        """How many events a replay has sent again."""
        done = self.command("replay", "-c", self.path("eventfwd.yaml"), "--sink", "lines", *arguments)
        found = re.search(r"sent again: ([\d,]+) events", done.stdout)
        return int(found.group(1).replace(",", "")) if found else done.stdout + done.stderr

    def segments(self):
        return len(glob.glob(self.path("journal", "*.seg")))

    def has_maintained(self, counters):
        """Whether the file of the counters is another one than COUNTERS: each round saves it anew."""
        return lambda: self.counters() not in (None, counters)

    def counters(self):
        try:
            return os.stat(self.path("journal", "counters")).st_ino
        except FileNotFoundError:
            return None

    def assert_sane_lag(self):
        lag = self.sink()["lag_seconds"]
        self.assertGreaterEqual(lag, 0)
        self.assertLess(lag, 60)

    def test_a_file_made_by_a_clock_that_was_ahead_is_rotated_in_time_and_no_jump_rotates_one(self):
        self.configure(sinks="\n  lines: {type: file, path: events.log, rotate: {age: 2s, keep: 0}}")
        self.set_clock("+3d")
        self.start_with_clock()
        self.deliver(10)
        self.set_clock("-3d")

        def is_rotated():
            self.deliver(1)
            return len(self.files()) > 1
        self.assertTrue(eventually(is_rotated, 10))
        self.assertEqual(self.numbers(), list(range(self.sent)))
        self.stop()

        self.configure(sinks="\n  lines: {type: file, path: events.log, rotate: {age: 12h, keep: 0}}")
        self.set_clock("+0d")
        self.start_with_clock()
        before = len(self.files())
        for offset in ("+3d", "-3d", "+10y", "+0d", "+3d", "+0d"):
            self.set_clock(offset)
            self.send(5)
            self.assertTrue(eventually(lambda: len(self.numbers()) == self.sent))
        self.assertEqual(len(self.files()), before)

    def test_lag_is_neither_negative_nor_years(self):
        self.configure()
        self.start_with_clock()
        self.deliver(5)
        self.order("pause")
        for offset in ("+10y", "-10y", "+3d", "+0d"):
            self.set_clock(offset)
            self.send(5)
            self.assertTrue(eventually(lambda: self.sink()["pending"] == self.sent - 5))
            self.assert_sane_lag()
        self.kill()
        self.set_clock("-3d")
        self.start_with_clock()
        self.assert_sane_lag()
        self.order("resume")
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0))
        self.assertEqual(self.numbers(), list(range(self.sent)))

    def test_a_replay_finds_what_was_journaled_around_jumps(self):
        self.configure(journal="retain: 1h, segment_size: 1MiB")
        self.start_with_clock()
        self.deliver(10)
        self.set_clock("-3d")
        self.deliver(1500, padding=1000)  # a segment is begun by this clock
        self.set_clock("+0d")
        self.deliver(10)
        self.assertGreater(self.segments(), 1)
        self.assertEqual(self.replayed("--since", "10m"), 1520, "the first ones, too")
        self.assertEqual(self.replayed("--since", "4d", "--until", "2d"), 1500)
        self.set_clock("+3d")
        self.deliver(10)
        self.set_clock("+0d")
        self.deliver(10)
        self.assertEqual(self.replayed("--from", "1521", "--until", "2036-01-01"), 20)

    def test_what_is_retained_is_neither_dropped_by_a_jump_nor_kept_until_the_clock_has_come_there(self):
        self.configure(journal="retain: 1h, segment_size: 1MiB")
        self.set_clock("+10y")
        self.start_with_clock()
        self.deliver(3000, padding=1000)
        before = self.segments()
        self.assertGreater(before, 2)
        self.set_clock("+20y")
        for _ in range(2):  # the second round of maintenance is by that clock as a whole
            self.deliver(10)
            self.assertTrue(eventually(self.has_maintained(self.counters())))
        self.assertEqual(self.segments(), before)
        self.kill()
        self.set_clock("+0d")
        self.configure(journal="retain: 2s, segment_size: 1MiB")
        self.start_with_clock()
        self.assertEqual(self.segments(), before)
        self.assertEqual(self.log().count("which is still to come"), 1)

        def is_removed():
            self.deliver(1)
            return self.segments() == 1
        self.assertTrue(eventually(is_removed, 10))

    def test_a_quota_lets_no_more_through_where_the_clock_jumps(self):
        self.configure(more="quotas: {application: {rate: 1, burst: 10}}")
        self.start_with_clock()
        for offset in ("+3d", "+0d", "+10y", "-3d", "+0d"):
            self.set_clock(offset)
            self.send(20)

        def is_counted():
            counts = self.status()["inputs"]["local"]
            return counts["received"] == self.sent
        self.assertTrue(eventually(is_counted))
        counts = self.status()["inputs"]["local"]
        self.assertLess(counts["accepted"], 20)
        self.assertGreater(counts["accepted"], 9)


if __name__ == "__main__":
    unittest.main()
