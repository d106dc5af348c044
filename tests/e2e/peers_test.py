"""The real daemon and servers as they are in the field: dead, hung, slow, and with answers of their own kind."""

import gzip
import os
import signal
import socket
import subprocess
import time
import unittest

from harness import eventually, needs_mounts
from hec_test import HecDaemonTest, HecServer
from http_peers import SUCCESS, Last, Listener, Server, answer


class PeersTest(HecDaemonTest):
    def name_hosts(self, text):
        """What the names of this machine are, until the test ends."""
        with open(self.path("hosts"), "w", encoding="utf-8") as f:
            f.write(text)
        subprocess.run(["mount", "--bind", self.path("hosts"), "/etc/hosts"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", "/etc/hosts"], check=False)

    def make_certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", self.path("key.pem"), "-out", self.path("ca.pem")],
                       check=True, capture_output=True)
        with open(self.path("server.pem"), "w", encoding="utf-8") as out:
            for part in ("ca.pem", "key.pem"):
                with open(self.path(part), encoding="utf-8") as f:
                    out.write(f.read())
        return self.path("server.pem")

    def configure_syslog(self, address, options=""):
        self.configure(sinks=f"""
  splunk: {{type: syslog, address: "{address}", from: start, retry: {{initial: 20ms, max: 200ms}}{options}}}""")

    def delivered(self):
        return self.sink()["delivered"]


class SeveralAddressesTest(PeersTest):
    """A name whose first address (RFC 6724 prefers IPv6) is dead, and whose second one is well."""

    def setUp(self):
        super().setUp()
        self.hosts = "::1 peer.test\n127.0.0.1 peer.test\n"

    def assert_delivers_soon(self, seconds):
        began = time.monotonic()
        self.send(0, 100)
        self.assertTrue(eventually(lambda: self.delivered() == 100), self.log())
        self.assertLess(time.monotonic() - began, seconds)

    @needs_mounts
    def test_a_hec_is_connected_to_past_a_silent_address(self):
        self.name_hosts(self.hosts)
        server = HecServer(self, "one").start()
        Listener(self, "::1", server.port)
        self.configure_hec([f"http://peer.test:{server.port}"])
        self.start()
        self.assert_delivers_soon(3)
        self.assertEqual((self.sink()["retries"], self.sink()["in_doubt"]), (0, 0))
        self.stop()

    @needs_mounts
    def test_a_syslog_server_is_connected_to_past_a_silent_address(self):
        self.name_hosts(self.hosts)
        for scheme, certificate, options in (
                ("tcp", None, ""), ("tls", self.make_certificate("peer.test"), ", tls: {ca: ca.pem}")):
            with self.subTest(scheme):
                server = Server(self, certificate=certificate)
                Listener(self, "::1", server.port)
                self.configure_syslog(f"{scheme}://peer.test:{server.port}", options)
                self.start()
                began = time.monotonic()
                before = self.delivered()
                self.send(0, 100)
                self.assertTrue(eventually(lambda b=before: self.delivered() == b + 100), self.log())
                self.assertLess(time.monotonic() - began, 3)
                self.assertEqual(self.sink()["retries"], 0)
                self.stop()

    @needs_mounts
    def test_an_address_that_accepts_and_never_answers_is_left(self):
        self.name_hosts(self.hosts)
        server = HecServer(self, "one").start()
        Listener(self, "::1", server.port, backlog=64)
        self.configure_hec([f"http://peer.test:{server.port}"], ", connections: 1")
        with open(self.path("eventfwd.yaml"), encoding="utf-8") as f:
            text = f.read().replace("timeout: 5s", "timeout: 500ms")
        with open(self.path("eventfwd.yaml"), "w", encoding="utf-8") as f:
            f.write(text)
        self.start()
        self.assert_delivers_soon(5)
        self.assertEqual(self.sink()["retries"], 1)
        self.assertGreater(self.sink()["in_doubt"], 0)
        self.stop()

    @needs_mounts
    def test_udp_leaves_an_address_where_nobody_listens(self):
        self.name_hosts(self.hosts)
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        self.configure_syslog(f"udp://peer.test:{receiver.getsockname()[1]}")
        self.start()
        self.send(0, 1)
        self.assertIn(b'n="0"', receiver.recv(65536))
        self.stop()


class AbsoluteNameTest(PeersTest):
    """peer.test. is an absolute name: the dot is for the resolver, and nobody else knows it."""

    def setUp(self):
        super().setUp()
        self.hosts = "127.0.0.1 peer.test.\n"

    @needs_mounts
    def test_hec_over_tls_knows_the_server_without_the_dot(self):
        self.name_hosts(self.hosts)
        server = Server(self, certificate=self.make_certificate("peer.test"))
        self.configure_hec([f"https://peer.test.:{server.port}"], ", tls: {ca: ca.pem}")
        self.start()
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.delivered() == 10), self.log())
        self.assertEqual(set(server.names), {"peer.test"})
        self.assertIn(f"\r\nHost: peer.test:{server.port}\r\n", server.heads[0])
        self.assertEqual(self.sink()["connections"][0]["peer"], f"https://peer.test.:{server.port}")
        self.stop()

    @needs_mounts
    def test_syslog_over_tls_knows_the_server_without_the_dot(self):
        self.name_hosts(self.hosts)
        server = Server(self, certificate=self.make_certificate("peer.test"))
        self.configure_syslog(f"tls://peer.test.:{server.port}", ", tls: {ca: ca.pem}")
        self.start()
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.delivered() == 10), self.log())
        self.assertEqual(set(server.names), {"peer.test"})
        self.stop()

    @needs_mounts
    def test_a_certificate_of_somebody_else_is_none_with_a_dot_either(self):
        self.name_hosts(self.hosts)
        server = Server(self, certificate=self.make_certificate("other.test"))
        self.configure_hec([f"https://peer.test.:{server.port}"], ", tls: {ca: ca.pem}")
        self.start()
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.sink()["state"] == "held"), self.log())
        self.assertEqual(server.heads, [])


class AnswersTest(PeersTest):
    """Every answer is a success, or its events are sent again and counted in doubt."""

    def deliver_one_by_one(self, answers):
        """Sends an event for each answer; gives how many became in doubt for it."""
        server = Server(self)
        self.configure_hec([f"http://127.0.0.1:{server.port}"], ", connections: 1")
        self.start()
        in_doubt = []
        for number, said in enumerate(answers):
            before = self.sink()["in_doubt"]
            server.answers = [said]
            self.send(number, 1)
            self.assertTrue(eventually(lambda n=number: self.delivered() == n + 1), (said, self.log()[-500:]))
            in_doubt.append(self.sink()["in_doubt"] - before)
        self.assertIn("\r\nAccept-Encoding: identity\r\n", server.heads[0])
        self.assert_ledger_closes(self.status())
        self.stop()
        return in_doubt, len(server.heads)

    def test_a_success_is_one_however_it_is_written(self):
        chunked = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
                   b"%x;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(SUCCESS), SUCCESS))
        answers = [
            answer(),
            answer(status=b"HTTP/1.1 200"),
            answer(status=b"HTTP/1.1 202 Accepted"),
            answer(status=b"HTTP/1.1 201 Created", headers=b"Content-Type: application/json; charset=UTF-8\r\n"),
            answer(gzip.compress(SUCCESS), headers=b"Content-Encoding: gzip\r\n"),
            answer(b"\xef\xbb\xbf \r\n" + SUCCESS + b"\r\n"),
            answer(b'{"text":"Success","code":"0"}'),
            answer(b'{"code":0.0,"text":"Success"}'),
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: <x>\r\n\r\n" + answer(),
            chunked,
            Last(answer(headers=b"Connection: close\r\n")),
            Last(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + SUCCESS),
            Last(answer(status=b"HTTP/1.0 200 OK")),
            Last(b"HTTP/1.0 200\r\n\r\n" + SUCCESS),
        ]
        in_doubt, requests = self.deliver_one_by_one(answers)
        self.assertEqual(in_doubt, [0] * len(answers))
        self.assertEqual(requests, len(answers))

    def test_what_is_no_answer_of_splunk_is_sent_again_and_in_doubt(self):
        answers = [
            answer(b""),
            b"HTTP/1.1 204 No Content\r\n\r\n",
            answer(b"<html>Sign in to continue</html>"),
            answer(b"x" * 70_000),
            answer(status=b"HTTP/1.1 203 Non-Authoritative Information"),
            answer(b'{"text":"?","code":99}'),
            answer(status=b"HTTP/1.1 400 Bad Request"),
            answer(b"<html></html>", status=b"HTTP/1.1 524 A Timeout Occurred"),
            Last(answer()[:-3]),
            Last(b"nonsense\r\n\r\n"),
            Last(b""),
        ]
        in_doubt, requests = self.deliver_one_by_one(answers)
        self.assertEqual(in_doubt, [1] * len(answers))
        self.assertEqual(requests, 2 * len(answers))


class SeveralUrlsTest(PeersTest):
    """What one URL does takes nothing off the other."""

    COUNT = 30_000
    BATCH = 100

    def seconds_for(self, urls, when_begun=lambda: None):
        """How long it takes until all but what can be stuck at one URL is delivered."""
        self.configure_hec(urls)
        with open(self.path("eventfwd.yaml"), encoding="utf-8") as f:
            text = f.read().replace("events: 1000", f"events: {self.BATCH}").replace("timeout: 5s", "timeout: 30s")
        with open(self.path("eventfwd.yaml"), "w", encoding="utf-8") as f:
            f.write(text)
        self.start()
        sink = ("-c", self.path("eventfwd.yaml"))
        self.command("sink", "splunk", "pause", *sink)
        before = self.delivered()
        self.send(0, self.COUNT)
        self.command("sink", "splunk", "resume", *sink)
        begun = before + 20 * self.BATCH
        self.assertTrue(eventually(lambda: self.delivered() >= begun))
        when_begun()
        began, first = time.monotonic(), self.delivered()
        wanted = before + self.COUNT - 8 * self.BATCH
        self.assertTrue(eventually(lambda: self.delivered() >= wanted, 60), self.sink())
        took = (time.monotonic() - began) / (self.delivered() - first)
        self.assert_ledger_closes(self.status())
        self.kill()
        for name in ("journal", "dead-letters"):
            subprocess.run(["rm", "-rf", self.path(name)], check=True)
        return took

    def test_one_that_hangs_or_is_slow_costs_the_other_nothing(self):
        well = HecServer(self, "well", "--delay", "20").start()
        slow = HecServer(self, "slow", "--delay", "200").start()
        hung = Listener(self, "127.0.0.1", backlog=64)
        frozen = HecServer(self, "frozen", "--delay", "20").start()
        urls = {name: f"http://127.0.0.1:{server.port}"
                for name, server in (("well", well), ("slow", slow), ("hung", hung), ("frozen", frozen))}
        alone = self.seconds_for([urls["well"]])
        ratios = {"hung": alone / self.seconds_for([urls["hung"], urls["well"]]),
                  "slow": alone / self.seconds_for([urls["slow"], urls["well"]]),
                  "frozen": alone / self.seconds_for(
                      [urls["frozen"], urls["well"]], lambda: frozen.process.send_signal(signal.SIGSTOP))}
        if os.environ.get("EVENTFWD_SHOW"):
            print(f"alone {1 / alone:.0f} events/s; beside", {name: round(each, 2) for name, each in ratios.items()})
        for name, ratio in ratios.items():
            self.assertGreater(ratio, 0.8, ratios)


if __name__ == "__main__":
    unittest.main()
