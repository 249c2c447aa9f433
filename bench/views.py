"""Which views are rebuilt? The fact tables that every service keeps, and a projection that sums by branch and year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Uuid,
    bindparam,
    cast,
    delete,
    extract,
    func,
    insert,
    literal,
    select,
)

from bench.fold import Totals
from bench.history import SERVICE
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld, VisitCompleted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.views import Declaration, Generation
from shared.history.columns.proven import Proven

LISTENS: frozenset[type[Event]] = frozenset({MeetingHeld, VisitCompleted})
SUMS = ("held", "expected", "present", "visits")


class BranchYears(Projection):
    """What each branch did in each year."""

    name = "branch-years"
    listens = LISTENS
    _fill: Insert | None = None

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """One row for each branch and year; the facts are looked up by branch."""
        for cls, branch in ((MeetingHeld, "branch"), (VisitCompleted, "unit")):
            name = f"fact_{SERVICE}_{cls.name.split('.')[3].replace('-', '_')}"
            Index(f"{name}_{branch}", metadata.tables[name].c[branch])
        self.table = Table(
            "branch_year",
            metadata,
            Column("branch", Uuid, primary_key=True),
            Column("year", Integer, primary_key=True, autoincrement=False),
            *(Column(name, Integer, nullable=False) for name in SUMS),
        )
        return [self.table]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The branch."""
        del views
        match said.fact:
            case MeetingHeld():
                return [said.fact.branch]
            case VisitCompleted():
                return [said.fact.unit]
        return []

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """The sums over the facts that stand, inside the store; the statement is built once."""
        if self._fill is None:
            self._fill = insert(self.table).from_select(["branch", "year", *SUMS], sums_of(views.facts, some=True))
        wanted = sorted(keys)
        for start in range(0, len(wanted), 400):
            chunk = wanted[start : start + 400]
            views.connection.execute(delete(self.table).where(self.table.c.branch.in_(chunk)))
            views.connection.execute(self._fill, {"branches": chunk})


WITH_PROJECTION = Declaration("ratings", LISTENS, (BranchYears,))
FACTS_ALONE = Declaration("ratings", LISTENS, ())


def sums_of(facts: Facts, *, some: bool = False) -> Select[Any]:
    """Branch, year and sums over the facts that stand, of all branches or of those given as `branches`."""
    held, visited = facts.standing(MeetingHeld).subquery(), facts.standing(VisitCompleted).subquery()
    sums = (func.count(), func.sum(held.c.roll_expected), func.sum(held.c.roll_present), literal(0))
    meetings = _by_branch(held.c.branch, held.c.day, sums, some=some)
    visits = _by_branch(visited.c.unit, visited.c.day, (literal(0), literal(0), literal(0), func.count()), some=some)
    each = meetings.union_all(visits).subquery()
    totals = (cast(func.sum(each.c[name]), Integer).label(name) for name in SUMS)
    return select(each.c.branch, each.c.year, *totals).group_by(each.c.branch, each.c.year)


def _by_branch(
    branch: ColumnElement[UUID], day: ColumnElement[dt.date], sums: Iterable[Any], *, some: bool
) -> Select[Any]:
    year = cast(extract("year", day), Integer).label("year")
    named = (expression.label(name) for name, expression in zip(SUMS, sums, strict=True))
    query = select(branch.label("branch"), year, *named).group_by(branch, year)
    return query.where(branch.in_(bindparam("branches", expanding=True))) if some else query


def figures(generation: Generation) -> Totals:
    """The sums as a question to the fact tables."""
    with generation.store.read() as connection:
        return {(str(row[0]), row[1]): tuple(row[2:]) for row in connection.execute(sums_of(generation.facts))}


def sums_proven(proven: Proven) -> Totals:
    """The same question to facts that were proved from the exact bytes."""
    with proven.reading() as connection:
        return {(str(row[0]), row[1]): tuple(row[2:]) for row in connection.execute(sums_of(proven.facts))}


def kept(generation: Generation) -> Totals:
    """The sums as the projection keeps them."""
    with generation.store.read() as connection:
        rows = connection.execute(select(generation.metadata.tables["branch_year"]))
        return {(str(row[0]), row[1]): tuple(row[2:]) for row in rows}
