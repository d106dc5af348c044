"""What the benchmark measures: how each subject is configured, started, watched and ended.

A subject is a program that takes datagrams and writes lines into a file. All get the same socket
buffer, the same event and, but for the raw floor, write a line of the same shape. One object of
Running owns one process; nothing here ever ends a process that it did not start.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

# The floors, by name.
RAW = "raw"
RENDER = "raw-render"
COALESCED = "raw-render co1ms"

RECEIVE_BUFFER = 4 << 20
PROPERTIES = ("seq", "sent", "plan", "amount", "page")
LINE = re.compile(
    rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|\+00:00) application="[a-z]{4}" event="checkout" '
    rb'distinct_id="user-\d{8}" analytics_prop__seq="\d{12}" analytics_prop__sent="\d{16}" '
    rb'analytics_prop__plan="premium" analytics_prop__amount="129\.950*" '
    rb'analytics_prop__page="/shop/basket/confirm\?campaign=autumn-sale-26"\n')


class BenchError(Exception):
    """A measurement that could not be made; the text says why."""


class Endpoint:
    """Where the load goes: a UDP port of the loopback, or the path of a Unix socket."""

    def __init__(self, port=None, path=None):
        self.port = port
        self.path = path

    def arguments(self):
        return ["--udp", f"127.0.0.1:{self.port}"] if self.port else ["--unix", str(self.path)]

    def is_open(self):
        if self.path:
            return self.path.exists()
        return udp_socket(self.port) is not None

    def drops(self):
        """Datagrams that the kernel threw away because the socket's buffer was full."""
        found = udp_socket(self.port) if self.port else None
        return int(found[-1]) if found else 0


def udp_socket(port):
    local = f"0100007F:{port:04X}"
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == local:
            return fields
    return None


class Subject:
    """name: as shown; floor, renders: what it may be compared with; ladder: events a second from
    which the search for its highest rate begins."""

    floor = False
    peer = False
    renders = True
    output = "events.log"
    ready_text = None
    ladder = 50_000

    def missing(self):
        """None, or why this subject cannot be measured here."""
        return None

    def command(self, directory, endpoint):
        raise NotImplementedError

    def environment(self):
        return None


class Floor(Subject):
    floor = True
    ready_text = "ready"
    ladder = 400_000

    def __init__(self, name, program, mode, coalesce_us=0):
        self.name = name
        self.program = program
        self.mode = mode
        self.coalesce_us = coalesce_us
        self.renders = mode != "raw"

    def missing(self):
        return None if os.access(self.program, os.X_OK) else f"{self.program} is not there"

    def command(self, directory, endpoint):
        return [self.program, self.mode, *endpoint.arguments(), "--out", directory / self.output,
                "--coalesce-us", str(self.coalesce_us), "--receive-buffer", str(RECEIVE_BUFFER)]


class Eventfwd(Subject):
    name = "eventfwd"
    ready_text = "ready"
    ladder = 400_000

    # Rotation would only hide lines from the count.
    to_file = 'lines: {{type: file, path: "{output}", rotate: {{size: 64GiB}}}}'
    # Takes nothing, ever: every write to it fails, so that a backlog grows.
    to_nowhere = "stuck: {{type: file, path: /dev/full}}"
    # A sink that joins a journal with a backlog and wants only what is new.
    to_file_from_end = 'lines: {{type: file, path: "{output}", from: end}}'

    def __init__(self, program, journal=None, sinks=(to_file,)):
        self.program = program
        self.journal = journal
        self.sinks = sinks

    def missing(self):
        if self.program and os.access(self.program, os.X_OK):
            return None
        return f"{self.program} is not there" if self.program else "no --eventfwd given"

    def command(self, directory, endpoint):
        if endpoint.path:
            source = f'local: {{type: unix_datagram, path: "{endpoint.path}"}}'
        else:
            source = (f'packets: {{type: udp, listen: "127.0.0.1:{endpoint.port}", '
                      f"receive_buffer: {RECEIVE_BUFFER >> 20}MiB}}")
        journal = self.journal or directory / "journal"
        output = directory / self.output
        sinks = "\n  ".join(sink.format(output=output) for sink in self.sinks)
        (directory / "eventfwd.yaml").write_text(f"""\
inputs:
  {source}
journal: {{path: "{journal}", sync: 1s, max_size: 24GiB}}
sinks:
  {sinks}
dead_letters: {{path: "{directory / 'dead-letters'}"}}
control: {{path: "{directory / 'control.sock'}"}}
""")
        return [self.program, "run", "-c", directory / "eventfwd.yaml"]


class Rsyslog(Subject):
    """Two ways to run it: with a queue, whose worker waits up to 5 ms for a batch, which gave the
    best rates; and without, the receiving thread doing all, which gave the least CPU per event."""

    peer = True

    def __init__(self, name, queue):
        self.name = name
        self.queue = queue

    def missing(self):
        return None if find_rsyslogd() else "not installed"

    def command(self, directory, endpoint):
        fields = "\n".join(f'    constant(value="\\" analytics_prop__{key}=\\"") '
                           f'property(name="$!properties!{key}")' for key in PROPERTIES)
        if endpoint.path:
            module = 'module(load="imuxsock" SysSock.Use="off")'
            source = (f'input(type="imuxsock" Socket="{endpoint.path}" RateLimit.Interval="0" '
                      'UseSysTimeStamp="off" UsePIDFromSystem="off" Annotate="off" '
                      'ParseTrusted="off" UseSpecialParser="off" ruleset="events")')
        else:
            module = 'module(load="imudp" batchSize="256" timeRequery="8")'
            source = (f'input(type="imudp" address="127.0.0.1" port="{endpoint.port}" '
                      f'rcvbufSize="{RECEIVE_BUFFER}" ruleset="events")')
        queue = ('queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="1024" '
                 'queue.minDequeueBatchSize="256" queue.minDequeueBatchSize.timeout="5"'
                 if self.queue else 'queue.type="Direct"')
        (directory / "rsyslog.conf").write_text(f"""\
global(workDirectory="{directory}" maxMessageSize="64k")
{module}
module(load="mmjsonparse")
template(name="line" type="list") {{
    property(name="timegenerated" dateFormat="rfc3339" date.inUTC="on")
    constant(value=" application=\\"") property(name="$!application")
    constant(value="\\" event=\\"") property(name="$!event")
    constant(value="\\" distinct_id=\\"") property(name="$!distinct_id")
{fields}
    constant(value="\\"\\n")
}}
main_queue({queue})
ruleset(name="events" parser="rsyslog.rfc3164") {{
    action(type="mmjsonparse" cookie="" useRawMsg="on")
    action(type="omfile" file="{directory / self.output}" template="line" ioBufferSize="256k")
}}
{source}
""")
        return [find_rsyslogd(), "-n", "-f", directory / "rsyslog.conf", "-i", directory / "pid"]


def find_rsyslogd():
    return shutil.which("rsyslogd", path=os.environ.get("PATH", "") + ":/usr/sbin")


class SyslogNg(Subject):
    """Debian's package cannot be installed beside rsyslog: fetch_peers.sh unpacks it into a tree,
    which the variable EVENTFWD_BENCH_PEERS names. With threads it was slower and dearer here."""

    name = "syslog-ng"
    peer = True

    def __init__(self):
        self.tree = None
        self.program = shutil.which("syslog-ng", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not self.program and os.environ.get("EVENTFWD_BENCH_PEERS"):
            self.tree = Path(os.environ["EVENTFWD_BENCH_PEERS"]).resolve()
            self.program = shutil.which("syslog-ng", path=str(self.tree / "usr/sbin"))

    def missing(self):
        return None if self.program else "not installed, see fetch_peers.sh"

    def module_path(self):
        found = sorted(self.tree.glob("usr/lib/syslog-ng/*/libaffile.so"))
        if not found:
            raise BenchError(f"no modules of syslog-ng under {self.tree}")
        return found[0].parent

    def environment(self):
        if not self.tree:
            return None
        folders = {str(path.parent) for top in ("usr/lib", "lib") if (self.tree / top).is_dir()
                   for path in (self.tree / top).rglob("*.so*")}
        return dict(os.environ, LD_LIBRARY_PATH=":".join(sorted(folders)))

    def command(self, directory, endpoint):
        fields = "".join(f' analytics_prop__{key}=\\"${{properties.{key}}}\\"'
                         for key in PROPERTIES)
        options = "flags(no-parse) keep-timestamp(no) log-iw-size(10000) log-fetch-limit(1000)"
        if endpoint.path:
            source = f'unix-dgram("{endpoint.path}" {options})'
        else:
            source = (f'network(ip("127.0.0.1") port({endpoint.port}) transport("udp") '
                      f"so-rcvbuf({RECEIVE_BUFFER}) {options})")
        (directory / "syslog-ng.conf").write_text(f"""\
@version: 3.38
options {{
    threaded(no); stats-freq(0); stats-level(0); use-dns(no); dns-cache(no); keep-hostname(yes);
    time-zone("UTC"); ts-format(iso); frac-digits(6); log-msg-size(65536);
}};
source s_events {{ {source}; }};
parser p_json {{ json-parser(); }};
destination d_lines {{
    file("{directory / self.output}"
         template("${{ISODATE}} application=\\"${{application}}\\" event=\\"${{event}}\\" \
distinct_id=\\"${{distinct_id}}\\"{fields}\\n")
         template-escape(no) log-fifo-size(200000) flush-lines(1000));
}};
log {{ source(s_events); parser(p_json); destination(d_lines); }};
""")
        command = [self.program, "-F", "--no-caps", "-f", directory / "syslog-ng.conf",
                   "-R", directory / "persist", "-c", directory / "ctl", "-p", directory / "pid"]
        return command + (["--module-path", self.module_path()] if self.tree else [])


class Running:
    """One started subject. Used with `with`; leaving the block ends the process."""

    start_limit_s = 15
    stop_limit_s = 10

    def __init__(self, subject, directory, endpoint):
        self.subject = subject
        self.directory = directory
        self.endpoint = endpoint
        self.output = directory / subject.output
        self.errors = directory / "stderr.txt"
        self.process = None
        self.start_s = None
        self.line_bytes = 0

    def __enter__(self):
        command = [str(part) for part in self.subject.command(self.directory, self.endpoint)]
        began = time.monotonic()
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=errors,
                                            cwd=self.directory, env=self.subject.environment())
        try:
            while not self._is_ready():
                if self.process.poll() is not None:
                    raise BenchError(f"{self.subject.name} ended at its start: {self.last_words()}")
                if time.monotonic() - began > self.start_limit_s:
                    raise BenchError(f"{self.subject.name} did not become ready: "
                                     f"{self.last_words()}")
                time.sleep(0.002)
        except BaseException:
            self.stop()
            raise
        self.start_s = time.monotonic() - began
        return self

    def __exit__(self, *_):
        self.stop()

    def _is_ready(self):
        text = self.subject.ready_text
        if text and text.encode() not in self.errors.read_bytes():
            return False
        return self.endpoint.is_open()

    def last_words(self):
        return self.errors.read_text(errors="replace")[-500:].strip() or "it said nothing"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(self.stop_limit_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)

    def cpu_ns(self):
        """User and system time of all threads, also of those that have ended."""
        if self.process.poll() is not None:
            raise BenchError(f"{self.subject.name} ended under load: {self.last_words()}")
        scheduler_clock_of_process = (~self.process.pid << 3) | 2
        return time.clock_gettime_ns(scheduler_clock_of_process)

    def rss_peak_kb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    def voluntary_switches(self):
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            status = (task / "status").read_text()
            total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", status).group(1))
        return total

    def output_bytes(self):
        return sum(path.stat().st_size for path in self.outputs())

    def outputs(self):
        return sorted(self.directory.glob(self.subject.output + "*"))

    def lines_out(self):
        """Lines by the size of the output: all lines of a subject have the same length."""
        if not self.line_bytes and self.output.exists():
            with open(self.output, "rb") as file:
                line = file.readline(4096)
            self.line_bytes = len(line) if line.endswith(b"\n") else 0
        return self.output_bytes() // self.line_bytes if self.line_bytes else 0

    def tally(self, lines_program):
        """What came out, counted one by one; None where nothing did."""
        if not self.outputs():
            return None
        return run_json([lines_program, "count", *self.outputs()], 120)

    def wait_until_out(self, count, limit_s, quiet_s):
        """Waits until `count` lines are out, nothing has come for `quiet_s`, or the time is over.
        Returns the lines and the monotonic time at which the last of them was first seen."""
        began = changed = time.monotonic()
        lines = self.lines_out()
        while lines < count:
            time.sleep(0.02)
            now = time.monotonic()
            if (more := self.lines_out()) != lines:
                lines, changed = more, now
            if now - began > limit_s or now - changed > quiet_s:
                break
        return lines, changed

    def check_shape(self):
        """One line of each run is looked at: a peer that renders nothing would look fast."""
        if not self.subject.renders or not self.output.exists():
            return
        with open(self.output, "rb") as file:
            line = file.readline(4096)
        if line and not LINE.fullmatch(line):
            raise BenchError(f"{self.subject.name} wrote a line of another shape: {line!r}")


def run_json(command, limit_s):
    """Runs one of the benchmark's own programs to its end; its answer is one line of JSON."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=limit_s, check=False)
    if done.returncode != 0:
        raise BenchError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)
