"""Which decision is a later fact about? One that stands by its day and was not cancelled before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.ratings.domain.authority import NoDistrictAnyMore, governing, no_district
from services.ratings.domain.course import After, Aftermath, aftermath, decisions, named, root_of
from services.ratings.domain.rated import require_by_rules, require_rated
from shared.contracts.fields import Grade
from shared.contracts.ratings import RatingAuthoritySet, RatingDecided
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class UnknownDecision(Refused):
    """By that day no such decision of that unit, axis and period stands."""

    vi = "Ngày đó không có quyết định này của đơn vị, trục và kỳ."


class DecisionCancelled(Refused):
    """The decision was cancelled before that day; a new one may be made in its place."""

    vi = "Quyết định đã bị hủy trước ngày đó; chỉ còn ra quyết định mới thay thế."


class OtherRuleSet(Refused):
    """What is said of a decision afterwards is said by its own rule set."""

    vi = "Phải theo đúng bộ tiêu chí của quyết định."


@dataclass(frozen=True, slots=True)
class Stood:
    """A decision with all that a rule may ask about it."""

    fact: RatingDecided
    after: Aftermath
    """What has become of it by the day."""
    rule: RatingAuthoritySet | None
    """The posted rule of the day."""

    @property
    def rater(self) -> UUID:
        """Who decided."""
        return self.fact.rater


def stood(fact: After, said: Said, world: World) -> Stood:
    """The decision that a fact is about, after what is asked of every such fact: its unit, its body, its day."""
    require_rated(fact, said, world)
    world.require_unit("body", fact.body, said.day)
    if no_district(fact.body, world.tree, said.day):
        raise NoDistrictAnyMore("body")
    facts = list(world.others(said))
    for made in decisions(facts, (fact.axis, fact.period)):
        if root_of(made) == named(fact.decision) and made.day <= said.day and isinstance(made.fact, RatingDecided):
            after = aftermath(made, facts, said.day)
            if after.cancelled is not None and after.cancelled.day < said.day:
                raise DecisionCancelled("decision")
            return Stood(
                made.fact, after, governing(world, fact.unit, fact.axis, said.day, made.fact.rater, person=fact.person)
            )
    raise UnknownDecision("decision")


def require_its_rules(rule_set: UUID | None, grade: Grade, of: Stood, world: World) -> None:
    """Raise unless a grade is one of the decision's own rule set. OtherRuleSet, UnknownGrade."""
    if rule_set != of.fact.rule_set:
        raise OtherRuleSet("rule_set")
    require_by_rules(rule_set, of.fact, grade, world)
