"""Which facts are measured with? Meetings and visits of 3.456 branches, drawn from a fixed seed, never real ones."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from uuid import UUID

from shared.contracts.envelope import Content
from shared.contracts.event import Event
from shared.contracts.fields import MeetingReference
from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll, VisitCompleted
from shared.eventsourcing.draft import Draft, Poster

SERVICE = "meetings"
ORGANISATIONS = tuple(UUID(int=(1 << 64) + number) for number in range(24))
BRANCHES_EACH = 144
FIRST_DAY = dt.date(2022, 1, 1)
DAYS = 365
VISITS = 0.18
"""The share of facts that are visits; the others are meetings."""
POSTERS = {each: Poster(organisation=each, credential=UUID(int=7), role="recorder") for each in ORGANISATIONS}


@cache
def branches(organisation: UUID) -> tuple[UUID, ...]:
    """The ids of an organisation's branches."""
    first = (2 << 64) + (organisation.int & 0xFFFF) * BRANCHES_EACH
    return tuple(UUID(int=first + number) for number in range(BRANCHES_EACH))


@dataclass(frozen=True, slots=True)
class Post:
    """One fact as a sender has it: the decoded fact beside its exact bytes."""

    organisation: UUID
    id: UUID
    subject: UUID
    occurred: str
    fact: Event
    raw: bytes

    @property
    def poster(self) -> Poster:
        """Who sends it."""
        return POSTERS[self.organisation]

    def draft(self) -> Draft:
        """What the web hands to the intake."""
        content = Content(type=self.fact.name, subject=self.subject, occurred=self.occurred, fact=self.raw)
        return Draft(id=self.id, content=content, fact=self.fact)

    def cloudevent(self) -> bytes:
        """What is sent over HTTP."""
        return cloudevent(self.fact, self.raw, self.id, self.subject, self.occurred)


class History:
    """An endless history. The same seed tells the same history; another one shares no id with it."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._seed = seed
        self._endless = self._posts()

    def take(self, count: int) -> list[Post]:
        """The next so many facts."""
        return list(islice(self._endless, count))

    def of_one_organisation(self, count: int) -> list[Post]:
        """So many facts of one organisation, as a batch brings them; each time of the next organisation."""
        organisation = self._rng.choice(ORGANISATIONS)
        return [self._any(organisation) for _ in range(count)]

    def meetings(self, organisation: UUID, count: int) -> list[Post]:
        """So many meetings of one organisation."""
        return [self._post(organisation, self._meeting(organisation)) for _ in range(count)]

    def _posts(self) -> Iterator[Post]:
        while True:
            yield self._any(self._rng.choice(ORGANISATIONS))

    def _any(self, organisation: UUID) -> Post:
        visited = self._rng.random() < VISITS
        return self._post(organisation, self._visit(organisation) if visited else self._meeting(organisation))

    def _post(self, organisation: UUID, fact: Event) -> Post:
        day = FIRST_DAY + dt.timedelta(days=self._rng.randrange(DAYS))
        raw = fact.model_dump_json(exclude_none=True).encode()
        return Post(organisation, self._id(), self._id(), day.isoformat(), fact, raw)

    def _meeting(self, organisation: UUID) -> MeetingHeld:
        expected = self._rng.randint(8, 60)
        present = self._rng.randint(0, expected)
        roll = Roll(expected=expected, present=present, absent=expected - present)
        return MeetingHeld(branch=self._branch(organisation), kind=MeetingKind.REGULAR, roll=roll)

    def _visit(self, organisation: UUID) -> VisitCompleted:
        sitting = MeetingReference(organisation=organisation, meeting=self._id())
        return VisitCompleted(cadre=self._id(), tier="commune", unit=self._branch(organisation), meeting=sitting)

    def _branch(self, organisation: UUID) -> UUID:
        return self._rng.choice(branches(organisation))

    def _id(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)


def cloudevent(fact: Event, raw: bytes, id: UUID, subject: UUID, occurred: str) -> bytes:
    """A posted event as CloudEvents JSON, the fact's bytes as they are."""
    attributes = {
        "specversion": "1.0",
        "id": str(id),
        "source": "/bench",
        "type": fact.name,
        "subject": str(subject),
        "occurred": occurred,
    }
    return json.dumps(attributes).encode()[:-1] + b', "data": {"fact": ' + raw + b"}}"


def pages(posts: Sequence[Post], size: int) -> Iterator[Sequence[Post]]:
    """The posts in runs of so many."""
    return (posts[start : start + size] for start in range(0, len(posts), size))
