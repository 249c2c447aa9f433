"""What do a service's decisions rest upon? Units, access and rosters, as far as the service has seen them.

Membership owns these facts: its knowledge is brought to the end of its own log before it judges. Every other service
judges by what it has seen of membership, writes down those positions with the event, and asks the sender to come again
where the newest heads are not reached.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from shared.contracts.closings import LogClosed
from shared.contracts.envelope import Recorded
from shared.contracts.event import Event, contract
from shared.contracts.fields import named
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import NotSeenYet, Refused
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import End
from shared.eventsourcing.stream import Stream, fact_of, is_voiding, plain, said_of
from shared.eventsourcing.submission import Submission
from shared.units.books import on_book
from shared.units.knowledge import KNOWLEDGE_FACTS, UNIT_FACTS, Knowledge
from shared.units.scope import check_replaced, check_scope
from shared.units.tree import ONE_DAY, Tree
from shared.units.trees import Trees
from shared.units.world import World

OWNER: Final = "membership"
"""The service whose facts make the knowledge."""
FRESH: Final = 3.0
"""Seconds: heads older than this say nothing of what has been recorded lately."""
PAGE: Final = 2_000

Heads = Callable[[], tuple[Mapping[UUID, End], float]]
"""Membership's heads as its relay last told them, and their greatest possible age in seconds."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one service: a decider for each fact, and the other streams that a fact's rules look at."""

    deciders: Mapping[type[Event], AnyDecider]
    related: Callable[[Event], Iterable[UUID]]
    documented: Mapping[type[Event], type[Refused]] = field(default_factory=dict)
    """Facts that rest on a document in their envelope, and what refuses them without."""

    def require_document(self, draft: Draft) -> None:
        """Raise what the rules say of a fact whose document is missing."""
        unsigned = self.documented.get(type(draft.inner or draft.fact))
        if unsigned is not None and draft.content.document is None:
            raise unsigned("docnumber")


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
        self._rules.require_document(draft)
        _check(self.knowledge, poster, draft, replaced)

    def world(self, streams: Callable[[UUID], Stream]) -> World:
        """Tree, directory and streams; rosters are in the streams themselves."""
        return World(self.knowledge.tree, self.knowledge.directory, _nobody, streams, self._on_book)

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


class SeenGround:
    """The ground of every other producer: membership's facts as they arrived over Redis."""

    def __init__(self, rules: Rules, runner: Runner, heads: Heads) -> None:
        self._rules = rules
        self._runner = runner
        self._heads = heads
        self._turn = threading.Lock()
        self._is_member: Callable[[UUID, UUID, dt.date], bool] = _nobody
        self.knowledge = Knowledge()
        self._due: set[UUID] = set()
        """Subjects of which something new may stand."""
        self._unread = True
        """Whether anything may stand of anybody."""
        self._read()
        self._follow(set())
        runner.on_said(self._hear)

    def _hear(self, told: Iterable[Said] | None) -> None:
        heard = [said for said in told or () if type(said.fact) in KNOWLEDGE_FACTS]
        with self._turn:
            tree = self._follow({said.subject for said in heard if type(said.fact) in UNIT_FACTS})
            if told is None:
                self._unread = True
            elif tree is not None and not self._due and not self._unread:
                self.knowledge = Knowledge(tree, self.knowledge.directory)
                heard = [said for said in heard if type(said.fact) not in UNIT_FACTS]
            self._due |= {said.subject for said in heard}
        self._read()

    def _follow(self, subjects: set[UUID]) -> Tree | None:
        """The tree as the projections have just read it, so that it is read and kept once."""
        generation = self._runner.generation
        return Trees.of(generation.metadata).followed(generation.facts, self.knowledge.tree, subjects)

    def _read(self) -> None:
        """Read what is due: what stands now about those subjects, or about all. It stays due when the store fails."""
        with self._turn:
            if not self._due and not self._unread:
                return
            subjects = None if self._unread else set(self._due)
            with self._runner.generation.store.read() as connection:
                standing = self._runner.facts.said(connection, KNOWLEDGE_FACTS, subjects=subjects)
            before = self.knowledge.tree.told(subjects) | self.knowledge.directory.told(subjects)
            gone = before - {(said.organisation, said.event) for said in standing}
            self.knowledge = self.knowledge.without(gone).told(standing)
            self._due.clear()
            self._unread = False

    def prepare(self, connection: Connection, log: Log, submissions: Sequence[Submission]) -> None:
        """Load the stays of every person whom these drafts name."""
        del connection, log
        self._read()
        drafts = (draft for submission in submissions for draft in submission.drafts)
        self._is_member = self._members(draft.inner or draft.fact for draft in drafts)

    def _members(self, facts: Iterable[Event]) -> Callable[[UUID, UUID, dt.date], bool]:
        """Who, of the persons whom these facts name, is on the book of a branch, or of a sub-branch of it, on a day."""
        stays = _stays(self._runner, {each for fact in facts for _, kind, each in named(fact) if kind == "person"})
        tree = self.knowledge.tree

        def is_member(person: UUID, branch: UUID, day: dt.date) -> bool:
            return any(
                stay.branch == branch or tree.under(stay.branch, branch, day)
                for stay in stays.get(person, ())
                if stay.covers(day)
            )

        return is_member

    def related(self, draft: Draft) -> Iterable[UUID]:
        """The streams that the service's rules name."""
        return self._rules.related(draft.inner or draft.fact)

    def decider(self, fact: type[Event]) -> AnyDecider:
        """The decider of the fact's aggregate."""
        return self._rules.deciders[fact]

    def check(self, poster: Poster, draft: Draft, replaced: Said | None) -> None:
        """Scope and mandates, as of the fact's day, by what has been seen."""
        self._rules.require_document(draft)
        _check(self.knowledge, poster, draft, replaced)

    def world(self, streams: Callable[[UUID], Stream]) -> World:
        """Tree, directory, rosters and streams."""
        return self._world(self._is_member, streams)

    def world_about(self, facts: Iterable[Event], streams: Callable[[UUID], Stream]) -> World:
        """The same for facts that stand in the log."""
        return self._world(self._members(facts), streams)

    def _world(self, is_member: Callable[[UUID, UUID, dt.date], bool], streams: Callable[[UUID], Stream]) -> World:
        return World(
            self.knowledge.tree,
            self.knowledge.directory,
            is_member,
            streams,
            reached=self._reached,
            moment=lambda: dt.datetime.now(dt.UTC),
        )

    def _reached(self, service: str, organisation: UUID) -> int:
        position = self._runner.positions(service).get(organisation)
        return 0 if position is None else position.sequence

    def known(self, draft: Draft) -> tuple[str, ...]:
        """Membership's positions for the owners of what the fact names."""
        tree = self.knowledge.tree
        ids = [named_id for _, _, named_id in named(draft.inner or draft.fact)]
        owners = {tenure.organisation for named_id in ids for tenure in tree.tenures(named_id)}
        positions = self._runner.positions(OWNER)
        return tuple(sorted(f"{OWNER}/{owner}={positions[owner].sequence}" for owner in owners if owner in positions))

    def heads_reached(self) -> bool:
        """Whether all that membership's relay told of at most three seconds ago has been seen."""
        heads, age = self._heads()
        positions = self._runner.positions(OWNER)
        return age <= FRESH and all(
            organisation in positions and positions[organisation].sequence >= head.sequence
            for organisation, head in heads.items()
        )

    def accepted(self, said: Said | None, recorded: Recorded) -> None:
        """Nothing that this service records changes what it has seen of membership."""

    def mark(self) -> object:
        """Nothing to come back to."""
        return None

    def reset(self, mark: object) -> None:
        """Nothing changed."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """One membership as the roster has it."""

    branch: UUID
    start: dt.date
    end: dt.date | None

    def covers(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def _stays(runner: Runner, persons: set[UUID]) -> dict[UUID, list[_Stay]]:
    stays: dict[UUID, list[_Stay]] = defaultdict(list)
    roster = runner.generation.metadata.tables["roster"]
    wanted = sorted(persons)
    with runner.generation.store.read() as connection:
        for start in range(0, len(wanted), 400):
            query = select(roster).where(roster.c.person.in_(wanted[start : start + 400]))
            for row in connection.execute(query):
                stays[row.person].append(_Stay(row.branch, row.start_day, row.end_day))
    return stays


def _check(knowledge: Knowledge, poster: Poster, draft: Draft, replaced: Said | None) -> None:
    if replaced is not None:
        check_replaced(poster, replaced, knowledge.tree, knowledge.directory)
    if not is_voiding(draft.content.type):
        check_scope(poster, draft, _day(draft), knowledge.tree, knowledge.directory)


def _day(draft: Draft) -> dt.date:
    """The day on which scope is looked at: the fact's own; of a closing, the last one before it."""
    day = (draft.inner or draft.fact).effect_day(draft.content.occurred)
    return day - ONE_DAY if isinstance(draft.fact, LogClosed) else day


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


def _nobody(_person: UUID, _branch: UUID, _day: dt.date) -> bool:
    return False
