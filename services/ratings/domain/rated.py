"""What must be right of anything that is said of a unit's grade? The unit, the period, the rule set and the grade.

Whether a rule set holds on the day is not asked: policies are applied before they are issued, and for want of a
successor after they have run out. What counts is the one that the fact cites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import UUID

from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from shared.contracts.fields import Grade, Period
from shared.contracts.ratings import RatedPerson, RuleSetAdopted, rated_id
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World

if TYPE_CHECKING:
    from shared.units.tree import Tree


class SubjectNotTheUnit(Refused):
    """The subject of the fact is the unit that is rated, or the id that follows from unit, person and kind."""

    vi = "Chủ thể của sự việc phải là đơn vị được xếp loại, hoặc mã suy ra từ đơn vị và cá nhân được xếp loại."


class OtherKindOfUnit(Refused):
    """The rule set rates units of another kind."""

    vi = "Bộ tiêu chí dành cho loại đơn vị khác."

    foreign: ClassVar[bool] = True


class UnknownGrade(Refused):
    """The rule set has no grade of that scale, rank and label."""

    vi = "Bộ tiêu chí không có mức xếp loại này."


class Rating(Protocol):
    """Any fact on the rating of a unit, or of a person in it, for a period."""

    @property
    def unit(self) -> UUID:
        """The unit."""

    @property
    def person(self) -> RatedPerson | None:
        """The person; none: the unit itself is rated."""

    @property
    def period(self) -> Period:
        """The period."""


def require_rated(rating: Rating, said: Said, world: World) -> None:
    """The unit, or who is rated in it, is the subject; the unit lived in the period, which has begun.

    A period need not have ended: units are rated from autumn on, a year's decision stands before the year is over.
    """
    if said.subject != rated_id(rating.unit, rating.person):
        raise SubjectNotTheUnit("unit" if rating.person is None else "person")
    world.require_in_line("unit", rating.unit)
    world.require_lived("unit", rating.unit, rating.period)
    world.require_begun("period", rating.period, said)


def kind_of(unit: UUID, person: RatedPerson | None, tree: Tree) -> str | None:
    """Of which kind is what is rated: the unit's, or in what standing the person is rated."""
    return tree.kind(unit) if person is None else person.kind


def require_by_rules(rule_set: UUID | None, rating: Rating, grade: Grade, world: World) -> RuleSetAdopted | None:
    """The cited rule set, which stands in the log, rates such units and has the grade; none where none is cited."""
    if rule_set is None:
        return None
    adopted = adoptions(rule_set, world)
    if not adopted:
        raise UnknownRuleSet("rule_set")
    if adopted[0].subject_kind != kind_of(rating.unit, rating.person, world.tree):
        raise OtherKindOfUnit("rule_set")
    # A rule set that only gives points lists no grades; then the raters' own words stand.
    if adopted[0].rules.grades and grade not in adopted[0].rules.grades:
        raise UnknownGrade("grade")
    return adopted[0]
