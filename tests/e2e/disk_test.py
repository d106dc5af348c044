"""The disks under the journal and under a sink fill up, turn read-only, lose a directory or a
permission, and come back: told, held, gone on with. Nothing is lost and nothing comes twice."""

import os
import shutil
import signal
import subprocess
import unittest

import harness
from harness import DaemonTest, Load, eventually, needs_mounts, packet

NOBODY = 65534
RETRY = "retry: {initial: 10ms, max: 50ms}"


class DiskTest(DaemonTest):
    def sink(self, name="lines"):
        return self.status()["sinks"][name]

    def order(self, verb, name="lines"):
        done = self.command("sink", name, verb, "-c", self.path("eventfwd.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def load(self, first=0):
        load = Load(self.path("events.sock"), first=first)
        self.addCleanup(load.stop)
        return load

    def send(self, first, count, padding=0):
        sender = self.unix_sender()
        for n in range(first, first + count):
            sender.send(packet(n, padding=padding))

    def told(self, *texts):
        return lambda: all(text in self.log() for text in texts)

    def assert_all_arrives(self, count, name="events.log"):
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == count), self.log()[-3000:])
        self.assertEqual(self.numbers(name), list(range(count)))
        self.assert_ledger_closes(self.status())

    def mount_read_only_over(self, name):
        """What is open stays writable, as on a disk whose errors made the kernel refuse new files."""
        path = self.path(name)
        subprocess.run(["mount", "--bind", path, path], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)

    @needs_mounts
    def test_a_full_disk_is_looked_at_again_however_seldom_the_journal_is_synced(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 1h")
        self.start()
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("No space left on device; waiting until there is room")))
        self.remount("journal", "size=64m")
        self.assertTrue(eventually(self.told("takes events again"), 3))
        load.stop()
        self.order("resume")
        self.assert_all_arrives(load.sent)

    @needs_mounts
    def test_a_full_disk_of_the_journal_stops_the_inputs_until_there_is_room(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start()
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("No space left on device; waiting until there is room")))
        self.assertEqual(self.sink()["state"], "paused")
        self.remount("journal", "size=64m")
        self.assertTrue(eventually(self.told("takes events again")))
        before = load.sent
        self.assertTrue(eventually(lambda: load.sent > before + 1000))
        load.stop()
        self.order("resume")
        self.assert_all_arrives(load.sent)
        status = self.status()
        self.assertEqual(status["inputs"]["local"]["accepted"], load.sent)
        self.stop()

    @needs_mounts
    def test_a_full_disk_of_the_journal_sheds_the_oldest_where_that_is_wanted(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: drop_oldest, sync: 50ms")
        self.start()
        self.order("pause")
        count = 12_000
        self.send(0, count, padding=1000)
        self.order("resume")
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0))
        sink = self.sink()
        self.assertGreater(sink["shed"]["full"], 0)
        self.assertEqual(sink["shed"]["full"] + sink["delivered"], count)
        # What is shed are whole segments, the oldest.
        self.assertEqual(self.numbers(), list(range(sink["shed"]["full"], count)))
        self.assert_ledger_closes(self.status())
        self.stop()

    @needs_mounts
    def test_a_journal_that_turns_read_only_stops_the_inputs_until_it_is_mended(self):
        os.mkdir(self.path("journal"))
        self.configure(journal="segment_size: 1MiB, when_full: refuse, sync: 50ms")
        self.start()
        self.mount_read_only_over("journal")
        load = self.load()
        self.assertTrue(eventually(self.told("Read-only file system; waiting until there is room")))
        subprocess.run(["umount", "-l", self.path("journal")], check=True)
        self.assertTrue(eventually(self.told("takes events again")))
        load.stop()
        self.assert_all_arrives(load.sent)
        self.stop()

    @needs_mounts
    def test_a_sink_on_a_disk_that_turns_read_only_waits_until_it_is_mended(self):
        os.mkdir(self.path("out"))
        self.configure(sinks=f"\n  lines: {{type: file, path: out/events.log, {RETRY}}}")
        self.start()
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 10))
        self.mount_read_only_over("out")
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(self.told("reloaded")))
        self.send(10, 1000)
        self.assertTrue(eventually(self.told("Read-only file system; trying again until it goes")))
        self.assertEqual(self.sink()["state"], "retrying")
        subprocess.run(["umount", "-l", self.path("out")], check=True)
        self.assert_all_arrives(1010, "out/events.log")
        self.assertIn("recovered after", self.log())
        self.stop()

    def test_a_removed_directory_of_a_sink_is_made_anew(self):
        self.configure(sinks=f"\n  lines: {{type: file, path: out/events.log, {RETRY}}}")
        self.start()
        self.send(0, 100)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 100))
        os.rename(self.path("out"), self.path("moved"))
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(self.told("reloaded")))
        self.send(100, 100)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 200), self.log())
        self.assertEqual(self.numbers("moved/events.log") + self.numbers("out/events.log"), list(range(200)))
        self.stop()

    def test_a_journal_directory_that_is_away_for_a_while_holds_the_inputs(self):
        self.configure(journal="segment_size: 1MiB, sync: 50ms")
        self.start()
        self.send(0, 100)
        os.rename(self.path("journal"), self.path("away"))
        load = self.load(first=100)
        self.assertTrue(eventually(self.told("No such file or directory; waiting until there is room",
                                             "state.new: No such file")), self.log())
        os.rename(self.path("away"), self.path("journal"))
        self.assertTrue(eventually(self.told("takes events again", "maintenance recovered")))
        load.stop()
        self.assert_all_arrives(load.sent)
        self.assertEqual(self.log().count("state.new: No such file"), 1, "what repeats is said once")
        self.stop()

    @unittest.skipUnless(os.getuid() == 0, "only root can start the daemon as somebody else")
    def test_a_permission_that_is_taken_away_holds_the_sink_until_it_is_given_back(self):
        self.configure(sinks=f"\n  lines: {{type: file, path: out/events.log, {RETRY}}}")
        os.mkdir(self.path("out"))
        shutil.copy(harness.EVENTFWD, self.path("eventfwd"))
        for path in ("", "out"):
            os.chown(self.path(path), NOBODY, NOBODY)
        os.chmod(self.dir, 0o755)
        self.start(executable=self.path("eventfwd"), user=NOBODY, group=NOBODY, extra_groups=[])
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 10))
        os.chmod(self.path("out"), 0)
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(self.told("reloaded")))
        self.send(10, 1000)
        self.assertTrue(eventually(self.told("Permission denied; trying again until it goes")))
        self.assertEqual(self.sink()["pending"], 1000)
        os.chmod(self.path("out"), 0o755)
        self.assert_all_arrives(1010, "out/events.log")
        self.stop()


if __name__ == "__main__":
    unittest.main()
