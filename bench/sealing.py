"""What does sealing cost? Intake with and without a sealer at its side, and the sealer alone."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.history import SERVICE, History
from bench.ours import OurIntake, with_drafts
from bench.rounds import Case, Lap, Report, compare, require
from bench.stores import Stores
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from tests.support.couriers import HeldLease

CALLERS = 64
SHORT = 1_000
"""Events of a segment, so that within a lap all but the last few are sealed."""
LOOK = 0.05
"""Seconds between two looks of the sealer."""
ALONE, BESIDE = f"{CALLERS} callers, nobody seals", f"{CALLERS} callers, the sealer at its side"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and how many facts a lap takes."""

    rounds: int
    many: int


class Sealing:
    """One table, and the guard that the archive holds what the log holds."""

    def __init__(self, report: Report, size: Size, stores: Stores, folder: Path, closing: ExitStack) -> None:
        self._report, self._size, self._folder = report, size, folder
        self._plain, self._sealed = (closing.enter_context(OurIntake(stores.url())) for _ in range(2))
        self._depot = FolderDepot(folder / "archive")
        self._sealer = Sealer(self._sealed.log, self._depot, HeldLease(), most=SHORT)
        self._seeds = itertools.count(1)

    def run(self) -> None:
        """Measure, then check."""
        cases = [
            Case(ALONE, partial(self._posting, self._plain)),
            Case(BESIDE, self._posting_beside_the_sealer),
            Case("the sealer alone: read, verify, hash, compress, flush", self._sealing),
        ]
        compare(self._report, "S sealing (SQLite)", cases, rounds=self._size.rounds, reference=ALONE)
        self._report.guard("what is sealed is what the log holds", self._whole)

    def _posting(self, ours: OurIntake) -> Lap:
        lines = with_drafts(History(next(self._seeds)).take(self._size.many))

        def lap() -> int:
            ours.send_from_tasks(CALLERS, lines)
            return len(lines)

        return lap

    def _posting_beside_the_sealer(self) -> Lap:
        post = self._posting(self._sealed)
        return partial(_beside, self._sealer.seal_due, post)

    def _sealing(self) -> Lap:
        self._posting(self._sealed)()
        before = sum(seal.last - seal.first + 1 for seal in self._archive().seals())

        def lap() -> int:
            self._sealer.seal_all()
            return sum(seal.last - seal.first + 1 for seal in self._archive().seals()) - before

        return lap

    def _archive(self) -> Archive:
        return Archive(self._depot, SERVICE)

    def _whole(self) -> str:
        events = [each for batch in self._archive().read({}) for each in batch]
        stands = self._sealed.log.after({}, 10**9)
        place = lambda each: (each.envelope.organisation, each.envelope.sequence)  # noqa: E731 — a sorting key
        require(sorted(events, key=place) == sorted(stands, key=place), "the archive is not the log")
        packed = sum(file.stat().st_size for file in self._folder.rglob("*.zst"))
        return f"{len(events):,} events, {packed / len(events):.0f} bytes each in segments of {SHORT}"


def _beside(seal: Callable[[], object], work: Lap) -> int:
    """Work while somebody seals in a thread whatever is due."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(LOOK):
            seal()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        return work()
    finally:
        done.set()
        thread.join()
