"""The files of the daemon's Unix sockets: made anew when they are gone, and nobody else's are touched."""

import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

from harness import EVENTFWD, DaemonTest, eventually, packet

SOON = 1.0  # seconds: how long a socket may be away


def has_user_namespaces():
    return os.getuid() == 0 and subprocess.run(["unshare", "-U", "true"], capture_output=True, check=False).returncode == 0


class SocketFilesTest(DaemonTest):
    """Inputs and control socket are in a directory that can go, run/."""

    def setUp(self):
        super().setUp()
        self.configure(inputs="\n  local: {type: unix_datagram, path: run/events.sock}")
        config = self.path("eventfwd.yaml")
        with open(config, encoding="utf-8") as f:
            text = f.read()
        with open(config, "w", encoding="utf-8") as f:
            f.write(text.replace("control.sock", "run/control.sock"))

    def is_taken(self, number):
        """Whether a packet that is sent now gets into the file."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                s.connect(self.path("run/events.sock"))
                s.send(packet(number))
        except OSError:
            return False
        self.assertTrue(eventually(lambda: number in self.numbers()))
        return True

    def assert_back(self, number, seconds=SOON):
        self.assertTrue(eventually(lambda: self.is_taken(number), seconds), self.log())
        self.assertTrue(eventually(lambda: os.path.exists(self.path("run/control.sock")), seconds), self.log())
        self.assertEqual(self.status()["inputs"]["local"]["refused"], {})

    def test_a_socket_that_is_removed_is_made_anew(self):
        self.start()
        for number, names in enumerate((["events.sock"], ["control.sock"], ["events.sock", "control.sock"])):
            for name in names:
                os.unlink(self.path("run", name))
            self.assert_back(number)
        self.assertTrue(eventually(lambda: self.log().count("it is made anew") == 4), self.log())
        self.stop()
        self.assertEqual(os.listdir(self.path("run")), [])

    def test_a_directory_that_is_removed_or_moved_is_made_anew(self):
        self.start()
        shutil.rmtree(self.path("run"))
        self.assert_back(1)
        os.rename(self.path("run"), self.path("away"))
        self.assert_back(2)
        shutil.rmtree(self.path("run"))
        os.mkdir(self.path("run"))
        self.assert_back(3)
        self.stop()

    def test_what_waits_at_a_removed_socket_is_read(self):
        self.start()
        self.process.send_signal(signal.SIGSTOP)
        sender = self.unix_sender("run/events.sock")
        for number in range(8):
            sender.send(packet(number))
        os.unlink(self.path("run/events.sock"))
        self.process.send_signal(signal.SIGCONT)
        self.assertTrue(eventually(lambda: self.numbers() == list(range(8))))
        self.assert_back(8)
        self.stop()

    def test_a_socket_of_another_process_is_left_and_said(self):
        self.start()
        os.unlink(self.path("run/events.sock"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(self.path("run/events.sock"))
            inode = os.stat(self.path("run/events.sock")).st_ino
            self.assertTrue(eventually(lambda: "another process has it" in self.log()), self.log())
            self.process.send_signal(signal.SIGHUP)
            self.assertTrue(eventually(lambda: "reloaded" in self.log()), self.log())
            self.assertEqual(os.stat(self.path("run/events.sock")).st_ino, inode)
        self.assert_back(1, 2 * SOON)
        self.assertEqual(self.log().count("cannot be made anew"), 1, "said once")
        self.stop()

    def test_a_stop_leaves_the_sockets_of_a_successor(self):
        self.start()
        self.process.send_signal(signal.SIGSTOP)
        shutil.rmtree(self.path("run"))
        os.mkdir(self.path("run"))
        others = [socket.socket(socket.AF_UNIX, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        for other, name in zip(others, ("events.sock", "control.sock")):
            self.addCleanup(other.close)
            other.bind(self.path("run", name))
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.process.wait(timeout=30), 0, self.log())
        self.process = None
        self.assertEqual(sorted(os.listdir(self.path("run"))), ["control.sock", "events.sock"])

    def test_a_second_instance_fails_and_leaves_the_first_alone(self):
        self.start()
        with open(self.path("eventfwd.yaml"), encoding="utf-8") as f:
            text = f.read().replace("path: journal", "path: other")
        for config, said in ((text, "another process has it"),
                             (text.replace("events.sock", "other.sock"), "another eventfwd answers there")):
            with open(self.path("second.yaml"), "w", encoding="utf-8") as f:
                f.write(config)
            done = self.command("run", "-c", self.path("second.yaml"))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(said, done.stderr)
        self.assert_back(1)
        self.assertNotIn("made anew", self.log())
        self.stop()

    def test_the_sockets_of_a_killed_instance_are_replaced(self):
        self.start()
        self.kill()
        self.assertEqual(sorted(os.listdir(self.path("run"))), ["control.sock", "events.sock"])
        self.start()
        self.assert_back(1)
        self.stop()

    @unittest.skipUnless(has_user_namespaces(), "only root, where it may, can take inotify away")
    def test_without_inotify_they_are_made_anew_all_the_same(self):
        with open(self.path("daemon.log"), "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["unshare", "-U", "--map-root-user", "sh", "-c",
                 'echo 0 > /proc/sys/user/max_inotify_instances; exec "$0" run -c "$1"', os.path.abspath(EVENTFWD),
                 self.path("eventfwd.yaml")], stderr=log)
        self.assertTrue(eventually(lambda: "looked at once a second" in self.log()), self.log())
        os.unlink(self.path("run/events.sock"))
        self.assert_back(1, 2 * SOON)
        os.unlink(self.path("run/control.sock"))
        begun = time.monotonic()
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: os.path.exists(self.path("run/control.sock")), SOON), self.log())
        self.assertLess(time.monotonic() - begun, SOON)
        self.assertEqual(self.log().count("looked at once a second"), 1, "said once")
        self.stop()


if __name__ == "__main__":
    unittest.main()
