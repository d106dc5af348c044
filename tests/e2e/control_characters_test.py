"""No control character of a sender, a server or a file reaches a terminal, the log or JSON."""

import http.server
import json
import os
import pathlib
import pty
import re
import subprocess
import threading
import unittest

from harness import EVENTFWD, DaemonTest, eventually

EVIL = "x\x1b[2J\x07\x7f\u0085\u009b31m\u2028\u2029\u202e\u2066"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
RENDERED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # what a line escapes


class RudeServer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802, as its base names it
        body = json.dumps({"text": EVIL, "code": 4}).encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class ControlCharactersTest(DaemonTest):
    def assert_clean(self, output, controls=CONTROLS):
        text = output.decode()  # all of it is UTF-8
        self.assertEqual(controls.findall(text), [], text)
        return text

    def run_bytes(self, *arguments, text=b""):
        done = subprocess.run([EVENTFWD, *arguments], input=text, capture_output=True, timeout=30, check=False)
        self.assert_clean(done.stderr)
        return done

    def on_terminal(self, *arguments):
        """What a terminal on standard output gets, without the CR that the terminal itself adds."""
        ours, theirs = pty.openpty()
        with subprocess.Popen([EVENTFWD, *arguments], stdout=theirs, stderr=subprocess.DEVNULL) as process:
            os.close(theirs)
            got = b""
            try:
                while part := os.read(ours, 65536):
                    got += part
            except OSError:  # the other end is closed
                pass
            os.close(ours)
            self.assertEqual(process.wait(timeout=30), 0)
        return re.sub(rb"\x1b\[[0-9]*m", b"", got.replace(b"\r\n", b"\n"))  # our own colours

    def config(self):
        return self.path("eventfwd.yaml")

    def test_what_senders_wrote_comes_out_of_every_form_and_of_dead_letters(self):
        self.configure(sinks="".join(f"""
  {form}: {{type: file, path: {form}.log, format: {form}}}""" for form in ("line", "sdk_line", "json")))
        self.start()
        sender = self.unix_sender()
        sender.send(json.dumps({"application": "a", "event": EVIL, "n": EVIL}, ensure_ascii=False).encode())
        sender.send(b'application=a event="\x9b31m\xc0\x9b\xe0\x80\x9b"')
        sender.send(b"broken " + EVIL.encode())
        sender.send(b"broken \x9b31m")
        forms = ("line", "sdk_line", "json")
        self.assertTrue(eventually(lambda: all(s["delivered"] == 2 for s in self.status()["sinks"].values())))
        for form in forms:
            whole = pathlib.Path(self.path(form + ".log")).read_bytes()
            if form == "sdk_line":  # its bytes need not be UTF-8
                self.assertEqual(RENDERED.findall(whole.decode(errors="ignore")), [])
                self.assertNotIn(b"\x9b", whole)
            else:
                self.assert_clean(whole, RENDERED if form == "line" else CONTROLS)
        event = json.loads(pathlib.Path(self.path("json.log")).read_text(encoding="utf-8").split("\n")[0])
        self.assertEqual(event["properties"]["n"], EVIL)

        self.assertTrue(eventually(lambda: self.status()["dead_letters"]["kept"] == 2))
        for path in pathlib.Path(self.path("dead-letters")).glob("*.jsonl"):
            self.assert_clean(path.read_bytes())
        for arguments in (("list",), ("list", "--json")):
            done = self.run_bytes("dead-letters", *arguments, "-c", self.config())
            self.assertEqual(self.assert_clean(done.stdout).count("broken "), 1 + (arguments == ("list",)))
        self.assertEqual(self.run_bytes("dead-letters", "show", "1", "-c", self.config()).stdout,
                         b"broken " + EVIL.encode())
        shown = self.assert_clean(self.on_terminal("dead-letters", "show", "1", "-c", self.config()))
        self.assertIn(r"broken x\x1B[2J", shown)

    def test_a_servers_words_in_status_and_log(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RudeServer)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with open(self.path("token"), "w", encoding="utf-8") as f:
            f.write("secret\n")
        for form in ("text", "json"):
            self.configure(sinks=f"""
  splunk: {{type: hec, urls: ["http://127.0.0.1:{server.server_port}"], token_file: token, from: start}}""",
                           more=f"log: {{format: {form}}}")
            self.start()
            self.unix_sender().send(b"application=a event=e")
            self.assertTrue(eventually(lambda: self.status()["sinks"]["splunk"]["last_error"]))
            self.assertIn("[2J", self.status()["sinks"]["splunk"]["last_error"])
            for arguments in ((), ("--json",)):
                done = self.run_bytes("status", *arguments, "-c", self.config())
                self.assertIn("[2J", self.assert_clean(done.stdout))
            self.assertIn("[2J", self.assert_clean(self.on_terminal("status", "-c", self.config())))
            self.kill()
            self.assertIn("[2J", self.assert_clean(pathlib.Path(self.path("daemon.log")).read_bytes()))
            os.remove(self.path("daemon.log"))

    def test_errors_that_quote_the_configuration(self):
        quoted = json.dumps(EVIL)
        self.configure(more=f"log: {{level: {quoted}}}\n{quoted}: 1")
        for arguments in (("check",), ("check", "--json"), ("status",), ("run",)):
            done = self.run_bytes(*arguments, "-c", self.config())
            self.assertEqual(done.returncode, 2)
            self.assertIn("[2J", done.stderr.decode() + self.assert_clean(done.stdout))
        self.configure(sinks=f"\n  lines: {{type: file, path: {quoted}}}")
        self.assertIn("[2J", self.assert_clean(self.run_bytes("check", "-c", self.config()).stdout))

    def test_arguments_that_a_command_complains_of(self):
        evil = EVIL.replace("\x00", "")
        for arguments in (("send", "--to", evil, "a", "e"), ("send", "a", "e", evil), ("render", evil),
                          ("parse", evil), ("render", "--received-at", evil), (evil,), ("status", evil),
                          ("status", "-c", evil), ("journal", "inspect", "--path", evil),
                          ("journal", "verify", "--path", evil), ("replay", "--sink", "s", "--since", evil),
                          ("dead-letters", "show", evil)):
            with self.subTest(arguments=arguments):
                done = self.run_bytes(*arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assert_clean(done.stdout)
                self.assertIn("[2J", done.stderr.decode() + done.stdout.decode())

    def test_lines_that_render_and_parse_refuse(self):
        text = b"broken " + EVIL.encode() + b"\n\x9b31m\xc0\x9b\n"
        self.assertIn("[2J", self.run_bytes("render", text=text).stderr.decode())
        self.assertIn("[2J", self.run_bytes("parse", text=text).stderr.decode())
        line = self.run_bytes("render", text=json.dumps({"application": "a", "event": EVIL}).encode()).stdout
        self.assert_clean(line, RENDERED)
        parsed = self.run_bytes("parse", text=line).stdout
        self.assert_clean(parsed)
        self.assertEqual(json.loads(parsed)["event"], EVIL)


if __name__ == "__main__":
    unittest.main()
