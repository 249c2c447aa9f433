"""What is handed to an intake, what does it rest its judgement upon, and what does it give back?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.envelope import Recorded
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a fact stands for ever. `recorded` is false when it stood there before."""

    organisation: UUID
    sequence: int
    hash: bytes
    recorded: bool


Outcome = Receipt | Answered


@dataclass(slots=True)
class Submission:
    """What one request brings: judged all or nothing, or line by line when lenient; as a trial it changes nothing."""

    poster: Poster
    drafts: Sequence[Draft]
    lenient: bool = False
    trial: bool = False
    done: Future[list[Outcome]] = field(default_factory=Future)


class Ground(Protocol):
    """What the decisions of a service rest upon beside the stream: units, credentials, rosters. Owned by its writer."""

    def prepare(self, connection: Connection, log: Log, submissions: Sequence[Submission]) -> None:
        """Bring the knowledge up to date and load what these drafts will ask for."""

    def related(self, draft: Draft) -> Iterable[UUID]:
        """Subjects of this service's log, beside the draft's own, whose streams its rules look at."""

    def decider(self, fact: type[Event]) -> AnyDecider:
        """The rules for a kind of fact."""

    def check(self, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Raise `Refused` when the poster may not say this of these units, or not what a correction replaces."""

    def world(self, streams: Callable[[UUID], Stream]) -> object:
        """What `decide` is given of the world, for the group that was prepared."""

    def world_about(self, facts: Iterable[Event], streams: Callable[[UUID], Stream]) -> object:
        """The same for facts that stand in the log, in any thread."""

    def known(self, draft: Draft) -> tuple[str, ...]:
        """Positions of other services' logs that the decision reads: `service/organisation=sequence`, sorted."""

    def heads_reached(self) -> bool:
        """Whether all that other services are known to have recorded lately has been seen here."""

    def accepted(self, said: Said | None, recorded: Recorded) -> None:
        """Take in a fact that later lines of the same group may rest upon."""

    def mark(self) -> object:
        """A state to come back to."""

    def reset(self, mark: object) -> None:
        """Forget what was accepted since the mark."""
