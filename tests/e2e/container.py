"""A Debian of its own with a real systemd, in which the installed daemon runs as its units say."""

import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import EVENTFWD, eventually

TOOLS = ("mmdebstrap", "systemd-nspawn", "nsenter", "cmake")
PACKAGES = "systemd,systemd-sysv,libssl3,libxxhash0"


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False, **options)


class Container:
    """Booted when it is made; shut down by close(). Commands see its namespaces, senders its network."""

    def __init__(self):
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if os.getuid() != 0 or missing:
            raise unittest.SkipTest("needs root" if not missing else f"needs {' and '.join(missing)}")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="eventfwd-root-"))
        self.process = None
        try:
            self.make_root()
            self.boot()
        except BaseException:
            self.close()
            raise

    def make_root(self):
        made = run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", self.root)
        if made.returncode != 0:
            raise unittest.SkipTest(f"no packages for a container: {made.stderr[-300:]}")
        build = os.path.dirname(os.path.abspath(EVENTFWD))
        for command in (("cmake", "--install", build, "--prefix", "/usr", "--strip"),
                        ("systemd-sysusers", f"--root={self.root}"),
                        ("systemctl", f"--root={self.root}", "enable", "eventfwd.socket", "eventfwd.service")):
            done = run(*command, env={**os.environ, "DESTDIR": str(self.root)})
            if done.returncode != 0:
                raise RuntimeError(f"{command}: {done.stderr}")

    def boot(self):
        with open(self.root / "console", "w", encoding="utf-8") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--private-network",
                 "--console=pipe", "-b"], stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        if not eventually(lambda: self.leader() and self.is_up(), 30):
            raise unittest.SkipTest(f"no container boots here: {(self.root / 'console').read_text()[-300:]}")

    def leader(self):
        """The process that is the first one inside."""
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except FileNotFoundError:
            return None
        return next((int(child) for child in text.split() if
                     pathlib.Path(f"/proc/{child}/status").read_text().find("\t1\n") > 0), None)

    def is_up(self):
        return self.run("systemctl", "is-active", "basic.target").stdout == "active\n"

    def close(self):
        if self.process is not None:
            leader = self.leader()
            if leader is not None:
                os.kill(leader, signal.SIGRTMIN + 4)  # poweroff.target
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def enter(self, *arguments):
        """The arguments as a command inside."""
        return ["nsenter", "--all", f"--target={self.leader()}", "--", *arguments]

    def run(self, *arguments):
        return run(*self.enter(*arguments))

    def on_its_network(self, *arguments):
        """The arguments as a command with our files on its network."""
        return ["nsenter", f"--net=/proc/{self.leader()}/ns/net", "--", *arguments]

    def path(self, path):
        """The file at PATH inside, as one sees it from outside; also below /run."""
        return pathlib.Path(f"/proc/{self.leader()}/root{path}")

    def property(self, name, unit="eventfwd.service"):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def main_pid(self):
        """The daemon's process, as inside; 0: there is none."""
        return int(self.property("MainPID"))
