"""How do rows become a number? Sums, distinct things, persons who reach a rate; over a unit and all below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Date,
    Select,
    String,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
)
from sqlalchemy.sql.elements import ColumnElement, KeyedColumnElement

from shared.history.question import Relations
from shared.history.rollup import narrowed, under

MONTH: Final = "month"
"""A key: `2022-05`, from the day for which a fact counts."""
UNIT: Final = "unit"
"""A key: the unit or place for which a fact counts."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ numerator, and Σ denominator where the select has one."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """Each combination of these columns counts once (persons, sittings) where any of its rows counts.

    The denominator likewise, or, with `of_sum`, as a sum.
    """

    columns: tuple[str, ...]
    of_sum: bool = False


@dataclass(frozen=True, slots=True)
class Reaching:
    """Of all different `column` values, how many reach a rate: Σ numerator ≥ parameter % of Σ denominator.

    Pooled over the asked unit: someone named in two branches is one person with all his meetings.
    """

    column: str
    parameter: str


Measure = Sum | Distinct | Reaching
SUM: Final = Sum()
Groups = Sequence[KeyedColumnElement[Any]]


def scoped(select_rows: Select[Any], relations: Relations) -> Subquery:
    """The rows that count under the asked unit, within the period; with their month.

    Under the tree of their own day, or of the date that is asked for.
    """
    question, rows = relations.question, narrowed(select_rows, relations).subquery()
    query = (
        select(rows, month_of(rows.c.day).label(MONTH))
        .where(rows.c.day >= bindparam("from_day", question.start, Date))
        .where(rows.c.day < bindparam("to_day", question.end, Date))
    )
    return under(query, relations, rows).subquery()


def month_of(day: ColumnElement[Any]) -> ColumnElement[str]:
    """The month of a day, `2022-05`."""
    return cast(func.substr(cast(day, String), 1, len("2022-05")), Text)


def measured(measure: Measure, rows: Subquery, groups: Groups, parameters: Mapping[str, int]) -> Select[Any]:
    """`numerator` and `denominator` of the rows of each group; NULL where nothing gives a denominator."""
    match measure:
        case Sum():
            return _grouped(groups, func.sum(rows.c.numerator), func.sum(rows.c.denominator))
        case Distinct(columns, of_sum):
            things = func.nullif(func.count(_each(rows, columns, rows.c.denominator)), 0)
            whole: ColumnElement[Any] = func.sum(rows.c.denominator) if of_sum else things
            return _grouped(groups, func.count(_each(rows, columns, rows.c.numerator)), whole)
        case Reaching(column, parameter):
            return _reaching(rows, groups, column, parameters[parameter])


def _grouped(groups: Groups, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> Select[Any]:
    query = select(*groups, numerator.label("numerator"), denominator.label("denominator"))
    return query.group_by(*groups) if groups else query


def _each(rows: Subquery, columns: tuple[str, ...], counted: ColumnElement[Any]) -> ColumnElement[Any]:
    """The different things for which a row counts."""
    thing: ColumnElement[Any] = cast(rows.c[columns[0]], Text)
    for name in columns[1:]:
        thing = thing.op("||")(literal("/")).op("||")(cast(rows.c[name], Text))
    return distinct(case((counted > 0, thing)))


def _reaching(rows: Subquery, groups: Groups, column: str, threshold: int) -> Select[Any]:
    each = (
        select(*groups, func.sum(rows.c.numerator).label("reached"), func.sum(rows.c.denominator).label("named"))
        .group_by(*groups, rows.c[column])
        .subquery()
    )
    enough = case((each.c.reached * 100 >= each.c.named * threshold, 1), else_=0)
    return _grouped([each.c[group.key] for group in groups], func.sum(enough), func.nullif(func.count(), 0))
