"""How are views made anew without anybody noticing? A shadow is filled from history, compared, and switched to.

The shadow never runs ahead of the views that serve. When it is nearly there, these stand still for a moment, the shadow
is brought to exactly their position, and from then on both are compared as they stood there while the one that serves
goes on. At last the shadow catches up and one row of the control store says that it serves. A rebuild that was
interrupted goes on where it was; only the process that leads makes one, and a process that lost its lease stops.
"""

from __future__ import annotations

import threading
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
from shared.eventsourcing.errors import ChainBroken, Conflict
from shared.eventsourcing.faults import reach
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.views import Generation, Generations

NEARLY: Final = 1_000
"""Events that the shadow may lie behind when the serving views are asked to stand still; live traffic never ends."""
_log = structlog.get_logger(__name__)

Ends = Mapping[str, Mapping[UUID, Position]]


class RebuildRunning(Conflict):
    """One rebuild of a service's views at a time."""

    vi = "Đang dựng lại bảng tổng hợp; mỗi lúc chỉ một lần."


class NotLeading(Conflict):
    """Another replica leads: it alone rebuilds and switches. Ask it, or ask again."""

    vi = "Bản chạy song song khác đang giữ quyền; hãy hỏi bản đó."


class HistoryIncomplete(Conflict):
    """What the sources hold ends before the serving views: the shadow would forget what these know."""

    vi = "Nguồn lịch sử chưa đủ; bảng tổng hợp hiện tại vẫn phục vụ."


class HistoryContradicts(Conflict):
    """The sources tell another history than the serving views were made from: one of the two was restored or edited."""

    vi = "Nguồn lịch sử khác với sổ đã dùng để lập bảng tổng hợp hiện tại."


class NothingToRollBack(Conflict):
    """There is no previous generation."""

    vi = "Không còn bản trước để dùng lại."


class Interrupted(Exception):
    """The process is asked to stop; the rebuild goes on when it is started again."""


class Source(Protocol):
    """One producer's history, read from its beginning, each organisation in sequence and verified."""

    service: str

    def read(self) -> Iterator[Sequence[Recorded]]:
        """The events that have not been read yet, in batches; ends where the history ends now."""


@dataclass
class Progress:
    """How far a rebuild has come, in events, or in rows while it compares. Rates a second, times in seconds."""

    done: int = 0
    total: int = 0
    step: str = "filling"
    """`filling`, `comparing` or `switching`."""
    started: float = field(default_factory=time.monotonic)
    before: int = 0
    """What was done already when this step began."""

    def begin(self, step: str, done: int, total: int) -> None:
        """Another step begins."""
        self.step, self.done, self.before, self.total, self.started = step, done, done, total, time.monotonic()

    @property
    def rate(self) -> float:
        """Events or rows a second in this step."""
        return (self.done - self.before) / max(time.monotonic() - self.started, 1e-9)

    @property
    def left(self) -> float:
        """Seconds left in this step at that rate."""
        return max(self.total - self.done, 0) / max(self.rate, 1e-9)


Told = Callable[[Progress], None]


def _allowed(_: Connection) -> None:
    """Where there is one process, it may."""


class Rebuild:
    """Rebuilds the views of one service."""

    def __init__(
        self,
        generations: Generations,
        runner: Runner,
        sources: Callable[[], Sequence[Source]],
        *,
        check: Callable[[Connection], object] = _allowed,
    ) -> None:
        """`check` raises LeaseLost where this process does not lead."""
        self._generations = generations
        self._runner = runner
        self._sources = sources
        self._check = check
        self._one = threading.Lock()
        self._stopping = threading.Event()
        self.progress: Progress | None = None
        self.named: Named | None = None
        """Which answers read a row, and for what; a service that has answers sets it."""
        self.longest_pause = 0.0
        """Seconds for which the serving views stood still at most, in the last rebuild."""

    def run(self, *, switch: bool = True, told: Told = lambda _: None) -> Difference:
        """Fill, compare and (unless told otherwise) switch; without a switch the shadow is given up again.

        RebuildRunning when one is under way, NotLeading, HistoryIncomplete, HistoryContradicts; Interrupted by `stop`.
        """
        if not self._one.acquire(blocking=False):
            raise RebuildRunning
        try:
            self.require_leading()
            return self._run(switch=switch, told=told)
        except LeaseLost:
            raise NotLeading from None
        finally:
            self.progress = None
            self._one.release()

    def stop(self) -> None:
        """Make a rebuild that runs end soon, and let none begin. From any thread."""
        self._stopping.set()

    @property
    def running(self) -> bool:
        """Whether one is under way in this process."""
        return self._one.locked()

    def require_leading(self) -> None:
        """NotLeading when another process leads."""
        try:
            with self._generations.control.write() as connection:
                self._check(connection)
        except LeaseLost:
            raise NotLeading from None

    def roll_back(self) -> int:
        """Let the previous views serve again; they catch up by themselves. The generation's number."""
        if not self._one.acquire(blocking=False):
            raise RebuildRunning
        try:
            with self._runner.paused():
                number = self._generations.roll_back(self._check)
                if number is None:
                    raise NothingToRollBack
                self._runner.adopt(self._generations.serving())
        except LeaseLost:
            raise NotLeading from None
        finally:
            self._one.release()
        return number

    def _run(self, *, switch: bool, told: Told) -> Difference:
        shadow = self._generations.shadow()
        filling = self._runner.beside(shadow)
        filling.guard(self._check)
        progress = self.progress = Progress()

        def step() -> None:
            if self._stopping.is_set():
                raise Interrupted
            told(progress)

        feeds = [_Feed(source, filling) for source in self._sources()]
        making = _Making(self._runner, filling, feeds, progress, step, self.named)
        try:
            difference = making.compared()
            if switch:
                making.switch(lambda: self._serve(shadow))
        except BaseException as error:
            if shadow is not self._runner.generation:
                self._leave(shadow, keep=not isinstance(error, ChainBroken | HistoryContradicts))
            raise
        finally:
            self.longest_pause = making.longest_pause
        if not switch:
            self._leave(shadow, keep=False)
        return difference

    def _leave(self, shadow: Generation, *, keep: bool) -> None:
        """End work on a shadow; one that was made from another history is no good to go on with."""
        shadow.store.close()
        if not keep:
            self._generations.discard(shadow.number)

    def _serve(self, shadow: Generation) -> None:
        self._generations.switch(shadow.number, self._check)
        self._runner.adopt(shadow)


@dataclass
class _Making:
    """One shadow on its way, beside the views that serve."""

    serving: Runner
    filling: Runner
    feeds: Sequence[_Feed]
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
class _Feed:
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


__all__ = [
    "Difference",
    "HistoryContradicts",
    "HistoryIncomplete",
    "Interrupted",
    "NotLeading",
    "NothingToRollBack",
    "Progress",
    "Rebuild",
    "RebuildRunning",
    "Source",
]
