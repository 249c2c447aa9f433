"""How long has a unit been at work by the end of a period, and did it come of a merger or a split?"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Connection, and_, select

from services.ratings.domain.rules import Life
from shared.contracts.event import Event
from shared.contracts.membership import UnitMerged, UnitSplit
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question, Relations
from shared.history.past import past
from shared.units.projection import Units

CHANGES: Final[frozenset[type[Event]]] = frozenset({UnitMerged, UnitSplit})


def life_of(runner: Runner, question: Question) -> Life | None:
    """The unit's life up to the end of the question's period, as known then; None where it was not founded by then.

    A unit came of a change if it began on the day of a merger that goes on in it, or of a split that it is a part of.
    One that stood before and took others in is as old as it was.
    """
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with (
        runner.generation.store.read() as connection,
        past(connection, CHANGES, (Units,), relations) as (reader, known),
    ):
        unit = known.tables["unit"]
        start = reader.execute(select(unit.c.start_day).where(unit.c.id == question.unit)).scalar()
        if start is None or start >= question.end:
            return None
        return Life(months_between(start, question.end), _of_change(reader, known, start))


def months_between(start: dt.date, end: dt.date) -> int:
    """Full months from a day to the first day after a period: from 15 January to 15 March two, to 14 March one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def _of_change(reader: Connection, relations: Relations, start: dt.date) -> bool:
    unit = relations.question.unit
    merged, split = relations.standing(UnitMerged), relations.standing(UnitSplit)
    parts = relations.children(UnitSplit, "parts")
    taken_out = and_(parts.c.poster == split.c.poster, parts.c.poster_sequence == split.c.poster_sequence)
    joined = select(merged.c.subject).where(merged.c.subject == unit, merged.c.day == start)
    divided = (
        select(parts.c.value)
        .select_from(split.join(parts, taken_out))
        .where(parts.c.value == unit, split.c.day == start)
    )
    return any(reader.execute(query.limit(1)).first() is not None for query in (joined, divided))
