"""Which cells of an answer lack what may be theirs? Those whose keys stand on a row that was held back from the unit.

A division that left children waiting makes the figures of its parts incomparable, per figure and key; a merger, those
of its sources under trees older than itself. Where nothing was held back under a key, its cell is as comparable as any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select

from shared.history.figures import MONTH, Figure, Relations, keys_asked, month_of
from shared.history.past import past
from shared.history.rollup import looks_back, own_day, speaks_of
from shared.units.waiting import Withheld

AT_ONCE: Final = 200

Keys = tuple[str | None, ...]
"""The values by which an answer is split, in the order of the question."""


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


def _rows(reader: Connection, figure: Figure, relations: Relations, withheld: Sequence[Withheld]) -> Iterator[Row[Any]]:
    question, rows = relations.question, figure.rows(relations).subquery()
    seen_on = own_day(rows)
    groups = [
        month_of(rows.c.day).label(MONTH) if key == MONTH else rows.c[key] for key in keys_asked(figure, question)
    ]
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
