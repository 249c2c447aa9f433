"""Who belongs to a unit in a period? Whoever was on its book or in an office of it, or in charge of its visits."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Join,
    Select,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from services.ratings.projections.heads import Heads
from services.ratings.projections.leaders import offices
from services.ratings.projections.parts import DayColumn, counts, last_day, merge_behind, same_person, with_owner
from shared.contracts.event import Event
from shared.contracts.membership import OfficerElected, OfficerLeft
from shared.history.figures import Relations
from shared.units.identities import Identities
from shared.units.projection import Rosters, Units

OFFICERS: Final[frozenset[type[Event]]] = frozenset({OfficerElected, OfficerLeft})
BELONGING: Final = (Units, Rosters, Identities, Heads)
"""The state that `here` reads: books, and offices."""
WHO: Final = ("unit", "day", "person")


class _Span(NamedTuple):
    """A stretch of time, as far as it lies in the period."""

    since: ColumnElement[Any]
    touches: ColumnElement[bool]


def here(relations: Relations) -> CTE:
    """Who was on a book or in an office of a unit on any day of the period; a row more for each merge of the id."""
    times = _times(relations)
    span = _within(relations, times)
    same = same_person(relations, times, times.c.person)
    who = (times.c.unit, span.since.label("day"), same.person.label("person"))
    arms = ((same.joined, (times.c.log, times.c.root)), (same.merged, merge_behind(same.merges)))
    return union_all(*(select(*who, *root).select_from(source).where(span.touches) for source, root in arms)).cte(
        "here"
    )


def known_here(relations: Relations) -> Select[Any]:
    """The same as a number: what shows that nought of a person means none."""
    known = here(relations)
    return select(*(known.c[name] for name in WHO), *counts(1), known.c.log, known.c.root)


def in_charge(relations: Relations) -> Select[Any]:
    """Each area of which a cadre was in charge in the period, for the organisation of the asked unit."""
    charge, unit = relations.tables["charge"], relations.tables["unit"]
    span = _within(relations, charge)
    same = same_person(relations, its_own(relations, charge, charge.c.organisation), charge.c.cadre)
    who = (unit.c.id.label("unit"), span.since.label("day"), same.person.label("person"))
    assigned = (charge.c.assigned_in.label("log"), charge.c.assigned_by.label("root"))
    still = or_(charge.c.passed_on.is_(None), charge.c.passed_on > span.since)
    return select(*who, *counts(1), *assigned).select_from(same.joined).where(span.touches, still)


def its_own(relations: Relations, rows: FromClause, organisation: ColumnElement[Any]) -> Join:
    """What the organisation of the asked unit says, wherever it was, beside that unit."""
    unit = relations.tables["unit"]
    owned, owner = with_owner(relations, unit, unit.c.id, unit.c.organisation, last_day(relations))
    return owned.join(rows, and_(unit.c.id == literal(relations.question.unit, Uuid), organisation == owner))


def meant(relations: Relations) -> ColumnElement[Any]:
    """The person whom the asked id means, by the id that is kept."""
    merges = relations.tables["identity"].alias()
    asked = cast(literal(relations.question.person, Uuid), Uuid)
    kept = select(merges.c.kept).where(merges.c.person == asked, merges.c.step == 0).scalar_subquery()
    return cast(func.coalesce(kept, asked), Uuid)


def _times(relations: Relations) -> Subquery:
    """Every time on a book or in an office, with the fact that began it."""
    roster = relations.tables["roster"]
    stays = select(
        roster.c.branch.label("unit"),
        *(roster.c[name] for name in ("person", "start_day", "end_day")),
        roster.c.opened_in.label("log"),
        roster.c.opened_by.label("root"),
    )
    return union_all(stays, select(offices(relations))).subquery()


def _within(relations: Relations, times: FromClause) -> _Span:
    question = relations.question
    first, start, end = literal(question.start, Date), times.c.start_day, times.c.end_day
    since: DayColumn = case((start < first, first), else_=start)
    return _Span(since, and_(start < literal(question.end, Date), or_(end.is_(None), end > first)))
