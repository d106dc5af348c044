"""The installed daemon under a real systemd: crashes, restarts, wrong configurations, and every example."""

import fcntl
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
import unittest

from container import Container, run
from harness import BATCH, eventually, packet

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "conf" / "examples").rglob("*.yaml"))
DEFAULT = (ROOT / "systemd" / "eventfwd.yaml").read_text()
LOAD = os.environ.get("EVENTFWD_LOAD", "build/release/bench/load")
RATE = 30000  # packets a second
LOCAL = "/run/eventfwd.sock"


def setUpModule():
    global container
    container = Container()
    unittest.addModuleCleanup(container.close)


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(container.run, "systemctl", "stop", "eventfwd.service", "eventfwd.socket")

    def configure(self, text):
        container.path("/etc/eventfwd/eventfwd.yaml").write_text(text)

    def hold(self, text=DEFAULT):
        """Holds the sockets over empty directories, for a daemon with the configuration TEXT."""
        container.run("systemctl", "stop", "eventfwd.service", "eventfwd.socket")
        for directory in ("/var/lib/eventfwd", "/var/log/eventfwd"):
            shutil.rmtree(container.path(directory), ignore_errors=True)
        self.configure(text)
        self.ok("systemctl", "daemon-reload")
        self.ok("systemctl", "start", "eventfwd.socket")

    def start(self, text=DEFAULT):
        self.hold(text)
        self.ok("systemctl", "start", "eventfwd.service")

    def ok(self, *arguments):
        done = container.run(*arguments)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr}\n{self.log()}")

    def log(self):
        return container.run("journalctl", "-u", "eventfwd.service", "-n", "40", "--no-pager").stdout

    def status(self):
        """The daemon's answer; nothing where it gives none."""
        answer = container.run("eventfwd", "status", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def taken(self):
        status = self.status()
        return status["journal"]["last"] if status else 0

    def send_local(self, number):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(str(container.path(LOCAL)))
            s.send(packet(number))

    def load(self, *arguments):
        load = subprocess.Popen(container.on_its_network(LOAD, "--rate", str(RATE), *arguments),
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(load.stdout.close)
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        return load

    def send_udp(self, port=8514):
        self.assertEqual(self.load("--udp", f"127.0.0.1:{port}", "--count", "1").wait(), 0)

    def lines(self):
        path = container.path("/var/log/eventfwd/events.log")
        return path.read_text().splitlines() if path.exists() else []


class CrashTest(ServiceTest):
    def under_load(self, end, times):
        """Ends the daemon TIMES times by END while packets come; how many were sent, and the status then."""
        self.start()
        load = self.load("--udp", "127.0.0.1:8514", "--seconds", str(times * 0.7))
        for _ in range(times):
            before, pid = self.taken(), container.main_pid()
            self.assertTrue(eventually(lambda: self.taken() > before + RATE // 20), self.log())
            end(pid)
            self.assertTrue(eventually(lambda: container.main_pid() not in (0, pid)), self.log())
            self.assertTrue(eventually(self.status), self.log())
        self.assertIsNone(load.poll(), "the load ended before the last of them")
        sent = json.loads(load.stdout.read())["sent"]
        eventually(lambda: self.taken() == sent, 2)
        return sent, self.status()

    def test_kills_under_load_cost_no_drop_in_the_kernel(self):
        kills = 5
        sent, status = self.under_load(lambda pid: container.run("sh", "-c", f"kill -9 {pid}"), kills)
        self.assertEqual(sum(each["kernel_drops"] for each in status["inputs"].values()), 0)
        self.assertLessEqual(sent - status["journal"]["last"], kills * BATCH)
        self.assertEqual(container.property("NRestarts"), str(kills))

    def test_restarts_under_load_lose_nothing(self):
        sent, status = self.under_load(lambda _: self.ok("systemctl", "restart", "eventfwd"), 4)
        self.assertEqual(status["journal"]["last"], sent)
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == sent))


class FailedStartTest(ServiceTest):
    BROKEN = "sinks: {lines: {type: fil}}\n"

    def assert_waits(self, reason):
        """The daemon is not started for REASON, and its process stays."""
        self.assertTrue(eventually(lambda: reason in container.property("StatusText")), self.log())
        self.send_local(1)
        self.send_udp()
        self.assertEqual(container.property("ActiveState"), "activating")
        self.assertEqual(container.property("ActiveState", "eventfwd.socket"), "active")

    def assert_starts_at_once(self, pid):
        self.ok("systemctl", "kill", "-s", "HUP", "--kill-who=main", "eventfwd")
        self.assertTrue(eventually(lambda: container.property("ActiveState") == "active", 5), self.log())
        self.assertEqual(container.main_pid(), pid)
        self.assertTrue(eventually(lambda: len(self.lines()) == 2), "what was sent meanwhile")
        self.assertEqual(container.property("StatusText"), "")

    def test_a_wrong_configuration_is_said_and_waits_for_its_repair(self):
        self.hold(self.BROKEN)
        begun = time.monotonic()
        start = subprocess.Popen(container.enter("systemctl", "start", "eventfwd"), stderr=subprocess.PIPE, text=True)
        self.assert_waits("sinks.lines.type")
        pid = container.main_pid()
        self.assertIn("failed", start.communicate()[1], "who starts it hears of it")
        self.assertEqual(start.returncode, 1)
        self.assertGreater(time.monotonic() - begun, 8, "it does not spin")
        self.assertIn("code=exited, status=2", self.log())
        self.assertTrue(eventually(lambda: container.main_pid() not in (0, pid)), "it is tried again")
        self.assertTrue(eventually(lambda: container.property("StatusText")))
        self.configure(DEFAULT)
        self.assert_starts_at_once(container.main_pid())

    def test_a_wrong_configuration_can_be_stopped(self):
        self.hold(self.BROKEN)
        self.ok("systemctl", "start", "--no-block", "eventfwd")
        self.assert_waits("sinks.lines.type")
        begun = time.monotonic()
        self.ok("systemctl", "stop", "eventfwd.service", "eventfwd.socket")
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(container.property("ActiveState"), "inactive")

    def test_a_journal_of_another_instance_is_waited_for(self):
        self.start()
        self.ok("systemctl", "stop", "eventfwd.service")
        with open(container.path("/var/lib/eventfwd/journal/lock"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.ok("systemctl", "start", "--no-block", "eventfwd")
            self.assert_waits("in use by another eventfwd")
            pid = container.main_pid()
        self.assert_starts_at_once(pid)

    def test_a_directory_that_cannot_be_written_is_waited_for(self):
        self.hold("journal: {path: /usr/eventfwd}\n")
        self.ok("systemctl", "start", "--no-block", "eventfwd")
        self.assert_waits("/usr/eventfwd")
        pid = container.main_pid()
        self.configure(DEFAULT)
        self.assert_starts_at_once(pid)

    def test_a_reload_of_a_wrong_configuration_leaves_the_daemon_running(self):
        self.start()
        self.configure(self.BROKEN)
        self.assertNotEqual(container.run("systemctl", "reload", "eventfwd").returncode, 0)
        self.send_local(1)
        self.assertTrue(eventually(lambda: len(self.lines()) == 1))
        self.configure(DEFAULT + "application: shop\n")
        self.ok("systemctl", "reload", "eventfwd")
        self.send_udp()
        self.assertTrue(eventually(lambda: len(self.lines()) == 2), self.log())


class SocketsTest(ServiceTest):
    def make_certificates(self):
        """What the example of syslog over TLS has in /etc/eventfwd/tls."""
        directory = container.path("/etc/eventfwd/tls")
        directory.mkdir(exist_ok=True)
        made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=web-1", "-days", "1",
                   "-keyout", directory / "web-1.key", "-out", directory / "web-1.pem")
        self.assertEqual(made.returncode, 0, made.stderr)
        shutil.copy(directory / "web-1.pem", directory / "ca.pem")
        (directory / "web-1.key").chmod(0o644)

    def test_what_is_sent_to_an_example_arrives(self):
        self.make_certificates()
        container.path("/etc/credstore").mkdir(exist_ok=True)
        container.path("/etc/credstore/hec.token").write_text("token\n")
        self.assertGreater(len(EXAMPLES), 2)
        for example in EXAMPLES:
            with self.subTest(example.relative_to(ROOT)):
                self.start(example.read_text())
                self.send_local(1)
                self.send_udp()
                self.assertTrue(eventually(lambda: len(self.lines()) == 2), self.log())
                self.assertEqual(sorted(self.status()["inputs"]), ["local", "packets"])

    def test_a_held_socket_that_no_input_names_is_read(self):
        drop_in = container.path("/run/systemd/system/eventfwd.socket.d")
        drop_in.mkdir(parents=True)
        self.addCleanup(container.run, "systemctl", "daemon-reload")
        self.addCleanup(shutil.rmtree, drop_in)
        (drop_in / "more.conf").write_text("[Socket]\nListenDatagram=127.0.0.1:9514\nListenStream=127.0.0.1:9515\n")
        self.start(DEFAULT)
        self.send_udp(9514)
        self.assertTrue(eventually(lambda: len(self.lines()) == 1), self.log())
        self.assertEqual(sorted(self.status()["inputs"]), ["local", "packets", "udp-127-0-0-1-9514"])
        self.ok("systemctl", "reload", "eventfwd")
        warning = "systemd holds 127.0.0.1:9514, which no input of the configuration names"
        self.assertTrue(eventually(lambda: self.log().count(warning) == 2), self.log())
        self.assertIn("a socket at 127.0.0.1:9515", self.log())
        self.send_udp(9514)
        self.assertTrue(eventually(lambda: len(self.lines()) == 2), self.log())

    def test_the_file_of_a_held_socket_that_is_gone_is_said(self):
        self.start()
        container.path(LOCAL).unlink()
        self.assertTrue(eventually(lambda: f"{LOCAL} is gone; systemd holds its socket" in self.log()), self.log())
        container.path("/run/eventfwd/control.sock").unlink()
        self.assertTrue(eventually(self.status), "that one is the daemon's own")


if __name__ == "__main__":
    unittest.main()
