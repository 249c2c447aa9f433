"""What do the decisions of the other services rest upon? What they have seen of membership, over Redis.

They write down its positions with the event, and ask the sender to come again where the newest heads are not reached.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from shared.contracts.envelope import Recorded
from shared.contracts.event import Event
from shared.contracts.fields import named
from shared.eventsourcing.decider import AnyDecider, Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import End
from shared.eventsourcing.stream import Stream
from shared.eventsourcing.submission import Submission
from shared.units.ground import OWNER, Rules, nobody
from shared.units.knowledge import KNOWLEDGE_FACTS, UNIT_FACTS, Knowledge
from shared.units.tree import Tree
from shared.units.trees import Trees
from shared.units.world import World

FRESH: Final = 3.0
"""Seconds: heads older than this say nothing of what has been recorded lately."""

Heads = Callable[[], tuple[Mapping[UUID, End], float]]
"""Membership's heads as its relay last told them, and their greatest possible age in seconds."""


class SeenGround:
    """The ground of every other producer: membership's facts as they arrived over Redis."""

    def __init__(self, rules: Rules, runner: Runner, heads: Heads) -> None:
        self._rules = rules
        self._runner = runner
        self._heads = heads
        self._turn = threading.Lock()
        self._is_member: Callable[[UUID, UUID, dt.date], bool] = nobody
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
        self._rules.check(self.knowledge, poster, draft, replaced)

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
