"""How long has a unit been at work by the end of a period, and of what did it come? How long was somebody a member?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Date, Select, and_, literal, select

from services.ratings.domain.rules import Life
from services.ratings.projections.belonging import its_own, meant
from services.ratings.projections.members import ROSTER
from services.ratings.projections.parts import same_person, with_owner
from shared.contracts.event import Event
from shared.contracts.membership import UnitMerged, UnitSplit
from shared.eventsourcing.chunks import chunks
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
    return lives_of(runner, question, [question.unit]).get(question.unit)


def lives_of(runner: Runner, question: Question, units: Iterable[UUID]) -> Mapping[UUID, Life]:
    """The same of many units at once, whichever the question names."""
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    found: dict[UUID, Life] = {}
    with (
        runner.generation.store.read() as connection,
        past(connection, CHANGES, (Units,), relations) as (reader, known),
    ):
        unit = known.tables["unit"]
        began = select(unit.c.id, unit.c.start_day).where(unit.c.start_day < question.end)
        for chunk in chunks(sorted(set(units))):
            changed = _changed(reader, known, chunk)
            for id, start in reader.execute(began.where(unit.c.id.in_(chunk))):
                found[id] = Life(months_between(start, question.end), (id, start) in changed)
    return found


def membership_of(runner: Runner, question: Question) -> Life | None:
    """How long the asked person has been a member in the unit's line without a break; None where not on its book.

    Of several branches one after the other, each from the day on which the one before ended, the first counts.
    """
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with (
        runner.generation.store.read() as connection,
        past(connection, frozenset(), ROSTER, relations) as (reader, known),
    ):
        stays = reader.execute(_stays(known)).all()
    since: dt.date | None = None
    for start, end in sorted(((row.start_day, row.end_day or dt.date.max) for row in stays), reverse=True):
        if end >= (question.end if since is None else since):
            since = start if since is None else min(since, start)
    return None if since is None else Life(months_between(since, question.end), of_change=False)


def _stays(relations: Relations) -> Select[Any]:
    """The asked person's times on a book of the organisation to which the unit belongs."""
    roster, question = relations.tables["roster"], relations.question
    day = literal(question.last_day, Date)
    owned, owner = with_owner(relations, roster, roster.c.branch, roster.c.organisation, day)
    same = same_person(relations, its_own(relations, owned, owner), roster.c.person)
    return select(roster.c.start_day, roster.c.end_day).select_from(same.joined).where(same.person == meant(relations))


def months_between(start: dt.date, end: dt.date) -> int:
    """Full months from a day to the first day after a period: from 15 January to 15 March two, to 14 March one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def _changed(reader: Connection, relations: Relations, units: Sequence[UUID]) -> set[tuple[UUID, dt.date]]:
    """On which days a merger went on in one of these units, or a split made one of them."""
    merged, split = relations.standing(UnitMerged), relations.standing(UnitSplit)
    parts = relations.children(UnitSplit, "parts")
    taken_out = and_(parts.c.poster == split.c.poster, parts.c.poster_sequence == split.c.poster_sequence)
    joined = select(merged.c.subject, merged.c.day).where(merged.c.subject.in_(units))
    divided = select(parts.c.value, split.c.day).join(split, taken_out).where(parts.c.value.in_(units))
    return {(unit, day) for query in (joined, divided) for unit, day in reader.execute(query)}
