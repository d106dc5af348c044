"""props.conf against lines that eventfwd renders: Splunk's breaking of lines, reading of times and extraction
of fields, done here by the settings, must give back the events that went in."""

import base64
import datetime
import json
import os
import re
import subprocess
import tempfile
import unittest

from splunk_conf import ROOT, parse_conf, read_conf

EVENTFWD = os.environ.get("EVENTFWD", "build/release/eventfwd")


def run(*arguments, data=b""):
    return subprocess.run([EVENTFWD, *arguments], input=data, capture_output=True, timeout=30, check=False)


def render(packet, *arguments):
    """The lines of PACKET."""
    results = map(json.loads, run("render", "--whole", "--json", *arguments, data=packet).stdout.splitlines())
    return [result["line"] for result in results if "line" in result]


def golden_lines():
    """Every line that comes of the golden packets."""
    lines = []
    with open(ROOT / "tests/golden/golden-packets.jsonl", encoding="utf-8") as f:
        for golden in map(json.loads, f):
            more = ["--application", golden["default_application"]] if golden.get("default_application") else []
            lines += render(base64.b64decode(golden["packet"]), "--received-at", golden["received_at"], *more)
    return lines


def parse(lines):
    """The events of LINES, by eventfwd itself."""
    answer = run("parse", data="".join(line + "\n" for line in lines).encode())
    return [json.loads(line) for line in answer.stdout.splitlines()]


def broken_into_events(text, props):
    """TEXT as Splunk breaks it: what the first group matches is between two events."""
    events, begin = [], 0
    for match in re.finditer(props["LINE_BREAKER"], text):
        events.append(text[begin:match.start(1)])
        begin = match.end(1)
    return [event for event in events + [text[begin:]] if event]


def time_of(event, props):
    """The time that Splunk reads: from behind the prefix, no further than the look-ahead."""
    begin = re.search(props["TIME_PREFIX"], event).end()
    text = event[begin:begin + int(props["MAX_TIMESTAMP_LOOKAHEAD"])]
    read = datetime.datetime.strptime(text, props["TIME_FORMAT"].replace("%6N", "%f"))
    return read.replace(tzinfo={"UTC": datetime.timezone.utc}[props["TZ"]])


def extracted(event):
    """KV_MODE = auto_escaped: pairs, with \\" and \\\\ undone, and without spaces around a value."""
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', event, re.ASCII)
    return {key: re.sub(r'\\(["\\])', r"\1", value).strip(" ") for key, value in pairs}


def as_shown(value):
    """VALUE as such an extraction shows it: what a line writes as \\n, \\r, \\t or \\xHH stays that."""
    named = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

    def written(match):
        character = match.group()
        return named.get(character) or "".join(f"\\x{byte:02X}" for byte in character.encode())

    return re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", written, value).strip(" ")


def fields_of(event):
    """What Splunk should find in a line of EVENT."""
    fields = {name: event[name] for name in ("application", "event", "distinct_id") if name in event}
    if "increment" in event:
        fields["increment"] = str(event["increment"])
    fields |= {f"analytics_prop__{key}": value for key, value in event.get("properties", {}).items()}
    return {key: as_shown(value) for key, value in fields.items()}


class SplunkReadsLines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.props = read_conf("default/props.conf")["eventfwd"]
        cls.kv = read_conf("default/limits.conf")["kv"]
        cls.lines = golden_lines()
        cls.events = parse(cls.lines)

    def test_there_are_lines_to_read(self):
        self.assertGreater(len(self.lines), 80)
        self.assertEqual(len(self.events), len(self.lines))
        self.assertTrue(any('\\"' in line for line in self.lines))
        self.assertTrue(any("\\n" in line for line in self.lines))

    def test_check_prints_the_same_stanza(self):
        with tempfile.TemporaryDirectory() as directory:
            config = os.path.join(directory, "eventfwd.yaml")
            with open(config, "w", encoding="utf-8") as f:
                f.write("sinks: {lines: {type: file, path: events.log}}\n")
            printed = run("check", "--splunk", "-c", config).stdout.decode()
        stanza = printed[printed.index("  [eventfwd]\n"):]
        self.assertEqual(parse_conf(stanza), read_conf("default/props.conf"))

    def test_breaks_them_where_they_end(self):
        for terminator in ("\n", "\r\n"):
            text = "".join(line + terminator for line in self.lines)
            self.assertEqual(broken_into_events(text, self.props), self.lines)
        self.assertEqual(self.props["SHOULD_LINEMERGE"], "false")

    def test_reads_their_times_to_the_microsecond(self):
        for line, event in zip(self.lines, self.events, strict=True):
            self.assertEqual(time_of(line, self.props), datetime.datetime.fromisoformat(event["timestamp"]), line)

    def test_finds_every_field_with_its_value(self):
        self.assertEqual((self.props["KV_MODE"], self.props["AUTO_KV_JSON"]), ("auto_escaped", "false"))
        for line, event in zip(self.lines, self.events, strict=True):
            self.assertEqual(extracted(line), fields_of(event), line[:500])

    def test_a_value_cannot_forge_a_field(self):
        forged = {"application": "shop", "event": "e", "a": 'x" event="forged', "b": 'y\\" c="z', "c": "\\"}
        [line] = render(json.dumps(forged).encode())
        fields = extracted(line)
        self.assertEqual(fields["event"], "e")
        self.assertEqual([fields["analytics_prop__" + key] for key in "abc"], [forged[key] for key in "abc"])

    def test_finds_all_of_the_largest_event(self):
        packet = {"application": "shop", "event": "e", "distinct_id": "u", "increment": 2,
                  "properties": {f"p{n}": "x" * 230 for n in range(256)}}
        [line] = render(json.dumps(packet).encode())
        self.assertGreater(len(line), 64_000)
        self.assertLessEqual(len(line.encode()), int(self.props["TRUNCATE"]))
        self.assertLessEqual(len(line), int(self.kv["maxchars"]))
        self.assertEqual(len(extracted(line)), 260)
        self.assertLessEqual(len(extracted(line)), int(self.kv["limit"]))


if __name__ == "__main__":
    unittest.main()
