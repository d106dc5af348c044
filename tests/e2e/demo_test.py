"""What a newcomer does first."""

import contextlib
import glob
import os
import re
import shutil
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, eventually


class DemoTest(DaemonTest):
    def test_the_demonstration_shows_lines_ledger_and_refusals_and_ends_by_itself(self):
        shown = self.command("demo")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn('application="shop" event="logout" distinct_id="u1" analytics_prop__reason="say \\"bye\\""',
                      shown.stdout)
        self.assertIn("2011-08-08T11:45:17.735045Z application=\"shop\" event=\"refund\"", shown.stdout)
        self.assertIn("1 syntax", shown.stdout)

    def test_the_demonstration_takes_its_daemon_along_however_it_ends(self):
        there = lambda: [p for p in glob.glob("/proc/[0-9]*/cmdline") if self.marked(p)]
        for end in (lambda demo: demo.stdout.close(), lambda demo: demo.terminate(), lambda demo: demo.kill()):
            demo = subprocess.Popen([EVENTFWD, "demo"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env={**os.environ, "EVENTFWD_TEST": self.dir})
            self.addCleanup(demo.wait)
            self.addCleanup(demo.stdout.close)
            self.assertTrue(demo.stdout.readline())
            self.assertTrue(eventually(lambda: len(there()) >= 2), "the demonstration and its daemon")
            self.forget_directories_of(there())
            end(demo)
            self.assertTrue(eventually(lambda: not there()), "nothing is left running")

    def forget_directories_of(self, cmdlines):
        """Whoever is killed leaves them behind."""
        for cmdline in cmdlines:
            with contextlib.suppress(OSError), open(cmdline, encoding="utf-8") as f:
                for directory in re.findall(r"/tmp/eventfwd-demo-\w+", f.read()):
                    self.addCleanup(shutil.rmtree, directory, ignore_errors=True)

    def marked(self, cmdline):
        """Whether that process is one of this test's."""
        try:
            with open(cmdline.replace("cmdline", "environ"), "rb") as f:
                return f"EVENTFWD_TEST={self.dir}".encode() in f.read().split(b"\0")
        except OSError:
            return False

    def test_what_cannot_be_printed_is_a_failure(self):
        with open(self.path("packets"), "w", encoding="utf-8") as f:
            f.write('{"application":"a","event":"b"}\n' * 3000)
        for arguments in (["render", self.path("packets")], ["--help"], ["--version"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([EVENTFWD, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=20, check=False)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("No space left on device", done.stderr)

    def test_the_control_socket_takes_the_place_of_nothing_but_a_socket(self):
        self.configure()
        with open(self.path("control.sock"), "w", encoding="utf-8") as f:
            f.write("precious")
        status, said = self.start_expecting_failure()
        self.assertEqual(status, 1)
        self.assertIn("control.sock: something that is no socket stands there", said)
        with open(self.path("control.sock"), encoding="utf-8") as f:
            self.assertEqual(f.read(), "precious")

    def test_journal_inspect_shows_segments_and_cursors_without_a_daemon(self):
        self.configure()
        self.start()
        self.command("send", "shop", "login", "-c", self.path("eventfwd.yaml"))
        self.stop()
        shown = self.command("journal", "inspect", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("lines", shown.stdout)
        nothing = self.command("journal", "inspect", "--path", self.dir)
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("there is no journal", nothing.stderr)


if __name__ == "__main__":
    unittest.main()
