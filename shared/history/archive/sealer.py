"""Who puts events away for ever? The sealer: one a service, under the log's lease, whatever stops it on the way.

The segment's bytes are put away first, then one transaction of the log says that it is sealed, then the record is put
beside it. A kill in between leaves bytes that no record names, or a record that is put away at the next start.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contracts.envelope import EPOCH, Recorded, genesis, recorded_text
from shared.contracts.event import VIETNAM
from shared.eventsourcing.errors import Busy, ChainBroken
from shared.eventsourcing.faults import reach
from shared.eventsourcing.feed import verify
from shared.eventsourcing.heads import Head
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.log import Log
from shared.eventsourcing.sealed import Sealed, last_of, last_seal, seals_after, write_seal
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.sweep import Sweep
from shared.history.archive.archive import Archive
from shared.history.archive.depot import Depot
from shared.history.archive.seal import Seal, name_of
from shared.history.archive.segment import MOST_EVENTS, Segment, pack
from shared.history.evidence.merkle import Frontier

SWEEP: Final = 2.0
"""Seconds between two looks for what is due."""


class ArchiveAhead(ChainBroken):
    """The depot holds a sealing record that the log does not know: the log was restored from an older copy."""

    def __init__(self, service: str, number: int) -> None:
        super().__init__(f"{service} seal {number}: the archive is ahead of the log")


@dataclass(frozen=True, slots=True)
class Archiving:
    """Where sealed history lies, and after how many events a segment is cut before its month is over."""

    depot: Depot
    most: int = MOST_EVENTS

    def sealer(self, log: Log, lease: Lease, leading: Callable[[], bool]) -> Sealer:
        """The sealer of a log; it works while this process leads."""
        return Sealer(log, self.depot, lease, leading=leading, most=self.most)

    def of(self, service: str) -> Archive:
        """What is sealed of a service."""
        return Archive(self.depot, service)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What waited when an organisation's events were last looked at, too few for a segment."""

    before: int
    sealed: int
    until: int
    """The sequence at which a segment is full, if those that come are as long as those that wait."""

    def lasts(self, head: Head, before: int | None) -> bool:
        """Whether nothing can be due yet: the same month, nothing sealed since, and not many more events."""
        return before == self.before and head.sealed == self.sealed and head.sequence < self.until


class Sealer(Sweep):
    """Seals a log's events into a depot for as long as `run` runs."""

    def __init__(  # noqa: PLR0913 — its parts, each given by name
        self,
        log: Log,
        depot: Depot,
        lease: Lease,
        *,
        leading: Callable[[], bool] = lambda: True,
        most: int = MOST_EVENTS,
        sweep: float = SWEEP,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """`most`: events after which a segment is cut before its period ends."""
        super().__init__("sealer", self.seal_due, seconds=sweep, trouble="not sealed", leading=leading)
        self._events, self._depot, self._lease = log, depot, lease
        self._most, self._now = most, now
        self._sealed: list[Callable[[], None]] = []
        self._put_away: int | None = None
        """Up to which number the depot is known to hold the log's sealing records."""
        self._resting: dict[UUID, _Rest] = {}
        self._one = threading.Lock()
        """Held by whoever seals: the looks of `run`, or somebody who asks."""

    def on_sealed(self, told: Callable[[], None]) -> None:
        """Be called, in the sealer's thread, after something was sealed."""
        self._sealed.append(told)

    def seal_due(self) -> int:
        """Seal every full segment, and all that was recorded in months that are over; how many segments that were.

        ChainBroken when the log is not whole: then nothing more is sealed.
        """
        month = self._now().astimezone(VIETNAM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return self._seal((month - EPOCH) // dt.timedelta(microseconds=1))

    def seal_all(self) -> int:
        """Seal everything that is recorded now, as somebody asked for who carries history away.

        Busy when another process is the one that seals.
        """
        if not self._leading():
            raise Busy
        return self._seal(None)

    def _seal(self, before: int | None) -> int:
        with self._one:
            return self._seal_each(before)

    def _seal_each(self, before: int | None) -> int:
        self._put_records_away()
        made = 0
        for organisation, head in sorted(self._events.heads().items()):
            while (segment := self._next(organisation, head, before)) is not None:
                self._keep(organisation, segment)
                head = Head(head.sequence, head.hash, segment.events[-1].envelope.sequence)  # noqa: PLW2901 — it moves on
                made += 1
                if self._pace.ended:
                    return made
        if made:
            for told in self._sealed:
                told()
        return made

    def _next(self, organisation: UUID, head: Head, before: int | None) -> Segment | None:
        """The organisation's next segment, if it is full or its month is over (everything, where `before` is none)."""
        rest = self._resting.get(organisation)
        if head.sequence == head.sealed or (rest is not None and rest.lasts(head, before)):
            return None
        events = self._events.slice(organisation, head.sealed, self._most)
        segment = pack(events, self._most)
        if before is None or segment.share >= 1:
            return segment
        over = [each for each in events if each.envelope.recorded < before]
        if over:
            return pack(over)
        # Only reading tells how long they are, and reading all that waits at every look would cost more than intake.
        enough = max(len(events) + 1, math.ceil(len(events) / segment.share))
        self._resting[organisation] = _Rest(before, head.sealed, head.sealed + enough)
        return None

    def _keep(self, organisation: UUID, segment: Segment) -> None:
        service, events = self._events.service, segment.events
        with self._events.store.read() as connection:
            number, last = last_seal(connection) + 1, last_of(connection, organisation)
        frontier = Frontier() if last is None else Frontier.decode(last.frontier)
        previous = genesis(service, organisation) if last is None else bytes.fromhex(Seal.decode(last.record).head)
        verify(service, {organisation: Position(frontier.size, previous)}, events)
        frontier = frontier.extend(each.hash for each in events)
        seal = self._seal_of(number, events, segment, frontier)
        self._depot.put(seal.segment, segment.packed)
        reach("sealer.put")
        with self._events.store.write() as connection:
            self._lease.check(connection)
            write_seal(connection, Sealed(number, organisation, seal.last, seal.encode(), frontier.encode()))
        reach("sealer.sealed")
        self._put_records_away()

    def _seal_of(self, number: int, events: Sequence[Recorded], segment: Segment, frontier: Frontier) -> Seal:
        first, last = events[0], events[-1]
        return Seal(
            service=self._events.service,
            organisation=first.envelope.organisation,
            number=number,
            first=first.envelope.sequence,
            last=last.envelope.sequence,
            previous=first.envelope.previous.hex(),
            head=last.hash.hex(),
            root=frontier.root().hex(),
            types=dict(sorted(Counter(each.envelope.content.type for each in events).items())),
            recorded=(recorded_text(first.envelope.recorded), recorded_text(last.envelope.recorded)),
            sealed=recorded_text((self._now() - EPOCH) // dt.timedelta(microseconds=1)),
            length=len(segment.plain),
            sha256=hashlib.sha256(segment.plain).hexdigest(),
            packed=hashlib.sha256(segment.packed).hexdigest(),
        )

    def _put_records_away(self) -> None:
        """Put the records into the depot that the log has and the depot lacks. ArchiveAhead when it is otherwise."""
        if self._put_away is None:
            self._put_away = self._agreed()
        with self._events.store.read() as connection:
            records = list(seals_after(connection, self._put_away))
        for sealed in records:
            self._depot.put(name_of(self._events.service, sealed.number), sealed.record)
            self._put_away = sealed.number

    def _agreed(self) -> int:
        """Up to which number log and depot hold the same records."""
        service = self._events.service
        there = len(self._depot.names(f"{service}/seals"))
        with self._events.store.read() as connection:
            records = list(seals_after(connection, 0))
        for sealed in records[:there]:
            if self._depot.get(name_of(service, sealed.number)) != sealed.record:
                raise ArchiveAhead(service, sealed.number)
        if there > len(records):
            raise ArchiveAhead(service, len(records) + 1)
        return there
