"""Which cells of an answer lack what may be theirs? Those whose keys stand on a row that was held back from the unit.

A division that left children waiting makes the figures of its parts incomparable, per figure and key; a merger, those
of its sources under trees older than itself. Where nothing was held back under a key, its cell is as comparable as any.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    Select,
    Subquery,
    Uuid,
    and_,
    column,
    false,
    or_,
    select,
    values,
)

from shared.history.figures import MONTH, Figure, Question, Relations, keys_asked, month_of
from shared.history.past import past
from shared.history.rollup import looks_back, own_day, speaks_of
from shared.units.waiting import Withheld

AT_ONCE: Final = 200
LEFT: Final[dict[str, type[Uuid[UUID] | Date]]] = {"cell": Uuid, "unit": Uuid, "start_day": Date, "end_day": Date}

Keys = tuple[str | None, ...]
"""The values by which an answer is split, in the order of the question."""


class Lacking(NamedTuple):
    """What all cells lack, as far as anything was seen that may be theirs."""

    units: dict[UUID, set[UUID]]
    """Cell → the units of which something was held back from it."""
    keys: dict[UUID, set[Keys]]
    """Cell → the keys under which it lacks something."""


def held_back(
    connection: Connection, figure: Figure, relations: Relations, withheld: Sequence[Withheld]
) -> dict[UUID, set[Keys]]:
    """The units of which something was held back from the asked one, each with the keys of the cells that lack it.

    `withheld` are those who waited for a word on the day of the tree; with a tree older than the facts, also what has
    come out of the asked unit and of others since.
    """
    found: dict[UUID, set[Keys]] = {}
    if not withheld and not looks_back(relations.question):
        return found
    with past(connection, figure.hears, figure.state, relations) as (reader, known):
        for row in _rows(reader, figure, known, withheld):
            unit, values = row[0], tuple(row)[1:]
            found.setdefault(unit, set()).add(tuple(map(_text, values)))
    return found


def held_back_everywhere(
    reader: Connection, figure: Figure, relations: Relations, withheld: Sequence[tuple[UUID, Withheld]]
) -> Lacking:
    """The same of all units and places at once, where relations and reader hold just what was known then.

    The question's unit stands for none: no row may be found for its sake.
    """
    question, rows = relations.question, figure.rows(relations).subquery()
    groups = _groups(figure, question, rows)
    within = and_(rows.c.day >= question.start, rows.c.day < question.end)
    found = Lacking({}, {})

    def take(lacked: Select[Any], cell: ColumnElement[Any]) -> None:
        for row in reader.execute(lacked.with_only_columns(cell, rows.c.unit).where(within).distinct()):
            found.units.setdefault(row[0], set()).add(row[1])
        for row in reader.execute(lacked.with_only_columns(cell, *groups).where(within).distinct()):
            found.keys.setdefault(row[0], set()).add(tuple(map(_text, row[1:])))

    if looks_back(question):
        since = relations.tables["unit_withheld"].alias()
        take(select(since.c.above).select_from(rows.join(since, speaks_of(since, question, rows))), since.c.above)
    for first in range(0, len(withheld), AT_ONCE):
        some = withheld[first : first + AT_ONCE]
        lines = [(cell, each.unit, each.start, each.end or dt.date.max) for cell, each in some]
        told = values(*(column(name, kind) for name, kind in LEFT.items()), name="withheld").data(lines).cte("lacked")
        lasts = and_(told.c.start_day <= own_day(rows), told.c.end_day > own_day(rows))
        theirs = told.c.unit == rows.c.unit
        here = theirs if question.tree_on is not None else and_(theirs, lasts)
        take(select(told.c.cell).select_from(rows.join(told, here)), told.c.cell)
    return found


def _groups(figure: Figure, question: Question, rows: Subquery) -> list[ColumnElement[Any]]:
    """The columns by which an answer is split."""
    return [month_of(rows.c.day).label(MONTH) if key == MONTH else rows.c[key] for key in keys_asked(figure, question)]


def _rows(reader: Connection, figure: Figure, relations: Relations, withheld: Sequence[Withheld]) -> Iterator[Row[Any]]:
    question, rows = relations.question, figure.rows(relations).subquery()
    seen_on, groups = own_day(rows), _groups(figure, question, rows)
    asked = select(rows.c.unit, *groups).where(rows.c.day >= question.start, rows.c.day < question.end).distinct()
    if looks_back(question):
        since = relations.tables["unit_withheld"].alias()
        there = asked.select_from(rows.join(since, speaks_of(since, question, rows)))
        yield from reader.execute(there.where(since.c.above == question.unit))
    for first in range(0, len(withheld), AT_ONCE):
        theirs: list[ColumnElement[bool]] = [
            and_(
                rows.c.unit == each.unit,
                seen_on >= each.start if question.tree_on is None else rows.c.day >= each.start,
                seen_on < each.end if each.end is not None else ~false(),
            )
            for each in withheld[first : first + AT_ONCE]
        ]
        yield from reader.execute(asked.where(or_(*theirs)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
