"""The examples of usual set-ups: every configuration is one that the daemon takes, and a forwarder finds
the files that the daemon writes."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from splunk_conf import ROOT, parse_conf

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness import EVENTFWD, DaemonTest, eventually, packet  # noqa: E402

EXAMPLES = ROOT / "conf/examples"


class Examples(unittest.TestCase):
    """Checks in a copy, where the files that an example names are there."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="eventfwd-examples-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def make_named_files(self, text):
        """A certificate with its key at every path in TEXT that is to have one."""
        paths = re.findall(r"\b(?:ca|certificate|key|token_file):\s*([^\s,}]+)", text)
        if not paths:
            return
        pem = self.dir / "any.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=example",
                        "-keyout", self.dir / "any.key", "-out", self.dir / "any.crt"],
                       check=True, capture_output=True)
        pem.write_bytes((self.dir / "any.crt").read_bytes() + (self.dir / "any.key").read_bytes())
        for path in paths:
            path = self.dir / path
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.name.endswith(".token"):
                path.write_text("secret\n", encoding="utf-8")
            else:
                shutil.copy(pem, path)
            path.chmod(0o600)

    def check(self, example):
        text = example.read_text(encoding="utf-8").replace("/etc/eventfwd", str(self.dir / "etc"))
        self.make_named_files(text)
        config = self.dir / "eventfwd.yaml"
        config.write_text(text, encoding="utf-8")
        return subprocess.run([EVENTFWD, "check", "-c", config], capture_output=True, text=True, timeout=30,
                              check=False, env=os.environ | {"CREDENTIALS_DIRECTORY": str(self.dir)})

    def test_every_configuration_is_good(self):
        examples = sorted(EXAMPLES.rglob("*.yaml"))
        self.assertGreaterEqual(len(examples), 2)
        for example in examples:
            with self.subTest(example.relative_to(EXAMPLES)):
                answer = self.check(example)
                self.assertEqual(answer.returncode, 0, answer.stderr + answer.stdout)
                self.assertIn(": good", answer.stdout)


class SplunkForwarder(DaemonTest):
    """inputs.conf of the example beside files that the daemon rotates."""

    def setUp(self):
        super().setUp()
        inputs = parse_conf((EXAMPLES / "splunk-forwarder/inputs.conf").read_text(encoding="utf-8"))
        self.monitored, settings = next(iter(inputs.items()))
        self.whitelist = re.compile(settings["whitelist"])

    def is_read(self, name):
        return self.whitelist.search("/var/log/eventfwd/" + name) is not None

    def rotate(self, compress):
        """Lets the daemon write several files, and gives their names."""
        self.configure(sinks=f"\n  lines: {{type: file, path: events.log, rotate: {{size: 1KiB, compress: {compress}}},"
                             " batch: {events: 5}}")
        self.start()
        sender = self.unix_sender()
        for n in range(50):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == 50))
        if compress == "gzip":
            self.assertTrue(eventually(lambda: any(path.endswith(".gz") for path in self.files())))
        self.stop()
        return [os.path.basename(path) for path in self.files()]

    def test_reads_the_directory_that_the_example_writes_to(self):
        config = (EXAMPLES / "splunk-forwarder/eventfwd.yaml").read_text(encoding="utf-8")
        path = re.search(r"^ *path: (.+)$", config, re.MULTILINE).group(1)
        self.assertEqual(self.monitored, "monitor://" + os.path.dirname(path))
        self.assertTrue(self.whitelist.search(path))

    def test_reads_the_live_file_and_every_renamed_one(self):
        names = self.rotate("none")
        self.assertGreater(len(names), 2)
        self.assertIn("events.log", names)
        for name in names:
            self.assertTrue(self.is_read(name), name)

    def test_reads_no_compressed_one_and_nothing_else(self):
        names = self.rotate("gzip")
        compressed = [name for name in names if name.endswith(".gz")]
        self.assertTrue(compressed)
        for name in compressed + ["other.log", "events.log.1", "events.log.swp", "xevents.log"]:
            self.assertFalse(self.is_read(name), name)

    def test_the_newest_renamed_one_is_never_compressed(self):
        def order(name):
            stamp, number = re.search(r"\.(\w+Z)-(\d+)", name).groups()
            return stamp, int(number)

        newest = max((name for name in self.rotate("gzip") if name != "events.log"), key=order)
        self.assertFalse(newest.endswith(".gz"))
        self.assertTrue(self.is_read(newest), newest)


if __name__ == "__main__":
    unittest.main()
