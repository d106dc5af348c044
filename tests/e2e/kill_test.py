"""kill -9 under load, again and again."""

import os
import random
import signal
import time
import unittest

from harness import BATCH, DaemonTest, Load, eventually

KILLS = int(os.environ.get("EVENTFWD_KILLS", "20"))


class KillTest(DaemonTest):
    def test_no_line_is_doubled_or_torn_and_none_missing_beyond_a_batch_a_kill(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        instants = random.Random(seed)
        self.configure(
            journal="segment_size: 1MiB, max_size: 256MiB",
            sinks="""
  lines: {type: file, path: events.log, rotate: {size: 700KiB, keep: 0}}
  apps: {type: file, path: "apps/{application}.log", match: {application: [shop, blog]}}""")
        self.start()
        load = Load(self.path("events.sock"))
        self.addCleanup(load.stop)
        for _ in range(KILLS):
            time.sleep(instants.uniform(0.02, 0.4))
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.start()
        before = load.sent
        self.assertTrue(eventually(lambda: load.sent > before + 1000))
        load.stop()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0
                                   and self.status()["sinks"]["apps"]["pending"] == 0, 60))
        self.assert_ledger_closes(self.status())
        self.stop()

        numbers = self.numbers()
        self.assertEqual(numbers, sorted(set(numbers)), f"doubled or out of order, seed {seed}")
        missing = load.sent - len(numbers)
        self.assertLessEqual(missing, KILLS * (BATCH + 20), f"seed {seed}")  # 20: what the queue held
        self.assertGreater(len(numbers), 1000)
        apart = self.numbers("apps/shop.log") + self.numbers("apps/blog.log")
        self.assertEqual(sorted(apart), numbers, f"seed {seed}")
        for name in ("apps/shop.log", "apps/blog.log"):
            self.assertEqual(self.numbers(name), sorted(self.numbers(name)))
        self.assertGreater(len(self.files()), 1)


if __name__ == "__main__":
    unittest.main()
