"""How are cases compared on a machine that others use too? In turn, round after round, and by ratios.

Every round runs each case once. A case is judged by the median of its per-round ratios to the table's reference:
the absolute numbers move with whatever else runs here, the ratios hold. Processor time of this process is told too.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Lap = Callable[[], int]
"""The work of one round, all prepared; it gives the number of events."""


MISSING = "the package eventsourcing is not installed (requirements/bench.txt)"


class NotRun(Exception):
    """A case cannot run here, and why."""


class Bitten(Exception):
    """A guard has found what must not be."""


def require(holds: object, found: str) -> None:
    """Bitten with what was found, unless it holds."""
    if not holds:
        raise Bitten(found)


def asking(ask: Callable[[], Any], events: int) -> Lap:
    """A question over so many events is the work."""

    def lap() -> int:
        ask()
        return events

    return lap


@dataclass(frozen=True, slots=True)
class Case:
    """One way to do a table's job."""

    name: str
    ready: Callable[[], Lap]
    """Prepare a lap, outside of the clock. NotRun when this way cannot be gone here."""


@dataclass
class Row:
    """What was measured of one case."""

    name: str
    rates: list[float] = field(default_factory=list)
    """Events a second, round by round."""
    processor: list[float] = field(default_factory=list)
    """Microseconds of this process's processor time for one event."""
    not_run: str | None = None

    def ratio(self, reference: Row) -> float | None:
        """The median of the per-round ratios."""
        pairs = list(zip(self.rates, reference.rates, strict=False))
        return statistics.median(own / other for own, other in pairs) if pairs else None


@dataclass
class Report:
    """Where results go: Markdown to the screen, one line of JSON a table to a file."""

    file: Path
    failures: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Print at once."""
        print(text, flush=True)

    def keep(self, table: str, content: dict[str, Any]) -> None:
        """Append one line of JSON."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        line = {"table": table, "at": time.strftime("%F %T"), "load": os.getloadavg()[0], **content}
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def guard(self, what: str, check: Callable[[], str]) -> None:
        """Say what a guard has checked; a guard that bites makes the whole run fail."""
        try:
            self.say(f"* guard: {what}: {check()}")
        except Bitten as found:
            self.failures.append(f"{what}: {found}")
            self.say(f"* **guard failed**: {what}: {found}")


def compare(report: Report, title: str, cases: Iterable[Case], *, rounds: int, reference: str) -> dict[str, Row]:
    """Run every case once a round, and print the table. What cannot run says so in its row."""
    cases = list(cases)
    rows = {case.name: Row(case.name) for case in cases}
    for _ in range(rounds):
        for case in cases:
            _run(case, rows[case.name])
    _print(report, title, list(rows.values()), reference)
    return rows


def _run(case: Case, row: Row) -> None:
    if row.not_run is not None:
        return
    try:
        lap = case.ready()
        gc.collect()
        processor, start = time.process_time(), time.perf_counter()
        count = lap()
        seconds, used = time.perf_counter() - start, time.process_time() - processor
    except NotRun as reason:
        row.not_run = str(reason)
        return
    row.rates.append(count / seconds)
    row.processor.append(used / count * 1e6)
    print(".", end="", flush=True, file=sys.stderr)


def _print(report: Report, title: str, rows: Sequence[Row], reference: str) -> None:
    base = next(row for row in rows if row.name == reference)
    ratios = {row.name: row.ratio(base) for row in rows}
    print(file=sys.stderr)
    report.say(f"\n### {title}  (load {os.getloadavg()[0]:.1f})\n")
    report.say("| way | events/s | least … most | µs of processor | x |\n|---|---:|---:|---:|---:|")
    for row in rows:
        ratio = ratios[row.name]
        if row.not_run is not None:
            report.say(f"| {row.name} | not run: {row.not_run} | | | |")
            continue
        spread = f"{min(row.rates):,.0f} … {max(row.rates):,.0f}"
        middle, used = statistics.median(row.rates), statistics.median(row.processor)
        x = "" if ratio is None else f"{ratio:,.2f}"
        report.say(f"| {row.name} | {middle:,.0f} | {spread} | {used:,.0f} | {x} |")
    not_run = {row.name: row.not_run for row in rows if row.not_run is not None}
    content = {row.name: {"rates": row.rates, "processor": row.processor, "x": ratios[row.name]} for row in rows}
    report.keep(title, {"reference": reference, "rows": content, "not_run": not_run})
