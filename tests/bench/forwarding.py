#!/usr/bin/env python3
"""Measures eventfwd from a datagram to HEC and to syslog over TCP, beside syslog-ng and rsyslog,
all of them to one receiver; and what a destination that is down costs. Markdown on stdout."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from forwarders import EventfwdTo, Forwarding, RsyslogTo, SyslogNgTo, free_tcp_port
from report import machine, median, table
from spine import Bench, free_port, progress, tree_bytes
from subjects import BenchError, Endpoint, Eventfwd, run_json

KINDS = {"hec": ("HEC", "hec", False), "hec_gzip": ("HEC, gzip", "hec", True),
         "syslog": ("syslog over TCP", "stream", False)}
# kind → least ratio of the rate, largest ratio of the CPU time, to the best peer.
TARGETS = {"hec": (3, 1 / 3), "hec_gzip": (3, 1 / 3), "syslog": (1.5, 1 / 2.5)}
LINE_BYTES = 28 + 275  # the rendered sample with its time and line feed


class ForwardingBench(Bench):
    def __init__(self, options, work, kind):
        super().__init__(options, work)
        _, mode, gzip = KINDS[kind]
        every = [EventfwdTo(options.eventfwd, mode, gzip), SyslogNgTo(mode, gzip)]
        if mode == "stream":
            every.append(RsyslogTo())
        self.notes = []
        self.subjects = []
        for subject in every:
            if (why := subject.missing()) is None:
                self.subjects.append(subject)
            else:
                self.note(f"{subject.name}: {why}")

    def start(self, stack, subject, unix=False, is_up=True):
        directory = self.directory()
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        return stack.enter_context(Forwarding(subject, directory, Endpoint(port=free_port()),
                                              self.options.receive, is_up))

    def outage(self, count, rate):
        """COUNT events while the destination is down, then the destination comes back."""
        def measure(subject):
            is_ours = isinstance(subject, EventfwdTo)
            events, pace = (count, rate) if is_ours else (count // 10, 20_000)
            with ExitStack() as stack:
                running = self.start(stack, subject, is_up=False)
                time.sleep(0.3)
                before_kb = running.rss_peak_kb()
                load = run_json([self.options.load, *running.endpoint.arguments(),
                                 *(["--gso"] if is_ours else []), "--rate", str(pace),
                                 "--seconds", str(events / pace)], events / pace * 2 + 30)
                time.sleep(1)
                drops = running.endpoint.drops()
                disk = tree_bytes(running.directory)
                running.receiver.start()
                began = time.monotonic()
                kept = load["sent"] - drops
                out, last_at = running.wait_until_out(kept, 180, 70)
                if not out:
                    raise BenchError("nothing came after the destination was back")
                first_at = running.first_out_at or began
                return {"sent": load["sent"], "pace": load["rate"], "drops": drops, "out": out,
                        "distinct": running.receiver.distinct(),
                        "disk_ratio": disk / (kept * LINE_BYTES),
                        "rss_grown_kb": running.rss_peak_kb() - before_kb,
                        "drained": out / max(1e-3, last_at - first_at)}

        self.each("outage", measure)


class NeighboursBench(Bench):
    """Two file sinks alone, and the same two beside one whose destination does not exist."""

    ALONE, BESIDE = "alone", "beside a dead sink"

    def __init__(self, options, work):
        super().__init__(options, work)
        live = (Eventfwd.to_file,
                'more: {{type: file, path: "{output.parent}/more.txt", rotate: {{size: 64GiB}}}}')
        dead = (f'dead: {{{{type: hec, urls: "http://127.0.0.1:{free_tcp_port()}", '
                'token_env: BENCH_TOKEN, from: start}}')
        self.subjects = [Eventfwd(options.eventfwd, sinks=live),
                         Eventfwd(options.eventfwd, sinks=(*live, dead))]
        for subject, name in zip(self.subjects, (self.ALONE, self.BESIDE)):
            subject.name = name
            subject.environment = lambda: dict(os.environ, BENCH_TOKEN="0")

    def throughput(self):
        """Senders over a Unix socket wait for the daemon: what it can do is what they send."""
        def measure(subject):
            figures = self.under_load(subject, seconds=2 if self.options.quick else 5, unix=True)
            return dict(figures, throughput=figures["out"] / figures["span_s"])

        self.each("throughput", measure)

    def row(self):
        alone, beside = (median([f["throughput"] if f else None for f in
                                 self.results["throughput"][name]])
                         for name in (self.ALONE, self.BESIDE))
        ratio = beside / alone
        return ("two live sinks beside a dead one, k/s", f"{beside / 1e3:.0f}",
                f"{alone / 1e3:.0f} (without it)", f"{ratio:.2f}", ">= 0.95 × without it",
                "pass" if ratio >= 0.95 else "FAIL")


def row(bench, title, figure, factor, digits, unit, sign, bound):
    ours = [f.get(figure) if f else None for f in bench.results[title[0]].get("eventfwd", [])]
    mine = median(ours)
    peers = {}
    for name, rounds in bench.results[title[0]].items():
        value = median([f.get(figure) if f else None for f in rounds])
        if name != "eventfwd" and value is not None:
            peers[name] = value
    better = max if sign == ">=" else min
    best = better(peers, key=peers.get) if peers else None
    shown = f"{mine * factor:.{digits}f}" if mine is not None else "–"
    if best is None or mine is None:
        return (f"{title[1]}, {unit}", shown, "–", "–", f"{sign} {bound:.3g} × best peer", "–")
    ratio = mine / peers[best]
    good = ratio >= bound if sign == ">=" else ratio <= bound
    return (f"{title[1]}, {unit}", shown, f"{peers[best] * factor:.{digits}f} ({best})",
            f"{ratio:.2f}", f"{sign} {bound:.3g} × best peer", "pass" if good else "FAIL")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eventfwd", type=Path, required=True)
    parser.add_argument("--load", type=Path, required=True, help="receive and lines lie beside it")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--rows", default="cpu50,rate,outage,neighbours")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--wait-quiet", type=float, default=60)
    parser.add_argument("--events", type=int, default=2_000_000, help="of the outage")
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    options.eventfwd = options.eventfwd.resolve()
    options.load = options.load.resolve()
    for name in ("floor", "lines", "receive"):
        setattr(options, name, options.load.parent / name)
    options.subjects = None
    options.backlog_gb = 0
    return options


def main():
    options = parse_arguments()
    work = Path(tempfile.mkdtemp(prefix="forwarding-", dir=options.work or options.load.parent))
    rows, notes, outages = [], [], []
    try:
        for kind in options.kinds.split(","):
            bench = ForwardingBench(options, work, kind)
            name = KINDS[kind][0]
            if "cpu50" in options.rows:
                bench.cpu50()
                rows.append(row(bench, ("cpu50", f"{name}: CPU per event at 50k/s"),
                                "us_per_event", 1, 2, "µs", "<=", TARGETS[kind][1]))
            if "rate" in options.rows:
                bench.rate()
                rows.append(row(bench, ("rate", f"{name}: highest loss-free rate"), "rate", 1e-3,
                                0, "k/s", ">=", TARGETS[kind][0]))
            if "outage" in options.rows and kind != "hec_gzip":
                bench.outage(options.events // (4 if options.quick else 1), 400_000)
                for subject, rounds in bench.results["outage"].items():
                    for f in filter(None, rounds):
                        outages.append((f"{name}: {subject}", f"{f['sent']:,}",
                                        f"{f['pace'] / 1e3:.0f}", f"{f['drops']:,}",
                                        f"{f['out']:,} ({f['distinct']:,})",
                                        f"{f['disk_ratio']:.2f}",
                                        f"{f['rss_grown_kb'] / 1024:.1f}",
                                        f"{f['drained'] / 1e3:.0f}"))
            notes += bench.notes
        if "neighbours" in options.rows:
            bench = NeighboursBench(options, work)
            bench.throughput()
            rows.append(bench.row())
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(machine(), end="\n\n")
    print("\n".join(table(("row", "eventfwd", "best peer", "ratio", "target", "verdict"), rows)))
    if outages:
        print("\nThe destination is down while events come, then back:\n")
        print("\n".join(table(("subject", "sent", "k/s", "kernel drops", "arrived (distinct)",
                               "disk ÷ lines", "RSS grown, MB", "drained, k/s"), outages)))
    for note in dict.fromkeys(notes):
        print(f"\n* {note}")
    progress("done")
    return 1 if any(line[-1] == "FAIL" for line in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
