"""What operators type: `check` before a start, and commands as a user who is not root."""

import glob
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, eventually, needs_mounts
from hec_test import HecServer

NOBODY = 65534


class CheckTest(DaemonTest):
    def check(self, *arguments):
        return self.command("check", "-c", self.path("eventfwd.yaml"), *arguments)

    def write(self, text):
        pathlib.Path(self.path("eventfwd.yaml")).write_text(text, encoding="utf-8")

    def test_problems_and_warnings_are_objects_for_machines(self):
        self.write("sinks:\n  a:\n    type: file\n    path: /x\n    fromat: json\nlog: {level: loud}\n")
        done = self.check("--json")
        self.assertEqual(done.returncode, 2)
        answer = json.loads(done.stdout)
        self.assertFalse(answer["valid"])
        self.assertEqual([(each["file"], each["line"], each["column"], each["path"])
                          for each in answer["problems"]],
                         [(self.path("eventfwd.yaml"), 5, 5, "sinks.a.fromat"),
                          (self.path("eventfwd.yaml"), 6, 14, "log.level")])
        self.assertIn("did you mean format?", answer["problems"][0]["message"])

    def test_what_run_needs_is_tried(self):
        self.configure(sinks="\n  a: {type: file, path: in-the-way/x.log}\n"
                             "  h: {type: hec, urls: 'https://127.0.0.1:1', token_file: ./none}")
        pathlib.Path(self.path("in-the-way")).touch()
        done = self.check()
        self.assertEqual(done.returncode, 2)
        self.assertIn("sinks.a.path: look at", done.stderr)
        self.assertIn("sinks.h.token_file: open", done.stderr)
        self.assertRegex(done.stderr, r"eventfwd\.yaml:\d+:\d+: sinks\.a\.path")
        os.unlink(self.path("in-the-way"))
        pathlib.Path(self.path("none")).write_text("secret\n", encoding="utf-8")
        self.assertEqual(self.check().returncode, 0)
        self.assertFalse(os.path.exists(self.path("in-the-way")), "a check makes nothing")

    def test_destinations_are_asked_where_that_is_wanted(self):
        server = HecServer(self, "hec").start()
        pathlib.Path(self.path("token")).write_text("secret\n", encoding="utf-8")
        self.configure(sinks=f"\n  h: {{type: hec, urls: 'http://127.0.0.1:{server.port}/services/collector/event', "
                             "token_file: token}")
        done = self.check("--online")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"http://127.0.0.1:{server.port} answers", done.stdout)
        self.assertEqual(server.ids(), [])
        server.kill()
        done = self.check("--online", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([each["answers"] for each in json.loads(done.stdout)["destinations"]], [False])
        self.assertEqual(self.check().returncode, 0)

    def test_the_stanza_for_splunk_is_shown_where_that_is_wanted(self):
        self.configure()
        self.assertNotIn("SHOULD_LINEMERGE", self.check().stdout)
        self.assertIn("SHOULD_LINEMERGE", self.check("--splunk").stdout)

    def test_a_check_beside_the_running_daemon_finds_nothing(self):
        self.configure()
        self.start()
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ""))


@unittest.skipUnless(os.getuid() == 0 and shutil.which("setpriv"), "only root can become another user")
class OtherUserTest(DaemonTest):
    """A user with a home, where a daemon of his own once ran."""

    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        os.makedirs(self.home)
        os.chmod(self.dir, 0o755)
        os.chown(self.home, NOBODY, NOBODY)

    def as_user(self, *arguments, home=True):
        environment = {"PATH": os.environ["PATH"]} | ({"HOME": self.home} if home else {})
        return subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                               os.path.abspath(EVENTFWD), *arguments], env=environment, cwd="/",
                              capture_output=True, text=True, timeout=30, check=False)

    def put_system_configuration(self, text):
        """For this test alone, which sees another /etc/eventfwd."""
        os.makedirs("/etc/eventfwd", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc/eventfwd"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", "/etc/eventfwd"], check=False)
        pathlib.Path("/etc/eventfwd/eventfwd.yaml").write_text(text, encoding="utf-8")

    def run_once_at_home(self):
        process = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", os.path.abspath(EVENTFWD),
             "run", "-c", self.path("home.yaml")], env={"PATH": os.environ["PATH"], "HOME": self.home},
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        journal = os.path.join(self.home, ".local/state/eventfwd/journal")
        self.assertTrue(eventually(lambda: glob.glob(os.path.join(journal, "*.seg"))))
        process.terminate()
        process.wait()

    @needs_mounts
    def test_the_systems_configuration_leads_to_the_systems_directories(self):
        pathlib.Path(self.path("home.yaml")).write_text(
            f"inputs: {{u: {{type: udp, listen: '127.0.0.1:{self.port}'}}}}\n", encoding="utf-8")
        self.run_once_at_home()
        done = self.as_user("journal", "inspect", "-c", self.path("home.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.put_system_configuration("host: web-1\n")
        done = self.as_user("journal", "inspect")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/var/lib/eventfwd/journal", done.stderr)
        done = self.as_user("status")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/run/eventfwd/control.sock", done.stderr)
        done = self.as_user("check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("/var/log/eventfwd/events.log", done.stdout)
        self.assertIn("the daemon's user may be allowed to", done.stdout)

    @needs_mounts
    def test_a_configuration_that_this_user_may_not_read_is_no_reason_for_defaults(self):
        self.put_system_configuration("host: web-1\n")
        os.chmod("/etc/eventfwd/eventfwd.yaml", 0o600)
        for command in (["status"], ["check"], ["journal", "inspect"]):
            done = self.as_user(*command)
            self.assertEqual(done.returncode, 2, command)
            self.assertIn("/etc/eventfwd/eventfwd.yaml: Permission denied; run this as root", done.stderr)
        os.unlink("/etc/eventfwd/eventfwd.yaml")
        os.symlink("nowhere.yaml", "/etc/eventfwd/eventfwd.yaml")
        self.assertIn("No such file", self.as_user("check").stderr)

    def test_a_user_without_a_home_is_not_led_to_a_directory_of_all(self):
        done = self.as_user("run", home=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("neither HOME nor XDG_STATE_HOME is set", done.stderr)
        self.assertFalse(os.path.exists("/tmp/.local"))

    @needs_mounts
    def test_who_asks_at_home_is_told_of_the_systems_daemon(self):
        os.makedirs("/run/eventfwd", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/eventfwd"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", "/run/eventfwd"], check=False)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.bind("/run/eventfwd/control.sock")
            os.chmod("/run/eventfwd", stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
            done = self.as_user("status")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.home}/.local/state/eventfwd/run/control.sock", done.stderr)
        self.assertIn("the system's daemon listens at /run/eventfwd/control.sock", done.stderr)


if __name__ == "__main__":
    unittest.main()
