"""The real daemon and a HEC that can be hostile, killed and brought back: nothing is lost."""

import os
import shutil
import signal
import subprocess
import threading
import time
import unittest

from harness import BATCH, DaemonTest, eventually, free_port, packet

HEC_SERVER = os.environ.get("HEC_SERVER", os.path.join(
    os.path.dirname(os.environ.get("EVENTFWD", "build/release/eventfwd")),
    "tests/support/hec_server"))


class HecServer:
    """The scripted server as a process; what it took is in a file and outlives it."""

    def __init__(self, test, name, *arguments):
        self.ids_path = test.path(name + ".ids")
        self.arguments = arguments
        self.port = 0
        self.process = None
        test.addCleanup(self.kill)

    def start(self):
        self.process = subprocess.Popen(
            [HEC_SERVER, "--port", str(self.port), "--ids", self.ids_path, *self.arguments],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def ids(self):
        """The ids of all events that it kept, with those that came twice twice."""
        try:
            with open(self.ids_path, encoding="utf-8") as f:
                return f.read().split()
        except FileNotFoundError:
            return []


class HecDaemonTest(DaemonTest):
    """A test whose daemon sends to HECs."""

    def setUp(self):
        super().setUp()
        with open(self.path("hec.token"), "w", encoding="utf-8") as f:
            f.write("secret\n")

    def configure_hec(self, urls, options=""):
        self.configure(sinks=f"""
  splunk: {{type: hec, urls: [{', '.join(urls)}], token_file: hec.token, from: start, timeout: 5s,
            batch: {{events: 1000, linger: 5ms}}, retry: {{initial: 20ms, max: 200ms}}{options}}}""")

    def send(self, first, count):
        sender = self.unix_sender()
        for n in range(first, first + count):
            sender.send(packet(n))

    def sink(self):
        return self.status()["sinks"]["splunk"]


class HecTest(HecDaemonTest):
    def assert_all_arrived(self, servers, count, lost_at_most=0):
        """Every number that the journal gave is at a server, and nothing else."""
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0, 60), self.log()[-2000:])
        status = self.status()
        self.assert_ledger_closes(status)
        sink = status["sinks"]["splunk"]
        ids = [each for server in servers for each in server.ids()]
        numbers = {int(each.rsplit("-", 1)[1]) for each in ids}
        self.assertGreaterEqual(len(numbers), count - lost_at_most)
        self.assertLessEqual(len(numbers), count)
        # Numbers stay without an event only where a kill took the events.
        self.assertEqual(len(numbers), sink["delivered"])
        self.assertEqual(numbers, set(range(1, max(numbers) + 1)))
        return ids, sink

    def test_a_hundred_thousand_events_are_shared_by_two_servers(self):
        servers = [HecServer(self, name).start() for name in ("one", "two")]
        self.configure_hec([f"http://127.0.0.1:{server.port}" for server in servers])
        self.start()
        self.send(0, 100_000)
        ids, sink = self.assert_all_arrived(servers, 100_000)
        self.assertEqual(len(ids), 100_000)
        self.assertEqual((sink["in_doubt"], sink["retries"], sink["dead_lettered"]), (0, 0, 0))
        for server in servers:
            self.assertGreater(len(server.ids()), 10_000)
        self.stop()

    def test_a_server_that_is_down_from_the_start_gets_all_when_it_is_back(self):
        server = HecServer(self, "one").start()
        server.kill()
        self.configure_hec([f"http://127.0.0.1:{server.port}"])
        self.start()
        self.send(0, 20_000)
        self.assertTrue(eventually(lambda: self.sink()["retries"] > 2))
        self.assertEqual(self.sink()["state"], "retrying")
        self.stop()  # clean, with everything pending
        self.start()
        self.send(20_000, 1000)
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 21_000))
        server.start()
        ids, sink = self.assert_all_arrived([server], 21_000)
        self.assertEqual(len(ids), 21_000)
        self.assertEqual(sink["in_doubt"], 0)

    def test_what_was_refused_is_retried_under_its_own_number(self):
        server = HecServer(self, "one", "--refuse", "blog").start()
        self.configure_hec([f"http://127.0.0.1:{server.port}"])
        self.start()
        sender = self.unix_sender()
        for n in range(30):
            sender.send(packet(n, "blog" if n % 10 == 3 else "shop"))
        self.assertTrue(eventually(lambda: self.sink()["dead_lettered"] == 3))
        self.assertTrue(eventually(lambda: self.sink()["pending"] == 0))
        retry = ("dead-letters", "retry", "-c", self.path("eventfwd.yaml"))
        again = self.command(*retry)
        self.assertEqual(again.returncode, 1)
        self.assertIn("refused again: 3", again.stdout)
        server.kill()
        server.arguments = ()
        server.start()
        done = self.command(*retry)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.sink()["letters_delivered"], 3)
        numbers = sorted(int(each.rsplit("-", 1)[1]) for each in server.ids())
        self.assertEqual(numbers, list(range(1, 31)))
        self.assert_ledger_closes(self.status())
        self.stop()

    def test_kills_of_either_side_lose_nothing_that_was_journaled(self):
        servers = [HecServer(self, "one", "--fault", "reset", "--every", "7").start(),
                   HecServer(self, "two", "--fault", "lose", "--every", "9").start()]
        self.configure_hec([f"http://127.0.0.1:{server.port}" for server in servers])
        self.start()
        sent = kills = 0
        for _ in range(4):
            self.send(sent, 5000)
            sent += 5000
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            kills += 1
            self.start()
            self.send(sent, 5000)
            sent += 5000
            servers[kills % 2].kill()
            servers[kills % 2].start()
        self.assert_all_arrived(servers, sent, kills * (BATCH + 20))

    def test_a_reload_in_the_middle_loses_nothing(self):
        servers = [HecServer(self, name).start() for name in ("one", "two")]
        urls = [f"http://127.0.0.1:{server.port}" for server in servers]
        self.configure_hec(urls[:1])
        self.start()
        done = threading.Event()
        sent = 0

        def load():
            nonlocal sent
            sender = self.unix_sender()
            while not done.is_set():
                sender.send(packet(sent))
                sent += 1

        thread = threading.Thread(target=load)
        thread.start()
        self.addCleanup(done.set)
        for options in ("", ", compression: none", ", connections: 1", ", index: other"):
            self.configure_hec(urls, options)
            before = len(self.log())
            self.process.send_signal(signal.SIGHUP)
            self.assertTrue(eventually(lambda: "reloaded" in self.log()[before:]))
            time.sleep(0.1)
        done.set()
        thread.join()
        self.assert_all_arrived(servers, sent)

    def test_acknowledgements_are_waited_for(self):
        server = HecServer(self, "one", "--acks", "1").start()
        self.configure_hec([f"http://127.0.0.1:{server.port}"], ", acknowledgements: on")
        self.start()
        self.send(0, 10_000)
        ids, sink = self.assert_all_arrived([server], 10_000)
        self.assertEqual((len(ids), sink["in_doubt"]), (10_000, 0))

    @unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed")
    def test_behind_a_balancer_with_tls_one_server_is_restarted(self):
        servers = [HecServer(self, name).start() for name in ("one", "two")]
        front = free_port()
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                       "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                       "-addext", "subjectAltName=DNS:localhost", "-keyout", self.path("key.pem"),
                       "-out", self.path("ca.pem")]
        subprocess.run(certificate, check=True, capture_output=True)
        with open(self.path("front.pem"), "w", encoding="utf-8") as out:
            for part in ("ca.pem", "key.pem"):
                with open(self.path(part), encoding="utf-8") as f:
                    out.write(f.read())
        with open(self.path("haproxy.cfg"), "w", encoding="utf-8") as f:
            f.write(f"""
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:{front} ssl crt {self.path("front.pem")}
  default_backend indexers
backend indexers
  cookie SERVERID insert indirect
  server one 127.0.0.1:{servers[0].port} cookie one check inter 100ms
  server two 127.0.0.1:{servers[1].port} cookie two check inter 100ms
""")
        balancer = subprocess.Popen(["haproxy", "-db", "-f", self.path("haproxy.cfg")],
                                    stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(balancer.wait)
        self.addCleanup(balancer.kill)
        self.configure_hec([f"https://localhost:{front}"], ", tls: {ca: ca.pem}")
        self.start()
        for part in range(10):
            self.send(part * 3000, 3000)
            if part == 3:  # the one that the cookies lead to
                self.assertTrue(eventually(lambda: any(server.ids() for server in servers)))
                victim = max(servers, key=lambda server: len(server.ids()))
                victim.kill()
            if part == 6:
                victim.start()
        self.assert_all_arrived(servers, 30_000)
        for server in servers:
            self.assertGreater(len(server.ids()), 0)


if __name__ == "__main__":
    unittest.main()
