"""What version 0.1.0 left, taken over by this one: journal, cursors, drops, dead letters."""

import json
import pathlib
import shutil
import unittest

from harness import DaemonTest, eventually, packet

FIXTURES = pathlib.Path(__file__).parent.parent / "journal" / "fixtures_v1"
EVENTS = 22  # in its journal


class UpgradeTest(DaemonTest):
    def setUp(self):
        super().setUp()
        for name in ("journal", "dead-letters"):
            shutil.copytree(FIXTURES / name, self.path(name))
        self.configure(sinks="""
  lines: {type: file, path: events.log}
  blocked: {type: file, path: blocked.log}""")

    def sinks(self):
        return self.status()["sinks"]

    def test_what_was_pending_is_delivered_and_nothing_twice(self):
        self.start()
        self.assertTrue(eventually(lambda: self.sinks()["blocked"]["pending"] == 0))
        old = (FIXTURES / "events.log").read_text()
        self.assertEqual(pathlib.Path(self.path("blocked.log")).read_text(), old)
        status = self.status()
        self.assertEqual(status["journal"]["first"], 1)
        self.assertEqual(status["journal"]["recovered"], EVENTS)  # no counter of theirs was kept
        self.assertEqual(status["sinks"]["lines"]["delivered"], EVENTS)
        self.assertEqual(status["sinks"]["blocked"]["delivered"], EVENTS)
        self.assert_ledger_closes(status)
        self.unix_sender().send(packet(7))
        self.assertTrue(eventually(lambda: self.numbers() == [7]))  # and none of the old ones again
        self.assert_ledger_closes(self.status())
        self.stop()

    def test_it_outlives_kills_at_any_time(self):
        for life in range(10):
            self.start()
            sender = self.unix_sender()
            sender.send(packet(life))
            if life % 2:
                self.assertTrue(eventually(lambda: self.sinks()["lines"]["pending"] == 0))
            self.kill()
        self.start()
        self.assertTrue(eventually(lambda: all(sink["pending"] == 0 for sink in self.sinks().values())))
        old = (FIXTURES / "events.log").read_text()
        blocked = pathlib.Path(self.path("blocked.log")).read_text()
        self.assertTrue(blocked.startswith(old))
        numbers = self.numbers()
        self.assertEqual(numbers, sorted(set(numbers)), "each once, in order")
        self.assertEqual(blocked[len(old):], pathlib.Path(self.path("events.log")).read_text())
        self.assert_ledger_closes(self.status())
        self.stop()
        verified = self.command("journal", "verify", "--path", self.path("journal"))
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_dead_letters_that_were_resolved_stay_so(self):
        self.start()
        listed = self.command("dead-letters", "list", "--json", "-c", self.path("eventfwd.yaml"))
        letters = [json.loads(line) for line in listed.stdout.splitlines()]
        self.assertEqual([letter["reason"] for letter in letters], ["syntax"])
        every = self.command("dead-letters", "list", "--all", "--json", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(len(every.stdout.splitlines()), 2)
        self.stop()


if __name__ == "__main__":
    unittest.main()
