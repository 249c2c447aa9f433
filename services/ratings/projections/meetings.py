"""Do branches meet when they should? Regular meetings held, and the periods due in which at least one was held."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CTE, Select, Uuid, and_, case, cast, null, or_, select, union_all

from services.ratings.projections.parts import behind, counts, in_force, told, with_branch, with_owner
from shared.contracts.meetings import Every, MeetingHeld, MeetingKind, PeriodicitySet
from shared.history.figures import MONTH, UNIT, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.lasting import lasting
from shared.units.projection import SUB_BRANCH

REGULAR: Final = MeetingKind.REGULAR.value


def _held(relations: Relations) -> Select[Any]:
    facts = relations.standing(MeetingHeld)
    joined, branch = with_branch(relations, facts, "branch", facts.c.day)
    return select(*told(facts, "branch"), branch.label("branch")).select_from(joined).where(facts.c.kind == REGULAR)


def _due(relations: Relations) -> CTE:
    """One row for each month in which a meeting of a unit falls due: `begins` and `last` day of the period due."""
    month, unit = relations.months(), relations.tables["unit"]
    rule = in_force(relations, PeriodicitySet, "unit_kind")
    begins = case((rule.c.every == Every.QUARTER.value, month.c.quarter), else_=month.c.first)
    living = unit.join(month, lasting(unit, month.c.last))
    owned, owner = with_owner(relations, living, unit.c.id, unit.c.organisation, month.c.first)
    return (
        select(unit.c.id, month.c.first, month.c.last, begins.label("begins"))
        .select_from(owned)
        .join(rule, and_(rule.c.organisation == owner, rule.c.unit_kind == unit.c.kind, lasting(rule, month.c.first)))
        .where(or_(rule.c.every == Every.MONTH.value, month.c.ends_quarter == 1))
        .where(unit.c.kind != SUB_BRANCH, unit.c.level.is_(null()), unit.c.start_day <= begins)
        .where(near(relations, unit.c.id))
        .cte("due")
    )


def _met(relations: Relations) -> Select[Any]:
    """One row for each period due, and one for each meeting in it: of the branch itself, or of a sub-branch of it."""
    due, meeting, sub = _due(relations), relations.standing(MeetingHeld), relations.tables["sub_branch"]
    within = and_(meeting.c.kind == REGULAR, meeting.c.day >= due.c.begins, meeting.c.day <= due.c.last)
    own = due.join(meeting, and_(meeting.c.branch == due.c.id, within))
    below = due.join(sub, sub.c.branch == due.c.id).join(
        meeting, and_(meeting.c.branch == sub.c.unit, lasting(sub, meeting.c.day), within)
    )
    thing = (due.c.id.label("unit"), due.c.first.label("day"), due.c.id.label("branch"))
    nobody = cast(null(), Uuid)
    periods = select(*thing, *counts(0, 1), nobody.label("log"), nobody.label("root"))
    meetings = (select(*thing, *counts(1, 1), *behind(meeting)).select_from(each) for each in (own, below))
    return select(union_all(periods, *meetings).subquery())


def _attendance(relations: Relations) -> Select[Any]:
    facts = relations.standing(MeetingHeld)
    joined, branch = with_branch(relations, facts, "branch", facts.c.day)
    return (
        select(
            facts.c.branch.label("unit"),
            facts.c.day,
            branch.label("branch"),
            *counts(facts.c.roll_present, facts.c.roll_expected),
            *behind(facts),
        )
        .select_from(joined)
        .where(facts.c.kind == REGULAR)
    )


FIGURES = (
    Figure(
        "meetings-held",
        "Buổi sinh hoạt định kỳ đã tổ chức trong kỳ; buổi của tổ hội, phân hội, phân đoàn tính cho chi hội, chi đoàn.",
        "Regular meetings held in the period; those of a sub-branch count in the branch above it.",
        _held,
        frozenset({MeetingHeld}),
        keys=("branch",),
    ),
    Figure(
        "meetings-met",
        "Kỳ phải sinh hoạt mà có ít nhất một buổi định kỳ, trên số kỳ phải sinh hoạt: mỗi tháng, hoặc mỗi quý tính vào "
        "tháng cuối quý, của chi đoàn, chi hội hoạt động cả ngày đầu và ngày cuối.",
        "Periods due with at least one regular meeting, out of the periods due: each month, or each quarter in its "
        "last month, of branches that live on its first and on its last day.",
        _met,
        frozenset({MeetingHeld, PeriodicitySet}),
        keys=("branch",),
        measure=Distinct((UNIT, MONTH)),
    ),
    Figure(
        "attendance",
        "Lượt có mặt trên lượt phải dự ở các buổi sinh hoạt định kỳ; khách và các loại sinh hoạt khác không tính.",
        "Members present out of members expected at regular meetings; guests and other kinds of meetings stand apart.",
        _attendance,
        frozenset({MeetingHeld}),
        keys=("branch",),
    ),
)
