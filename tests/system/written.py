"""How does a test come by a history of millions? Written into a log by the log itself, past HTTP and the rules.

Chains, digests and versions are the real ones; ids rise, as those of senders who use UUIDv7 do. What was
written is summed up on the way, so that answers can be held against it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Content, Correction, Envelope, Recorded, genesis
from shared.contracts.meetings import MeetingHeld, MeetingsFactCorrected
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store

SERVICE: Final = "meetings"
PAGE: Final = 5_000
"""Events in one transaction."""
CORRECTED: Final = 100
"""One event in so many puts an earlier meeting right."""
OLDEST: Final = 5 * 365 * 24 * 3600 * 1_000_000
"""Microseconds before now at which the first event was recorded."""
_FACT: Final = '{"branch":"%s","kind":"regular","roll":{"expected":%d,"present":%d,"absent":%d}}'


@dataclass
class Written:
    """What stands in the log now, reckoned while it was written."""

    events: int = 0
    seconds: float = 0.0
    present: int = 0
    expected: int = 0
    by_branch: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class _Meeting:
    """One that may still be put right."""

    id: UUID
    subject: UUID
    branch: str
    day: str
    roll: tuple[int, int]


class Writer:
    """Writes meetings of some branches into the log of meetings as one organisation, which posts nothing else there."""

    def __init__(self, log: Log, organisation: UUID, branches: Sequence[str], size: int, seed: int) -> None:
        self.written = Written()
        self._log, self._organisation, self._branches, self._size = log, organisation, branches, size
        self._chance = Random(seed)
        self._previous = genesis(SERVICE, organisation)
        self._sequence = 0
        self._first = time.time_ns() // 1_000 - OLDEST
        self._open: list[_Meeting] = []

    def write(self) -> Written:
        """All of it; what it comes to."""
        begun = time.monotonic()
        while self._sequence < self._size:
            page = list(self._page(min(PAGE, self._size - self._sequence)))
            with self._log.store.write() as connection:
                self._log.write(connection, [(each, each.envelope.content.digest()) for each in page])
        self.written.events, self.written.seconds = self._size, time.monotonic() - begun
        return self.written

    def _page(self, size: int) -> Iterator[Recorded]:
        for _ in range(size):
            if self._open and self._sequence % CORRECTED == CORRECTED - 1:
                yield self._corrected(self._open.pop(self._chance.randrange(len(self._open))))
            else:
                yield self._held()

    def _held(self) -> Recorded:
        branch, chance = self._chance.choice(self._branches), self._chance
        day = f"202{chance.randrange(1, 6)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        roll = self._roll()
        subject = self._id(1)
        content = Content(type=MeetingHeld.name, subject=subject, occurred=day, fact=_fact(branch, roll))
        recorded = self._recorded(content, 1)
        self._count(branch, roll, 1)
        if self._sequence % (CORRECTED // 2) == 0:
            self._open.append(_Meeting(recorded.envelope.id, subject, branch, day, roll))
        return recorded

    def _corrected(self, meeting: _Meeting) -> Recorded:
        roll = self._roll()
        link = Correction(self._organisation, meeting.id, meeting.id)
        fact = b'{"type":"%s","fact":%s}' % (MeetingHeld.name.encode(), _fact(meeting.branch, roll))
        name = MeetingsFactCorrected.name
        content = Content(type=name, subject=meeting.subject, occurred=meeting.day, corrects=link, fact=fact)
        self._count(meeting.branch, meeting.roll, -1)
        self._count(meeting.branch, roll, 1)
        return self._recorded(content, 2)

    def _recorded(self, content: Content, version: int) -> Recorded:
        self._sequence += 1
        envelope = Envelope(
            id=self._id(2),
            organisation=self._organisation,
            sequence=self._sequence,
            version=version,
            recorded=self._first + self._sequence * OLDEST // (self._size + 1),
            actor="written",
            content=content,
            previous=self._previous,
        )
        self._previous = envelope.hash()
        return Recorded(envelope, self._previous)

    def _id(self, kind: int) -> UUID:
        """Rises with the sequence, differs between organisations."""
        high = (self._sequence << 16) | (8 << 12) | kind
        return UUID(int=(high << 64) | (2 << 62) | (self._organisation.int & (1 << 62) - 1))

    def _roll(self) -> tuple[int, int]:
        expected = self._chance.randrange(8, 61)
        return self._chance.randrange(expected + 1), expected

    def _count(self, branch: str, roll: tuple[int, int], sign: int) -> None:
        told = self.written
        told.present += sign * roll[0]
        told.expected += sign * roll[1]
        present, expected = told.by_branch.get(branch, (0, 0))
        told.by_branch[branch] = (present + sign * roll[0], expected + sign * roll[1])


def _fact(branch: str, roll: tuple[int, int]) -> bytes:
    present, expected = roll
    return (_FACT % (branch, expected, present, expected - present)).encode()


def write_history(data: Path, organisation: str, branches: Sequence[str], size: int, seed: int) -> Written:
    """Write so many events into the log in a data folder, beside the service that runs there."""
    with closing(open_store(f"sqlite:///{data / SERVICE / 'log.sqlite'}")) as store:
        return Writer(Log(SERVICE, store), UUID(organisation), branches, size, seed).write()
