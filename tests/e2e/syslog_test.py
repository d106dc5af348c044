"""Events to real syslog servers, compared line by line with the file of a file sink beside it."""

import os
import re
import signal
import threading
import unittest

from harness import BATCH, DaemonTest, eventually, packet
from syslog_peers import Rsyslog, SyslogNg, make_certificates, program

# Names, values and lengths that a header or a framing could stumble over.
ODD_PACKETS = [
    b'{"application":"shop","event":"login","username":"ann"}',
    b'{"application":"shop","event":"user login","text":"a\\nb\\tc \\"quoted\\" \\\\ %s"}',
    '{"application":"grün","event":"größe","text":"žluťoučký kůň 🐎"}'.encode(),
    b'{"application":"shop","event":"' + b"x" * 60 + b'","text":"<13>1 - - - not a header"}',
    b'{"application":"shop","event":"-","text":" 12 <13>"}',
    b'{"application":"shop","event":"long","text":"' + b"y" * 30_000 + b'"}',
    b'{"application":"shop","event":"old","timestamp":"2011-08-08T11:45:17.735045Z"}',
]


def needs_rsyslog(tls=False):
    missing = not program("rsyslogd") or tls and not os.path.exists("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so")
    return unittest.skipIf(missing, "rsyslog is not installed; `make deps` would")


class SyslogTest(DaemonTest):
    def begin(self, peer, options="", start_peer=True):
        """Starts PEER and a daemon that sends to it, with a file sink beside it."""
        self.peer = peer
        self.addCleanup(peer.kill)
        if start_peer:
            peer.start()
        framing = "" if peer.transport in ("udp", "unix-dgram") else f", framing: {peer.framing}"
        self.configure(sinks=f"""
  lines: {{type: file, path: events.log}}
  siem: {{type: syslog, address: "{peer.address()}", protocol: {peer.protocol}, facility: local3,
         severity: notice, host: web-1, retry: {{initial: 20ms, max: 200ms}}{framing}{options}}}""")
        self.start()

    def send(self, first, count):
        sender = self.unix_sender()
        for number in range(first, first + count):
            sender.send(packet(number))

    def siem(self):
        return self.status()["sinks"]["siem"]

    def assert_settled(self, count=None):
        """COUNT: events that must have been taken in by then; none: those that were."""
        def is_settled():
            status = self.status()
            taken = status["inputs"]["local"]["accepted"]
            return (count is None or taken == count) and not any(
                sink["pending"] for sink in status["sinks"].values())
        self.assertTrue(eventually(is_settled, 60), (self.status(), self.log()))
        self.assert_ledger_closes(self.status())

    def texts(self):
        return [message["text"].removeprefix(" ") for message in self.peer.messages()]

    def numbers_of_peer(self):
        return [int(found.group(1)) for text in self.texts()
                if (found := re.search(r'analytics_prop__n="(\d+)"', text))]

    def assert_same_lines(self, count):
        """What the peer wrote is what the file sink wrote, COUNT lines."""
        self.assert_settled(count)
        lines = self.lines()
        self.assertTrue(eventually(lambda: len(self.texts()) >= len(lines)), (len(self.texts()), len(lines)))
        self.assertEqual(self.texts(), lines)

    def assert_headers(self):
        names = [re.search(r' event="((?:[^"\\]|\\.)*)"', line).group(1) for line in self.lines()]
        for message, line, name in zip(self.peer.messages(), self.lines(), names):
            self.assertEqual((message["facility"], message["severity"], message["host"],
                              message["program"], message["process"]),
                             ("local3", "notice", "web-1", "eventfwd", str(self.process.pid)))
            if self.peer.protocol == "rfc5424":
                self.assertEqual(message["time"].replace("+00:00", "Z"), line[:27])
                printable = "".join(c for c in name if "!" <= c <= "~")[:32]
                self.assertEqual(message["id"] or "-", printable or "-")

    def check_everything(self, peer, options=""):
        self.begin(peer, options)
        sender = self.unix_sender()
        for odd in ODD_PACKETS:
            sender.send(odd)
        at_once = 100 if peer.transport == "udp" else 2000  # which is dropped where a peer is slow
        for first in range(0, 2000, at_once):
            self.send(first, at_once)
            self.assertTrue(eventually(lambda: len(self.texts()) >= first + at_once), len(self.texts()))
        self.assert_same_lines(len(ODD_PACKETS) + 2000)
        self.assert_headers()
        self.assertEqual(self.siem()["in_doubt"], 0)
        self.stop()


@needs_rsyslog()
class RsyslogTest(SyslogTest):
    def test_tcp_with_octet_counting(self):
        self.check_everything(Rsyslog(self.dir, "tcp"))

    def test_tcp_with_line_feeds(self):
        self.check_everything(Rsyslog(self.dir, "tcp", framing="lf"))

    def test_tcp_rfc3164(self):
        self.check_everything(Rsyslog(self.dir, "tcp", protocol="rfc3164"))

    def test_udp(self):
        self.check_everything(Rsyslog(self.dir, "udp"))

    def test_udp_rfc3164(self):
        self.check_everything(Rsyslog(self.dir, "udp", protocol="rfc3164"))

    def test_unix_datagrams(self):
        self.check_everything(Rsyslog(self.dir, "unix-dgram"))

    def test_a_server_that_is_away_for_a_while_gets_everything_in_order(self):
        self.begin(Rsyslog(self.dir, "tcp"))
        self.send(0, 1000)
        self.assertTrue(eventually(lambda: len(self.texts()) == 1000))
        self.peer.stop()
        self.send(1000, 3000)
        self.assertTrue(eventually(lambda: "Connection refused" in (self.siem()["last_error"] or "")), self.siem())
        self.assertEqual(self.siem()["state"], "retrying")
        self.peer.start()
        self.send(4000, 1000)
        self.assert_same_lines(5000)
        self.assertEqual(self.numbers_of_peer(), list(range(5000)))
        self.assertEqual(self.siem()["in_doubt"], 0)
        self.assertIn("recovered", self.log())

    def test_a_server_that_is_killed_in_the_middle_loses_only_what_it_had_taken(self):
        self.begin(Rsyslog(self.dir, "tcp"))
        self.send(0, 1000)
        self.assertTrue(eventually(lambda: len(self.texts()) == 1000))
        self.peer.freeze()
        filling = b"z" * 1000
        sender = self.unix_sender()
        for number in range(1000, 13_000):
            sender.send(b'{"application":"shop","event":"tick","properties":{"n":%d,"z":"%s"}}' % (number, filling))
        last = -1

        def is_stuck():
            nonlocal last
            before, last = last, self.peer.unread()
            return last > 0 and last == before
        self.assertTrue(eventually(lambda: not threading.Event().wait(0.5) and is_stuck()))
        unread = self.peer.unread()
        self.peer.kill()
        self.peer.start()
        self.assert_settled(13_000)
        self.assertGreater(self.siem()["in_doubt"], 0)
        last_line = self.lines()[-1]
        self.assertTrue(eventually(lambda: self.texts()[-1] == last_line))
        got = set(self.texts())
        missing = [line for line in self.lines() if line not in got]
        # What its kernel had acknowledged for it died with it, and one read that it was at.
        self.assertLessEqual(sum(map(len, missing)), unread + 256 * 1024, len(missing))
        self.assertLess(unread, 11_000_000, "so much was not even sent")
        numbers = self.numbers_of_peer()
        doubled = len(numbers) - len(set(numbers))
        self.assertLessEqual(doubled, self.siem()["in_doubt"])

    def test_a_daemon_that_is_killed_loses_nothing_and_doubles_little(self):
        self.begin(Rsyslog(self.dir, "tcp"))
        kills, rounds, at_once = 5, 40, 100
        sent = 0
        for _ in range(kills):
            for _ in range(rounds):
                self.send(sent, at_once)
                sent += at_once
                threading.Event().wait(0.01)
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.start()
        self.assert_settled()
        # The file sink has everything that was journaled, once.
        wanted = self.lines()
        self.assertGreaterEqual(len(wanted), sent - kills * (BATCH + 20))
        self.assertTrue(eventually(lambda: set(self.texts()) == set(wanted)))
        # The cursor is saved ten times a second: what was sent since then comes again.
        doubled = len(self.texts()) - len(wanted)
        self.assertLessEqual(doubled, kills * rounds * at_once // 2)
        print(f"{doubled} of {sent} doubled by {kills} kills")


@needs_rsyslog(tls=True)
class RsyslogTlsTest(SyslogTest):
    def setUp(self):
        super().setUp()
        make_certificates(self.dir)

    def test_tls(self):
        self.check_everything(Rsyslog(self.dir, "tls"), f", tls: {{ca: {self.dir}/ca.pem}}")

    def test_tls_with_a_certificate_of_our_own(self):
        self.check_everything(
            Rsyslog(self.dir, "tls", client_ca="ca"),
            f", tls: {{ca: {self.dir}/ca.pem, certificate: {self.dir}/client.pem, key: {self.dir}/client.key}}")

    def test_an_authority_that_nobody_knows_holds_the_sink(self):
        self.begin(Rsyslog(self.dir, "tls"), f", tls: {{ca: {self.dir}/other-ca.pem}}")
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.siem()["state"] == "held"), self.siem())
        self.assertRegex(self.siem()["last_error"], r"^connect to tls://127.0.0.1:\d+: .*certificate")
        self.assertEqual(self.siem()["pending"], 10)
        self.assertEqual(self.texts(), [])

    def test_a_server_by_another_name_holds_the_sink(self):
        # An address that the certificate does not know.
        self.begin(Rsyslog(self.dir, "tls", host="127.0.0.2"), f", tls: {{ca: {self.dir}/ca.pem}}")
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.siem()["state"] == "held"), self.siem())
        self.assertRegex(self.siem()["last_error"], "mismatch")
        self.assertEqual(self.siem()["pending"], 10)


@unittest.skipIf(SyslogNg.missing(), "syslog-ng cannot be fetched")
class SyslogNgTest(SyslogTest):
    def test_tcp_with_octet_counting(self):
        self.check_everything(SyslogNg(self.dir, "tcp"))

    def test_tcp_with_line_feeds(self):
        self.check_everything(SyslogNg(self.dir, "tcp", framing="lf"))

    def test_tcp_rfc3164(self):
        self.check_everything(SyslogNg(self.dir, "tcp", framing="lf", protocol="rfc3164"))

    def test_udp(self):
        self.check_everything(SyslogNg(self.dir, "udp"))

    def test_unix_stream(self):
        self.check_everything(SyslogNg(self.dir, "unix-stream", framing="lf"))

    def test_unix_datagrams(self):
        self.check_everything(SyslogNg(self.dir, "unix-dgram"))

    def test_tls_with_a_certificate_of_our_own(self):
        make_certificates(self.dir)
        self.check_everything(
            SyslogNg(self.dir, "tls", client_ca="ca"),
            f", tls: {{ca: {self.dir}/ca.pem, certificate: {self.dir}/client.pem, key: {self.dir}/client.key}}")

    def test_a_server_that_wants_a_certificate_takes_nothing_without_one(self):
        make_certificates(self.dir)
        self.begin(SyslogNg(self.dir, "tls", client_ca="ca"), f", tls: {{ca: {self.dir}/ca.pem}}")
        self.send(0, 10)
        self.assertTrue(eventually(lambda: self.siem()["state"] == "held"), self.siem())
        self.assertEqual(self.siem()["pending"], 10, "nothing counts as delivered")


if __name__ == "__main__":
    unittest.main()
