"""The real daemon in a temporary directory, with verbs: start, send, kill, stop, status, lines."""

import ctypes
import functools
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import ledger

EVENTFWD = os.environ.get("EVENTFWD", "build/release/eventfwd")
PATIENCE = float(os.environ.get("EVENTFWD_PATIENCE", "1"))  # how much slower than usual the daemon may be
BATCH = 256  # what one receive batch holds: all that a kill may cost an input


def eventually(condition, seconds=20.0):
    """Whether CONDITION came to hold."""
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@functools.cache
def can_mount():
    """Whether this process may mount. What it mounts from now on, nobody but its children sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
    return (os.getuid() == 0 and libc.unshare(CLONE_NEWNS) == 0
            and libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0)


def needs_mounts(test):
    """Skips TEST where nothing can be mounted."""
    @functools.wraps(test)
    def run(self):
        if not can_mount():
            self.skipTest("only root, where it may, can mount a small file system")
        test(self)
    return run


class DaemonTest(unittest.TestCase):
    """A test with a directory of its own and, once started, a daemon in it."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="eventfwd-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.port = free_port()
        self.process = None
        self.addCleanup(self.assert_no_race)
        self.addCleanup(self.kill)

    def assert_no_race(self):
        """What a daemon built with the thread sanitizer has seen."""
        self.assertNotIn("WARNING: ThreadSanitizer", self.log())

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def configure(self, sinks=None, journal="", inputs=None, more=""):
        """Writes the configuration; what is not given is a plain daemon on this directory."""
        inputs = inputs or f"""
  packets: {{type: udp, listen: ["127.0.0.1:{self.port}", "[::1]:{self.port}"]}}
  local: {{type: unix_datagram, path: events.sock}}"""
        sinks = sinks or "\n  lines: {type: file, path: events.log}"
        with open(self.path("eventfwd.yaml"), "w", encoding="utf-8") as f:
            f.write(f"""inputs:{inputs}
sinks:{sinks}
journal: {{path: journal{', ' + journal if journal else ''}}}
{'' if 'dead_letters:' in more else 'dead_letters: {path: dead-letters}'}
control: {{path: control.sock}}
{more}
""")

    def mount_small(self, name, size):
        """A file system of SIZE at NAME, until the test ends."""
        os.makedirs(self.path(name), exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path(name)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.path(name)], check=False)

    def remount(self, name, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.path(name)], check=True)

    def start(self, **popen):
        """Starts the daemon and waits until its sockets are open."""
        with open(self.path("daemon.log"), "a", encoding="utf-8") as log:
            offset = log.tell()
            self.process = subprocess.Popen([EVENTFWD, "run", "-c", self.path("eventfwd.yaml")],
                                            stderr=log, **popen)
        ready = eventually(lambda: "ready" in self.log()[offset:] or self.process.poll() is not None)
        self.assertTrue(ready and self.process.poll() is None, self.log()[offset:])

    def start_expecting_failure(self):
        """Starts the daemon, which must end by itself; gives its status and what it said."""
        done = subprocess.run([EVENTFWD, "run", "-c", self.path("eventfwd.yaml")],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stderr

    def log(self):
        try:
            with open(self.path("daemon.log"), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=30 * PATIENCE), 0, self.log())
        self.process = None

    def command(self, *arguments, **options):
        return subprocess.run([EVENTFWD, *arguments], capture_output=True, text=True, timeout=30 * PATIENCE,
                              check=False, **options)

    def status(self):
        answer = self.command("status", "--json", "-c", self.path("eventfwd.yaml"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return json.loads(answer.stdout)

    def unix_sender(self, name="events.sock"):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.settimeout(60)  # a daemon that takes nothing is a failure, not a test that never ends
        s.connect(self.path(name))
        self.addCleanup(s.close)
        return s

    def udp_sender(self, host="127.0.0.1", port=None):
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((host, port or self.port))
        self.addCleanup(s.close)
        return s

    def files(self, name="events.log"):
        """The files of a sink, oldest first: the rotated ones in their order, then the live one."""
        def order(path):
            match = re.search(r"\.(\d{8}T\d{6}Z)-(\d+)$", path)
            return (match.group(1), int(match.group(2))) if match else ("9", 0)
        return sorted(glob.glob(self.path(name) + "*"), key=order)

    def lines(self, name="events.log"):
        whole = b"".join(pathlib.Path(path).read_bytes() for path in self.files(name))
        self.assertTrue(whole == b"" or whole.endswith(b"\n"), "the last line is torn")
        return whole.decode().splitlines()

    def numbers(self, name="events.log"):
        """The n of every line, in order; a line without one, as a torn one is, fails the test."""
        found = [(re.search(r'analytics_prop__n="(\d+)"$', line), line) for line in self.lines(name)]
        self.assertEqual([line for match, line in found if not match][:3], [], f"torn in {name}")
        return [int(match.group(1)) for match, _ in found]

    def assert_ledger_closes(self, status):
        self.assertEqual(ledger.faults(status), [])
        self.assertEqual(status["ledger"], {"closes": True, "faults": []})


def packet(n, application="shop", padding=0):
    more = b'"padding":"%s",' % (b"x" * padding) if padding else b""
    return b'{"application":"%s","event":"tick","properties":{%s"n":%d}}' % (application.encode(), more, n)


class Load:
    """Sends numbered packets over a Unix socket, one after the other, through every restart."""

    def __init__(self, path, pause=0.0, first=0):
        self.path = path
        self.pause = pause  # after each packet
        self.sent = first  # the number of the next packet: so many the kernel took
        self.stopping = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                s.settimeout(0.5)  # a daemon that takes nothing does not keep stop() waiting
                try:
                    s.connect(self.path)
                    while not self.stopping:
                        application = "shop" if self.sent % 3 else "blog"
                        s.send(packet(self.sent, application))
                        self.sent += 1
                        if self.pause:
                            time.sleep(self.pause)
                except OSError:
                    time.sleep(0.001)  # nobody there, or gone in the middle

    def stop(self):
        self.stopping = True
        self.thread.join()
