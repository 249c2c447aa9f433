"""How is a shadow filled from history, brought to where the serving views stand, and held against them?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection

from shared.contracts.envelope import Recorded
from shared.eventsourcing.comparing import Difference, Named, compare, compared
from shared.eventsourcing.errors import Conflict
from shared.eventsourcing.faults import reach
from shared.eventsourcing.progress import Progress
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import Position

NEARLY: Final = 1_000
"""Events that the shadow may lie behind when the serving views are asked to stand still; live traffic never ends."""
_log = structlog.get_logger(__name__)

Ends = Mapping[str, Mapping[UUID, Position]]


class HistoryIncomplete(Conflict):
    """What the sources hold ends before the serving views: the shadow would forget what these know."""

    vi = "Nguồn lịch sử chưa đủ; bảng tổng hợp hiện tại vẫn phục vụ."


class HistoryContradicts(Conflict):
    """The sources tell another history than the serving views were made from: one of the two was restored or edited."""

    vi = "Nguồn lịch sử khác với sổ đã dùng để lập bảng tổng hợp hiện tại."


class Source(Protocol):
    """One producer's history, read from its beginning, each organisation in sequence and verified."""

    service: str

    def read(self) -> Iterator[Sequence[Recorded]]:
        """The events that have not been read yet, in batches; ends where the history ends now."""


@dataclass
class Making:
    """One shadow on its way, beside the views that serve."""

    serving: Runner
    filling: Runner
    feeds: Sequence[Feed]
    progress: Progress
    step: Callable[[], None]
    """Called after each piece of work; raises to end it."""
    named: Named | None
    longest_pause: float = 0.0

    def compared(self) -> Difference:
        """Fill until it has come as far as the serving views, and compare both as they stand there."""
        self._near("filling")
        with ExitStack() as held:
            with self._still():
                self._meet()
                old = held.enter_context(self.serving.generation.store.pinned())
            difference = self._compare(old)
        _log.info("views compared", events=_count(self.filling.ends()), empty=difference.empty)
        return difference

    def switch(self, serve: Callable[[], None]) -> None:
        """Catch up with what came meanwhile, and let it serve."""
        self._near("switching")
        with self._still():
            self._meet()
            self.filling.enter(self.serving.entries())
            reach("rebuild.before-switch")
            serve()
            reach("rebuild.after-switch")

    def _near(self, step: str) -> None:
        """Fill until what is left is little: what comes while it is filled is less each time."""
        limit = self.serving.ends()
        self.progress.begin(step, _count(self.filling.ends()), _count(limit))
        while self._fill(limit) > NEARLY:
            limit = self.serving.ends()
            self.progress.total = _count(limit)

    def _fill(self, limit: Ends) -> int:
        return sum(feed.fill(limit.get(feed.source.service, {}), self._applied) for feed in self.feeds)

    def _applied(self, events: int) -> None:
        self.progress.done += events
        reach("rebuild.filled")
        self.step()

    @contextmanager
    def _still(self) -> Iterator[None]:
        """The serving views stand still, and for how long is remembered."""
        with self.serving.paused():
            begun = time.monotonic()
            try:
                yield
            finally:
                self.longest_pause = max(self.longest_pause, time.monotonic() - begun)

    def _meet(self) -> None:
        """Bring the shadow to exactly the position of the serving views, which stand still. Each hash must agree."""
        limit = self.serving.ends()
        self._fill(limit)
        reached = self.filling.ends()
        for service, organisation, end in _places(limit):
            mine = reached.get(service, {}).get(organisation)
            place = {"service": service, "organisation": str(organisation)}
            if mine is None or mine.sequence < end.sequence:
                raise HistoryIncomplete(None, **place, sequence=str(1 if mine is None else mine.sequence + 1))
            if mine != end:
                raise HistoryContradicts(None, **place, sequence=str(end.sequence))

    def _compare(self, old: Connection) -> Difference:
        self.progress.begin("comparing", 0, 0)

        def seen(rows: int) -> None:
            self.progress.done += rows
            self.step()

        shadow = self.filling.generation
        with shadow.store.read() as new:
            return compare(old, new, compared(shadow), named=self.named, seen=seen)


@dataclass
class Feed:
    """One source's events on their way into the shadow; those past the limit wait here."""

    source: Source
    runner: Runner
    waiting: list[Recorded] = field(default_factory=list)

    def fill(self, limit: Mapping[UUID, Position], applied: Callable[[int], None]) -> int:
        """Apply what lies within the limit, and read no further than that; how many events that were."""
        waiting, self.waiting = self.waiting, []
        count = self._apply(waiting, limit, applied)
        if not self._reached(limit):
            for batch in self.source.read():
                count += self._apply(batch, limit, applied)
                if self._reached(limit):
                    break
        return count

    def _apply(self, events: Sequence[Recorded], limit: Mapping[UUID, Position], applied: Callable[[int], None]) -> int:
        within = [each for each in events if _within(each, limit)]
        if len(within) < len(events):
            self.waiting += [each for each in events if not _within(each, limit)]
        before = self.runner.count(self.source.service)
        if within:
            self.runner.take(self.source.service, within)
        fresh = self.runner.count(self.source.service) - before
        applied(fresh)
        return fresh

    def _reached(self, limit: Mapping[UUID, Position]) -> bool:
        reached = self.runner.positions(self.source.service)
        return all(org in reached and reached[org].sequence >= end.sequence for org, end in limit.items())


def _within(recorded: Recorded, limit: Mapping[UUID, Position]) -> bool:
    end = limit.get(recorded.envelope.organisation)
    return end is not None and recorded.envelope.sequence <= end.sequence


def _count(ends: Ends) -> int:
    return sum(end.sequence for _, _, end in _places(ends))


def _places(ends: Ends) -> Iterator[tuple[str, UUID, Position]]:
    return ((service, org, end) for service, within in sorted(ends.items()) for org, end in sorted(within.items()))
