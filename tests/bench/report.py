"""What was measured, held against what must be reached, as Markdown tables."""

import os
import platform
import statistics
from datetime import datetime, timezone
from pathlib import Path

from subjects import COALESCED, RAW, RENDER

# title, row, figure, unit, factor to that unit, digits, and what it must reach: the floor and the
# largest ("<=") or smallest (">=") ratio to it, the same to the best peer, or an absolute limit.
TARGETS = (
    ("CPU per event at 50k/s", "cpu50", "us_per_event", "µs", 1, 2, "<=", COALESCED, 1.4, 1 / 4,
     None),
    ("CPU per event at 200k/s", "cpu200", "us_per_event", "µs", 1, 2, "<=", COALESCED, 1.5, 1 / 5,
     None),
    ("highest loss-free rate", "rate", "rate", "k/s", 1e-3, 0, ">=", RAW, 0.65, 4, None),
    ("Unix datagrams: rate", "unix", "rate", "k/s", 1e-3, 0, ">=", RAW, 0.65, 3, None),
    ("Unix datagrams: CPU per event", "unix", "us_per_event", "µs", 1, 2, "<=", RENDER, 1.3, None,
     None),
    ("RSS at 50k/s", "rss", "rss_50k_kb", "MB", 1 / 1024, 1, "<=", None, None, None, 8),
    ("RSS at the sender's full rate", "rss", "rss_full_kb", "MB", 1 / 1024, 1, "<=", None, None,
     None, 16),
    ("idle: CPU in 10 s", "idle", "cpu_ms", "ms", 1, 2, "<=", None, None, None, 5),
    ("idle: wake-ups in 10 s", "idle", "switches", "", 1, 0, "<=", None, None, None, 10),
    ("received → line, p50", "latency", "p50_ms", "ms", 1, 2, "<=", None, None, None, 2),
    ("received → line, p99", "latency", "p99_ms", "ms", 1, 2, "<=", None, None, None, 5),
    ("start with the backlog", "start", "start_s", "s", 1, 3, "<=", None, None, None, 0.5),
    ("CPU at 10⁴ applications and the backlog, to plain", "backlog", "ratio", "×", 1, 2, "<=",
     None, None, None, 1.1),
)


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


class Report:
    def __init__(self, bench):
        self.results = bench.results
        self.notes = bench.notes
        self.peers = [subject.name for subject in bench.subjects if subject.peer]
        self.names = [subject.name for subject in bench.subjects]
        self.failed = 0

    def rounds(self, row, name, figure):
        return [figures.get(figure) if figures else None
                for figures in self.results.get(row, {}).get(name, [])]

    def best_peer(self, row, figure, better):
        """Per round the best of the peers, and the name of the one with the best median."""
        medians = {name: median(self.rounds(row, name, figure)) for name in self.peers}
        medians = {name: value for name, value in medians.items() if value is not None}
        if not medians:
            return None, []
        columns = zip(*(self.rounds(row, name, figure) for name in medians))
        best = [better((v for v in column if v is not None), default=None) for column in columns]
        return better(medians, key=medians.get), best

    def ratio(self, ours, theirs):
        return median([a / b for a, b in zip(ours, theirs) if a is not None and b])

    def cell(self, row, name, figure, factor, digits):
        value = median(self.rounds(row, name, figure))
        if value is None:
            return "–"
        limited = any(f and f.get("sender_limited") for f in self.results[row][name])
        return ("≥ " if limited else "") + f"{value * factor:.{digits}f}"

    def judge(self, target):
        title, row, figure, unit, factor, digits, sign, floor, to_floor, to_peer, limit = target
        better = min if sign == "<=" else max
        ours = self.rounds(row, "eventfwd", figure)
        peer, peer_rounds = self.best_peer(row, figure, better)
        floor_ratio = self.ratio(ours, self.rounds(row, floor, figure)) if floor else None
        peer_ratio = self.ratio(ours, peer_rounds)
        mine = median(ours)
        wanted, held = [], []
        for text, value, bound in ((f"{{}} × {floor}", floor_ratio, to_floor),
                                   ("{} × best peer", peer_ratio, to_peer),
                                   (f"{{}} {unit}", mine * factor if mine is not None else None,
                                    limit)):
            if bound is None:
                continue
            wanted.append(("≤ " if sign == "<=" else "≥ ") + text.format(f"{bound:.3g}").strip())
            if value is not None:
                held.append(value <= bound if sign == "<=" else value >= bound)
        verdict = "–" if not held else "pass" if all(held) else "FAIL"
        self.failed += verdict == "FAIL"
        peer_cell = f"{self.cell(row, peer, figure, factor, digits)} ({peer})" if peer else "–"
        return (f"{title}{', ' + unit if unit else ''}",
                self.cell(row, "eventfwd", figure, factor, digits),
                f"{self.cell(row, floor, figure, factor, digits)} ({floor})" if floor else "–",
                f"{floor_ratio:.2f}" if floor_ratio is not None else "–",
                peer_cell, f"{peer_ratio:.2f}" if peer_ratio is not None else "–",
                "; ".join(wanted), verdict)

    def text(self):
        lines = [machine(), ""]
        lines += table(("row", "eventfwd", "floor", "ratio", "best peer", "ratio", "target",
                        "verdict"),
                       [self.judge(target) for target in TARGETS if target[1] in self.results])
        lines += ["", "All subjects, medians (in brackets: the share of events that was lost):", ""]
        shown = [target for target in TARGETS if target[1] in self.results]
        lines += table(("subject", *(f"{t[0]}{', ' + t[3] if t[3] else ''}" for t in shown)),
                       [(name, *(self.with_loss(name, t) for t in shown)) for name in self.names])
        if self.notes:
            lines += ["", *(f"* {note}" for note in self.notes)]
        return "\n".join(lines)

    def with_loss(self, name, target):
        _, row, figure, _, factor, digits, *_ = target
        text = self.cell(row, name, figure, factor, digits)
        lost = median([1 - figures["out"] / figures["sent"]
                       for figures in self.results[row].get(name, [])
                       if figures and figures.get("sent") and figure == "us_per_event"])
        return f"{text} ({lost:.0%})" if lost and lost >= 0.005 else text


def table(head, rows):
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]


def machine():
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return (f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {model}, {os.cpu_count()} cores, "
            f"Linux {platform.release()}")
