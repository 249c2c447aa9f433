"""What is a figure? A declared sum over facts: one SQLAlchemy Core select at the grain of the fact.

The select gives, for each fact, the unit and the local day for which it counts, its keys, an integer numerator and
denominator, and the event it came from. From that one declaration the kit makes the answer for any unit or place (rolled
up over the dated tree), the events behind it, and its line in the catalogue. No engine computes time zones or rates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Connection,
    Date,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    distinct,
    func,
    literal,
    or_,
    select,
    values,
)
from sqlalchemy.sql.elements import ColumnElement

from shared.contracts.event import Event
from shared.eventsourcing.facts import Facts

MONTHS_AT_MOST = 1_200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a unit or place, a half-open period or a day, keys to split by, parameters, known when."""

    unit: UUID
    start: dt.date
    end: dt.date
    """The period is start ≤ day < end. For a figure on a day, the day is `start` and `end` is the next."""
    by: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    known: int | None = None
    """Only what was recorded up to then (microseconds since 1970); none: all that has been seen."""

    @property
    def months(self) -> Iterator[tuple[dt.date, dt.date]]:
        """(first day, first day of the next month) of each month that begins within the period."""
        first = self.start if self.start.day == 1 else _next_month(self.start)
        while first < self.end:
            yield first, _next_month(first)
            first = _next_month(first)


class AskedTooMuch(ValueError):
    """More months than a figure is computed for at once."""


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Relations:
    """What a figure's select may be built from: facts as known, state tables, and the months of the question."""

    facts: Facts
    tables: Mapping[str, Table]
    question: Question

    def standing(self, cls: type[Event]) -> Subquery:
        """The standing facts of a type, as known at the asked moment."""
        return self.facts.standing(cls, known=self.question.known).subquery()

    def children(self, cls: type[Event], path: str) -> Table:
        """The child table of a list of ids, e.g. `roll_named_present`."""
        return self.facts.tables[cls].children[path]

    def months(self) -> Subquery:
        """One row a month that begins within the period: `first` and `last` day, `following`, `quarter` (the first day
        of the quarter), `closes_quarter` (0 or 1).
        """
        months = list(self.question.months)
        if len(months) > MONTHS_AT_MOST:
            raise AskedTooMuch
        names = ("first", "last", "following", "quarter", "closes_quarter")
        kinds = (Date, Date, Date, Date, Integer)
        rows = [
            (
                first,
                following - dt.timedelta(days=1),
                following,
                _quarter(first),
                int(following.month in {1, 4, 7, 10}),
            )
            for first, following in months
        ]
        table = values(*(column(name, kind) for name, kind in zip(names, kinds, strict=True)), name="month")
        if rows:
            return select(table.data(rows)).subquery()
        nothing = (literal(None, kind()).label(name) for name, kind in zip(names, kinds, strict=True))
        return select(*nothing).where(literal(1) == literal(0)).subquery()


def _quarter(day: dt.date) -> dt.date:
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ numerator, and Σ denominator where the select has one."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """Each combination of these columns counts once (persons, sittings); the denominator likewise."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reaching:
    """Of all different `column` values, how many reach a rate: Σ numerator ≥ threshold % of Σ denominator.

    Pooled over the asked unit: someone named in two branches is one person with all his meetings.
    """

    column: str
    parameter: str


Measure = Sum | Distinct | Reaching


@dataclass(frozen=True, slots=True)
class Figure:
    """A declared figure. `rows` columns: unit, day, each key, numerator, [denominator], poster, event_id.

    `tree_day`, where it is given, is the day of the tree in which the row counts; else that is `day`.
    """

    name: str
    vi: str
    en: str
    rows: Callable[[Relations], Select[Any]]
    listens: frozenset[type[Event]]
    reads: frozenset[str] = frozenset()
    """Projections whose tables it reads; what is parked there makes an answer incomplete."""
    keys: tuple[str, ...] = ()
    asked: Literal["period", "day"] = "period"
    measure: Measure = Sum()
    parameters: Mapping[str, int] = field(default_factory=dict)
    share_of: tuple[str, ...] | None = None
    """The denominator is the sum over all rows that agree in these keys (a distribution)."""
    units: tuple[str, ...] = ()
    """Columns that name what is counted: `counts` then tells units from unit-years."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an answer. A missing denominator means *không có dữ liệu*, never 0 and never 100 %."""

    keys: Mapping[str, str | None]
    numerator: int
    denominator: int | None
    counts: str | None = None
    """`units`, or `unit-years` where something stands in the row's group more than once; none: not asked for."""


MONTH = "month"
"""A key that every figure has: `2022-05`, from the day for which a fact counts."""
UNIT = "unit"
"""A key that every figure has: the unit or place for which a fact counts."""


def answer(connection: Connection, figure: Figure, relations: Relations) -> list[Row]:
    """The figure for the question, a row for each combination of the asked keys; one row when no key is asked."""
    by = relations.question.by
    scoped = _scoped(figure, relations)
    groups = [scoped.c[key].label(key) for key in by]
    query = _measured(figure, relations.question, scoped, groups)
    found = [
        Row({key: _text(getattr(row, key)) for key in by}, int(row.numerator or 0), _whole(row.denominator))
        for row in connection.execute(query)
    ]
    if figure.share_of is not None:
        found = _shared(figure, found, _repeating(connection, figure, scoped, by))
    return sorted(found, key=lambda row: [text or "" for text in row.keys.values()])


def events_behind(
    connection: Connection, figure: Figure, relations: Relations, *, limit: int, offset: int
) -> list[tuple[UUID, UUID]]:
    """(organisation, event id) of the facts that make up the answer, in a fixed order."""
    scoped = _scoped(figure, relations)
    query = (
        select(scoped.c.poster, scoped.c.event_id)
        .where(scoped.c.event_id.is_not(None))
        .distinct()
        .order_by(scoped.c.poster, scoped.c.event_id)
        .limit(limit)
        .offset(offset)
    )
    return [(row.poster, row.event_id) for row in connection.execute(query)]


def _scoped(figure: Figure, relations: Relations) -> Subquery:
    """The figure's rows that count under the asked unit on their own day, within the period."""
    question = relations.question
    rows = figure.rows(relations).subquery()
    above = relations.tables["unit_above"]
    tree_day = rows.c.get("tree_day", rows.c.day)
    month = func.substr(cast(rows.c.day, String), 1, 7).label(MONTH)
    query = (
        select(rows, month)
        .join(
            above,
            and_(
                above.c.unit == rows.c.unit,
                above.c.start_day <= tree_day,
                or_(above.c.end_day.is_(None), tree_day < above.c.end_day),
            ),
        )
        .where(above.c.above == question.unit)
        .where(rows.c.day >= bindparam("from_day", question.start, Date))
        .where(rows.c.day < bindparam("to_day", question.end, Date))
    )
    return query.subquery()


def _measured(
    figure: Figure, question: Question, scoped: Subquery, groups: list[ColumnElement[Any]]
) -> Select[Any]:
    numerator = scoped.c.numerator
    denominator = scoped.c.get("denominator")
    match figure.measure:
        case Sum():
            total = literal(None, Integer) if denominator is None else func.sum(denominator)
            query = select(*groups, func.sum(numerator).label("numerator"), total.label("denominator"))
        case Distinct(columns):
            key = _joined(scoped, columns)
            counted = func.count(distinct(case((numerator > 0, key))))
            total = literal(None, Integer) if denominator is None else func.count(distinct(case((denominator > 0, key))))
            query = select(*groups, counted.label("numerator"), total.label("denominator"))
        case Reaching(of, parameter):
            each = (
                select(*groups, func.sum(numerator).label("reached"), func.sum(denominator).label("named"))
                .group_by(*groups, scoped.c[of])
                .subquery()
            )
            groups = [each.c[group.name] for group in groups]
            threshold = question.parameters.get(parameter, figure.parameters[parameter])
            enough = case((each.c.reached * 100 >= each.c.named * threshold, 1), else_=0)
            query = select(*groups, func.sum(enough).label("numerator"), func.count().label("denominator"))
    return query.group_by(*groups) if groups else query


def _joined(scoped: Subquery, columns: tuple[str, ...]) -> ColumnElement[Any]:
    texts = [cast(scoped.c[name], Text) for name in columns]
    joined = texts[0]
    for text in texts[1:]:
        joined = joined.op("||")(literal("/")).op("||")(text)
    return joined


Group = tuple[str | None, ...]


def _within(figure: Figure, by: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in figure.share_of or () if key in by)


def _repeating(connection: Connection, figure: Figure, scoped: Subquery, by: tuple[str, ...]) -> set[Group]:
    """The groups in which something is counted more than once."""
    groups = [scoped.c[key] for key in _within(figure, by)]
    things = [scoped.c[name] for name in figure.units]
    query = select(*groups).group_by(*groups, *things).having(func.count() > 1).distinct()
    if not groups:
        query = select(literal(1)).group_by(*things).having(func.count() > 1).select_from(scoped).limit(1)
        return {()} if connection.execute(query).first() else set()
    return {tuple(_text(value) for value in row) for row in connection.execute(query)}


def _shared(figure: Figure, rows: list[Row], repeating: set[Group]) -> list[Row]:
    """Give each line of a distribution the total of its group as denominator."""
    within = _within(figure, tuple(rows[0].keys) if rows else ())
    totals: dict[Group, int] = {}
    for row in rows:
        group = tuple(row.keys[key] for key in within)
        totals[group] = totals.get(group, 0) + row.numerator
    return [
        Row(row.keys, row.numerator, totals[group], "unit-years" if group in repeating else "units")
        for row in rows
        if (group := tuple(row.keys[key] for key in within)) in totals
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _whole(value: object) -> int | None:
    """A denominator of nothing is no denominator."""
    return int(str(value)) or None if value is not None else None
