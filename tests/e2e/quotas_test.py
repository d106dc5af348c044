"""Quotas hold over all sockets, inputs and threads together, and over reloads."""

import signal
import threading
import time
import unittest

from harness import DaemonTest, eventually, free_port

RATE, BURST = 200, 50


def datagram(events, application="shop"):
    return b"".join(b"application=%s event=e\n" % application.encode() for _ in range(events))


class QuotasTest(DaemonTest):
    def accepted(self):
        return sum(i["accepted"] for i in self.status()["inputs"].values())

    def received(self):
        return sum(i["received"] + i["kernel_drops"] for i in self.status()["inputs"].values())

    def reload(self):
        before = self.log().count("reloaded")
        self.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: self.log().count("reloaded") > before), self.log())

    def send_paced(self, senders, seconds, events=4):
        """About 80 datagrams a second by each of SENDERS, all at once; gives how long that took."""
        began = time.monotonic()

        def run(sender):
            for n in range(int(seconds * 80)):
                time.sleep(max(0.0, began + n / 80 - time.monotonic()))
                sender.send(datagram(events))
        threads = [threading.Thread(target=run, args=(s,)) for s in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent = int(seconds * 80) * events * len(senders)
        return time.monotonic() - began, sent

    def assert_within(self, seconds):
        accepted = self.accepted()
        self.assertLessEqual(accepted, (RATE * seconds + BURST) * 1.05)
        self.assertGreaterEqual(accepted, RATE * seconds * 0.9)

    def test_two_sockets_of_one_input_get_one_allowance_however_late_they_are_read(self):
        self.configure(more=f"quotas: {{udp: {{rate: {RATE}, burst: {BURST}}}}}")
        self.start()
        self.process.send_signal(signal.SIGSTOP)  # both queues get the same stretch of time
        seconds, sent = self.send_paced([self.udp_sender(), self.udp_sender("::1")], 2.5)
        self.process.send_signal(signal.SIGCONT)
        self.assertTrue(eventually(lambda: self.received() == sent))
        self.assert_within(seconds)

    def test_three_inputs_get_one_allowance_of_an_application(self):
        ports = [self.port, free_port(), free_port()]
        self.configure(inputs="".join(f"""
  i{port}: {{type: udp, listen: "127.0.0.1:{port}"}}""" for port in ports),
                       more=f"quotas: {{application: {{rate: {RATE}, burst: {BURST}}}}}")
        self.start()
        self.process.send_signal(signal.SIGSTOP)
        seconds, sent = self.send_paced([self.udp_sender(port=port) for port in ports], 2.0)
        self.process.send_signal(signal.SIGCONT)
        self.assertTrue(eventually(lambda: self.received() == sent))
        self.assert_within(seconds)

    def test_an_allowance_is_one_while_packets_are_read_as_they_come(self):
        self.configure(more=f"quotas: {{application: {{rate: {RATE}, burst: {BURST}}}}}")
        self.start()
        seconds, sent = self.send_paced([self.udp_sender(), self.udp_sender("::1"), self.unix_sender()], 1.0)
        self.assertTrue(eventually(lambda: self.received() == sent))
        self.assert_within(seconds)

    def test_a_users_quota_holds_over_unix_sockets(self):
        self.configure(inputs="""
  one: {type: unix_datagram, path: one.sock}
  two: {type: unix_datagram, path: two.sock}""", more="quotas: {uid: {rate: 1, burst: 100}}")
        self.start()
        for name in ("one.sock", "two.sock"):
            self.unix_sender(name).send(datagram(150))
        self.assertTrue(eventually(lambda: self.received() == 300))
        self.assertIn(self.accepted(), range(100, 105))

    def test_a_reload_fills_no_bucket(self):
        self.configure(more="quotas: {application: {rate: 1, burst: 100}}")
        self.start()
        sender = self.udp_sender()
        sender.send(datagram(300))
        self.assertTrue(eventually(lambda: self.received() == 300))
        began = time.monotonic()
        for turn in range(1, 6):
            self.configure(more=f"quotas: {{application: {{rate: 1, burst: {100 + turn}}}, uid: {{rate: {turn}}}}}")
            self.reload()
            sender.send(datagram(300))
            self.assertTrue(eventually(lambda t=turn: self.received() == 300 * (t + 1)))
        self.assertLessEqual(self.accepted(), 101 + (time.monotonic() - began))


if __name__ == "__main__":
    unittest.main()
