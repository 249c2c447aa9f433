"""Which rows has the fault battery, and how far did this run come? The figures that each row asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Count:
    """What a test did for a row."""

    row: str
    reached: int
    failures: int
    seed: str


ROWS: Final[Mapping[str, tuple[int, str]]] = {
    "R-01": (2_000, "intake killed, 1.000 cycles on each store"),
    "R-02": (1_000, "projection service killed, at random and at named points"),
    "R-04": (500, "relay killed between publish and mark; order at the consumers"),
    "R-05": (50, "courier killed and emptied"),
    "R-09": (100_000, "the same event 1 to 50 times at once"),
    "R-10": (1_000, "schedules of duplicated, dropped, shuffled entries"),
    "R-11": (60_000, "tailing beside long and rolled-back transactions"),
    "R-13": (20_000, "SQLite contention"),
    "R-14": (1, "reader left open, 30 minutes"),
    "R-15": (1, "events of every released version"),
    "R-16": (100_000, "clocks that jump"),
    "R-17": (400, "batches with a bad line, or cut off"),
    "R-18": (50, "rebuilds beside live traffic"),
    "R-19": (100, "disk full"),
    "R-23": (1, "partition, loss, half-open connections"),
    "R-24": (180_000, "load, then soak"),
    "R-25": (20_000, "simulation against a model"),
    "R-26": (200, "polite stops under load"),
    "R-27": (100, "the same scenario on SQLite and PostgreSQL"),
    "R-28": (200, "the client killed and its line cut, 10,000 posts"),
    "R-29": (1_000, "a member's life in any order of posting"),
    "A-01": (74_000, "one byte changed"),
    "A-02": (2_000, "rows removed, inserted, swapped"),
    "A-04": (200, "re-serialised payloads"),
    "A-10": (20, "run-to-run difference"),
    "A-12": (60, "corrections of corrections"),
    "A-13": (500, "boundary times"),
    "A-17": (300, "traces of figures"),
    "A-18": (100, "missing actor, reason, document"),
    "A-19": (30, "key rotation"),
    "A-20": (40, "witness offline"),
    "S-01": (1, "every endpoint × 8 kinds of key"),
    "S-05": (50_000, "scope never carries over"),
    "S-06": (40, "fields that only the service sets × endpoints"),
    "S-07": (5_000, "signatures"),
    "S-08": (1, "keys: timing, case, logs"),
    "S-09": (10_000, "API description against its service"),
    "S-10": (50_000, "malformed requests"),
    "S-11": (1, "floods of bytes"),
    "S-12": (30, "archives that expand"),
    "S-14": (60, "odd values × fields"),
    "S-15": (500, "cells that are formulas"),
    "S-16": (5_000, "forged log lines"),
    "S-17": (300, "twins of names"),
    "S-18": (5_000, "injection"),
    "S-19": (6, "flood and other trouble by one"),
    "S-20": (1, "Redis users"),
    "S-21": (1, "database users"),
    "S-22": (20, "default secrets"),
    "S-23": (15, "sandbox"),
    "S-24": (3, "planted dependencies"),
    "P-03": (40, "erasure and holds"),
    "P-04": (1, "rebuild after erasure"),
    "P-06": (60, "deadlines"),
    "P-07": (1, "access records"),
}
"""Row → the figure that it asks for, and its fault in a few words."""


def table(counts: Iterable[Count]) -> Sequence[str]:
    """One line a row: reached of asked, failures, seeds; `not run` where nothing reached it."""
    by_row: dict[str, list[Count]] = {}
    for count in counts:
        by_row.setdefault(count.row, []).append(count)
    lines = [f"{'row':<6}{'reached':>10}{'asked':>10}{'failures':>10}  {'seed':<24}fault"]
    for row, (asked, fault) in ROWS.items():
        found = by_row.get(row, [])
        if found:
            seeds = " ".join(dict.fromkeys(count.seed for count in found if count.seed))
            reached, failures = sum(count.reached for count in found), sum(count.failures for count in found)
            lines.append(f"{row:<6}{reached:>10}{asked:>10}{failures:>10}  {seeds:<24}{fault}")
        else:
            lines.append(f"{row:<6}{'not run':>10}{asked:>10}{'':>10}  {'':<24}{fault}")
    return lines
