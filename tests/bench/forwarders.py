"""The subjects of the forwarding rows: from a datagram to HEC or to syslog over TCP.

All send to one and the same receiver, which counts what arrives. Those that have a queue on disk
use it: what is not on disk when the process dies is lost, and that is what the rows are about.
"""

import os
import re
import signal
import socket
import struct
import subprocess
import time

from subjects import (PROPERTIES, BenchError, Eventfwd, Rsyslog, Running, SyslogNg,
                      find_rsyslogd)


def free_tcp_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Receiver:
    """Where everything goes; may be away for a while."""

    def __init__(self, program, mode, directory):
        self.program = program
        self.mode = mode
        self.port = free_tcp_port()
        self.counts = directory / "counts"
        self.counts.write_bytes(bytes(24))
        self.errors = directory / "receiver.txt"
        self.process = None

    def start(self):
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([self.program, self.mode, str(self.port), self.counts],
                                            stderr=errors)
        deadline = time.monotonic() + 5
        while b"ready" not in self.errors.read_bytes():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise BenchError(f"the receiver did not start: {self.errors.read_text()}")
            time.sleep(0.005)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(5)

    def events(self):
        return struct.unpack("QQQ", self.counts.read_bytes())[0]

    def distinct(self):
        return struct.unpack("QQQ", self.counts.read_bytes())[1]


class Forwarding(Running):
    """A started subject with its receiver."""

    def __init__(self, subject, directory, endpoint, receive_program, is_up=True):
        super().__init__(subject, directory, endpoint)
        self.receiver = Receiver(receive_program, subject.mode, directory)
        self.is_up = is_up
        self.first_out_at = None
        subject.destination_port = self.receiver.port

    def __enter__(self):
        if self.is_up:
            self.receiver.start()
        try:
            return super().__enter__()
        except BaseException:
            self.receiver.stop()
            raise

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.receiver.stop()

    def lines_out(self):
        events = self.receiver.events()
        if events and self.first_out_at is None:
            self.first_out_at = time.monotonic()
        return events

    def check_shape(self):
        """The receiver counts nothing that is no event."""

    def tally(self, lines_program):
        return {"lines": self.receiver.events(), "distinct": self.receiver.distinct(),
                "without_seq": 0, "other_sizes": 0}


class EventfwdTo(Eventfwd):
    def __init__(self, program, mode, gzip=False):
        if mode == "stream":
            sink = 'siem: {{type: syslog, address: "tcp://127.0.0.1:PORT", from: start}}'
        else:
            sink = ('splunk: {{type: hec, urls: "http://127.0.0.1:PORT", token_env: BENCH_TOKEN, '
                    "compression: " + ("gzip" if gzip else "none") + ", from: start}}")
        super().__init__(program)
        self.mode = mode
        self.sink = sink
        self.destination_port = None

    def environment(self):
        return dict(os.environ, BENCH_TOKEN="00000000-0000-0000-0000-000000000000")

    def command(self, directory, endpoint):
        self.sinks = (self.sink.replace("PORT", str(self.destination_port)),)
        return super().command(directory, endpoint)


class SyslogNgTo(SyslogNg):
    """With its reliable disk buffer for HEC; with its default queue in memory for syslog."""

    def __init__(self, mode, gzip=False):
        super().__init__()
        self.mode = mode
        self.gzip = gzip
        self.destination_port = None
        self.ladder = 20_000

    def missing(self):
        if self.gzip:
            return "its http() of this version does not compress"
        return super().missing()

    def command(self, directory, endpoint):
        command = super().command(directory, endpoint)
        text = (directory / "syslog-ng.conf").read_text()
        line = re.search(r'template\("(\$\{ISODATE\}.*?)\\n"\)', text, re.DOTALL).group(1)
        if self.mode == "hec":
            destination = (
                f'http(url("http://127.0.0.1:{self.destination_port}/services/collector/event") '
                'method("POST") headers("Authorization: Splunk 0") workers(2) batch-lines(1000) '
                "batch-bytes(1024Kb) batch-timeout(200) log-fifo-size(200000) "
                'body("$(format-json time=${UNIXTIME} host=${HOST} event=\\"$(template t_line)\\")") '
                "disk-buffer(reliable(yes) mem-buf-size(64MiB) disk-buf-size(2GiB) "
                f'dir("{directory}")))')
        else:
            destination = (f'syslog("127.0.0.1" port({self.destination_port}) transport("tcp") '
                           'template("$(template t_line)") log-fifo-size(200000) flush-lines(1000))')
        text = re.sub(r"destination d_lines \{.*?\n\};", lambda _: (
            f'template t_line {{ template("{line}"); template-escape(no); }};\n'
            f"destination d_lines {{ {destination}; }};"), text, flags=re.DOTALL)
        (directory / "syslog-ng.conf").write_text(text)
        return command


class RsyslogTo(Rsyslog):
    """Over syslog only: Debian's rsyslog has no HTTP output."""

    def __init__(self):
        super().__init__("rsyslog", queue=True)
        self.mode = "stream"
        self.destination_port = None
        self.ladder = 50_000

    def command(self, directory, endpoint):
        command = super().command(directory, endpoint)
        path = directory / "rsyslog.conf"
        fields = "\n".join(f'    constant(value="\\" analytics_prop__{key}=\\"") '
                           f'property(name="$!properties!{key}")' for key in PROPERTIES)
        text = re.sub(r'action\(type="omfile".*?\)\n', lambda _: (
            f'action(type="omfwd" target="127.0.0.1" port="{self.destination_port}" protocol="tcp" '
            'TCP_Framing="octet-counted" template="message" action.resumeInterval="1")\n'),
            path.read_text())
        text = text.replace('template(name="line"', f"""template(name="message" type="list") {{
    constant(value="<134>1 ") property(name="timegenerated" dateFormat="rfc3339")
    constant(value=" host eventfwd - ") property(name="$!event") constant(value=" - ")
    property(name="timegenerated" dateFormat="rfc3339" date.inUTC="on")
    constant(value=" application=\\"") property(name="$!application")
    constant(value="\\" event=\\"") property(name="$!event")
    constant(value="\\" distinct_id=\\"") property(name="$!distinct_id")
{fields}
    constant(value="\\"")
}}
template(name="line\"""")
        path.write_text(text)
        return [find_rsyslogd(), *command[1:]]

