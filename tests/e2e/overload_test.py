"""More than the daemon can take, or than a destination ever takes: everything is counted, memory
stays flat, and nobody else is held up."""

import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import unittest

from harness import EVENTFWD, DaemonTest, eventually

LOAD = os.environ.get("EVENTFWD_LOAD", os.path.join(
    os.path.dirname(os.path.abspath(EVENTFWD)), "bench", "load"))
PACKETS = int(os.environ.get("EVENTFWD_OVERLOAD_PACKETS", "1000000"))
OUTAGE = int(os.environ.get("EVENTFWD_OUTAGE_EVENTS", "200000"))


@unittest.skipUnless(os.path.exists(LOAD), f"there is no {LOAD}")
class OverloadTest(DaemonTest):
    def send(self, count, *options):
        """Sends COUNT events; gives how many the kernel took."""
        done = subprocess.run([LOAD, "--count", str(count), "--seconds", "3600", *options],
                              capture_output=True, text=True, timeout=600, check=True)
        return json.loads(done.stdout)["sent"]

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0

    def ask_status(self):
        """Without starting a process: thousands of times a second."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path("control.sock"))
            s.sendall(b"status\n")
            with s.makefile() as answer:
                return json.loads(answer.readline())

    def segment_bytes(self):
        total = 0
        for segment in pathlib.Path(self.path("journal")).glob("*.seg"):
            try:
                total += segment.stat().st_size
            except FileNotFoundError:
                pass  # removed just now
        return total

    def line_count(self, name="events.log"):
        done = subprocess.run(["wc", "-l", self.path(name)], capture_output=True, check=True)
        return int(done.stdout.split()[0])

    def test_what_overruns_the_socket_is_counted_exactly(self):
        self.configure(inputs=f"""
  packets: {{type: udp, listen: "127.0.0.1:{self.port}", receive_buffer: 64KiB}}""")
        self.start()
        sent = self.send(PACKETS, "--udp", f"127.0.0.1:{self.port}", "--gso")
        self.assertEqual(sent, PACKETS)
        packets = lambda: self.status()["inputs"]["packets"]
        self.assertTrue(eventually(lambda: packets()["packets"] + packets()["kernel_drops"] >= sent))
        counts = packets()
        self.assertEqual(counts["packets"] + counts["kernel_drops"], sent)
        self.assertEqual(counts["accepted"], counts["packets"])
        self.assertGreater(counts["kernel_drops"], 0, "it was no overload")
        sink = lambda: self.status()["sinks"]["lines"]
        self.assertTrue(eventually(lambda: sink()["pending"] == 0))
        self.assertEqual(self.line_count(), counts["packets"])
        self.assert_ledger_closes(self.status())
        self.stop()

    def test_a_destination_that_never_answers_costs_disk_up_to_max_size_and_nothing_else(self):
        os.mkfifo(self.path("pipe"))
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(self.path("pipe"), os.O_WRONLY)
        self.addCleanup(os.close, reader)
        self.configure(journal="segment_size: 1MiB, max_size: 32MiB", sinks="""
  lines: {type: file, path: events.log, rotate: {size: 64GiB}}
  gone: {type: file, path: eventfwd.yaml/below-a-file.log, retry: {initial: 10ms, max: 100ms}}
  silent: {type: stdout}""")
        self.start(stdout=writer)
        os.close(writer)
        unix = ("--unix", self.path("events.sock"), "--rate", "50000")
        first = OUTAGE // 4
        self.send(first, *unix)
        delivered = lambda: self.status()["sinks"]["lines"]["delivered"]
        self.assertTrue(eventually(lambda: delivered() == first, 60))
        before = self.resident_bytes()
        over = []
        done = threading.Event()

        def watch():
            while not done.is_set():
                over.append(self.segment_bytes() - (32 << 20))
                time.sleep(0.002)

        watcher = threading.Thread(target=watch)
        watcher.start()
        self.addCleanup(done.set)
        self.send(OUTAGE - first, *unix, "--first-seq", str(first))
        self.assertTrue(eventually(lambda: delivered() == OUTAGE, 60))
        done.set()
        watcher.join()
        self.assertLess(self.resident_bytes() - before, 8 << 20)
        print(f"above max_size: at most {max(over) / (1 << 20):.1f} MiB")

        # Who never answers has lost exactly what the journal does not hold any more.
        def counted():
            status = self.status()
            missed = status["journal"]["first"] - 1
            gone = status["sinks"]["gone"]
            return missed > 0 and gone["shed"]["full"] + gone["pending"] == OUTAGE
        self.assertTrue(eventually(counted), self.status())
        status = self.status()
        self.assertEqual(status["journal"]["last"], OUTAGE)
        # But for the one batch that the daemon has in its memory: that is still tried.
        in_memory = status["journal"]["first"] - 1 - status["sinks"]["gone"]["shed"]["full"]
        self.assertIn(in_memory, range(1, 100_001))
        self.assertEqual(status["sinks"]["gone"]["delivered"], 0)
        self.assertEqual(status["sinks"]["gone"]["state"], "retrying")
        self.assertEqual(status["sinks"]["lines"]["shed"], {"full": 0, "skipped": 0, "damaged": 0, "unknown": 0})
        self.assertEqual(status["inputs"]["local"]["accepted"], OUTAGE)
        self.assert_ledger_closes(status)
        self.assertEqual(self.line_count(), OUTAGE)
        with open(self.path("events.log"), encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                self.assertIn(f'seq="{number:012}"', line)

    def test_every_snapshot_of_the_status_adds_up_under_load(self):
        self.configure(sinks="""
  lines: {type: file, path: events.log}
  some: {type: file, path: some.log, match: {application: nobody}}""")
        self.start()
        loads = [subprocess.Popen([LOAD, "--rate", "40000", "--seconds", "5", *to], stdout=subprocess.DEVNULL)
                 for to in (("--unix", self.path("events.sock")), ("--udp", f"127.0.0.1:{self.port}"))]
        for load in loads:
            self.addCleanup(load.kill)
        moving = set()
        until = time.monotonic() + 4
        while time.monotonic() < until:
            status = self.ask_status()
            last = status["journal"]["last"]
            moving.add(last)
            self.assertLessEqual(sum(each["accepted"] for each in status["inputs"].values()), last)
            self.assertLessEqual(status["journal"]["synced"], last)
            for name, sink in status["sinks"].items():
                self.assertLessEqual(sink["cursor"], last, name)
                self.assertEqual(sink["accepted"], last, name)
            self.assert_ledger_closes(status)
        self.assertGreater(len(moving), 300)
        for load in loads:
            load.wait()


if __name__ == "__main__":
    unittest.main()
