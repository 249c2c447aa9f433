"""How are views made anew without anybody noticing? A shadow is filled from history, compared, and switched to.

The shadow never runs ahead of the views that serve. At the end these stand still for a moment, the shadow is brought
to exactly their position, every table is compared row by row, and one row of the control store says which serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Row, Table, select

from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import Conflict
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Generation, Generations

ROWS_SHOWN = 20
NEARLY = 1_000
"""Events that the shadow may lie behind when the serving views are asked to stand still; live traffic never ends."""
_log = structlog.get_logger(__name__)


class RebuildRunning(Conflict):
    """One rebuild of a service's views at a time."""


class HistoryIncomplete(Conflict):
    """What the sources hold ends before the serving views: the shadow would forget what these know."""

    vi = "Nguồn lịch sử chưa đủ; bảng tổng hợp hiện tại vẫn phục vụ."


class NothingToRollBack(Conflict):
    """There is no previous generation."""


class Source(Protocol):
    """One producer's history, read from its beginning, each organisation in sequence and verified."""

    service: str

    def read(self) -> Iterator[Sequence[Recorded]]:
        """The events that have not been read yet, in batches; ends where the history ends now."""


@dataclass
class Progress:
    """How far a rebuild has come. Rates in events a second, times in seconds."""

    done: int = 0
    total: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Events a second so far."""
        return self.done / max(time.monotonic() - self.started, 1e-9)

    @property
    def left(self) -> float:
        """Seconds left at that rate."""
        return max(self.total - self.done, 0) / max(self.rate, 1e-9)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the shadow has otherwise than the serving views, table by table."""

    tables: Mapping[str, tuple[int, int]]
    """Table → (rows only in the old views, rows only in the new)."""
    examples: Mapping[str, Sequence[str]]
    """Table → the first keys that differ."""

    @property
    def empty(self) -> bool:
        """Whether old and new agree in every table that both have."""
        return not any(old or new for old, new in self.tables.values())


class Rebuild:
    """Rebuilds the views of one service."""

    def __init__(self, generations: Generations, runner: Runner, sources: Callable[[], Sequence[Source]]) -> None:
        self._generations = generations
        self._runner = runner
        self._sources = sources
        self._one = threading.Lock()
        self.progress: Progress | None = None

    def run(self, *, switch: bool = True, told: Callable[[Progress], None] = lambda _: None) -> Difference:
        """Fill, compare and (unless told otherwise) switch. RebuildRunning when one is under way already."""
        if not self._one.acquire(blocking=False):
            raise RebuildRunning
        try:
            return self._run(switch=switch, told=told)
        finally:
            self.progress = None
            self._one.release()

    def _run(self, *, switch: bool, told: Callable[[Progress], None]) -> Difference:
        shadow = self._generations.shadow()
        try:
            difference = self._fill(shadow, switch=switch, told=told)
        except BaseException:
            shadow.store.close()
            raise
        if not switch:
            shadow.store.close()
        return difference

    def _fill(self, shadow: Generation, *, switch: bool, told: Callable[[Progress], None]) -> Difference:
        runner = Runner(shadow)
        limit = self._runner.position()
        progress = self.progress = Progress(total=sum(sum(each.values()) for each in limit.values()))
        feeds = [_Feed(source, runner) for source in self._sources()]
        while sum(feed.fill(limit, progress, told) for feed in feeds) > NEARLY:
            limit = self._runner.position()
        with self._runner.paused():
            limit = self._runner.position()
            for feed in feeds:
                feed.fill(limit, progress, told)
            if not all(feed.reached(limit) for feed in feeds):
                raise HistoryIncomplete
            difference = compare(self._runner.generation, shadow)
            _log.info("rebuilt", events=progress.done, empty=difference.empty)
            if switch:
                runner.enter(self._runner.entries())
                self._generations.switch(shadow.number)
                self._runner.adopt(shadow)
        return difference

    def roll_back(self) -> int:
        """Let the previous views serve again; they catch up by themselves. The generation's number."""
        with self._runner.paused():
            number = self._generations.roll_back()
            if number is None:
                raise NothingToRollBack
            self._runner.adopt(self._generations.serving())
        return number


@dataclass
class _Feed:
    """One source's events on their way into the shadow; those past the limit wait here."""

    source: Source
    runner: Runner
    waiting: list[Recorded] = field(default_factory=list)

    def fill(
        self, limit: Mapping[str, Mapping[UUID, int]], progress: Progress, told: Callable[[Progress], None]
    ) -> int:
        """Apply what lies within the limit; how many events that were."""
        ends = limit.get(self.source.service, {})
        applied = self._apply(ends, progress)
        for batch in self.source.read():
            self.waiting += batch
            applied += self._apply(ends, progress)
            told(progress)
        return applied

    def reached(self, limit: Mapping[str, Mapping[UUID, int]]) -> bool:
        """Whether the shadow has come as far as the limit in what this source and its like tell of their service."""
        ends, positions = limit.get(self.source.service, {}), self.runner.positions(self.source.service)
        return all(org in positions and positions[org].sequence >= end for org, end in ends.items())

    def _apply(self, ends: Mapping[UUID, int], progress: Progress) -> int:
        within = [each for each in self.waiting if each.envelope.sequence <= ends.get(each.envelope.organisation, 0)]
        if not within:
            return 0
        self.runner.take(self.source.service, within)
        progress.done += len(within)
        self.waiting = [
            each for each in self.waiting if each.envelope.sequence > ends.get(each.envelope.organisation, 0)
        ]
        return len(within)


def compare(old: Generation, new: Generation) -> Difference:
    """Compare every table that both generations have, row by row in the order of the primary keys."""
    tables: dict[str, tuple[int, int]] = {}
    examples: dict[str, list[str]] = {}
    ours = {old.ledger.entry.name, old.ledger.passed.name, old.ledger.parked.name}
    for table in new.metadata.sorted_tables:
        before = old.metadata.tables.get(table.name)
        if before is None or table.name in ours or before.columns.keys() != table.columns.keys():
            continue
        only_old, only_new, shown = _compare_table(old, before, new, table)
        tables[table.name] = (only_old, only_new)
        if shown:
            examples[table.name] = shown
    return Difference(tables, examples)


def _compare_table(old: Generation, before: Table, new: Generation, after: Table) -> tuple[int, int, list[str]]:
    shown: list[str] = []
    only_old = only_new = 0
    with old.store.read() as one, new.store.read() as two:
        left, right = (
            iter(connection.execution_options(yield_per=5_000).execute(select(table).order_by(*table.primary_key)))
            for connection, table in ((one, before), (two, after))
        )
        keys = [column.name for column in before.primary_key]
        a, b = next(left, None), next(right, None)
        while a is not None or b is not None:
            if a == b:
                a, b = next(left, None), next(right, None)
                continue
            first = _earlier(a, b, keys)
            shown += [str(first)] if len(shown) < ROWS_SHOWN else []
            if a is not None and _key(a, keys) == first:
                only_old += 1
                a = next(left, None)
            if b is not None and _key(b, keys) == first:
                only_new += 1
                b = next(right, None)
    return only_old, only_new, shown


def _key(row: Row[Any], keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, key) for key in keys)


def _earlier(a: Row[Any] | None, b: Row[Any] | None, keys: Sequence[str]) -> tuple[Any, ...]:
    found = [_key(row, keys) for row in (a, b) if row is not None]
    return min(found)
