"""What do the figures share? Rows of facts, what holds on a day, the branch of a sub-branch, the facts behind."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Date,
    Integer,
    Join,
    Label,
    Select,
    Subquery,
    Uuid,
    and_,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from shared.contracts.event import Event
from shared.history.figures import Relations
from shared.units.lasting import lasting

BRANCHES: Final = ("branch", "base-branch")
"""Kinds of units that are branches; a base-branch is branch and base organisation at once."""

DayColumn = ColumnElement[dt.date]
RowColumns = tuple[Label[Any], ...]


def last_day(relations: Relations) -> DayColumn:
    """The last day of the question: the day of every figure that is asked for a day."""
    return literal(relations.question.last_day, Date)


def counts(numerator: ColumnElement[Any] | int, denominator: ColumnElement[Any] | int | None = None) -> RowColumns:
    """The numbers of a row; without a denominator a row says nothing of it."""
    return _number(numerator).label("numerator"), _number(denominator).label("denominator")


def _number(number: ColumnElement[Any] | int | None) -> ColumnElement[Any]:
    return number if isinstance(number, ColumnElement) else cast(literal(number), Integer)


def behind(facts: FromClause) -> RowColumns:
    """The root of a fact, as the fact behind a row."""
    return facts.c.organisation.label("log"), facts.c.root_id.label("root")


def merge_behind(merges: FromClause) -> RowColumns:
    """A merge of ids, as the fact behind a row."""
    return merges.c.merged_in.label("log"), merges.c.merged_by.label("root")


def founded(unit: FromClause) -> RowColumns:
    """The founding or declaration of a unit, as the fact behind a row."""
    return unit.c.founded_in.label("log"), unit.c.founded_by.label("root")


def told(facts: FromClause, unit: str, numerator: ColumnElement[Any] | int = 1) -> RowColumns:
    """A row for each fact, for the unit that it names and on its own day."""
    return facts.c[unit].label("unit"), facts.c.day.label("day"), *counts(numerator), *behind(facts)


def each(relations: Relations, cls: type[Event], unit: str, *keys: str) -> Select[Any]:
    """Each standing fact of a type once, for the unit that it names; keys are columns of the fact."""
    facts = relations.standing(cls)
    return select(*told(facts, unit), *(facts.c[key] for key in keys))


def each_owned(relations: Relations, cls: type[Event], *keys: str) -> Select[Any]:
    """Each standing fact of a type that names a branch, with the organisation to which it belonged on that day."""
    facts = relations.standing(cls)
    owned, owner = with_owner(relations, facts, facts.c.branch, facts.c.organisation, facts.c.day)
    columns = (*told(facts, "branch"), owner.label("organisation"), *(facts.c[key] for key in keys))
    return select(*columns).select_from(owned)


def in_force(relations: Relations, cls: type[Event], *about: str) -> Subquery:
    """Each standing fact from its day to before the next word of its organisation about the same columns."""
    facts = relations.standing(cls)
    following = func.lead(facts.c.day).over(
        partition_by=[facts.c.organisation, *(facts.c[name] for name in about)],
        order_by=[facts.c.day, facts.c.sequence],
    )
    return select(facts, facts.c.day.label("start_day"), following.label("end_day")).subquery()


class SamePerson(NamedTuple):
    """Rows that name persons by ids, and whom they mean by them."""

    joined: Join
    """The rows, each once."""
    merged: Join
    """The rows, once for each merge by which an id stands for another person's."""
    merges: FromClause
    """The merge of each of the latter."""
    person: ColumnElement[Any]
    """The id that is kept."""


def same_person(relations: Relations, rows: FromClause, person: ColumnElement[Any]) -> SamePerson:
    """Rows with the person whom their ids mean; without regard to the day on which that became known."""
    first, merges = (relations.tables["identity"].alias() for _ in range(2))
    joined = rows.outerjoin(first, and_(first.c.person == person, first.c.step == 0))
    merged = joined.join(merges, merges.c.person == person)
    return SamePerson(joined, merged, merges, cast(func.coalesce(first.c.kept, person), Uuid))


def with_owner(
    relations: Relations, table: FromClause, unit: ColumnElement[Any], founder: ColumnElement[Any], day: DayColumn
) -> tuple[Join, ColumnElement[Any]]:
    """A table with the organisation to which a unit belongs on a day: who took it over, else who founded it."""
    tenure = relations.tables["tenure"].alias()
    joined = table.outerjoin(tenure, and_(tenure.c.unit == unit, lasting(tenure, day)))
    return joined, cast(func.coalesce(tenure.c.organisation, founder), Uuid)


def with_branch(relations: Relations, table: FromClause, unit: str, day: DayColumn) -> tuple[Join, ColumnElement[Any]]:
    """A table with the branch in which its unit counts: a sub-branch in the branch above it, others in themselves."""
    sub = relations.tables["sub_branch"].alias()
    joined = table.outerjoin(sub, and_(sub.c.unit == table.c[unit], lasting(sub, day)))
    # SQLite indexes a materialised column for a join only where the column has a type.
    return joined, cast(func.coalesce(sub.c.branch, table.c[unit]), Uuid)
