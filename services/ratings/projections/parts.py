"""What do the figures share? Who belongs where on a day, the last word on something, and empty columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from shared.contracts.event import Event
from shared.history.figures import Relations

BRANCHES = ("branch", "base-branch")
"""Kinds of units that are branches; a base-branch is branch and base organisation at once."""
REGULAR = "regular"


def last_day(relations: Relations) -> ColumnElement[dt.date]:
    """The last day of the question: the day of every figure that is asked for a day."""
    return literal(relations.question.end - dt.timedelta(days=1), Date)


def lasting(table: FromClause, day: Any) -> ColumnElement[bool]:  # noqa: ANN401 — a day or a column of days
    """Whether a state interval covers a day."""
    return and_(table.c.start_day <= day, or_(table.c.end_day.is_(None), table.c.end_day > day))


def one() -> ColumnElement[int]:
    """A fact that counts once."""
    return literal(1, Integer)


def nothing() -> ColumnElement[Any]:
    """No event behind a row."""
    return cast(null(), Uuid)


def branch_of(relations: Relations, unit: ColumnElement[Any], day: Any) -> ColumnElement[Any]:  # noqa: ANN401
    """The branch in which a unit counts: a sub-branch in the branch above it, every other in itself."""
    own, above, branch = (relations.tables[name].alias() for name in ("unit", "unit_above", "unit"))
    holder = (
        select(branch.c.id)
        .join(above, above.c.above == branch.c.id)
        .where(above.c.unit == unit, branch.c.kind.in_(BRANCHES), lasting(above, day))
        .limit(1)
        .scalar_subquery()
    )
    kind = select(own.c.kind).where(own.c.id == unit).scalar_subquery()
    return case((kind == "sub-branch", func.coalesce(holder, unit)), else_=unit)


def owner_of(relations: Relations, unit: ColumnElement[Any]) -> ColumnElement[Any]:
    """The organisation that founded a unit."""
    own = relations.tables["unit"].alias()
    return select(own.c.organisation).where(own.c.id == unit).scalar_subquery()


def last_word(relations: Relations, cls: type[Event], *about: str, until: object = None) -> Subquery:
    """Of the standing facts of a type, the last about each organisation and these columns, up to a day."""
    facts = relations.standing(cls)
    place = func.row_number().over(
        partition_by=[facts.c.organisation, *(facts.c[name] for name in about)],
        order_by=[facts.c.day.desc(), facts.c.sequence.desc()],
    )
    ranked = select(facts, place.label("from_last"))
    if until is not None:
        ranked = ranked.where(facts.c.day <= until)
    table = ranked.subquery()
    return select(table).where(table.c.from_last == 1).subquery()


def counted(relations: Relations, cls: type[Event], unit: str, **keys: str) -> Select[Any]:
    """Each standing fact of a type once, for the unit that it names; keys are columns of the fact."""
    facts = relations.standing(cls)
    return select(
        facts.c[unit].label("unit"),
        facts.c.day,
        *(facts.c[column].label(key) for key, column in keys.items()),
        one().label("numerator"),
        facts.c.poster.label("poster"),
        facts.c.event_id.label("event_id"),
    )
