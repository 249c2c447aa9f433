"""Do branches meet when they should? Regular meetings held, and the periods due in which at least one was held."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, exists, literal, or_, select, union_all

from services.ratings.projections.parts import REGULAR, branch_of, lasting, nothing, one
from shared.contracts.meetings import Every, MeetingHeld, PeriodicitySet
from shared.history.figures import Figure, Relations
from shared.units.knowledge import UNIT_FACTS


def _held(relations: Relations) -> Select[Any]:
    facts = relations.standing(MeetingHeld)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    ).where(facts.c.kind == REGULAR)


def _met(relations: Relations) -> Select[Any]:
    """One row a period due, standing in its last month; and the meetings themselves, which count nothing here."""
    month, unit = relations.months(), relations.tables["unit"]
    facts, set_ = relations.standing(MeetingHeld), relations.standing(PeriodicitySet)
    every = (
        select(set_.c.every)
        .where(set_.c.organisation == unit.c.organisation, set_.c.unit_kind == unit.c.kind, set_.c.day <= month.c.first)
        .order_by(set_.c.day.desc(), set_.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    lives = select(unit.c.id, unit.c.start_day, unit.c.end_day, month, every.label("every")).select_from(unit).join(
        month, lasting(unit, month.c.last)
    )
    due = lives.where(unit.c.kind != "sub-branch", unit.c.level.is_(None)).subquery()
    begins = case((due.c.every == Every.QUARTER.value, due.c.quarter), else_=due.c.first)
    sitting = (
        select(branch_of(relations, facts.c.branch, facts.c.day).label("branch"), facts.c.day)
        .where(facts.c.kind == REGULAR)
        .subquery()
    )
    within = exists(
        select(literal(1)).where(sitting.c.branch == due.c.id, sitting.c.day >= begins, sitting.c.day <= due.c.last)
    )
    periods = select(
        due.c.id.label("unit"),
        due.c.first.label("day"),
        cast(case((within, 1), else_=0), Integer).label("numerator"),
        one().label("denominator"),
        nothing().label("poster"),
        nothing().label("event_id"),
    ).where(
        or_(due.c.every == Every.MONTH.value, and_(due.c.every == Every.QUARTER.value, due.c.closes_quarter == 1)),
        due.c.start_day <= begins,
    )
    behind = select(
        facts.c.branch.label("unit"),
        facts.c.day,
        literal(0, Integer),
        literal(0, Integer),
        facts.c.poster,
        facts.c.event_id,
    ).where(facts.c.kind == REGULAR)
    return select(union_all(periods, behind).subquery())


FIGURES = (
    Figure(
        "meetings-held",
        "Buổi sinh hoạt định kỳ đã tổ chức trong kỳ.",
        "Regular meetings held in the period.",
        _held,
        frozenset({MeetingHeld}),
        frozenset({"units"}),
    ),
    Figure(
        "meetings-met",
        "Kỳ phải sinh hoạt mà có ít nhất một buổi định kỳ, trên số kỳ phải sinh hoạt (tháng hoặc quý).",
        "Periods due (months or quarters) with at least one regular meeting, out of the periods due.",
        _met,
        UNIT_FACTS | {MeetingHeld, PeriodicitySet},
        frozenset({"units"}),
    ),
)
