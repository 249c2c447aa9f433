"""Which projection fails at will? Sittings of branches: a meeting with a poisonous number of people stops it.

`SLOW` cannot even say which keys it touches. Both can be cured at any time, as if a mended program had been started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, delete, insert

from shared.contracts.meetings import MeetingHeld, ParticipationCounted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.views import Declaration

POISON = 13
"""A meeting with so many people cannot be counted."""
SLOW = 17
"""Of a meeting with so many people nobody can say where it was."""


class Sittings(Projection):
    """How many meetings each branch held, and the people at them."""

    name = "sittings"
    listens = frozenset({MeetingHeld})
    poisons: ClassVar[set[int]] = {POISON, SLOW}

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        self.table = Table(
            "sittings",
            metadata,
            Column("branch", Uuid, primary_key=True),
            Column("held", BigInteger, nullable=False),
            Column("people", BigInteger, nullable=False),
        )
        return [self.table]

    def keys(self, _: Views, said: Said) -> Iterable[UUID]:
        assert isinstance(said.fact, MeetingHeld)
        if said.fact.roll.present == SLOW and SLOW in self.poisons:
            raise LookupError
        return [said.fact.branch]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        views.connection.execute(delete(self.table).where(self.table.c.branch.in_(keys)))
        rolls: dict[UUID, list[int]] = {}
        for said in views.facts.said(views.connection, [MeetingHeld]):
            assert isinstance(said.fact, MeetingHeld)
            if said.fact.branch in keys:
                rolls.setdefault(said.fact.branch, []).append(said.fact.roll.present)
        if any(self.poisons & {*people} for people in rolls.values()):
            raise ArithmeticError
        if rolls:
            views.connection.execute(
                insert(self.table),
                [{"branch": branch, "held": len(people), "people": sum(people)} for branch, people in rolls.items()],
            )


@contextmanager
def mended() -> Iterator[None]:
    """Let the projection take everything, as a mended program would."""
    before, Sittings.poisons = Sittings.poisons, set()
    try:
        yield
    finally:
        Sittings.poisons = before


DECLARATION = Declaration("ratings", frozenset({MeetingHeld, ParticipationCounted}), (Sittings,))
