"""What do the decisions of membership rest upon? Its own log, read within the transaction that appends to it.

Its knowledge is brought to the end of the log before it judges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.envelope import Recorded
from shared.contracts.event import Event, contract
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import NotSeenYet
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.stream import Stream, fact_of, is_voiding, plain, said_of
from shared.eventsourcing.submission import Submission
from shared.units.books import on_book
from shared.units.ground import OWNER, Rules, nobody
from shared.units.knowledge import KNOWLEDGE_FACTS, Knowledge
from shared.units.world import World

PAGE: Final = 2_000


class _Mark(NamedTuple):
    knowledge: Knowledge
    positions: dict[UUID, int] | None


class OwnedGround:
    """The ground of membership: folded from its own log, within the transaction that appends to it."""

    def __init__(self, rules: Rules, runner: Runner) -> None:
        self._rules = rules
        self._runner = runner
        self._positions: dict[UUID, int] | None = None
        self._sequences: dict[tuple[UUID, UUID], int] = {}
        """Root → its sequence: a correction read back from the log keeps its root's place."""
        self.knowledge = Knowledge()

    def prepare(self, connection: Connection, log: Log, submissions: Sequence[Submission]) -> None:
        """Fold what the log has past our position: at the start nearly nothing, later what other replicas wrote."""
        del submissions
        if self._positions is None:
            self._start()
        across: list[Recorded] = []
        while events := log.past(connection, self._positions or {}, PAGE):
            self._learn(event for event in events if not _across(event))
            for event in filter(_across, events):
                # What it is about may follow in another log.
                across.append(event)
                self._advance(event)
        self._learn(in_chain(across))

    def begin(self, log: Log) -> None:
        """Know what the log says before the first request is answered."""
        with log.store.read() as connection:
            self.prepare(connection, log, ())

    def _start(self) -> None:
        positions = self._runner.positions(OWNER)
        with self._runner.generation.store.read() as connection:
            said = self._runner.facts.said(connection, KNOWLEDGE_FACTS)
            orphans = self._runner.facts.before_their_roots(connection, KNOWLEDGE_FACTS)
        self.knowledge = Knowledge().told(said)
        self._sequences = {(each.organisation, each.event): each.sequence for each in said}
        self._positions = {organisation: each.sequence for organisation, each in positions.items()}
        if orphans:
            # The views hold what a successor put right, and not yet what it is about: all is learnt from the log.
            self.knowledge, self._sequences, self._positions = Knowledge(), {}, {}

    def _learn(self, events: Iterable[Recorded]) -> None:
        for recorded in events:
            content = recorded.envelope.content
            if contract(plain(content).type) in KNOWLEDGE_FACTS:
                self.accepted(self._said_by(recorded), recorded)
            elif is_voiding(content.type):
                self.accepted(None, recorded)
            else:
                self._advance(recorded)

    def _said_by(self, recorded: Recorded) -> Said:
        envelope, corrects = recorded.envelope, recorded.envelope.content.corrects
        said = said_of(envelope, fact_of(envelope.content), envelope.organisation, envelope.sequence)
        if corrects is None:
            return said
        sequence = self._sequences.get((corrects.organisation, corrects.root), said.sequence)
        return said._replace(organisation=corrects.organisation, event=corrects.root, sequence=sequence)

    def related(self, draft: Draft) -> Iterable[UUID]:
        """The streams that the service's rules name."""
        return self._rules.related(draft.inner or draft.fact)

    def decider(self, fact: type[Event]) -> AnyDecider:
        """The decider of the fact's aggregate."""
        return self._rules.deciders[fact]

    def check(self, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Scope and mandates, as of the fact's day."""
        self._rules.check(self.knowledge, poster, draft, replaced)

    def world(self, streams: Callable[[UUID], Stream]) -> World:
        """Tree, directory and streams; rosters are in the streams themselves."""
        return World(self.knowledge.tree, self.knowledge.directory, nobody, streams, self._on_book)

    def _on_book(self, unit: UUID, day: dt.date) -> int:
        """Counted in the views; NotSeenYet while these lack anything of the log, lines of this very group too."""
        seen = self._runner.positions(OWNER)
        for organisation, sequence in (self._positions or {}).items():
            if organisation not in seen or seen[organisation].sequence < sequence:
                raise NotSeenYet
        return on_book(self._runner, self.knowledge.tree, unit, day)

    def world_about(self, facts: Iterable[Event], streams: Callable[[UUID], Stream]) -> World:
        """The same: nothing has to be loaded."""
        del facts
        return self.world(streams)

    def known(self, draft: Draft) -> tuple[str, ...]:
        """Nothing of another log was read."""
        del draft
        return ()

    def heads_reached(self) -> bool:
        """Its own log is read to the end."""
        return True

    def accepted(self, said: Said | None, recorded: Recorded) -> None:
        """Fold a fact of the group, so that its later lines may name what it founded."""
        corrects = recorded.envelope.content.corrects
        if said is not None and type(said.fact) in KNOWLEDGE_FACTS:
            self.knowledge = self.knowledge.told([said])
            self._sequences[said.organisation, said.event] = said.sequence
        elif said is None and corrects is not None:
            self.knowledge = self.knowledge.without([(corrects.organisation, corrects.root)])
        self._advance(recorded)

    def _advance(self, recorded: Recorded) -> None:
        positions = self._positions if self._positions is not None else {}
        organisation, sequence = recorded.envelope.organisation, recorded.envelope.sequence
        positions[organisation] = max(sequence, positions.get(organisation, 0))
        self._positions = positions

    def mark(self) -> object:
        """Knowledge is immutable: a mark is a reference."""
        return _Mark(self.knowledge, None if self._positions is None else dict(self._positions))

    def reset(self, mark: object) -> None:
        """Back to it."""
        if isinstance(mark, _Mark):
            self.knowledge, self._positions = mark


def _across(recorded: Recorded) -> bool:
    """Whether it puts right what stands in another organisation's log."""
    corrects = recorded.envelope.content.corrects
    return corrects is not None and corrects.organisation != recorded.envelope.organisation


def in_chain(corrections: Sequence[Recorded]) -> Iterator[Recorded]:
    """Corrections across logs, each after the one that it replaces."""
    left = list(corrections)
    while left:
        ids = {each.envelope.id for each in left}
        ready = [each for each in left if _replaced(each) not in ids]
        yield from ready or left
        left = [each for each in left if ready and each not in ready]


def _replaced(recorded: Recorded) -> UUID | None:
    corrects = recorded.envelope.content.corrects
    return None if corrects is None else corrects.replaces
