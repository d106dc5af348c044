"""Dead letters, tried again when what was in their way is gone."""

import json
import os
import signal
import subprocess
import unittest

from harness import EVENTFWD, DaemonTest, eventually, packet


class Letters(DaemonTest):
    def retry(self, *arguments):
        return self.command("dead-letters", "retry", "-c", self.path("eventfwd.yaml"), *arguments)

    def begin_retry(self):
        """Starts a retry and does not wait for it."""
        retrying = subprocess.Popen([EVENTFWD, "dead-letters", "retry", "-c", self.path("eventfwd.yaml")],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(retrying.wait)
        return retrying

    def list(self, *arguments):
        listed = self.command("dead-letters", "list", "-c", self.path("eventfwd.yaml"), *arguments)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return listed.stdout.splitlines()[1:]

    def reload(self):
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: "reloaded" in self.log()[before:]), self.log()[before:])

    def inputs(self, options):
        return f"\n  local: {{type: unix_datagram, path: events.sock, {options}}}"

    def dead_lettered(self, sink="byapp"):
        return self.status()["sinks"][sink]["dead_lettered"]

    def start_with_a_directory_in_the_way(self, count, **configuration):
        """A sink by template that refuses COUNT events of the application shop."""
        self.configure(sinks="\n  byapp: {type: file, path: \"out/{application}.log\"}\n"
                             "  lines: {type: file, path: events.log}", **configuration)
        os.makedirs(self.path("out", "shop.log"))
        self.start()
        sender = self.unix_sender()
        for n in range(count):
            sender.send(packet(n))
        sender.send(packet(count, "blog"))
        self.assertTrue(eventually(lambda: self.status()["sinks"]["byapp"]["pending"] == 0))
        self.assertEqual(self.dead_lettered(), count)
        return sender

    def test_a_packet_that_was_too_long_is_taken_after_max_packet_was_raised(self):
        self.configure(inputs=self.inputs("max_packet: 1KiB"))
        self.start()
        sender = self.unix_sender()
        sender.send(packet(1, padding=1500))
        sender.send(b"{broken")
        self.assertTrue(eventually(lambda: len(self.list()) == 2))
        none = self.retry()
        self.assertEqual(none.returncode, 1)
        self.assertIn("input local: 0 of 2 resolved; refused again: 2 (1 oversize, 1 syntax)", none.stdout)
        self.configure(inputs=self.inputs("max_packet: 64KiB"))
        self.reload()
        done = self.retry("--input", "local")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("input local: 1 of 2 resolved; refused again: 1 (1 syntax)", done.stdout)
        self.assertTrue(eventually(lambda: self.numbers() == [1]))
        self.assertEqual([line.split()[0] for line in self.list()], ["2"])
        self.assertEqual(len(self.list("--all")), 2)
        self.assertIn("retried, and resolved", self.list("--all")[0])
        shown = self.command("dead-letters", "show", "1", "-c", self.path("eventfwd.yaml"))
        self.assertIn("retried, and resolved", shown.stderr)
        self.assertEqual(shown.stdout.encode(), packet(1, padding=1500))
        status = self.status()
        self.assertEqual(status["dead_letters"]["retried"], 1)
        self.assertEqual(status["inputs"]["local"]["accepted"], 0)
        self.assert_ledger_closes(status)

    def test_what_was_over_its_quota_is_taken_whatever_the_quota(self):
        self.configure(more="quotas: {application: {rate: 1, burst: 1}}")
        self.start()
        sender = self.unix_sender()
        sender.send(packet(0))
        sender.send(packet(1))
        self.assertTrue(eventually(lambda: len(self.list()) == 1))
        done = self.retry()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(eventually(lambda: self.numbers() == [0, 1]))

    def test_a_sinks_letters_arrive_once_when_nothing_is_in_the_way_any_more(self):
        self.start_with_a_directory_in_the_way(5)
        none = self.retry()
        self.assertEqual(none.returncode, 1)
        self.assertIn("sink byapp: 0 of 5 resolved; refused again: 5 (the last: bad_path", none.stdout)
        self.assertEqual(len(self.list()), 5, "nothing is kept a second time")
        os.rmdir(self.path("out", "shop.log"))
        some = self.retry("2-3", "5")
        self.assertEqual(some.returncode, 0, some.stderr)
        self.assertEqual(self.numbers("out/shop.log"), [1, 2, 4])
        self.assertEqual(self.retry("--sink", "byapp").returncode, 0)
        self.assertEqual(self.numbers("out/shop.log"), [1, 2, 4, 0, 3])
        again = self.retry()
        self.assertEqual(again.returncode, 0)
        self.assertIn("0 letters resolved", again.stdout)
        self.assertEqual(self.numbers("out/shop.log"), [1, 2, 4, 0, 3])
        self.assertEqual(self.list(), [])
        status = self.status()
        self.assertEqual(status["sinks"]["byapp"]["letters_delivered"], 5)
        self.assertEqual(status["sinks"]["byapp"]["dead_lettered"], 5)
        self.assertEqual(status["dead_letters"]["retried"], 5)
        self.assert_ledger_closes(status)
        self.stop()
        self.start()
        self.assertIn("0 letters resolved", self.retry().stdout)
        self.assertEqual(sorted(self.numbers("out/shop.log")), list(range(5)))

    def test_a_kill_in_the_midst_of_a_retry_loses_no_letter(self):
        count = 20000
        self.start_with_a_directory_in_the_way(count)
        os.rmdir(self.path("out", "shop.log"))
        retrying = self.begin_retry()
        self.assertTrue(eventually(lambda: os.path.exists(self.path("out", "shop.log"))))
        self.process.kill()
        self.process.wait()
        self.assertEqual(retrying.wait(timeout=30), 1)
        self.start()
        done = self.retry()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(set(self.numbers("out/shop.log")), set(range(count)))
        self.assertEqual(self.list(), [])
        self.assert_ledger_closes(self.status())

    def test_a_kill_in_the_midst_of_taking_an_inputs_letters_loses_none(self):
        count = 5000
        self.configure(inputs=self.inputs("max_packet: 1KiB"))
        self.start()
        sender = self.unix_sender()
        for n in range(count):
            sender.send(packet(n, padding=1000))
        kept = lambda: self.status()["inputs"]["local"]["refused"].get("oversize", 0)
        self.assertTrue(eventually(lambda: kept() == count))
        self.configure(inputs=self.inputs("max_packet: 64KiB"))
        self.reload()
        retrying = self.begin_retry()
        self.assertTrue(eventually(lambda: self.status()["journal"]["last"] > 0))
        self.process.kill()
        self.process.wait()
        retrying.wait(timeout=30)
        self.start()
        done = self.retry()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(eventually(lambda: self.status()["sinks"]["lines"]["pending"] == 0))
        self.assertEqual(set(self.numbers()), set(range(count)))
        self.assertEqual(self.list(), [])

    def there(self):
        """Of each input and sink, how many events its letters stand for that no retry has resolved."""
        counts = {}
        answer = self.command("dead-letters", "list", "--json", "-c", self.path("eventfwd.yaml"))
        for letter in map(json.loads, answer.stdout.splitlines()):
            counts[letter["from"]] = counts.get(letter["from"], 0) + letter.get("repeated", 1)
        return counts

    def assert_letters_close(self):
        status, there = self.status(), self.there()
        for origin, counts in status["dead_letters"]["origins"].items():
            self.assertEqual(counts["kept"], counts["expired"] + counts["retried"] + there.get(origin, 0), origin)
        return status["dead_letters"]["origins"]

    def test_hostile_packets_at_one_input_leave_the_letters_of_others(self):
        self.start_with_a_directory_in_the_way(5, more="dead_letters: {path: dead-letters, max_size: 1MiB}",
                                               inputs=self.inputs("mode: \"0660\"") + """
  other: {type: unix_datagram, path: other.sock}""")
        other = self.unix_sender("other.sock")
        for n in range(20):
            other.send(b"{broken %d" % n)
        self.assertTrue(eventually(lambda: self.there().get("input other") == 20))
        sender = self.unix_sender()
        pieces = 4000
        for round in range(20):  # a megabyte or so, which would be ten megabytes of letters
            sender.send(b"".join(b"{x%d\n" % (round * pieces + n) for n in range(pieces)))
        refused = lambda: self.status()["inputs"]["local"]["refused"].get("syntax", 0)
        self.assertTrue(eventually(lambda: refused() == 20 * pieces))
        origins = self.assert_letters_close()
        self.assertEqual(origins["sink byapp"], {"kept": 5, "lost": 0, "expired": 0, "retried": 0})
        self.assertEqual(origins["input other"], {"kept": 20, "lost": 0, "expired": 0, "retried": 0})
        self.assertEqual(origins["input local"]["kept"], 20 * pieces)
        self.assertGreater(origins["input local"]["expired"], 10 * pieces)
        size = sum(os.path.getsize(os.path.join(self.path("dead-letters"), name))
                   for name in os.listdir(self.path("dead-letters")))
        self.assertLessEqual(size, 1 << 20)
        self.kill()
        self.start()
        self.assertEqual(self.assert_letters_close(), origins)
        os.rmdir(self.path("out", "shop.log"))
        self.assertEqual(self.retry("--sink", "byapp").returncode, 0)
        self.assertEqual(self.numbers("out/shop.log"), list(range(5)))
        self.assertEqual(self.assert_letters_close()["sink byapp"]["retried"], 5)

    def test_what_repeats_is_one_letter_that_counts_over_a_kill(self):
        self.configure(inputs=self.inputs("mode: \"0660\""))
        self.start()
        sender = self.unix_sender()
        for _ in range(3000):
            sender.send(b"{broken")
        sender.send(b"{another")
        kept = lambda: self.there().get("input local")
        self.assertTrue(eventually(lambda: kept() == 3001))
        self.kill()
        self.start()
        letters = self.list()
        self.assertEqual(len(letters), 2)
        self.assertIn("(repeated 3,000 times, the last at 2", letters[0])
        self.assertNotIn("repeated", letters[1])
        shown = self.command("dead-letters", "show", "1", "-c", self.path("eventfwd.yaml"))
        self.assertIn("repeated 3,000 times", shown.stderr)
        self.assertEqual(shown.stdout, "{broken")
        self.assertEqual(self.assert_letters_close()["input local"]["kept"], 3001)

    def test_what_repeated_is_retried_as_often_as_it_came(self):
        self.configure(inputs=self.inputs("mode: \"0660\""))
        self.start()
        sender = self.unix_sender()
        for _ in range(2000):
            sender.send(b'{"event":"tick","timestamp":1}')
        self.assertTrue(eventually(lambda: self.there().get("input local") == 2000))
        self.configure(inputs=self.inputs("application: shop"))
        self.reload()
        done = self.retry()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("input local: 2,000 of 2,000 resolved", done.stdout)
        self.assertTrue(eventually(lambda: len(self.lines()) == 2000))
        self.assertEqual(self.list(), [])
        self.assertEqual(self.assert_letters_close()["input local"]["retried"], 2000)
        self.assert_ledger_closes(self.status())

    def test_what_cannot_be_tried_is_told_with_the_reason(self):
        self.start_with_a_directory_in_the_way(2)
        self.configure()
        self.reload()
        gone = self.retry()
        self.assertEqual(gone.returncode, 1)
        self.assertIn("sink byapp: 0 of 2 resolved; not tried: 2 (there is no sink byapp)", gone.stdout)
        self.assertEqual(len(self.list()), 2)
        self.assertEqual(self.retry("x").returncode, 2)
        self.assertEqual(self.retry("--sink", "a", "--input", "b").returncode, 2)
        missing = self.retry("99")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no dead letters of these numbers", missing.stderr)
        self.kill()
        down = self.retry()
        self.assertEqual(down.returncode, 1)
        self.assertIn("is `eventfwd run` running", down.stderr)


if __name__ == "__main__":
    unittest.main()
