"""What must be right of anything that is said of a unit's grade? The unit, the period, the rule set and the grade.

Whether a rule set holds on the day is not asked: policies are applied before they are issued, and for want of a
successor after they have run out. What counts is the one that the fact cites.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from shared.contracts.fields import Grade, Period
from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class SubjectNotTheUnit(Refused):
    """The subject of the fact is the unit that is rated."""

    vi = "Chủ thể của sự việc phải là đơn vị được xếp loại."


class OtherKindOfUnit(Refused):
    """The rule set rates units of another kind."""

    vi = "Bộ tiêu chí dành cho loại đơn vị khác."

    foreign: ClassVar[bool] = True


class UnknownGrade(Refused):
    """The rule set has no grade of that scale, rank and label."""

    vi = "Bộ tiêu chí không có mức xếp loại này."


def require_rated(unit: UUID, period: Period, said: Said, world: World) -> None:
    """The unit is the subject and lived in the period, which has begun.

    A period need not have ended: units are rated from autumn on, a year's decision stands before the year is over.
    """
    if unit != said.subject:
        raise SubjectNotTheUnit("unit")
    world.require_in_line("unit", unit)
    world.require_lived("unit", unit, period)
    world.require_begun("period", period, said)


def require_by_rules(rule_set: UUID | None, unit: UUID, grade: Grade, world: World) -> RuleSetAdopted | None:
    """The cited rule set, which stands in the log, rates such units and has the grade; none where none is cited."""
    if rule_set is None:
        return None
    adopted = adoptions(rule_set, world)
    if not adopted:
        raise UnknownRuleSet("rule_set")
    if adopted[0].subject_kind != world.tree.kind(unit):
        raise OtherKindOfUnit("rule_set")
    # A rule set that only gives points lists no grades; then the raters' own words stand.
    if adopted[0].rules.grades and grade not in adopted[0].rules.grades:
        raise UnknownGrade("grade")
    return adopted[0]
