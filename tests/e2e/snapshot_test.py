"""Two hundred looks at a daemon that is never left alone: the ledger closes in each of them."""

import signal
import threading
import time
import unittest

import ledger
from harness import DaemonTest, eventually, packet
from hec_test import HecServer

LOOKS = 200


class SnapshotTest(DaemonTest):
    def reload(self):
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: "reloaded" in self.log()[before:]), self.log()[before:])

    def ask(self, *arguments):
        self.command(*arguments, "-c", self.path("eventfwd.yaml"))

    def write(self, inputs="", sinks="", max_size="64MiB"):
        self.configure(
            inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}"}}
  local: {{type: unix_datagram, path: events.sock}}{inputs}""",
            sinks=f"""
  lines: {{type: file, path: events.log}}
  shop: {{type: file, path: shop.log, match: {{application: shop}}}}
  splunk: {{type: hec, urls: ["http://127.0.0.1:{self.hec.port}"], token_file: hec.token, from: start,
            batch: {{events: 50, linger: 1ms}}, timeout: 2s, retry: {{initial: 10ms, max: 100ms}}}}{sinks}""",
            journal=f"segment_size: 1MiB, max_size: {max_size}, when_full: drop_oldest, sync: 50ms",
            more="quotas: {application: {rate: 200, burst: 200}}")

    def load(self, make_sender):
        """Good, refused and over-quota packets, through every restart."""
        def run():
            n = 0
            while not self.is_over.is_set():
                try:
                    sender = make_sender()
                    while not self.is_over.is_set():
                        for _ in range(20):
                            sender.send((packet(n, f"app{n}", 2000), packet(n, "shop"), b"{broken %d" % n,
                                         packet(n, "blog", 2000), packet(n, "refused"), packet(n, f"b{n}"))[n % 6])
                            n += 1
                        time.sleep(0.001)
                except OSError:
                    time.sleep(0.002)
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.is_over.set)

    def test_the_ledger_closes_in_every_look_whatever_happens_meanwhile(self):
        with open(self.path("hec.token"), "w", encoding="utf-8") as f:
            f.write("secret\n")
        self.hec = HecServer(self, "hec", "--refuse", "refused", "--fault", "busy", "--every", "5").start()
        self.is_over = threading.Event()
        self.write()
        self.start()
        self.load(self.unix_sender)
        self.load(self.udp_sender)
        other = "\n  other: {type: unix_datagram, path: other.sock}"
        late = "\n  late: {type: file, path: late.log}"

        def terminate():
            self.stop()
            self.start()

        def crash():
            self.kill()
            self.start()

        def reload(**changes):
            def act():
                self.write(**changes)
                self.reload()
            return act

        actions = [
            ("sink added", reload(sinks=late)),
            ("splunk pauses", lambda: self.ask("sink", "splunk", "pause")),
            ("splunk resumes", lambda: self.ask("sink", "splunk", "resume")),
            ("input added", reload(inputs=other, sinks=late)),
            ("splunk down", self.hec.kill),
            ("splunk skips", lambda: self.ask("sink", "splunk", "skip-to-end")),
            ("terminated", terminate),
            ("splunk up", self.hec.start),
            ("letters retried", lambda: self.ask("dead-letters", "retry", "--input", "local")),
            ("input and sink removed", reload()),
            ("lines pauses", lambda: self.ask("sink", "lines", "pause")),
            ("splunk down", self.hec.kill),
            ("journal gets small", reload(max_size="4MiB")),
            ("killed", crash),
            ("splunk up", self.hec.start),
            ("lines resumes", lambda: self.ask("sink", "lines", "resume")),
            ("replayed", lambda: self.ask("replay", "--sink", "shop", "--since", "1h")),
            ("terminated again", terminate),
            ("sink comes back", reload(sinks=late)),
            ("splunk changes", reload(sinks=late + "\n  more: {type: file, path: more.log}")),
        ]
        found = []
        before = self.status()
        for name, act in actions:
            act()
            for at in range(LOOKS // len(actions)):
                now = self.status()
                found += [f"after {name} ({at}): {fault}" for fault in ledger.faults(now)]
                if not (name == "killed" and at == 0):
                    found += [f"after {name} ({at}): {step}" for step in ledger.steps_back(before, now)]
                before = now
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
