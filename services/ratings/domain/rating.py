"""When may a grade be proposed, and when decided? By another body than the rated one, once, on the rule set's scale.

Whether a rule set holds on the day is not asked: policies are applied before they are issued, and for want of a
successor after they have run out. What counts is the one that the decision cites.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from shared.contracts.ratings import RatingDecided, RatingProposed, RuleSetAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state

Rating: TypeAlias = RatingProposed | RatingDecided


class SubjectNotTheUnit(Refused):
    """The subject of the fact is the unit that is rated."""

    vi = "Chủ thể của sự việc phải là đơn vị được xếp loại."


class RatesItself(Refused):
    """No body decides its own rating; it may propose one (tự xếp loại)."""

    vi = "Không đơn vị nào tự quyết định xếp loại của mình; chỉ tự đề xuất."


class AlreadyDecided(Refused):
    """The rater has decided on that axis, for that period, by that rule set; what was wrong is corrected."""

    vi = "Đã có quyết định xếp loại cho kỳ này; nếu sai thì đính chính."


class OtherKindOfUnit(Refused):
    """The rule set rates units of another kind."""

    vi = "Bộ tiêu chí dành cho loại đơn vị khác."

    foreign: ClassVar[bool] = True


class UnknownGrade(Refused):
    """The rule set has no grade of that scale, rank and label."""

    vi = "Bộ tiêu chí không có mức xếp loại này."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a proposal or a decision, or raise why not. Proposals may repeat, for each step has its own."""
    match said.fact:
        case RatingProposed() as rating:
            _require_sound(rating, said, world)
        case RatingDecided() as rating:
            _require_sound(rating, said, world)
            if rating.rater == rating.unit:
                raise RatesItself("rater")
            if any(_same_decision(rating, other) for other in world.others(said)):
                raise AlreadyDecided("period")


def _require_sound(rating: Rating, said: Said, world: World) -> None:
    """The unit lived in the period, the rater lives, the period has begun, and the grade is one of the rule set's.

    A period need not have ended: units are rated from autumn on, a year's decision stands before the year is over.
    """
    if rating.unit != said.subject:
        raise SubjectNotTheUnit("unit")
    world.require_in_line("unit", rating.unit)
    world.require_lived("unit", rating.unit, rating.period)
    world.require_unit("rater", rating.rater, said.day)
    world.require_begun("period", rating.period, said)
    if rating.rule_set is not None:
        adopted = adoptions(rating.rule_set, world)
        if not adopted:
            raise UnknownRuleSet("rule_set")
        _require_by_rules(rating, adopted[0], world)


def _require_by_rules(rating: Rating, adopted: RuleSetAdopted, world: World) -> None:
    if adopted.subject_kind != world.tree.kind(rating.unit):
        raise OtherKindOfUnit("rule_set")
    # A rule set that only gives points lists no grades; then the raters' own words stand.
    if adopted.rules.grades and rating.grade not in adopted.rules.grades:
        raise UnknownGrade("grade")


def _same_decision(rating: RatingDecided, other: Said) -> bool:
    match other.fact:
        case RatingDecided(rater=rater, axis=axis, period=period, rule_set=rule_set):
            asked = (rating.rater, rating.axis, rating.period, rating.rule_set)
            return (rater, axis, period, rule_set) == asked
        case _:
            return False


DECIDER = decider_without_state(decide, RatingProposed, RatingDecided)
