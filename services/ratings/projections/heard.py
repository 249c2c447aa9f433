"""Does a unit's organisation record such things here at all? Where nobody ever says one, nought would be silence.

Dues are owed, cards are due and plans are expected by lists that somebody else keeps: of an organisation that posts no
payment, no card and no plan, the figures of them would be nought out of all its members. So nought of these counts only
where the same organisation says one of anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Subquery, literal, select, union_all
from sqlalchemy.sql.selectable import FromClause

from services.ratings.projections.own import Rows
from services.ratings.projections.parts import counts, founded, last_day, with_owner
from shared.contracts.event import Event
from shared.contracts.membership import CardIssued, CardWithdrawn, DuesExempted, DuesPaid, PlanRegistered
from shared.history.figures import Figure, Relations
from shared.units.lasting import lasting

When = Callable[[Relations, FromClause], ColumnElement[bool]]
"""Which of these facts speak of the asked period, or day."""


def _lines(relations: Relations, classes: frozenset[type[Event]], unit: str, when: When) -> Subquery:
    """Each organisation that says one of them, of any of its units; what it took over is its own."""
    day, said = last_day(relations), []
    for cls in sorted(classes, key=lambda each: each.__name__):
        facts = relations.standing(cls)
        owned, owner = with_owner(relations, facts, facts.c[unit], facts.c.organisation, day)
        said.append(select(owner.label("line")).select_from(owned).where(when(relations, facts)))
    every = union_all(*said).subquery()
    return select(every.c.line).distinct().subquery()


def _units(classes: frozenset[type[Event]], unit: str, when: When) -> Rows:
    def rows(relations: Relations) -> Any:  # noqa: ANN401 — a select
        """Each living unit of these organisations."""
        units, day = relations.tables["unit"], last_day(relations)
        lines = _lines(relations, classes, unit, when)
        owned, owner = with_owner(relations, units, units.c.id, units.c.organisation, day)
        return (
            select(units.c.id.label("unit"), day.label("day"), *counts(1), *founded(units))
            .select_from(owned.join(lines, lines.c.line == owner))
            .where(lasting(units, day), units.c.level.is_(None))
        )

    return rows


def _touches(relations: Relations, facts: FromClause) -> ColumnElement[bool]:
    start, end = (literal(day, Date) for day in (relations.question.start, relations.question.end))
    return (facts.c.period_start < end) & (facts.c.period_end > start)


def _by_then(relations: Relations, facts: FromClause) -> ColumnElement[bool]:
    return facts.c.day <= last_day(relations)


def _of_the_year(relations: Relations, facts: FromClause) -> ColumnElement[bool]:
    return (facts.c.year == relations.question.last_day.year) & _by_then(relations, facts)


def _heard(classes: frozenset[type[Event]], unit: str, when: When) -> Figure:
    what = " / ".join(sorted(each.__name__ for each in classes))
    return Figure(
        f"heard-{what}",
        f"Đơn vị mà tổ chức có ghi sự việc loại này: {what}.",
        f"Units whose organisation says facts of this kind: {what}.",
        _units(classes, unit, when),
        classes,
    )


HEARD: Final[Mapping[str, Figure]] = {
    "dues-paid": _heard(frozenset({DuesPaid, DuesExempted}), "branch", _touches),
    "cards-held": _heard(frozenset({CardIssued, CardWithdrawn}), "branch", _by_then),
    "plan-registered": _heard(frozenset({PlanRegistered}), "unit", _of_the_year),
}
"""Indicator → what shows that its facts are recorded in the unit's organisation, so that nought of it is nought."""
