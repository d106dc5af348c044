"""What a newcomer does first."""

import unittest

from harness import DaemonTest


class DemoTest(DaemonTest):
    def test_the_demonstration_shows_lines_ledger_and_refusals_and_ends_by_itself(self):
        shown = self.command("demo")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn('application="shop" event="logout" distinct_id="u1" analytics_prop__reason="say \\"bye\\""',
                      shown.stdout)
        self.assertIn("2011-08-08T11:45:17.735045Z application=\"shop\" event=\"refund\"", shown.stdout)
        self.assertIn("1 syntax", shown.stdout)

    def test_journal_inspect_shows_segments_and_cursors_without_a_daemon(self):
        self.configure()
        self.start()
        self.command("send", "shop", "login", "-c", self.path("eventfwd.yaml"))
        self.stop()
        shown = self.command("journal", "inspect", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("lines", shown.stdout)


if __name__ == "__main__":
    unittest.main()
