"""The crash test that ships in the binary: it passes on a good journal, and can fail on a bad one."""

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from harness import EVENTFWD, DaemonTest, eventually


class TortureTest(DaemonTest):
    def begin(self, *options):
        self.process = subprocess.Popen(
            [os.path.abspath(EVENTFWD), "torture", "--json", "--path", self.path("place"), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self):
        out, errors = self.process.communicate(timeout=60)
        status, self.process = self.process.returncode, None
        return status, json.loads(out) if out else None, errors

    def test_promises_are_kept_under_every_sync_and_nothing_is_left_behind(self):
        for sync in ("never", "20ms", "always"):
            self.begin("--seconds", "2", "--sync", sync)
            status, said, errors = self.end()
            self.assertEqual((status, errors), (0, ""), said)
            self.assertTrue(said["kept"])
            self.assertGreater(said["kills"], 0)
            self.assertGreater(said["recoveries"], 0)
            self.assertGreater(said["events"], 0)
            self.assertGreaterEqual(said["delivered"], said["events"])
            self.assertFalse(os.path.exists(self.path("place")))

    def test_it_works_below_the_current_directory_and_says_what_it_did(self):
        done = self.command("torture", "--seconds", "1", cwd=self.dir)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"kills in {self.dir}/eventfwd-torture-", done.stdout)
        self.assertIn("kept: every acknowledged event", done.stdout)
        self.assertEqual(os.listdir(self.dir), [])

    def test_an_interrupt_ends_it_with_a_verdict(self):
        self.begin("--seconds", "1000")
        self.assertTrue(eventually(lambda: os.path.exists(self.path("place", "out", "events.log"))))
        self.process.send_signal(signal.SIGINT)
        status, said, _ = self.end()
        self.assertEqual(status, 0, said)
        self.assertTrue(said["kept"])
        self.assertFalse(os.path.exists(self.path("place")))

    def sabotage(self, damage):
        """Runs it, calling DAMAGE all the time, until it has noticed."""
        self.begin("--seconds", "30")
        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                damage()
            except (OSError, IndexError):
                pass  # rotated, removed or not yet there
            time.sleep(0.002)
        status, said, _ = self.end()
        self.assertEqual(status, 1, said)
        self.assertFalse(said["kept"])
        self.assertTrue(os.path.exists(self.path("place", "journal")))
        return said["faults"][0]

    def test_damage_of_the_journal_is_noticed_and_kept(self):
        def damage():
            newest = sorted(pathlib.Path(self.path("place", "journal")).glob("*.seg"))[-1]
            with open(newest, "r+b") as f:
                f.seek(-50, os.SEEK_END)
                f.write(b"\0")

        self.assertRegex(self.sabotage(damage), rf"^{self.dir}/place/.*(\.seg|events\.log), ")

    def test_a_line_that_somebody_changed_is_noticed_and_named(self):
        def damage():
            with open(self.path("place", "out", "events.log"), "r+b") as f:
                f.seek(-50, os.SEEK_END)
                f.write(b"\0")

        self.assertRegex(self.sabotage(damage), r"out/events\.log.*, byte \d+: ")

    def test_a_directory_that_holds_anything_is_refused(self):
        pathlib.Path(self.path("mine")).touch()
        done = self.command("torture", "--path", self.dir)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{self.dir} holds something", done.stderr)
        self.assertEqual(os.listdir(self.dir), ["mine"])
        done = self.command("torture", "--sync", "sometimes")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--sync: expected never, always or a duration as 1s, found 'sometimes'", done.stderr)


if __name__ == "__main__":
    unittest.main()
