"""What may happen to a decision once it is made? Published, objected to, verified again, upheld, changed, cancelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.ratings.domain.decided import DecisionCancelled, OtherRuleSet, UnknownDecision
from services.ratings.domain.document import DOCUMENTED, StepWithoutDocument
from services.ratings.domain.effects import OtherEffects
from services.ratings.domain.objection import (
    NoMoreObjections,
    NotAbove,
    NothingToReverify,
    NotYetPublished,
    ObjectionOpen,
    ObjectionTooLate,
)
from services.ratings.domain.publication import AlreadyPublished
from services.ratings.domain.rated import UnknownGrade
from services.ratings.domain.rating import RatesItself
from services.ratings.domain.settlement import MayNotSettle, NothingChanged, NothingToSettle, NotYetReverified
from shared.contracts.membership import MandateGranted
from shared.contracts.ratings import (
    ObjectionRaised,
    RatingCancelled,
    RatingChanged,
    RatingDecided,
    RatingProposed,
    RatingPublished,
    RatingReverified,
    RatingUpheld,
    ReratingOrdered,
)
from shared.units.ground import Rules
from tests.ratings.domain.cycle_posts import (
    authority,
    cancelled,
    changed,
    decided,
    objected,
    ordered,
    published,
    reference,
    reverified,
    self_rated,
    upheld,
    year,
)
from tests.ratings.domain.test_rule_set import GRADES, RULES, adopted
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMITTEE,
    OTHER_BRANCH,
    PARTY,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    WOMEN_PROVINCE,
    says,
)
from tests.support.posts import Post, voided

DECIDED = decided()
OPENS = [{"effect": "direct-election-of-head", "scale": "strength", "worst_rank": 2, "legal_reference": "Mục 3"}]
BASIS = {"effect": "commendation-basis", "scale": "strength", "worst_rank": 1, "legal_reference": "Mục 4"}
EFFECTS = authority(effects=[*OPENS, BASIS])
DIRECT = ("direct-election-of-head",)
BOTH = ("commendation-basis", "direct-election-of-head")


# ── Which decision ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [published, objected, ordered, reverified, upheld, changed, cancelled])
def test_a_later_fact_is_about_a_decision_that_stands_by_its_day(step: Callable[..., Post]) -> None:
    given().when(step(DECIDED)).then(UnknownDecision, "decision")
    given(DECIDED, voided(DECIDED)).when(step(DECIDED)).then(UnknownDecision, "decision")
    given(DECIDED).when(step(DECIDED, "2022-12-19")).then(UnknownDecision, "decision")
    given(DECIDED).when(step(DECIDED, axis="territorial")).then(UnknownDecision, "decision")
    given(DECIDED).when(step(DECIDED, period=year(2021))).then(UnknownDecision, "decision")
    over = cancelled(DECIDED, "2022-12-21")
    given(DECIDED, over).when(step(DECIDED)).then(DecisionCancelled, "decision")


# ── Published ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_is_published_once_with_exactly_what_the_rule_grants() -> None:
    given(DECIDED).when(published(DECIDED)).then(RatingPublished)
    given(DECIDED, published(DECIDED)).when(published(DECIDED, "2022-12-25")).then(AlreadyPublished, "decision")
    given(DECIDED).when(published(DECIDED, effects=DIRECT)).then(OtherEffects, "effects")
    given(EFFECTS, DECIDED).when(published(DECIDED, effects=DIRECT)).then(RatingPublished)
    given(EFFECTS, DECIDED).when(published(DECIDED)).then(OtherEffects, "effects")
    given(EFFECTS, DECIDED).when(published(DECIDED, effects=BOTH)).then(OtherEffects, "effects")
    best = decided(grade=GRADES[0])
    given(EFFECTS, best).when(published(best, effects=BOTH)).then(RatingPublished)
    given(EFFECTS, best).when(published(best, effects=BOTH[::-1])).then(OtherEffects, "effects")
    weak = decided(grade=GRADES[2])
    given(EFFECTS, weak).when(published(weak)).then(RatingPublished)


# ── Objected to, ordered again ───────────────────────────────────────────────────────────────────────────────────


def test_an_objection_is_open_until_it_is_settled() -> None:
    given(DECIDED).when(objected(DECIDED)).then(ObjectionRaised)
    given(DECIDED, objected(DECIDED)).when(objected(DECIDED, "2022-12-27")).then(ObjectionOpen, "decision")
    given(DECIDED, ordered(DECIDED)).when(objected(DECIDED, "2022-12-27")).then(ObjectionOpen, "decision")
    given(DECIDED, objected(DECIDED)).when(ordered(DECIDED, "2022-12-27")).then(ObjectionOpen, "decision")
    settled = (objected(DECIDED), upheld(DECIDED))
    given(DECIDED, *settled).when(objected(DECIDED, "2023-01-05")).then(ObjectionRaised)


def test_how_often_and_how_long_is_the_organisations_own_rule() -> None:
    once = authority(objections=1)
    settled = (objected(DECIDED), upheld(DECIDED))
    given(once, DECIDED, *settled).when(objected(DECIDED, "2023-01-05")).then(NoMoreObjections, "decision")
    soon = authority(deadlines=[{"step": "objection-raised", "days": 5, "after": "published"}])
    known = published(DECIDED, "2022-12-21")
    given(soon, DECIDED, known).when(objected(DECIDED, "2022-12-26")).then(ObjectionRaised)
    given(soon, DECIDED, known).when(objected(DECIDED, "2022-12-27")).then(ObjectionTooLate, "decision")
    given(soon, DECIDED).when(objected(DECIDED, "2023-06-27")).then(ObjectionRaised)
    of_decision = authority(deadlines=[{"step": "objection-raised", "days": 5, "after": "decided"}])
    given(of_decision, DECIDED).when(objected(DECIDED, "2022-12-26")).then(ObjectionTooLate, "decision")
    of_period = authority(deadlines=[{"step": "objection-raised", "days": 5}])
    given(of_period, DECIDED).when(objected(DECIDED, "2023-01-05")).then(ObjectionRaised)
    given(of_period, DECIDED).when(objected(DECIDED, "2023-01-06")).then(ObjectionTooLate, "decision")


def test_by_rule_the_decision_is_published_first() -> None:
    rule = authority(steps=("published",))
    given(rule, DECIDED).when(objected(DECIDED)).then(NotYetPublished, "decision")
    given(rule, DECIDED, published(DECIDED)).when(objected(DECIDED)).then(ObjectionRaised)


def test_only_a_body_above_orders_that_a_unit_be_rated_again() -> None:
    given(DECIDED).when(ordered(DECIDED)).then(ReratingOrdered)
    for body in (WOMEN_DISTRICT, WOMEN_COMMUNE, BRANCH):
        given(DECIDED).when(ordered(DECIDED, body=body)).then(NotAbove, "body")


# ── Verified again, settled ──────────────────────────────────────────────────────────────────────────────────────


def test_each_objection_and_order_is_verified_once() -> None:
    given(DECIDED).when(reverified(DECIDED)).then(NothingToReverify, "decision")
    given(DECIDED, objected(DECIDED)).when(reverified(DECIDED)).then(RatingReverified)
    twice = given(DECIDED, objected(DECIDED), reverified(DECIDED))
    twice.when(reverified(DECIDED, "2022-12-29")).then(NothingToReverify, "decision")
    given(DECIDED, ordered(DECIDED)).when(reverified(DECIDED)).then(RatingReverified)


@pytest.mark.parametrize(("step", "fact"), [(upheld, RatingUpheld), (changed, RatingChanged)])
def test_what_was_objected_to_is_settled_by_who_decided_or_a_body_above(step: Callable[..., Post], fact: type) -> None:
    given(DECIDED).when(step(DECIDED)).then(NothingToSettle, "decision")
    book = given(DECIDED, objected(DECIDED))
    book.when(step(DECIDED)).then(fact)
    book.when(step(DECIDED, body=WOMEN_PROVINCE)).then(fact)
    book.when(step(DECIDED, body=WOMEN_COMMUNE)).then(MayNotSettle, "body")
    book.when(step(DECIDED, body=BRANCH)).then(RatesItself, "body")
    book.when(step(DECIDED, "2022-12-25")).then(NothingToSettle, "decision")
    given(DECIDED, objected(DECIDED), upheld(DECIDED)).when(step(DECIDED, "2022-12-31")).then(
        NothingToSettle, "decision"
    )


def test_the_posted_rule_says_which_kind_settles_and_whether_it_is_verified_first() -> None:
    rule = authority(settles="base-unit", steps=("re-verified",))
    book = given(rule, DECIDED, objected(DECIDED))
    book.when(upheld(DECIDED)).then(MayNotSettle, "body")
    book.when(upheld(DECIDED, body=WOMEN_COMMUNE)).then(NotYetReverified, "decision")
    book.take(reverified(DECIDED))
    book.when(upheld(DECIDED, body=WOMEN_COMMUNE)).then(RatingUpheld)


def test_a_body_above_cancels_of_its_own_accord_and_who_decided_only_when_called_upon() -> None:
    given(DECIDED).when(cancelled(DECIDED)).then(RatingCancelled)
    given(DECIDED).when(cancelled(DECIDED, body=WOMEN_DISTRICT)).then(NothingToSettle, "decision")
    given(DECIDED, objected(DECIDED)).when(cancelled(DECIDED, body=WOMEN_DISTRICT)).then(RatingCancelled)


def test_a_change_is_to_another_grade_of_the_decisions_own_rules() -> None:
    book = given(DECIDED, objected(DECIDED))
    book.when(changed(DECIDED, grade=GRADES[1])).then(NothingChanged, "grade")
    book.when(changed(DECIDED, rule_set=RULES)).then(OtherRuleSet, "rule_set")
    by_rules = decided(rule_set=RULES)
    book = given(adopted(), by_rules, objected(by_rules))
    book.when(changed(by_rules, rule_set=RULES)).then(RatingChanged)
    odd = GRADES[0].model_copy(update={"label": "Rất mạnh"})
    book.when(changed(by_rules, rule_set=RULES, grade=odd)).then(UnknownGrade, "grade")
    book.when(reverified(by_rules)).then(OtherRuleSet, "rule_set")
    twice = given(DECIDED, objected(DECIDED), changed(DECIDED), objected(DECIDED, "2023-01-05"))
    twice.when(changed(DECIDED, "2023-01-10", grade=GRADES[1])).then(RatingChanged)
    twice.when(changed(DECIDED, "2023-01-10")).then(NothingChanged, "grade")


def test_a_change_of_what_was_published_says_what_the_new_grade_opens() -> None:
    book = given(EFFECTS, DECIDED, published(DECIDED, effects=DIRECT), objected(DECIDED))
    book.when(changed(DECIDED, effects=BOTH)).then(RatingChanged)
    book.when(changed(DECIDED)).then(OtherEffects, "effects")
    unpublished = given(EFFECTS, DECIDED, objected(DECIDED))
    unpublished.when(changed(DECIDED)).then(RatingChanged)
    unpublished.when(changed(DECIDED, effects=BOTH)).then(OtherEffects, "effects")
    later = given(EFFECTS, DECIDED, objected(DECIDED), changed(DECIDED))
    later.when(published(DECIDED, "2022-12-31", effects=BOTH)).then(RatingPublished)


def test_objecting_to_what_was_reported_and_to_what_confirms_it_is_the_same() -> None:
    report = decided(axis="party-committee", rater=COMMITTEE)
    own = decided("2022-12-22", axis="party-committee", rater=COMMITTEE, by=PARTY, confirms=reference(report))
    book = given(report, own, objected(report))
    book.when(objected(own, "2022-12-27")).then(ObjectionOpen, "decision")
    book.when(upheld(own, body=COMMITTEE, by=PARTY)).then(RatingUpheld)


def test_the_unit_that_is_named_is_the_subject() -> None:
    given(DECIDED).when(says(objected(DECIDED, unit=OTHER_BRANCH).fact, OTHER_BRANCH, on="2022-12-26")).then(
        UnknownDecision, "decision"
    )


# ── The document ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_step_but_the_two_oldest_rests_on_a_document() -> None:
    rules = Rules({}, lambda _: (), DOCUMENTED)
    for post, refused in ((self_rated(), StepWithoutDocument), (objected(DECIDED), StepWithoutDocument)):
        with pytest.raises(refused) as refusal:
            rules.require_document(post.draft())
        assert refusal.value.field == "docnumber"
    rules.require_document(DECIDED.draft())
    assert {RatingDecided, RatingProposed, MandateGranted}.isdisjoint(DOCUMENTED)
