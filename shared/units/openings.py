"""Whose book is open on a day? Of branches that no signed count covers, members are known from the opening only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Date, Subquery, and_, exists, func, literal, select
from sqlalchemy.sql.selectable import FromClause

from shared.contracts.membership import BookOpened, UnitMerged
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.runner import Runner
from shared.units.lasting import lasting
from shared.units.tree import Tree
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


def openness(runner: Runner, tree: Tree, unit: UUID, day: dt.date, known: int | None = None) -> Openness:
    """How far the books under a unit are open on a day: an opening covers what stood under its unit on its own day.

    What came of a merger is open where all that went into it was, for nobody came into its book from elsewhere.
    """
    tables = runner.generation.metadata.tables
    units, above = tables["unit"], tables["unit_above"]
    opened = runner.facts.standing(BookOpened, known=known).subquery()
    merged = runner.facts.standing(UnitMerged, known=known).subquery()
    on = literal(day, Date)
    living = and_(units.c.kind.in_(sorted(BRANCH_KINDS)), units.c.level.is_(None), lasting(units, on))
    counted = and_(above.c.unit == units.c.id, above.c.above == unit, lasting(above, on))
    under = units.join(above, counted)
    query = select(func.count(), func.count().filter(_covered(opened, above.alias(), units.c.id, on)))
    grown = select(units.c.id).select_from(under).where(living, units.c.id.in_(select(merged.c.subject)))
    with runner.generation.store.read() as connection:
        branches, covered = connection.execute(query.select_from(under).where(living)).one()
        found = set(connection.execute(grown).scalars())
        days = _opened_on(connection, opened, above, tree.merged_with(found)) if found else {}
    for branch in found:
        covered += _is_open(tree, days, branch, day) - any(each <= day for each in days.get(branch, ()))
    return Openness(branches, covered)


def _is_open(tree: Tree, days: Mapping[UUID, Sequence[dt.date]], branch: UUID, day: dt.date) -> bool:
    """Whether nobody came into its book by a day but from a book that was open."""
    last = max((each for each in days.get(branch, ()) if each <= day), default=None)
    gains = [each for each in tree.gains(branch) if isinstance(each.said.fact, UnitMerged) and each.said.day <= day]
    founding = tree.founding(branch)
    if last is None and not any(founding is not None and each.said.day <= founding.day for each in gains):
        return False
    return all(
        _is_open(tree, days, each.source, each.said.day) for each in gains if last is None or last < each.said.day
    )


def _opened_on(
    connection: Connection, opened: Subquery, above: FromClause, units: Iterable[UUID]
) -> dict[UUID, list[dt.date]]:
    """Unit → the days on which an opening covered it."""
    found: dict[UUID, list[dt.date]] = {}
    stood = and_(above.c.above == opened.c.unit, lasting(above, opened.c.day))
    query = select(above.c.unit, opened.c.day).select_from(opened.join(above, stood))
    for chunk in chunks(sorted(units)):
        for row in connection.execute(query.where(above.c.unit.in_(chunk))):
            found.setdefault(row.unit, []).append(row.day)
    return found


def _covered(
    opened: Subquery, above: FromClause, branch: ColumnElement[Any], on: ColumnElement[dt.date]
) -> ColumnElement[bool]:
    stood = and_(above.c.unit == branch, above.c.above == opened.c.unit, lasting(above, opened.c.day))
    return exists(select(1).select_from(opened.join(above, stood)).where(opened.c.day <= on))
