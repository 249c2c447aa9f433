"""Whose book is open on a day? Of branches that no signed count covers, members are known from the opening only."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Subquery, and_, exists, func, literal, or_, select
from sqlalchemy.sql.selectable import FromClause

from shared.contracts.membership import BookOpened
from shared.eventsourcing.runner import Runner
from shared.units.world import BRANCH_KINDS

FROM_OPENING_ONLY: Final = "from-opening-only"
"""The mark beside a count of members: what is on the books there has not been counted and signed off."""


class Openness(NamedTuple):
    """How many branches live under a unit on a day, and how many of them have an open book."""

    branches: int
    opened: int

    @property
    def marks(self) -> list[str]:
        """What must be said beside a count of their members."""
        return [] if self.branches == self.opened else [FROM_OPENING_ONLY]


def openness(runner: Runner, unit: UUID, day: dt.date, known: int | None = None) -> Openness:
    """How far the books under a unit are open on a day: an opening covers what stood under its unit on its own day."""
    tables = runner.generation.metadata.tables
    units, above = tables["unit"], tables["unit_above"]
    opened = runner.facts.standing(BookOpened, known=known).subquery()
    on = literal(day, Date)
    living = and_(units.c.kind.in_(sorted(BRANCH_KINDS)), units.c.level.is_(None), _lasts(units, on))
    counted = and_(above.c.unit == units.c.id, above.c.above == unit, _lasts(above, on))
    query = select(func.count(), func.count().filter(_covered(opened, above.alias(), units.c.id, on))).select_from(
        units.join(above, counted)
    )
    with runner.generation.store.read() as connection:
        branches, covered = connection.execute(query.where(living)).one()
    return Openness(branches, covered)


def _covered(
    opened: Subquery, above: FromClause, branch: ColumnElement[Any], on: ColumnElement[dt.date]
) -> ColumnElement[bool]:
    stood = and_(above.c.unit == branch, above.c.above == opened.c.unit, _lasts(above, opened.c.day))
    return exists(select(1).select_from(opened.join(above, stood)).where(opened.c.day <= on))


def _lasts(table: FromClause, on: ColumnElement[dt.date]) -> ColumnElement[bool]:
    return and_(table.c.start_day <= on, or_(table.c.end_day.is_(None), table.c.end_day > on))
