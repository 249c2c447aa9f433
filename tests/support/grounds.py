"""What does a test's writing side rest upon? A ground that allows everything, and deciders of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Correction, Recorded
from shared.contracts.event import Event
from shared.eventsourcing.decider import AnyDecider, Decider, Said
from shared.eventsourcing.draft import Draft, Expected, Poster
from shared.eventsourcing.log import Log
from shared.eventsourcing.stream import Stream
from shared.eventsourcing.submission import Submission


def anything_goes(fact: type[Event]) -> AnyDecider:
    """A decider that accepts every fact and remembers how many it has seen."""
    return Decider[int, object](frozenset({fact}), 0, lambda *_: None, lambda seen, _: seen + 1)


class OpenGround:
    """A ground without access rules, for tests of the kit alone."""

    def __init__(self, decider: Callable[[type[Event]], AnyDecider] = anything_goes) -> None:
        self._decider = decider
        self.taken: list[Recorded] = []
        self.reached = True

    def prepare(self, connection: Connection, log: Log, submissions: Sequence[Submission]) -> None:
        """Nothing to load."""

    def related(self, draft: Draft) -> Iterable[UUID]:
        """No other stream is looked at."""
        del draft
        return ()

    def decider(self, fact: type[Event]) -> AnyDecider:
        """The test's decider."""
        return self._decider(fact)

    def check(self, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Everybody may post everything."""

    def world(self, streams: Callable[[UUID], Stream]) -> object:
        """The streams, for deciders that look at them."""
        return streams

    def world_about(self, facts: Iterable[Event], streams: Callable[[UUID], Stream]) -> object:
        """The same."""
        del facts
        return streams

    def known(self, draft: Draft) -> tuple[str, ...]:
        """No other log was read."""
        del draft
        return ()

    def heads_reached(self) -> bool:
        """As the test sets it."""
        return self.reached

    def accepted(self, said: Said | None, recorded: Recorded) -> None:
        """Remember what was accepted."""
        del said
        self.taken.append(recorded)

    def mark(self) -> object:
        """How much was accepted so far."""
        return len(self.taken)

    def reset(self, mark: object) -> None:
        """Forget what came after the mark."""
        assert isinstance(mark, int)
        del self.taken[mark:]


def poster(organisation: UUID) -> Poster:
    """A recorder of an organisation."""
    return Poster(organisation=organisation, credential=UUID(int=7), role="recorder")


def draft(
    fact: Event,
    subject: UUID,
    event_id: UUID,
    *,
    occurred: str = "2022-05-31",
    expected: Expected | int = Expected.ANY,
    reason: str | None = None,
) -> Draft:
    """A plain fact as the web would hand it in."""
    raw = fact.model_dump_json(exclude_none=True).encode()
    content = Content(type=fact.name, subject=subject, occurred=occurred, fact=raw, reason=reason)
    return Draft(id=event_id, content=content, fact=fact, expected=expected)


def correcting(
    corrected: type[FactCorrected], fact: Event, subject: UUID, event_id: UUID, corrects: Correction, **more: Any
) -> Draft:
    """The correction of a fact."""
    whole = corrected(type=fact.name, fact=fact.model_dump(mode="json", exclude_none=True))
    content = Content(
        type=whole.name,
        subject=subject,
        occurred=more.get("occurred", "2022-05-31"),
        fact=whole.model_dump_json().encode(),
        corrects=corrects,
    )
    return Draft(id=event_id, content=content, fact=whole, inner=fact)


def voiding(voided: type[FactVoided], name: str, subject: UUID, event_id: UUID, corrects: Correction) -> Draft:
    """The voiding of a fact."""
    whole = voided(type=name)
    content = Content(
        type=whole.name,
        subject=subject,
        occurred="2022-06-30",
        fact=whole.model_dump_json().encode(),
        corrects=corrects,
    )
    return Draft(id=event_id, content=content, fact=whole)
