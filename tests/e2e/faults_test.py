"""What goes wrong on real machines: each with a message that names the object, and nothing lost."""

import glob
import os
import pathlib
import signal
import time
import unittest

from harness import DaemonTest, eventually, needs_mounts, packet


class FaultsTest(DaemonTest):
    def send(self, first, count):
        sender = self.unix_sender()
        for n in range(first, first + count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))

    def test_a_second_daemon_on_the_same_journal_is_told_who_has_it(self):
        self.configure()
        self.start()
        status, said = self.start_expecting_failure()
        self.assertEqual(status, 1)
        self.assertIn(f"is in use by another eventfwd (pid {self.process.pid})", said)

    def test_a_port_in_use_is_named(self):
        self.configure()
        self.start()
        config = pathlib.Path(self.path("eventfwd.yaml"))
        config.write_text(config.read_text().replace("path: journal", "path: journal2"))
        status, said = self.start_expecting_failure()
        self.assertEqual(status, 1)
        self.assertIn(f"input packets: listen on udp 127.0.0.1:{self.port}: Address already in use", said)

    def test_a_wrong_configuration_is_two_and_tells_everything(self):
        self.configure(more="foo: 1\nlog: {level: loud}")
        status, said = self.start_expecting_failure()
        self.assertEqual(status, 2)
        self.assertIn("foo: unknown key", said)
        self.assertIn("log.level: expected one of debug, info, warn, error, found 'loud'", said)

    def test_a_journal_directory_that_cannot_be_made_is_named(self):
        with open(self.path("journal"), "w", encoding="utf-8"):
            pass
        self.configure()
        status, said = self.start_expecting_failure()
        self.assertEqual(status, 1)
        self.assertIn(self.path("journal"), said)
        self.assertIn("Not a directory", said)

    def test_damage_in_the_journal_costs_what_it_touched(self):
        # A sink that cannot deliver keeps the events in the journal until it is mended.
        self.configure(sinks="\n  lines: {type: file, path: no/such/../dir.log, retry: {initial: 10ms, max: 10ms}}")
        os.mkdir(self.path("no"))
        os.mkdir(self.path("no", "such"))
        os.mkdir(self.path("no", "dir.log"))
        self.start()
        sender = self.unix_sender()
        for n in range(2000):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["journal"]["last"] == 2000))
        self.assertIn("dir.log: Is a directory", self.status()["sinks"]["lines"]["last_error"])
        self.kill()
        segment = glob.glob(self.path("journal", "*.seg"))[0]
        with open(segment, "r+b") as f:
            middle = os.path.getsize(segment) // 2
            f.seek(middle)
            damaged = bytes(byte ^ 0xFF for byte in f.read(4))  # whatever stands there
            f.seek(middle)
            f.write(damaged)
        os.rmdir(self.path("no", "dir.log"))
        self.start()
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        sink = self.status()["sinks"]["lines"]
        self.assertGreater(sink["shed"]["damaged"], 0)
        self.assertEqual(sink["delivered"] + sink["shed"]["damaged"], 2000)
        self.assert_ledger_closes(self.status())
        self.assertEqual(len(self.lines("no/dir.log")), sink["delivered"])
        self.assertEqual(len(os.listdir(self.path("journal", "quarantine"))), 1)
        self.assertIn("is damaged from byte", self.log())
        self.stop()

    def test_a_missing_cursor_begins_at_the_oldest_event(self):
        self.configure()
        self.start()
        self.send(0, 10)
        self.stop()
        os.remove(self.path("journal", "cursors", "lines"))
        self.start()
        self.assertTrue(eventually(lambda: len(self.lines()) == 20))
        self.assertEqual(self.numbers(), list(range(10)) * 2)
        self.assertIn("some events may be sent twice", self.log())
        self.stop()

    def test_logrotate_moves_the_file_and_nothing_is_lost(self):
        self.configure()
        self.start()
        self.send(0, 100)
        os.rename(self.path("events.log"), self.path("moved"))
        self.process.send_signal(signal.SIGHUP)
        self.send(100, 100)
        self.assertTrue(eventually(lambda: len(self.lines()) == 100))
        self.assertEqual(self.numbers("moved"), list(range(100)))
        self.assertEqual(self.numbers(), list(range(100, 200)))
        self.stop()

    @needs_mounts
    def test_a_full_disk_holds_its_sink_and_no_other_until_there_is_room(self):
        self.mount_small("out", "64k")
        self.configure(sinks="\n  lines: {type: file, path: out/events.log, retry: {initial: 10ms, max: 50ms}}\n"
                             "  other: {type: file, path: other.log}")
        self.start()
        sender = self.unix_sender()
        count = 5000
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["other"]["delivered"] == count))
        lines = lambda: self.status()["sinks"]["lines"]
        self.assertTrue(eventually(lambda: lines()["state"] == "retrying"))
        self.assertIn("No space left on device", lines()["last_error"])
        self.remount("out", "size=16m")
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        self.assertEqual(self.numbers("out/events.log"), list(range(count)))
        self.assert_ledger_closes(self.status())
        self.assertIn("recovered after", self.log())
        self.stop()

    @needs_mounts
    def test_a_full_journal_disk_frees_itself_of_what_everybody_has_had(self):
        self.mount_small("journal", "4m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start()
        sender = self.unix_sender()
        count = 60_000  # several times what the disk holds
        for n in range(count):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["delivered"] == count, 60))
        self.assertEqual(self.numbers(), list(range(count)))
        self.stop()
        self.start()
        self.stop()

    def test_a_stop_keeps_its_time_whatever_a_sink_is_waiting_for(self):
        os.mkfifo(self.path("pipe"))
        self.configure(more="stop_timeout: 500ms", sinks="""
  broken: {type: file, path: eventfwd.yaml/below-a-file.log}
  stalled: {type: stdout}""")
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(self.path("pipe"), os.O_WRONLY)
        self.addCleanup(os.close, reader)
        self.start(stdout=writer)
        os.close(writer)
        sender = self.unix_sender()
        for n in range(5000):
            sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["stalled"]["state"] == "retrying"))
        began = time.monotonic()
        self.stop()
        self.assertLess(time.monotonic() - began, 5)
        self.assertIn("sink broken: 5,000 events stay in the journal", self.log())


if __name__ == "__main__":
    unittest.main()
