"""In which states were members, from when to when? A row a span; everything else is asked of these rows by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, MetaData, Table, Text, Uuid

from services.membership.domain import DECIDERS
from services.membership.domain.states import State, states
from shared.contracts.event import Event
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Views
from shared.eventsourcing.rows import rewrite
from shared.units.projection import BRANCH_FACTS, Rosters
from shared.units.trees import Trees

PERSON_FACTS: frozenset[type[Event]] = frozenset(fact for fact in DECIDERS if fact.aggregate == "person")
"""Every fact of a person's life."""


class States(Rosters):
    """The states of each person, mergers of branches applied. Keys: persons, as of rosters."""

    name = "states"
    version = 2
    about: ClassVar[frozenset[type[Event]]] = PERSON_FACTS
    listens: ClassVar[frozenset[type[Event]]] = PERSON_FACTS | BRANCH_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`member_state`."""
        self._trees = Trees.of(metadata)
        self._state = Table(
            "member_state",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("kind", Text, primary_key=True),
            Column("branch", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("opened_by", Uuid, primary_key=True),
            Column("opened_in", Uuid, nullable=False),
            Column("organisation", Uuid, nullable=False),
            Column("end_day", Date),
            Column("since_day", Date, nullable=False),
            Column("due_day", Date),
            Column("detail", Text),
            Column("reported", Boolean, nullable=False),
        )
        Index("member_state_branch", self._state.c.branch, self._state.c.kind)
        self._follow(metadata)
        return [self._state]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these persons' facts again."""
        tree = self._trees.current(views)
        lives: dict[UUID, list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, PERSON_FACTS, subjects=keys):
            lives[said.subject].append(said)
        rows = [_row(person, state) for person, facts in lives.items() for state in states(facts, tree)]
        rewrite(views.connection, self._state, self._state.c.person, keys, rows)


def _row(person: UUID, state: State) -> dict[str, Any]:
    return {
        "person": person,
        "kind": state.kind.value,
        "branch": state.branch,
        "start_day": state.start,
        "opened_by": state.opened_by,
        "opened_in": state.opened_in,
        "organisation": state.organisation,
        "end_day": state.end,
        "since_day": state.since,
        "due_day": state.due,
        "detail": state.detail,
        "reported": state.reported,
    }
