"""Obstacles in the way of rotation, removal, modes and directory syncs; links where an operator named
a path; batches for more files than may be open; what a killed compression has left. Lines go on."""

import glob
import http.server
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import threading
import unittest

import harness
from harness import DaemonTest, eventually, needs_mounts, packet

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(harness.EVENTFWD)), "tests", "support")
REFUSE = os.environ.get("EVENTFWD_REFUSE_LIBRARY", os.path.join(SUPPORT, "libeventfwd_refuse.so"))
KILL_AT = os.environ.get("EVENTFWD_KILL_AT_LIBRARY", os.path.join(SUPPORT, "libeventfwd_kill_at.so"))
EINVAL, EPERM = 22, 1
NOBODY = 65534
RETRY = "retry: {initial: 10ms, max: 50ms}"


class FilesTest(DaemonTest):
    def configure_file(self, options, path="out/events.log", journal="", more=""):
        self.configure(sinks=f"\n  lines: {{type: file, path: '{path}', {RETRY}{options}}}", journal=journal, more=more)

    def sink(self, name="lines"):
        return self.status()["sinks"][name]

    def send(self, first, count, padding=0, application="shop"):
        """Sends, and waits until all has arrived that was sent so far."""
        sender = self.unix_sender()
        for n in range(first, first + count):
            sender.send(packet(n, padding=padding, application=application))
        self.assertTrue(eventually(lambda: self.sink()["delivered"] == first + count), self.log()[-3000:])

    def told(self, text):
        self.assertTrue(eventually(lambda: text in self.log()), f"{text} is not in {self.log()[-3000:]}")

    def reload(self):
        before = self.log().count("reloaded")
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: self.log().count("reloaded") > before), self.log())

    def bind(self, path):
        """What is at PATH becomes a mount point, which can be neither renamed nor removed."""
        subprocess.run(["mount", "--bind", path, path], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)

    def unbind(self, path):
        subprocess.run(["umount", "-l", path], check=True)


class ObstaclesTest(FilesTest):
    @needs_mounts
    def test_a_file_that_is_a_mount_point_grows_on_until_it_can_be_rotated(self):
        self.configure_file(", rotate: {size: 10KiB}")
        os.mkdir(self.path("out"))
        live = self.path("out", "events.log")
        pathlib.Path(live).touch()
        self.bind(live)
        self.start()
        for first in range(0, 2000, 200):
            self.send(first, 200)
        self.assertEqual(self.files("out/events.log"), [live])
        self.assertEqual(self.log().count("not rotated: rename to "), 1, self.log())
        self.assertIn("Device or resource busy; delivery goes on, and this is tried again", self.log())
        self.unbind(live)
        self.reload()  # tries at once; else it would be a minute
        self.send(2000, 100)
        self.told("events.log: rotated now")
        self.assertGreater(len(self.files("out/events.log")), 1)
        self.assertEqual(self.numbers("out/events.log"), list(range(2100)))
        self.stop()

    @needs_mounts
    def test_a_rotated_file_that_cannot_be_removed_holds_up_no_other(self):
        self.configure_file(", rotate: {size: 10KiB, keep: 2}")
        self.start()
        self.send(0, 200)
        self.send(200, 200)
        oldest = self.files("out/events.log")[0]
        self.bind(oldest)
        for first in range(400, 2000, 200):
            self.send(first, 200)
        files = self.files("out/events.log")
        self.assertEqual(files[0], oldest)
        self.assertLessEqual(len(files), 4)  # it, two and the live one
        self.assertEqual(self.log().count("not rid of its old files: remove "), 1, self.log())
        self.unbind(oldest)
        self.send(2000, 200)
        self.told("events.log: rid of its old files now")
        self.assertFalse(os.path.exists(oldest))
        self.stop()

    @needs_mounts
    def test_a_segment_that_cannot_be_removed_holds_up_no_other(self):
        self.configure(journal="segment_size: 1MiB, sync: 50ms")
        self.start()
        first = glob.glob(self.path("journal", "*.seg"))[0]
        self.bind(first)
        for n in range(0, 5000, 1000):
            self.send(n, 1000, padding=1000)
        segments = lambda: sorted(glob.glob(self.path("journal", "*.seg")))
        self.assertTrue(eventually(lambda: segments()[0] == first and len(segments()) == 2), segments())
        refused = lambda: self.log().count(f"remove {first}: Device or resource busy")
        self.assertEqual(refused(), 1, self.log())
        self.stop()
        self.start()
        self.send(5000, 5)
        self.assertTrue(eventually(lambda: refused() == 2), self.log())
        self.unbind(first)
        self.send(5005, 5)
        self.assertTrue(eventually(lambda: not os.path.exists(first)))
        self.told("maintenance recovered")
        self.assertEqual(self.numbers(), list(range(5010)))
        self.stop()

    @unittest.skipUnless(os.getuid() == 0, "only root can start the daemon as somebody else")
    def test_a_file_in_a_directory_of_another_user_is_written_and_not_rotated(self):
        self.configure_file(", rotate: {size: 10KiB}, group: root")
        shutil.copy(harness.EVENTFWD, self.path("eventfwd"))
        os.mkdir(self.path("out"))
        pathlib.Path(self.path("out", "events.log")).touch()
        os.chown(self.dir, NOBODY, NOBODY)
        os.chmod(self.dir, 0o755)
        os.chown(self.path("out", "events.log"), NOBODY, NOBODY)
        self.start(executable=self.path("eventfwd"), user=NOBODY, group=NOBODY, extra_groups=[])
        for first in range(0, 1000, 200):
            self.send(first, 200)
        self.assertEqual(self.numbers("out/events.log"), list(range(1000)))
        self.assertEqual(self.log().count("Permission denied; delivery goes on"), 1, self.log())
        self.assertEqual(self.log().count("not given its mode and group: give to group "), 1, self.log())
        os.chown(self.path("out"), NOBODY, NOBODY)
        self.reload()
        self.send(1000, 10)
        self.told("events.log: rotated now")
        self.stop()

    @unittest.skipUnless(os.getuid() == 0, "only root can start the daemon as somebody else")
    def test_a_dead_letter_file_of_another_user_stops_no_sink(self):
        self.configure_file("", path="out/{application}.log")
        shutil.copy(harness.EVENTFWD, self.path("eventfwd"))
        os.makedirs(self.path("out", "taken.log"))
        os.mkdir(self.path("dead-letters"))
        old = pathlib.Path(self.path("dead-letters", "000000000001.jsonl"))
        old.write_text("{}\n", encoding="utf-8")
        os.chmod(old, 0o600)
        for path in ("", "out", "dead-letters"):
            os.chown(self.path(path), NOBODY, NOBODY)
        os.chmod(self.dir, 0o755)
        self.start(executable=self.path("eventfwd"), user=NOBODY, group=NOBODY, extra_groups=[])
        self.unix_sender().send(packet(0, application="taken"))
        self.assertTrue(eventually(lambda: self.sink()["dead_lettered"] == 1), self.log())
        self.assertEqual(old.read_text(encoding="utf-8"), "{}\n")
        self.assertEqual(len(glob.glob(self.path("dead-letters", "*.jsonl"))), 2)
        self.told(f"{old}: Permission denied")
        self.stop()

    @unittest.skipUnless(os.path.exists(REFUSE), f"there is no {REFUSE}")
    def test_a_file_system_that_cannot_sync_directories_is_told_once_and_used(self):
        self.configure_file(", rotate: {size: 10KiB, compress: gzip}", journal="segment_size: 1MiB, sync: 50ms")
        environment = dict(os.environ, LD_PRELOAD=REFUSE, EVENTFWD_REFUSE=f"fsync / {EINVAL}")
        for life in range(2):
            self.start(env=environment)
            self.send(life * 1000, 500)
            self.send(life * 1000 + 500, 500)
            self.kill()
        self.assertEqual(self.log().count("Invalid argument; this file system cannot do that"), 2, self.log())
        self.assertEqual(len(re.findall("ERROR|error", self.log())), 0, self.log())

    @unittest.skipUnless(os.path.exists(REFUSE), f"there is no {REFUSE}")
    def test_a_file_system_without_modes_gets_its_lines(self):
        self.configure_file(", rotate: {size: 10KiB}")
        self.start(env=dict(os.environ, LD_PRELOAD=REFUSE, EVENTFWD_REFUSE=f"fchmod /out/ {EPERM}"))
        for first in range(0, 600, 200):
            self.send(first, 200)
        self.assertEqual(self.numbers("out/events.log"), list(range(600)))
        self.assertEqual(self.log().count("not given its mode and group"), 1, self.log())
        self.stop()


class LinksTest(FilesTest):
    def lay_token(self, text):
        """As Kubernetes lays a secret, and replaces it by the rename of a link."""
        fresh = f"..2024_{len(os.listdir(self.path('secret')))}"
        os.mkdir(self.path("secret", fresh))
        pathlib.Path(self.path("secret", fresh, "token")).write_text(text, encoding="utf-8")
        os.symlink(fresh, self.path("secret", "..fresh"))
        os.rename(self.path("secret", "..fresh"), self.path("secret", "..data"))

    def test_a_token_that_kubernetes_replaces_is_read_again(self):
        wanted = ["first"]

        class Hec(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                is_good = self.headers["Authorization"] == f"Splunk {wanted[0]}"
                text = b'{"text":"Success","code":0}' if is_good else b'{"text":"Invalid token","code":4}'
                self.send_response(200 if is_good else 403)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hec)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        os.mkdir(self.path("secret"))
        self.lay_token("first\n")
        os.symlink("..data/token", self.path("secret", "token"))
        self.configure(sinks=f"""
  lines: {{type: hec, urls: ["http://127.0.0.1:{server.server_port}"], token_file: secret/token, from: start,
          {RETRY}}}""")
        self.start()
        self.send(0, 10)
        wanted[0] = "second"
        self.lay_token("second\n")
        self.send(10, 10)
        self.stop()

    def test_a_path_that_is_a_link_is_followed_and_its_target_rotated(self):
        for name in ("out", "disk", "disk2"):
            os.mkdir(self.path(name))
        link = self.path("out", "events.log")
        os.symlink("../disk/real.log", link)
        self.configure_file(", rotate: {size: 10KiB}")
        self.start()
        self.send(0, 200)
        self.kill()
        self.start()
        self.send(200, 200)
        self.assertTrue(os.path.islink(link))
        self.assertGreater(len(self.files("disk/real.log")), 1)
        self.assertEqual(self.numbers("disk/real.log"), list(range(400)))
        os.remove(link)
        os.symlink("../disk2/real.log", link)
        self.send(400, 10)
        self.assertEqual(self.numbers("disk2/real.log"), list(range(400, 410)))
        self.stop()

    def test_directories_and_sockets_that_are_links_are_followed(self):
        os.mkdir(self.path("real"))
        for name in ("journal", "dead-letters", "out"):
            os.mkdir(self.path("real", name))
            os.symlink(os.path.join("real", name), self.path(name))
        for name in ("control.sock", "events.sock"):
            os.symlink(os.path.join("real", name), self.path(name))
        self.configure_file("")
        for life in range(2):
            self.start()
            self.send(life * 10, 10)
            self.kill()
        self.assertTrue(os.path.islink(self.path("control.sock")))
        self.assertEqual(self.numbers("real/out/events.log"), list(range(20)))
        self.assertTrue(glob.glob(self.path("real", "journal", "*.seg")))


class GroupsTest(FilesTest):
    COUNT = 300

    def start_with_a_batch(self, **popen):
        """A daemon that has a line for each of many files before it may deliver them."""
        self.configure_file("", path="many/{application}.log")
        self.start()
        self.assertEqual(self.command("sink", "lines", "pause", "-c", self.path("eventfwd.yaml")).returncode, 0)
        sender = self.unix_sender()
        for n in range(2 * self.COUNT):
            sender.send(packet(n, application=f"app{n % self.COUNT}"))
        self.assertTrue(eventually(lambda: self.status()["journal"]["last"] == 2 * self.COUNT))
        self.kill()
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        self.start(preexec_fn=limit, **popen)

    def resume(self):
        self.command("sink", "lines", "resume", "-c", self.path("eventfwd.yaml"))

    def assert_each_line_once(self):
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0), self.log()[-3000:])
        for n in range(self.COUNT):
            self.assertEqual(self.numbers(f"many/app{n}.log"), [n, n + self.COUNT], self.log()[-2000:])

    def test_a_batch_for_more_files_than_there_are_descriptors_is_delivered(self):
        self.start_with_a_batch()
        self.resume()
        self.assert_each_line_once()
        self.assertEqual(self.sink()["retries"], 0, self.log())
        self.stop()

    @unittest.skipUnless(os.path.exists(KILL_AT), f"there is no {KILL_AT}")
    def test_such_a_batch_is_delivered_once_over_kills(self):
        points = ("fdatasync /many/ 50 after", "writev /many/ 20 middle", "rename /cursors/lines 3 after")
        for number, point in enumerate(points):
            self.start_with_a_batch(env=dict(os.environ, LD_PRELOAD=KILL_AT, EVENTFWD_KILL_AT=point))
            self.resume()
            self.assertTrue(eventually(lambda: self.process.poll() is not None), f"it never came to {point}")
            self.start()
            self.resume()
            self.assert_each_line_once()
            self.assertNotIn("lines may be in it twice", self.log())
            self.kill()
            for name in ("many", "journal"):
                os.rename(self.path(name), self.path(f"{name}-{number}"))


class LeftoversTest(FilesTest):
    def test_what_a_killed_compression_has_left_is_finished_or_removed(self):
        os.mkdir(self.path("out"))
        rotated = self.path("out", "events.log.20240101T000000Z-")
        for name in ("1", "1.gz.part", "2.zst.part", "3"):
            pathlib.Path(rotated + name).write_text("old\n", encoding="utf-8")
        self.configure_file(", rotate: {compress: gzip}")
        self.start()
        self.send(0, 1)
        left = lambda: sorted(os.listdir(self.path("out")))
        wanted = ["events.log", "events.log.20240101T000000Z-1.gz", "events.log.20240101T000000Z-3"]
        self.assertTrue(eventually(lambda: left() == wanted), left())
        self.stop()

    @unittest.skipUnless(os.path.exists(KILL_AT), f"there is no {KILL_AT}")
    def test_a_compression_that_is_killed_is_finished_by_the_next_life(self):
        self.configure_file(", rotate: {size: 10KiB, compress: zstd}")
        self.start(env=dict(os.environ, LD_PRELOAD=KILL_AT, EVENTFWD_KILL_AT="pwritev .zst.part 1 middle"))
        sender = self.unix_sender()
        with self.assertRaises(OSError):
            for n in range(1_000_000):
                sender.send(packet(n))
        self.assertTrue(eventually(lambda: self.process.poll() is not None))
        self.assertEqual(len(glob.glob(self.path("out", "*.part"))), 1)
        self.configure_file(", rotate: {compress: zstd}")  # without a rotation that would do it again
        self.start()
        self.unix_sender().send(packet(0))
        self.assertTrue(eventually(lambda: glob.glob(self.path("out", "*.part")) == []
                                   and len(glob.glob(self.path("out", "*.zst"))) >= 1), os.listdir(self.path("out")))
        self.stop()

    def check(self, *paths):
        sinks = "".join(f"\n  s{n}: {{type: file, path: '{path}'}}" for n, path in enumerate(paths))
        self.configure(sinks=sinks)
        done = self.command("check", "-c", self.path("eventfwd.yaml"))
        return done.returncode, done.stderr + done.stdout

    def test_check_refuses_two_sinks_whose_files_can_be_the_same(self):
        status, said = self.check("e/{application}.log", "e/shop.log")
        self.assertEqual(status, 2)
        self.assertRegex(said, r"eventfwd\.yaml:\d+:\d+: sinks\.s1\.path: can lead to the same file as sinks\.s0\.path")
        self.assertEqual(self.check("e/{application}/{date}.log", "e/{event}/{date}.log")[0], 2)
        self.assertEqual(self.check("e/shop", "e/shop/{event}.log")[0], 2)
        self.assertEqual(self.check("e/a-{event}.log", "e/b-{event}.log")[0], 0)
        self.assertEqual(self.check("e/{application}.log", "e/{application}.json", "f/shop.log")[0], 0)


if __name__ == "__main__":
    unittest.main()
