"""What is a figure? A declared sum over facts: one SQLAlchemy Core select, a row for each thing and fact behind it.

A row gives the unit and the local day for which something counts, its keys, an integer numerator and denominator, and
the root fact that says so. From that one declaration the kit makes the answer for any unit or place (rolled up over
the dated tree), the facts behind it, and its line in the catalogue. No engine computes time zones or rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, select

from shared.contracts.event import Event
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.projection import Projection
from shared.history.measures import MONTH, SUM, UNIT, Distinct, Measure, Reaching, measured, month_of, scoped
from shared.history.past import past
from shared.history.question import AskedTooMuch, Question, Relations
from shared.history.shares import shared_out
from shared.units.carrying import NO_UNIT
from shared.units.projection import Units

EVERYWHERE: Final = (MONTH, UNIT)
"""The keys that every figure has, unless it says otherwise."""


class UnknownKey(Refused):
    """The figure cannot be split by that key."""

    vi = "Không chia được số liệu này theo khóa đó."


@dataclass(frozen=True, slots=True)
class Figure:
    """A declared figure. `rows` columns: unit, day, each key, numerator, denominator, `log` and `root`.

    `log` and `root` name the fact behind a row: the organisation in whose log its root stands, and the root's event id.
    `tree_day`, where it is given, is the day of the tree in which the row counts; else that is `day`.
    """

    name: str
    vi: str
    en: str
    rows: Callable[[Relations], Select[Any]]
    listens: frozenset[type[Event]]
    """The facts that `rows` reads."""
    state: tuple[type[Projection], ...] = (Units,)
    """The projections whose tables it reads, in the order in which they are computed."""
    keys: tuple[str, ...] = ()
    asked: Literal["period", "day"] = "period"
    measure: Measure = SUM
    parameters: Mapping[str, int] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    """Keys whose values are never put together: an answer is split by them, asked or not."""
    common: tuple[str, ...] = EVERYWHERE
    share_of: tuple[str, ...] | None = None
    """The denominator is the sum over all rows that agree in these keys (a distribution)."""
    units: tuple[str, ...] = ()
    """Columns that name what is counted: `counts` then tells units from unit-years."""
    everywhere: Callable[[Relations], Select[Any]] | None = None
    """Where `rows` looks at the asked unit: the rows of every unit and place at once, each with its `within`."""

    @property
    def reads(self) -> frozenset[str]:
        """Names of its projections: what is parked there makes an answer incomplete."""
        return frozenset(each.name for each in self.state)

    @property
    def hears(self) -> frozenset[type[Event]]:
        """Every fact on which the answer rests."""
        return self.listens.union(*(each.listens for each in self.state))

    @property
    def splits(self) -> tuple[str, ...]:
        """Every key by which an answer may be split."""
        return (*self.common, *self.keys)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an answer. A missing denominator means *không có dữ liệu*, never 0 and never 100 %."""

    keys: Mapping[str, str | None]
    numerator: int
    denominator: int | None
    """None where no fact gives one; 0 only where facts say 0."""
    counts: str | None = None
    """`units`, or `unit-years` where something stands in the row's group more than once; none: not asked for."""


def answer(connection: Connection, figure: Figure, relations: Relations) -> list[Row]:
    """The figure for the question, a row for each combination of keys; one row when it is not split.

    UnknownKey, AskedTooMuch or PastTooLarge when the question is refused.
    """
    keys_asked(figure, relations.question)
    with past(connection, figure.hears, figure.state, relations) as (reader, known):
        return answered(reader, figure, replace(known, indexed=True))


def answered(reader: Connection, figure: Figure, relations: Relations) -> list[Row]:
    """The same where relations and reader hold just what was known then."""
    by = keys_asked(figure, relations.question)
    rows = scoped(figure.rows(relations), relations)
    groups = [rows.c[key] for key in by]
    parameters = dict(figure.parameters) | dict(relations.question.parameters)
    found = [
        Row(
            dict(zip(by, map(_text, values), strict=True)),
            int(numerator or 0),
            None if denominator is None else int(denominator),
        )
        for *values, numerator, denominator in reader.execute(measured(figure.measure, rows, groups, parameters))
    ]
    if figure.share_of is not None:
        within = tuple(key for key in by if key in figure.share_of)
        found = [
            Row(row.keys, row.numerator, total, counts)
            for row, total, counts in shared_out(reader, rows, found, within, figure.units)
        ]
    return sorted(found, key=lambda row: [text or "" for text in row.keys.values()])


def events_behind(
    connection: Connection, figure: Figure, relations: Relations, *, limit: int, offset: int
) -> list[tuple[UUID, UUID]]:
    """(organisation, event id) of the root facts that make up the answer, in a fixed order."""
    with past(connection, figure.hears, figure.state, relations) as (reader, known):
        return roots_behind(reader, figure, replace(known, indexed=True), limit=limit, offset=offset)


def roots_behind(
    reader: Connection, figure: Figure, relations: Relations, *, limit: int, offset: int
) -> list[tuple[UUID, UUID]]:
    """The same where relations and reader hold just what was known then."""
    rows = scoped(figure.rows(relations), relations)
    query = (
        select(rows.c.log, rows.c.root)
        .where(rows.c.root.is_not(None))
        .distinct()
        .order_by(rows.c.log, rows.c.root)
        .limit(limit)
        .offset(offset)
    )
    return [(row.log, row.root) for row in reader.execute(query)]


def keys_asked(figure: Figure, question: Question) -> tuple[str, ...]:
    """The keys by which the answer is split. UnknownKey where it cannot be."""
    keys = tuple(dict.fromkeys((*question.by, *figure.apart)))
    if not set(keys) <= {*figure.splits}:
        raise UnknownKey("by", known=", ".join(sorted(figure.splits)))
    return keys


def _text(value: object) -> str | None:
    return None if value is None else str(value)


__all__ = [
    "MONTH",
    "NO_UNIT",
    "UNIT",
    "AskedTooMuch",
    "Distinct",
    "Figure",
    "Question",
    "Reaching",
    "Relations",
    "Row",
    "UnknownKey",
    "answer",
    "answered",
    "events_behind",
    "keys_asked",
    "month_of",
    "roots_behind",
]
