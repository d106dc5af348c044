"""kill -9 at every point that matters: between any two system calls that change something, and in
the middle of a write. Exactly there, by a preloaded library that counts the calls."""

import os
import random
import signal
import subprocess
import unittest

from harness import BATCH, EVENTFWD, DaemonTest, Load, eventually

LIBRARY = os.environ.get("EVENTFWD_KILL_AT_LIBRARY", os.path.join(
    os.path.dirname(os.path.abspath(EVENTFWD)), "tests", "support", "libeventfwd_kill_at.so"))
ROUNDS = int(os.environ.get("EVENTFWD_KILL_ROUNDS", "1"))

# Function, path, the highest n that comes within seconds under load, the moments.
POINTS = (
    # appending to the journal
    ("pwritev", ".seg", 60, ("before", "middle", "after")),
    ("create", ".seg", 3, ("before", "after")),            # a segment is begun
    ("fdatasync", ".seg", 5, ("before", "after")),
    # reserving numbers and giving segments up: the state is replaced
    ("pwritev", "/journal/state.new", 2, ("middle",)),
    ("fdatasync", "/journal/state.new", 2, ("before", "after")),
    ("rename", "/journal/state", 2, ("before", "after")),
    ("unlink", ".seg", 2, ("before", "after")),
    # a cursor
    ("pwritev", "/cursors/lines.new", 2, ("before", "middle")),
    ("fdatasync", "/cursors/lines.new", 2, ("before",)),
    ("rename", "/cursors/lines", 2, ("before", "after")),
    ("fsync", "/cursors", 2, ("before",)),
    # writing lines, and rotating
    ("writev", "/events.log", 20, ("before", "middle", "after")),
    ("fdatasync", "/events.log", 2, ("before", "after")),
    ("rename", "/events.log.", 3, ("before", "after")),
    ("create", "/events.log", 3, ("before", "after")),
)

# What a start does before it is ready.
RECOVERY = (
    ("ftruncate", ".seg", 1, ("before", "after")),
    ("fdatasync", "/journal/state.new", 1, ("before", "after")),
    ("rename", "/journal/state", 1, ("before", "after")),
    ("fdatasync", ".seg", 1, ("before", "after")),
    ("rename", "/cursors/lines", 1, ("before", "after")),
)


@unittest.skipUnless(os.path.exists(LIBRARY), f"there is no {LIBRARY}")
class KillPointsTest(DaemonTest):
    def start_to_die(self, point):
        """Starts the daemon, which must be killed at POINT."""
        log = open(self.path("daemon.log"), "a", encoding="utf-8")
        self.addCleanup(log.close)
        self.process = subprocess.Popen(
            [EVENTFWD, "run", "-c", self.path("eventfwd.yaml")], stderr=log,
            env=dict(os.environ, LD_PRELOAD=LIBRARY, EVENTFWD_KILL_AT=" ".join(map(str, point))))
        self.assertTrue(eventually(lambda: self.process.poll() is not None), f"it never came to {point}")
        self.assertEqual(self.process.returncode, -signal.SIGKILL, f"{point}: {self.log()[-2000:]}")

    def kill_at(self, points):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        dice = random.Random(seed)
        self.configure(journal="segment_size: 1MiB, sync: 30ms",
                       sinks='\n  lines: {type: file, path: events.log, rotate: {size: 300KiB, keep: 0}}')
        self.start()
        load = Load(self.path("events.sock"), pause=0.0001)
        self.addCleanup(load.stop)
        self.assertTrue(eventually(lambda: load.sent > 2000))
        self.process.kill()
        self.process.wait()
        moments = [(function, path, dice.randint(1, most), when)
                   for function, path, most, times in points for when in times for _ in range(ROUNDS)]
        dice.shuffle(moments)
        for point in moments:
            self.start_to_die(point)
        self.start()
        before = load.sent
        self.assertTrue(eventually(lambda: load.sent > before + 1000))
        load.stop()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        status = self.status()
        self.assert_ledger_closes(status)
        self.stop()

        numbers = self.numbers()
        self.assertEqual(numbers, sorted(set(numbers)), f"doubled or out of order, seed {seed}")
        # Every event that was journaled is there, and no number is missing.
        self.assertEqual(len(numbers), status["journal"]["last"], f"seed {seed}")
        self.assertEqual(status["sinks"]["lines"]["delivered"], len(numbers), f"seed {seed}")
        self.assertLessEqual(load.sent - len(numbers), (len(moments) + 1) * (BATCH + 20), f"seed {seed}")
        self.assertEqual(self.command("journal", "verify", "--path", self.path("journal")).returncode, 0)
        self.assertNotIn("error", self.log())

    def test_under_load(self):
        self.kill_at(POINTS)

    def test_during_the_recovery(self):
        self.kill_at(RECOVERY)


if __name__ == "__main__":
    unittest.main()
