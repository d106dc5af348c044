"""The journal's own commands: what they say of a good journal and of a damaged one."""

import glob
import json
import os
import threading
import unittest

from harness import DaemonTest, eventually, packet


class JournalTest(DaemonTest):
    def verify(self, *options):
        return self.command("journal", "verify", "-c", self.path("eventfwd.yaml"), *options)

    def fill(self, count):
        """A journal with COUNT events that no sink has had."""
        os.mkdir(self.path("events.log"))
        self.configure(journal="segment_size: 1MiB",
                       sinks="\n  lines: {type: file, path: events.log, retry: {initial: 10ms, max: 10ms}}")
        self.start()
        sender = self.unix_sender()
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["journal"]["last"] == count))

    def test_verify_finds_a_journal_good_beside_its_daemon_after_a_kill_and_after_a_stop(self):
        self.fill(60_000)
        sender = self.unix_sender()
        is_over = threading.Event()

        def load():
            while not is_over.is_set():
                sender.send(packet(0))

        loading = threading.Thread(target=load)
        loading.start()
        for _ in range(20):
            done = self.verify()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        is_over.set()
        loading.join()
        self.kill()
        self.assertEqual(self.verify().returncode, 0)
        self.start()
        self.stop()
        done = self.verify("--json")
        self.assertEqual(done.returncode, 0)
        report = json.loads(done.stdout)
        self.assertTrue(report["good"])
        self.assertEqual(report["numbers"]["first"], 1)
        self.assertEqual(report["events"], report["numbers"]["last"])
        self.assertGreater(report["segments"], 3)

    def test_verify_names_the_file_the_bytes_and_the_numbers_of_damage(self):
        self.fill(60_000)
        self.kill()
        segments = sorted(glob.glob(self.path("journal", "*.seg")))
        with open(segments[1], "r+b") as f:
            f.seek(10_000)
            f.write(b"\xff\xff\xff\xff")  # which stand nowhere in a journal
        os.remove(segments[3])
        done = self.verify()
        self.assertEqual(done.returncode, 1)
        said = done.stdout.splitlines()
        self.assertRegex(said[0], r"^000002\.seg, bytes \d+ to \d+: no frame, but bytes that are damaged; "
                                  r"numbers \d+ to \d+$")
        self.assertRegex(said[1], r"^000005\.seg: numbers are missing before this place; numbers \d+ to \d+$")
        self.assertTrue(said[-1].endswith(": 2 problems"), said[-1])
        findings = json.loads(self.verify("--json").stdout)["findings"]
        self.assertLessEqual(findings[0]["begin"], 10_000)
        self.assertGreaterEqual(findings[0]["end"], 10_004)
        # What it says is gone is what the sink does without.
        lost = sum(f["numbers"]["last"] - f["numbers"]["first"] + 1 for f in findings)
        os.rmdir(self.path("events.log"))
        self.start()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        self.assertEqual(self.status()["sinks"]["lines"]["shed"]["damaged"], lost)
        self.stop()

    def test_verify_says_where_there_is_no_journal(self):
        done = self.command("journal", "verify", "--path", self.dir)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"verify {self.dir}: there is no journal", done.stderr)
        done = self.command("journal", "verify", "--path", self.path("nowhere"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.path('nowhere')}: No such file or directory", done.stderr)


if __name__ == "__main__":
    unittest.main()
