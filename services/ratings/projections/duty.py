"""Which cadres stayed below their duty? Who is in charge of which area when, and visits made beside visits owed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, case, func, select, tuple_, union_all

from services.ratings.projections.parts import behind, counts, in_force
from shared.contracts.meetings import VisitCompleted, VisitDutySet
from shared.history.figures import MONTH, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.lasting import lasting
from shared.units.on_duty import Charges, on_duty
from shared.units.projection import Units


def _owing(relations: Relations) -> CTE:
    """One row for each cadre, tier and month in which visits were owed; 1 where fewer were made, wherever."""
    months, duty, rule = relations.months(), relations.tables["on_duty"], in_force(relations, VisitDutySet, "tier")
    excuse, visit = relations.tables["excused"], relations.standing(VisitCompleted)
    charge = relations.tables["charge"]
    excused = select(excuse.c.organisation, excuse.c.cadre, months.c.first).join(
        months, and_(excuse.c.period_start <= months.c.last, excuse.c.period_end > months.c.first)
    )
    made = select(func.count()).where(_made_by(visit, duty.c.cadre, months)).scalar_subquery()
    return (
        select(
            *(duty.c.organisation, duty.c.cadre, duty.c.tier, months.c.first, months.c.last),
            case((made < rule.c.at_least, 1), else_=0).label("below"),
        )
        .select_from(duty)
        .join(months, and_(on_duty(duty, months.c.first), lasting(duty, months.c.last)))
        .join(rule, and_(rule.c.organisation == duty.c.organisation, rule.c.tier == duty.c.tier))
        .where(lasting(rule, months.c.first))
        .where(duty.c.cadre.in_(select(charge.c.cadre).where(near(relations, charge.c.area))))
        .where(tuple_(duty.c.organisation, duty.c.cadre, months.c.first).not_in(excused))
        .cte("owing")
    )


def _below(relations: Relations) -> Select[Any]:
    """One row for each area, cadre, tier and month, and each assignment and visit behind it."""
    owing, visit, charge = _owing(relations), relations.standing(VisitCompleted), relations.tables["charge"]
    area, assigned = charge.alias(), charge.alias()
    thing = (
        area.c.area.label("unit"),
        owing.c.first.label("day"),
        *(owing.c.organisation, owing.c.cadre, owing.c.tier),
        *counts(owing.c.below, 1),
    )
    held = owing.join(area, _held_by(area, owing))
    reason = (assigned.c.assigned_in.label("log"), assigned.c.assigned_by.label("root"))
    assignments = select(*thing, *reason).select_from(held.join(assigned, _held_by(assigned, owing)))
    visits = select(*thing, *behind(visit)).select_from(held.join(visit, _made_by(visit, owing.c.cadre, owing)))
    return select(union_all(assignments, visits).subquery())


def _made_by(visit: FromClause, cadre: ColumnElement[Any], month: CTE) -> ColumnElement[bool]:
    return and_(visit.c.cadre == cadre, visit.c.day >= month.c.first, visit.c.day <= month.c.last)


def _held_by(charge: FromClause, owing: CTE) -> ColumnElement[bool]:
    return and_(
        charge.c.organisation == owing.c.organisation,
        charge.c.cadre == owing.c.cadre,
        charge.c.tier == owing.c.tier,
        on_duty(charge, owing.c.first),
    )


FIGURES = (
    Figure(
        "cadres-below-duty",
        "Cán bộ phụ trách địa bàn cả tháng mà dự ít hơn mức quy định, trên số cán bộ phải dự; tính theo cán bộ–tháng, "
        "dự ở đâu cũng tính, tháng được miễn dù một ngày thì không tính.",
        "Cadres in charge all month who made fewer visits than owed, anywhere, out of those who owed; in cadre-months, "
        "leaving out months in which the cadre was excused on any day.",
        _below,
        frozenset({VisitDutySet, VisitCompleted}),
        (Units, Charges),
        keys=("tier", "cadre", "organisation"),
        measure=Distinct(("organisation", "cadre", "tier", MONTH)),
    ),
)
