"""The units in systemd/: good, as shut in as they claim, fitting the configuration they come with; and
sockets that somebody holds over the daemon's restarts."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from harness import EVENTFWD, DaemonTest, eventually, packet

UNITS = pathlib.Path(__file__).parents[2] / "systemd"
IS_ROOT = os.getuid() == 0


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False, **options)


def listened_on():
    """The addresses of the socket unit."""
    return re.findall(r"^ListenDatagram=(.*)$", (UNITS / "eventfwd.socket").read_text(), re.MULTILINE)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class UnitsTest(DaemonTest):
    def test_the_units_are_good(self):
        for unit in ("eventfwd.service", "eventfwd.socket"):
            text = (UNITS / unit).read_text().replace("/usr/bin/eventfwd", os.path.abspath(EVENTFWD))
            pathlib.Path(self.path(unit)).write_text(text)
        done = run("systemd-analyze", "verify", "--man=no", self.path("eventfwd.service"), self.path("eventfwd.socket"))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertNotIn(self.dir, done.stderr)  # a warning about one of them

    def test_the_service_is_exposed_no_more_than_it_says(self):
        done = run("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=14",
                   UNITS / "eventfwd.service")
        self.assertEqual(done.returncode, 0, done.stdout)

    @unittest.skipUnless(IS_ROOT, "only root can make users")
    def test_the_user_and_the_directories_can_be_made(self):
        os.makedirs(self.path("etc"))
        pathlib.Path(self.path("etc", "group")).write_text("root:x:0:\nadm:x:4:\n")
        done = run("systemd-sysusers", f"--root={self.dir}", UNITS / "eventfwd.sysusers")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("eventfwd:x:", pathlib.Path(self.path("etc", "passwd")).read_text())
        done = run("systemd-tmpfiles", f"--root={self.dir}", "--create", UNITS / "eventfwd.tmpfiles")
        self.assertEqual(done.returncode, 0, done.stderr)
        logs = os.stat(self.path("var/log/eventfwd"))
        self.assertEqual((logs.st_mode & 0o7777, logs.st_gid), (0o750, 4))
        self.assertEqual(os.stat(self.path("var/lib/eventfwd")).st_mode & 0o7777, 0o700)

    @unittest.skipUnless(shutil.which("logrotate") and IS_ROOT, "logrotate is not installed, or not for this user")
    def test_logrotate_takes_its_snippet(self):
        # The user of the snippet exists where the package is installed, not here.
        text = (UNITS / "eventfwd.logrotate").read_text().replace("su eventfwd adm", "su root adm")
        text = text.replace("/var/log/eventfwd", self.dir)
        pathlib.Path(self.path("snippet")).write_text(text)
        os.chmod(self.path("snippet"), 0o644)
        pathlib.Path(self.path("events.log")).write_text("line\n")
        done = run("logrotate", "--force", "--state", self.path("state"), self.path("snippet"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(pathlib.Path(self.path("events.log.1")).read_text(), "line\n")
        self.assertFalse(os.path.exists(self.path("events.log")))

    def test_what_is_installed_fits_together(self):
        done = run("cmake", "--install", os.path.dirname(os.path.abspath(EVENTFWD)), "--prefix", "/opt/it",
                   env={**os.environ, "DESTDIR": self.dir})
        self.assertEqual(done.returncode, 0, done.stderr)
        service = pathlib.Path(self.path("opt/it/lib/systemd/system/eventfwd.service")).read_text()
        self.assertIn("ExecStart=/opt/it/bin/eventfwd run\n", service)
        self.assertNotIn("/usr/bin/eventfwd", service)
        checked = run(self.path("opt/it/bin/eventfwd"), "check", "-c", self.path("etc/eventfwd/eventfwd.yaml"))
        self.assertEqual(checked.returncode, 0, checked.stderr)
        for address in listened_on():
            self.assertIn(f" {address}", checked.stdout)
        addon = pathlib.Path(self.path("opt/it/share/eventfwd/splunk/eventfwd"))
        self.assertIn("[eventfwd]\n", (addon / "default/props.conf").read_text())
        self.assertTrue(pathlib.Path(self.path("opt/it/share/doc/eventfwd/examples/splunk-forwarder")).is_dir())
        # What the operator has made of the configuration stays.
        config = pathlib.Path(self.path("etc/eventfwd/eventfwd.yaml"))
        config.write_text("application: mine\n")
        run("cmake", "--install", os.path.dirname(os.path.abspath(EVENTFWD)), "--prefix", "/opt/it",
            env={**os.environ, "DESTDIR": self.dir})
        self.assertEqual(config.read_text(), "application: mine\n")


# Holds the sockets that systemd-socket-activate passes and runs the daemon on them, again and again, as
# systemd does; until a file says that the next end is the last.
HOLDER = """
while [ ! -e "$2/last" ]; do
  sh -c 'echo $$ > "$1/pid"; LISTEN_PID=$$ exec "$0" run -c "$1/eventfwd.yaml"' "$1" "$2"
done
"""


@unittest.skipUnless(shutil.which("systemd-socket-activate"), "systemd-socket-activate is not installed")
class HeldSocketsTest(DaemonTest):
    def hold(self):
        self.configure()
        arguments = ["systemd-socket-activate", "--datagram"]
        for address in (f"127.0.0.1:{self.port}", f"[::1]:{self.port}", self.path("events.sock")):
            arguments += ["-l", address]
        arguments += ["sh", "-c", HOLDER, "holder", os.path.abspath(EVENTFWD), self.dir]
        with open(self.path("daemon.log"), "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(arguments, stderr=log)
        self.assertTrue(eventually(lambda: os.path.exists(self.path("events.sock"))))

    def wait_until_ready(self, times):
        self.assertTrue(eventually(lambda: self.log().count(" ready;") == times), self.log())

    def end_daemon(self, how=signal.SIGTERM):
        os.kill(int(pathlib.Path(self.path("pid")).read_text()), how)

    def test_restarts_under_load_lose_nothing(self):
        self.hold()
        restarts = 5
        sent = {"shop": 0, "blog": 0}
        is_over = threading.Event()

        def load(sender, application, pause):
            while not is_over.is_set():
                sender.send(packet(sent[application], application))
                sent[application] += 1
                time.sleep(pause)

        senders = [threading.Thread(target=load, args=(self.unix_sender(), "shop", 0)),
                   # As much as an unprivileged socket's buffer holds for the length of a restart.
                   threading.Thread(target=load, args=(self.udp_sender("::1"), "blog", 0.002))]
        for sender in senders:
            sender.start()
        for restart in range(restarts):
            self.wait_until_ready(restart + 1)
            before = dict(sent)
            self.assertTrue(eventually(lambda: all(sent[name] > before[name] + 100 for name in sent)))
            self.end_daemon()
        self.wait_until_ready(restarts + 1)
        is_over.set()
        for sender in senders:
            sender.join()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == sum(sent.values())),
                        f"{sent} {self.status()}")
        self.assertEqual(self.log().count("(held by systemd)"), 3 * (restarts + 1))
        for name in sent:
            lines = [line for line in self.lines() if f'application="{name}"' in line]
            numbers = [int(re.search(r'__n="(\d+)"', line).group(1)) for line in lines]
            self.assertEqual(numbers, list(range(sent[name])))
        self.assert_ledger_closes(self.status())
        pathlib.Path(self.path("last")).touch()
        self.end_daemon()
        self.process.wait(timeout=30)

    @unittest.skipUnless(IS_ROOT, "only root can make a buffer larger than the system's limit")
    def test_a_daemon_without_privileges_leaves_a_large_buffer_as_it_was_given(self):
        limit = int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
            held.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), 2 * limit)
            held.bind(("127.0.0.1", self.port))
            self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}", receive_buffer: {4 * limit}B}}""")
            os.chown(self.dir, 65534, 65534)

            binary = shutil.copy(EVENTFWD, self.path("eventfwd"))
            pass_it_on = f'exec 3<&{held.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"'
            with open(self.path("daemon.log"), "a", encoding="utf-8") as log:
                self.process = subprocess.Popen(
                    ["sh", "-c", pass_it_on, binary, "run", "-c", self.path("eventfwd.yaml")], stderr=log,
                    pass_fds=[held.fileno()], user=65534, group=65534, extra_groups=[])
            self.wait_until_ready(1)
            self.assertEqual(held.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 4 * limit)
            self.stop()


if __name__ == "__main__":
    unittest.main()
