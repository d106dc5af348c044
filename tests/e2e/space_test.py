"""No space is said in many ways: a quota, a limit on the size of files, no inodes, a sync that finds no
space for what was taken. Each is treated as a full disk is, and all goes on by itself behind it."""

import os
import shutil
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, Load, eventually, needs_mounts, packet

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(EVENTFWD)), "tests", "support", "libeventfwd_no_space.so")
MIB = 1 << 20
RETRY = "retry: {initial: 10ms, max: 50ms}"
needs_library = unittest.skipUnless(os.path.exists(LIBRARY), f"there is no {LIBRARY}")
needs_prlimit = unittest.skipUnless(shutil.which("prlimit"), "prlimit (util-linux) is not installed")


class SpaceTest(DaemonTest):
    def start_with(self, kind):
        self.start(env={**os.environ, "LD_PRELOAD": LIBRARY, "EVENTFWD_NO_SPACE": kind})

    def sink(self, name="lines"):
        return self.status()["sinks"][name]

    def order(self, verb):
        done = self.command("sink", "lines", verb, "-c", self.path("eventfwd.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def limit_files(self, size):
        subprocess.run(["prlimit", f"--pid={self.process.pid}", f"--fsize={size}:"], check=True)

    def send(self, first, count, padding=1000):
        sender = self.unix_sender()
        for n in range(first, first + count):
            sender.send(packet(n, padding=padding))

    def load(self):
        load = Load(self.path("events.sock"))
        self.addCleanup(load.stop)
        return load

    def told(self, text):
        return lambda: text in self.log()

    def assert_the_oldest_are_shed(self, count):
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0), self.log()[-3000:])
        sink = self.sink()
        self.assertGreater(sink["shed"]["full"], 0)
        self.assertEqual(sink["shed"]["full"] + sink["delivered"], count)
        self.assertEqual(self.numbers(), list(range(sink["shed"]["full"], count)))
        self.assert_ledger_closes(self.status())
        self.stop()

    def assert_all_arrives(self, count):
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == count), self.log()[-3000:])
        self.assertEqual(self.numbers(), list(range(count)))
        self.assertEqual(sum(self.sink()["shed"].values()), 0)
        self.assert_ledger_closes(self.status())
        self.stop()

    @needs_library
    @needs_mounts
    def test_a_full_quota_of_the_journal_sheds_the_oldest_where_that_is_wanted(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: drop_oldest, sync: 50ms")
        self.start_with("quota")
        self.order("pause")
        self.send(0, 8000)
        self.assertTrue(eventually(self.told("Disk quota exceeded")), self.log())
        self.order("resume")
        self.assert_the_oldest_are_shed(8000)

    @needs_library
    @needs_mounts
    def test_inputs_that_wait_for_a_quota_go_on_once_the_sink_is_back(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start_with("quota")
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("Disk quota exceeded; waiting until there is room")), self.log())
        self.order("resume")
        self.assertTrue(eventually(self.told("takes events again"), 3), self.log())
        load.stop()
        self.assert_all_arrives(load.sent)

    @needs_library
    @needs_mounts
    def test_a_sink_waits_for_its_quota_and_completes_what_it_began(self):
        self.mount_small("out", "1m")
        self.configure(sinks=f"\n  lines: {{type: file, path: out/events.log, {RETRY}}}")
        self.start_with("quota")
        self.send(0, 2000)
        self.assertTrue(eventually(self.told("Disk quota exceeded; trying again until it goes")), self.log())
        self.remount("out", "size=64m")
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 2000))
        self.assertEqual(self.numbers("out/events.log"), list(range(2000)))

    @needs_library
    def test_a_sync_that_finds_no_space_for_what_was_taken_sheds_the_oldest_where_that_is_wanted(self):
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: drop_oldest, sync: 50ms")
        self.start_with(f"late journal {6 * MIB}")
        self.order("pause")
        self.send(0, 12_000)
        self.assertTrue(eventually(self.told("Disk quota exceeded")), self.log())
        self.assertTrue(eventually(lambda: self.status()["journal"]["synced"] == 12_000), self.log()[-3000:])
        self.assertLess(self.status()["journal"]["bytes"], 6 * MIB)
        self.order("resume")
        self.assert_the_oldest_are_shed(12_000)

    @needs_library
    def test_a_sync_that_finds_no_space_for_what_was_taken_holds_the_inputs(self):
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start_with(f"late journal {6 * MIB}")
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("Disk quota exceeded; waiting until there is room")), self.log())
        self.order("resume")
        self.assertTrue(eventually(self.told("takes events again"), 3), self.log())
        load.stop()
        self.assert_all_arrives(load.sent)

    @needs_mounts
    def test_a_journal_without_inodes_holds_the_inputs_until_there_are_some(self):
        self.mount_small("journal", "64m,nr_inodes=12")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start()
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("No space left on device; waiting until there is room")), self.log())
        self.remount("journal", "nr_inodes=100")
        self.assertTrue(eventually(self.told("takes events again"), 3), self.log())
        load.stop()
        self.order("resume")
        self.assert_all_arrives(load.sent)

    @needs_mounts
    def test_a_start_on_a_full_disk_waits_for_no_person(self):
        self.mount_small("journal", "6m")
        self.configure(journal="segment_size: 1MiB, max_size: 64MiB, when_full: refuse, sync: 50ms")
        self.start()
        self.order("pause")
        load = self.load()
        self.assertTrue(eventually(self.told("No space left on device; waiting until there is room")), self.log())
        self.kill()
        load.stop()
        subprocess.run(["dd", "if=/dev/zero", f"of={self.path('journal', 'foreign')}"], check=False,
                       stderr=subprocess.DEVNULL)
        self.start()
        self.order("resume")
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0), self.log()[-3000:])
        self.assertEqual(self.numbers(), list(range(len(self.numbers()))))

    @needs_prlimit
    def test_a_size_limit_ends_segments_and_rotates_files_and_sheds_nothing(self):
        self.configure(journal="segment_size: 64MiB, when_full: drop_oldest, sync: 50ms, retain: 1h")
        self.start()
        self.send(0, 100)
        self.limit_files(MIB)
        self.send(100, 6000)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 6100), self.log()[-3000:])
        self.assertGreater(self.status()["journal"]["segments"], 5)
        self.assertGreater(len(self.files()), 5)
        self.assertLessEqual(max(os.path.getsize(path) for path in self.files()), MIB)
        self.assert_all_arrives(6100)

    @needs_prlimit
    def test_a_size_limit_that_takes_no_event_sheds_nothing_and_can_be_raised(self):
        self.configure(journal="segment_size: 64MiB, when_full: drop_oldest, sync: 50ms")
        self.start()
        self.send(0, 100, padding=0)
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == 100))
        self.limit_files(90)
        self.send(100, 5)
        self.assertTrue(eventually(lambda: self.status()["inputs"]["local"]["waits_for_room"]))
        self.limit_files("unlimited")
        self.assert_all_arrives(105)

    @needs_prlimit
    def test_dead_letters_beyond_a_size_limit_go_into_the_next_file(self):
        self.configure()
        self.start()
        self.limit_files(MIB)
        sender = self.unix_sender()
        for _ in range(40):
            sender.send(b"{" + b"x" * 60_000)
        self.assertTrue(eventually(lambda: self.status()["dead_letters"]["kept"] == 40), self.log()[-2000:])
        self.assertEqual(self.status()["dead_letters"]["lost"], 0)
        self.assertGreater(len(os.listdir(self.path("dead-letters"))), 1)

    @needs_prlimit
    def test_a_command_that_meets_a_size_limit_says_so(self):
        packets = self.path("packets")
        with open(packets, "wb") as f:
            f.write(b"\n".join(packet(n) for n in range(2000)))
        with open(self.path("lines"), "wb") as out:
            done = subprocess.run(["prlimit", "--fsize=4096", EVENTFWD, "render", packets], stdout=out,
                                  stderr=subprocess.PIPE, check=False)
        self.assertGreater(done.returncode, 0, "no signal ends it")
        self.assertIn(b"File too large", done.stderr)


if __name__ == "__main__":
    unittest.main()
