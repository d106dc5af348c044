#!/usr/bin/env python3
"""Measures eventfwd from a datagram to a line in a file, against the floors and the peers.

The subjects take turns (A B C A B C …), so that a drift of the machine meets all of them; ratios
are taken within a round, and of the rounds the median is given. Ends with Markdown tables on
stdout.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from report import Report, machine, median
from subjects import (COALESCED, RAW, RENDER, BenchError, Endpoint, Eventfwd, Floor, Rsyslog,
                      Running, SyslogNg, run_json)

ROWS = ("cpu50", "cpu200", "rate", "unix", "rss", "idle", "latency", "start", "backlog")
DEFAULT_ROWS = ROWS[:-1]

PACE_MIN = 0.97
DRAIN_S = 1.5
RATE_STEP = 1.4
RATE_PRECISION = 1.06
RATE_TOP = 2_000_000
RATE_TRIES = 3
DISTURBED_TRIES = 6
HOPELESS_LOSS = 0.1

OTHERS_CORES_MAX = 0.15

def progress(text):
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def busy_s():
    """Seconds that all cores were busy since boot; time stolen by the hypervisor counts as busy."""
    fields = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_s():
    """CPU seconds of this process and of the children that have ended."""
    return sum(os.times()[:4])


class Others:
    """How many cores somebody else kept busy; a measurement beside a compiler is worth little."""

    def __init__(self):
        self.at = time.monotonic()
        self.before = busy_s() - own_s()

    def cores(self, subject_s=0.0):
        spent = busy_s() - own_s() - self.before - subject_s
        return max(0.0, spent / (time.monotonic() - self.at))


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.results = {}  # row → subject → one dict of figures a round, or None where it failed
        self.notes = []
        self.highest = {}  # subject → the highest rate of the round before, where to begin
        self.disturbed = 0  # measurements beside which others kept the machine busy
        self.backlog = None  # the journal that the rows start and backlog share
        every = [Floor(RAW, options.floor, "raw"),
                 Floor(RENDER, options.floor, "raw-render"),
                 Floor(COALESCED, options.floor, "raw-render", coalesce_us=1000),
                 Eventfwd(options.eventfwd),
                 Rsyslog("rsyslog", queue=True),
                 Rsyslog("rsyslog, no queue", queue=False),
                 SyslogNg()]
        self.subjects = []
        for subject in every:
            if options.subjects and subject.name not in options.subjects:
                continue
            if (why := subject.missing()) is None:
                self.subjects.append(subject)
            else:
                self.notes.append(f"{subject.name}: {why}")
                progress(f"{subject.name} is skipped: {why}")

    # Pieces of every measurement.

    def directory(self):
        return Path(tempfile.mkdtemp(prefix="s-", dir=self.work))

    def start(self, stack, subject, unix=False):
        directory = self.directory()
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        endpoint = Endpoint(path=directory / "in.sock") if unix else Endpoint(port=free_port())
        return stack.enter_context(Running(subject, directory, endpoint))

    def wait_for_quiet(self):
        """Lets other work on the machine end first, within bounds."""
        end = time.monotonic() + self.options.wait_quiet
        while time.monotonic() < end:
            others = Others()
            time.sleep(0.25)
            if others.cores() < OTHERS_CORES_MAX:
                return
            time.sleep(0.75)

    def load(self, running, *arguments, seconds):
        command = [self.options.load, *running.endpoint.arguments(), *arguments,
                   "--seconds", str(seconds)]
        return run_json(command, seconds * 1.5 + 15)

    def under_load(self, subject, *arguments, seconds, unix=False, limit_s=30.0, quiet_s=1.0,
                   verify=True):
        """Starts the subject, loads it, waits until all is out, and takes every figure at once."""
        self.wait_for_quiet()
        with ExitStack() as stack:
            running = self.start(stack, subject, unix)
            time.sleep(0.3)
            others = Others()
            cpu_before = running.cpu_ns()
            load = self.load(running, *arguments, seconds=seconds)
            sent_at = time.monotonic()
            lines, last_at = running.wait_until_out(load["sent"], limit_s, quiet_s)
            cpu_ns = running.cpu_ns() - cpu_before
            figures = {
                "sent": load["sent"], "pace": load["rate"], "out": lines,
                "us_per_event": cpu_ns / 1000 / lines if lines else None,
                "rss_kb": running.rss_peak_kb(), "drops": running.endpoint.drops(),
                "drained_s": max(0.0, last_at - sent_at),
                "span_s": max(load["seconds"], last_at - load["started"]),
                "others_cores": others.cores(cpu_ns / 1e9),
            }
            if figures["others_cores"] > OTHERS_CORES_MAX:
                self.disturbed += 1
            running.check_shape()
            running.stop()
            if verify:
                self.verify(figures, running)
            return figures

    def verify(self, figures, running):
        """Sizes told how many lines are out; the sequence numbers tell whether each is another."""
        count = running.tally(self.options.lines)
        if count is None:
            return
        figures["distinct"] = count["distinct"]
        if count["lines"] != count["distinct"] or count["without_seq"]:
            self.note(f"{running.subject.name}: {count['lines']} lines, but "
                      f"{count['distinct']} distinct events, {count['without_seq']} without number")
        if count["other_sizes"]:
            self.note(f"{running.subject.name}: {count['other_sizes']} lines of another length")

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            progress(text)

    def each(self, row, measure, subjects=None):
        """Runs `measure` for each subject, round by round, and keeps what it gives."""
        chosen = self.subjects if subjects is None else subjects
        for number in range(1, self.options.runs + 1):
            for subject in chosen:
                kept = self.results.setdefault(row, {}).setdefault(subject.name, [])
                try:
                    figures = measure(subject)
                    progress(f"{row} {number}/{self.options.runs} {subject.name}: "
                             f"{describe(figures)}")
                except (BenchError, OSError, subprocess.SubprocessError) as error:
                    figures = None
                    self.note(f"{row}, {subject.name}: {error}")
                kept.append(figures)

    # The rows.

    def cpu50(self):
        seconds = 2 if self.options.quick else 5
        self.each("cpu50", lambda subject: self.under_load(subject, "--rate", "50000",
                                                           seconds=seconds))

    def cpu200(self):
        seconds = 2 if self.options.quick else 4
        self.each("cpu200", lambda subject: self.under_load(subject, "--rate", "200000",
                                                            seconds=seconds))

    def rate(self):
        self.each("rate", self.highest_rate)

    def highest_rate(self, subject):
        """Climbs until events are lost, then halves the gap until it is small."""
        best, best_figures, ceiling = 0, None, None
        begin = self.highest.get(subject.name)
        goal = begin / 1.2 if begin else subject.ladder
        while True:
            held, figures = self.loss_free(subject, int(goal))
            if held and figures["pace"] > best:
                best, best_figures = figures["pace"], figures
            if held and (figures["pace"] < PACE_MIN * goal or goal >= RATE_TOP):
                best_figures["sender_limited"] = ceiling is None
                break
            if not held:
                ceiling = goal
            if ceiling is None:
                goal = min(goal * RATE_STEP, RATE_TOP)
            elif best == 0:
                goal = goal / RATE_STEP
            elif ceiling / best > RATE_PRECISION:
                goal = (ceiling * best) ** 0.5
            else:
                break
            if goal < 2_000:
                raise BenchError("loses events even at 2,000/s")
        self.highest[subject.name] = best
        return dict(best_figures, rate=best)

    def loss_free(self, subject, goal):
        """True when all came out in time, at the pace asked for or at the sender's utmost. A step
        that fails by little is tried again, and so is one that somebody else disturbed: a hiccup of
        the machine is not the subject's limit."""
        seconds = 1.5 if self.options.quick else 3
        held, tries = False, 0
        for _ in range(DISTURBED_TRIES):
            figures = self.under_load(subject, "--gso", "--rate", str(goal), seconds=seconds,
                                      limit_s=DRAIN_S, quiet_s=DRAIN_S)
            progress(f"    {subject.name} at {goal / 1000:.0f}k/s: sender "
                     f"{figures['pace'] / 1000:.0f}k/s, lost or late "
                     f"{figures['sent'] - figures['out']} of {figures['sent']}, kernel drops "
                     f"{figures['drops']}, drained in {figures['drained_s']:.2f} s, others "
                     f"{figures['others_cores']:.2f} cores")
            held = figures["out"] >= figures["sent"] == figures.get("distinct")
            if held and figures["pace"] >= PACE_MIN * goal:
                break
            if figures["others_cores"] > OTHERS_CORES_MAX:
                continue
            tries += 1
            hopeless = 1 - figures["out"] / figures["sent"] > HOPELESS_LOSS
            if hopeless or tries == RATE_TRIES:
                break
        return held, figures

    def unix(self):
        seconds = 1.5 if self.options.quick else 3

        def measure(subject):
            figures = self.under_load(subject, seconds=seconds, unix=True)
            return dict(figures, rate=figures["out"] / figures["span_s"])

        self.each("unix", measure, [s for s in self.subjects if s.name != COALESCED])

    def rss(self):
        """At 50k/s the row cpu50 has seen it; at the full rate the sender floods."""
        if "cpu50" not in self.results:
            self.cpu50()
        seconds = 1 if self.options.quick else 2
        rounds = {}

        def measure(subject):
            number = rounds[subject.name] = rounds.get(subject.name, -1) + 1
            calm = self.results["cpu50"][subject.name][number]
            figures = self.under_load(subject, "--gso", seconds=seconds, verify=False)
            return {"rss_50k_kb": calm["rss_kb"] if calm else None,
                    "rss_full_kb": figures["rss_kb"], "pace": figures["pace"],
                    "sent": figures["sent"], "out": figures["out"]}

        self.each("rss", measure)

    def idle(self):
        """All subjects at once: they do nothing, so they do not disturb each other."""
        seconds = 3 if self.options.quick else 10
        kept = self.results.setdefault("idle", {})
        with ExitStack() as stack:
            started = []
            for subject in self.subjects:
                try:
                    started.append(self.start(stack, subject))
                except (BenchError, OSError) as error:
                    self.note(f"idle, {subject.name}: {error}")
            time.sleep(2)
            before = [(r.cpu_ns(), r.voluntary_switches()) for r in started]
            time.sleep(seconds)
            for running, (cpu_ns, switches) in zip(started, before):
                scale = 10 / seconds
                figures = {"cpu_ms": (running.cpu_ns() - cpu_ns) / 1e6 * scale,
                           "switches": (running.voluntary_switches() - switches) * scale,
                           "rss_kb": running.rss_peak_kb()}
                kept[running.subject.name] = [figures]
                progress(f"idle {running.subject.name}: {describe(figures)}")

    def latency(self):
        seconds = 2 if self.options.quick else 4

        def measure(subject):
            self.wait_for_quiet()
            with ExitStack() as stack:
                running = self.start(stack, subject)
                follower = subprocess.Popen(
                    [self.options.lines, "follow", running.output, "--seconds",
                     str(seconds + 1.5)], stdout=subprocess.PIPE, text=True)
                stack.callback(follower.wait)
                stack.callback(follower.kill)
                time.sleep(0.3)
                load = self.load(running, "--rate", "50000", "--stamp", seconds=seconds)
                answer, _ = follower.communicate(timeout=seconds + 15)
                if follower.returncode != 0:
                    raise BenchError("no line came")
                figures = json.loads(answer)
                if not figures["samples"]:
                    raise BenchError("no stamped line came")
                return dict(figures, sent=load["sent"], out=figures["lines"])

        self.each("latency", measure)

    # The rows of the backlog, of eventfwd alone.

    def eventfwd(self):
        return [subject for subject in self.subjects if isinstance(subject, Eventfwd)]

    def fill_backlog(self):
        """Fills a journal, once, by way of a sink that takes nothing."""
        if self.backlog is not None:
            return self.backlog
        goal = int(self.options.backlog_gb * 1e9)
        if shutil.disk_usage(self.work).free < 2 * goal:
            raise BenchError("not enough room on the disk for the backlog")
        journal = self.work / "backlog"
        filler = Eventfwd(self.options.eventfwd, journal, (Eventfwd.to_nowhere,))
        began = time.monotonic()
        with ExitStack() as stack:
            running = self.start(stack, filler)
            size = 0
            while size < goal:
                self.load(running, "--gso", "--rate", "400000", "--applications", "10000",
                          seconds=5)
                grown = tree_bytes(journal)
                progress(f"    backlog {grown / 1e9:.1f} of {goal / 1e9:.0f} GB")
                if grown <= size or time.monotonic() - began > 600:
                    raise BenchError(f"the backlog stays at {grown} bytes: {running.last_words()}")
                size = grown
        self.backlog = journal
        return journal

    def start_row(self):
        def measure(_):
            stuck = Eventfwd(self.options.eventfwd, self.fill_backlog(), (Eventfwd.to_nowhere,))
            with ExitStack() as stack:
                running = self.start(stack, stuck)
                return {"start_s": running.start_s,
                        "backlog_gb": tree_bytes(self.backlog) / 1e9}

        self.each("start", measure, self.eventfwd())

    def backlog_row(self):
        def measure(subject):
            seconds = 2 if self.options.quick else 5
            loaded = Eventfwd(self.options.eventfwd, self.fill_backlog(),
                              (Eventfwd.to_nowhere, Eventfwd.to_file_from_end))
            plain = self.under_load(subject, "--rate", "50000", seconds=seconds)
            heavy = self.under_load(loaded, "--rate", "50000", "--applications", "10000",
                                    seconds=seconds)
            if not plain["out"] or not heavy["out"]:
                raise BenchError("nothing came out")
            return {"ratio": heavy["us_per_event"] / plain["us_per_event"],
                    "us_per_event": heavy["us_per_event"], "plain": plain["us_per_event"],
                    "rss_kb": heavy["rss_kb"]}

        self.each("backlog", measure, self.eventfwd())

    def run(self):
        special = {"start": self.start_row, "backlog": self.backlog_row}
        for row in self.options.rows:
            special.get(row, getattr(self, row, None))()


def tree_bytes(top):
    return sum(path.stat().st_size for path in Path(top).rglob("*") if path.is_file())


def describe(figures):
    shown = []
    for key, value in figures.items():
        if isinstance(value, float):
            value = round(value, 3 if value < 100 else None)
        shown.append(f"{key} {value}")
    return ", ".join(shown)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--eventfwd", type=Path, help="the daemon's binary")
    parser.add_argument("--load", type=Path, required=True)
    parser.add_argument("--floor", type=Path, help="default: beside --load")
    parser.add_argument("--lines", type=Path, help="default: beside --load")
    parser.add_argument("--rows", default=",".join(DEFAULT_ROWS), help=",".join(ROWS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--subjects", help="only these, by name, separated by semicolons")
    parser.add_argument("--quick", action="store_true", help="shorter, rougher, 1 GB of backlog")
    parser.add_argument("--backlog-gb", type=float, help="for start and backlog (default 10)")
    parser.add_argument("--wait-quiet", type=float, default=60, metavar="S", help="wait at most so "
                        "long before a measurement for the machine to be idle (default 60)")
    parser.add_argument("--work", type=Path, help="a directory on a real disk (default: beside "
                        "--load)")
    parser.add_argument("--json", type=Path, help="every figure of every round")
    options = parser.parse_args()
    options.rows = options.rows.split(",")
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"unknown rows: {', '.join(sorted(unknown))}")
    options.subjects = options.subjects.split(";") if options.subjects else None
    options.backlog_gb = options.backlog_gb or (1 if options.quick else 10)
    for name, default in (("load", None), ("floor", "floor"), ("lines", "lines"),
                          ("eventfwd", None)):
        given = getattr(options, name) or (options.load.parent / default if default else None)
        setattr(options, name, given.resolve() if given else None)
    return options


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, interrupt)  # What was started is ended then, too.
    work = Path(tempfile.mkdtemp(prefix="spine-", dir=options.work or options.load.parent))
    bench = Bench(options, work.resolve())
    try:
        bench.run()
    except KeyboardInterrupt:
        bench.note("interrupted: the rows are not complete")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if bench.disturbed:
        bench.note(f"{bench.disturbed} measurements were disturbed: other processes, or the "
                   f"hypervisor, took more than {OTHERS_CORES_MAX} cores")
    report = Report(bench)
    print(report.text())
    if options.json:
        options.json.write_text(json.dumps(
            {"machine": machine(), "notes": bench.notes, "rows": bench.results}, indent=1) + "\n")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
