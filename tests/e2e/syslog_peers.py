"""Real syslog servers for the tests: rsyslog and syslog-ng, each in a directory of its own."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

from harness import eventually, free_port

ROOT = pathlib.Path(__file__).parent.parent.parent
# Where syslog-ng is unpacked: as a package it cannot be installed beside rsyslog.
PEERS = pathlib.Path(os.environ.get("EVENTFWD_PEERS", ROOT / "build" / "peers"))
# What a peer writes of each message, one a line; a field can hold anything but a tab.
FIELDS = ("facility", "severity", "time", "host", "program", "process", "id", "text")


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def make_certificates(directory):
    """An authority, a certificate of localhost and 127.0.0.1 by it, and an authority nobody knows."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
    for name in ("ca", "other-ca"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")
    pathlib.Path(directory, "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem")


class Peer:
    """A server that takes messages over one TRANSPORT and writes them into a file. The verbs are
    start, stop, kill and messages; a server that comes back listens where it did before."""

    def __init__(self, directory, transport, *, framing="octet_counting", protocol="rfc5424",
                 client_ca=None, host="127.0.0.1"):
        self.directory = pathlib.Path(directory)
        self.transport = transport
        self.framing = framing
        self.protocol = protocol
        self.client_ca = client_ca  # a client has to have a certificate of it
        self.output = self.directory / "peer.log"
        self.socket_path = self.directory / "peer.sock"
        self.host = host  # where it listens, and is called
        self.port = free_port()
        self.process = None

    def address(self):
        scheme = {"unix-stream": "unix", "unix-dgram": "unixgram"}.get(self.transport, self.transport)
        if self.transport.startswith("unix"):
            return f"{scheme}://{self.socket_path}"
        return f"{scheme}://{self.host}:{self.port}"

    def start(self):
        with open(self.directory / "peer.stderr", "ab") as errors:
            self.process = subprocess.Popen(self.command(), stdout=errors, stderr=errors,
                                            env=self.environment())
        if not eventually(self.is_listening):
            raise AssertionError((self.directory / "peer.stderr").read_text())

    def is_listening(self):
        if self.process.poll() is not None:
            raise AssertionError((self.directory / "peer.stderr").read_text())
        if self.transport == "unix-stream":
            return f"{self.socket_path}" in pathlib.Path("/proc/net/unix").read_text()
        if self.transport == "unix-dgram":
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                return s.connect_ex(str(self.socket_path)) == 0
        table = "udp" if self.transport == "udp" else "tcp"
        state = "07" if table == "udp" else "0A"
        lines = pathlib.Path("/proc/net", table).read_text().splitlines()
        return any(f":{self.port:04X} " in line and f" {state} " in line for line in lines)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process = None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def unread(self):
        """Bytes that the kernel has taken for it and it has not read."""
        rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        queues = [row[4] for row in rows if row[1].endswith(f":{self.port:04X}") and row[3] != "0A"]
        return sum(int(queue.split(":")[1], 16) for queue in queues)

    def messages(self):
        """What it has written, each message as a dictionary of FIELDS."""
        if not self.output.exists():
            return []
        text = self.output.read_text(encoding="utf-8", errors="surrogateescape")
        whole = text[:text.rfind("\n") + 1]
        return [dict(zip(FIELDS, line.split("\t", len(FIELDS) - 1))) for line in whole.split("\n")[:-1]]


class Rsyslog(Peer):
    name = "rsyslog"

    def environment(self):
        return None

    def command(self):
        module, source = self.source()
        template = "%syslogfacility-text%\\t%syslogseverity-text%\\t%timereported:::date-rfc3339,date-utc%" \
                   "\\t%hostname%\\t%programname%\\t%procid%\\t%msgid%\\t%msg%\\n"
        (self.directory / "rsyslog.conf").write_text(f"""\
global(workDirectory="{self.directory}" maxMessageSize="128k" parser.parseHostnameAndTag="on"
       DefaultNetstreamDriverCAFile="{self.directory}/ca.pem"
       DefaultNetstreamDriverCertFile="{self.directory}/server.pem"
       DefaultNetstreamDriverKeyFile="{self.directory}/server.key")
main_queue(queue.type="Direct")
{module}
template(name="fields" type="string" string="{template}")
ruleset(name="events" queue.type="Direct") {{
    action(type="omfile" file="{self.output}" template="fields" asyncWriting="off" flushOnTXEnd="on")
}}
{source}
""")
        return [program("rsyslogd"), "-n", "-f", str(self.directory / "rsyslog.conf"),
                "-i", str(self.directory / "peer.pid")]

    def source(self):
        if self.transport == "udp":
            return ('module(load="imudp")',
                    f'input(type="imudp" address="{self.host}" port="{self.port}" ruleset="events")')
        if self.transport == "unix-dgram":
            return ('module(load="imuxsock" SysSock.Use="off")',
                    f'input(type="imuxsock" Socket="{self.socket_path}" RateLimit.Interval="0" IgnoreTimestamp="off" '
                    'UseSysTimeStamp="off" UsePIDFromSystem="off" Annotate="off" ParseTrusted="off" '
                    'UseSpecialParser="off" ParseHostname="on" ruleset="events")')
        if self.transport == "tls":
            mode = "x509/certvalid" if self.client_ca else "anon"
            return (f'module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" '
                    f'StreamDriver.AuthMode="{mode}")',
                    f'input(type="imtcp" address="{self.host}" port="{self.port}" ruleset="events")')
        return ('module(load="imtcp")',
                f'input(type="imtcp" address="{self.host}" port="{self.port}" ruleset="events")')


class SyslogNg(Peer):
    name = "syslog-ng"

    def environment(self):
        if not self.tree():
            return None
        folders = {str(path.parent) for top in ("usr/lib", "lib") for path in (PEERS / top).rglob("*.so*")}
        return dict(os.environ, LD_LIBRARY_PATH=":".join(sorted(folders)))

    @staticmethod
    def tree():
        return not program("syslog-ng")

    @staticmethod
    def missing():
        """Why it cannot be run; fetches it where it is not there."""
        if program("syslog-ng") or (PEERS / "usr/sbin/syslog-ng").exists():
            return None
        fetched = subprocess.run([str(ROOT / "tests/bench/fetch_peers.sh"), str(PEERS)],
                                 capture_output=True, text=True, check=False)
        return None if fetched.returncode == 0 else "syslog-ng cannot be fetched: " + fetched.stderr

    def command(self):
        (self.directory / "syslog-ng.conf").write_text(f"""\
@version: 3.38
options {{ keep-hostname(yes); use-dns(no); dns-cache(no); time-zone("UTC"); ts-format(iso);
          frac-digits(6); log-msg-size(131072); stats-freq(0); }};
source s {{ {self.source()}; }};
destination d {{ file("{self.output}" template("$FACILITY\\t$LEVEL\\t$S_ISODATE\\t$HOST\\t$PROGRAM\\t$PID\\t$MSGID\\t$MSG\\n")
                 template-escape(no) log-fifo-size(200000)); }};
log {{ source(s); destination(d); flags(flow-control); }};
""")
        command = [program("syslog-ng") or str(PEERS / "usr/sbin/syslog-ng"), "-F", "--no-caps",
                   "-f", str(self.directory / "syslog-ng.conf"), "-R", str(self.directory / "persist"),
                   "-c", str(self.directory / "ctl"), "-p", str(self.directory / "peer.pid")]
        if self.tree():
            module = next(iter(sorted(PEERS.glob("usr/lib/syslog-ng/*/libaffile.so"))))
            command += ["--module-path", str(module.parent)]
        return command

    def source(self):
        new = " flags(syslog-protocol)" if self.protocol == "rfc5424" else ""
        place = f'ip("{self.host}") port({self.port})'
        if self.transport == "unix-stream":
            return f'unix-stream("{self.socket_path}"{new} log-iw-size(1000))'
        if self.transport == "unix-dgram":
            return f'unix-dgram("{self.socket_path}"{new} log-iw-size(1000))'
        if self.transport == "tls":
            verify = "required-trusted" if self.client_ca else "optional-untrusted"
            return (f'syslog({place} transport("tls") tls(key-file("{self.directory}/server.key") '
                    f'cert-file("{self.directory}/server.pem") ca-file("{self.directory}/ca.pem") '
                    f'peer-verify({verify})))')
        if self.framing == "octet_counting" and self.transport == "tcp":
            return f'syslog({place} transport("tcp"))'
        return f'network({place} transport("{self.transport}"){new} log-iw-size(1000))'
