"""When may a grade be proposed and decided, and when is a reported figure kept?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.ratings.domain.rated import OtherKindOfUnit, SubjectNotTheUnit, UnknownGrade
from services.ratings.domain.rating import AlreadyDecided, RatesItself
from services.ratings.domain.report import AlreadyReported, KeyTwice, NothingReported, RateWithoutNumbers
from services.ratings.domain.rule_set import UnknownRuleSet
from shared.contracts.event import Event, calendar_day
from shared.contracts.fields import Grade, Period, Qualifier
from shared.contracts.ratings import FigureReported, RatingDecided, RatingProposed
from shared.contracts.ratings.reports import ReportedOf
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit, PeriodNotBegun
from tests.ratings.domain.test_rule_set import GRADES, OLD_RULES, RULES, adopted
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMITTEE,
    DISTRICT,
    HAMLET,
    NOWHERE,
    PARTY,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    dissolved,
    founded,
    says,
)
from tests.support.posts import Post, again, corrected, id_of, voided

RATINGS = (RatingProposed, RatingDecided)
YEAR = Period(start=calendar_day("2022-01-01"), end=calendar_day("2023-01-01"))
LAST_YEAR = Period(start=calendar_day("2021-01-01"), end=calendar_day("2022-01-01"))


def rated(fact: type[Event] = RatingDecided, on: str = "2022-12-28", about: UUID = BRANCH, **fields: Any) -> Post:
    values = {
        "unit": BRANCH,
        "rater": WOMEN_DISTRICT,
        "axis": "vertical",
        "period": YEAR,
        "grade": GRADES[1],
        **fields,
    }
    return says(fact.model_validate(values), about, on=on)


@pytest.mark.parametrize("fact", RATINGS)
def test_a_body_rates_a_unit_with_or_without_posted_rules(fact: type[Event]) -> None:
    given().when(rated(fact)).then(fact)
    given(adopted()).when(rated(fact, rule_set=RULES, points=8250)).then(fact)


@pytest.mark.parametrize("fact", RATINGS)
def test_the_subject_is_the_rated_unit(fact: type[Event]) -> None:
    given().when(rated(fact, about=WOMEN_COMMUNE)).then(SubjectNotTheUnit, "unit")


@pytest.mark.parametrize("fact", RATINGS)
def test_the_rated_unit_is_known_and_of_a_line(fact: type[Event]) -> None:
    given().when(rated(fact, unit=NOWHERE, about=NOWHERE)).then(UnknownUnit, "unit")
    given().when(rated(fact, unit=HAMLET, about=HAMLET)).then(NotAUnit, "unit")


@pytest.mark.parametrize("fact", RATINGS)
def test_the_rated_unit_lived_in_the_period_though_it_may_have_ended_since(fact: type[Event]) -> None:
    given(dissolved(BRANCH, "2022-07-01")).when(rated(fact)).then(fact)
    given(dissolved(BRANCH, "2022-01-01")).when(rated(fact)).then(NotAlive, "unit")
    new = founded(id_of("unit/new"), "branch", WOMEN_COMMUNE, since="2023-01-01")
    given(new).when(rated(fact, unit=new.subject, about=new.subject)).then(NotAlive, "unit")


@pytest.mark.parametrize("fact", RATINGS)
def test_the_rater_is_a_living_unit(fact: type[Event]) -> None:
    given().when(rated(fact, rater=NOWHERE)).then(UnknownUnit, "rater")
    given().when(rated(fact, rater=DISTRICT)).then(NotAUnit, "rater")
    given(dissolved(WOMEN_DISTRICT, "2022-12-28")).when(rated(fact)).then(NotAlive, "rater")


def test_a_body_proposes_its_own_rating_but_does_not_decide_it() -> None:
    given().when(rated(RatingProposed, rater=BRANCH)).then(RatingProposed)
    given().when(rated(RatingDecided, rater=BRANCH)).then(RatesItself, "rater")


@pytest.mark.parametrize("fact", RATINGS)
def test_a_year_is_rated_before_it_is_over_but_not_before_it_begins(fact: type[Event]) -> None:
    given().when(rated(fact, "2022-01-01")).then(fact)
    given().when(rated(fact, "2021-12-31")).then(PeriodNotBegun, "period")


@pytest.mark.parametrize("fact", RATINGS)
def test_the_rule_set_stands_in_the_log(fact: type[Event]) -> None:
    given().when(rated(fact, rule_set=RULES)).then(UnknownRuleSet, "rule_set")
    given(adopted(OLD_RULES)).when(rated(fact, rule_set=RULES)).then(UnknownRuleSet, "rule_set")
    post = adopted()
    given(post, voided(post)).when(rated(fact, rule_set=RULES)).then(UnknownRuleSet, "rule_set")


def test_rules_that_have_run_out_or_begin_later_are_still_cited() -> None:
    old = adopted(effective_from=calendar_day("2019-01-01"), effective_to=calendar_day("2020-01-01"))
    given(old).when(rated(rule_set=RULES)).then(RatingDecided)
    given(adopted(effective_from=calendar_day("2024-01-01"))).when(rated(rule_set=RULES)).then(RatingDecided)


@pytest.mark.parametrize("fact", RATINGS)
def test_the_rule_set_is_for_units_of_that_kind(fact: type[Event]) -> None:
    given(adopted(subject_kind="base-unit")).when(rated(fact, rule_set=RULES)).then(OtherKindOfUnit, "rule_set")


@pytest.mark.parametrize("fact", RATINGS)
@pytest.mark.parametrize(
    "grade",
    [
        Grade(scale="completion", rank=2, label="Khá"),
        Grade(scale="strength", rank=3, label="Khá"),
        Grade(scale="strength", rank=2, label="khá"),
    ],
)
def test_the_grade_is_one_of_the_rule_set_to_the_letter(fact: type[Event], grade: Grade) -> None:
    given(adopted()).when(rated(fact, rule_set=RULES, grade=grade)).then(UnknownGrade, "grade")
    given().when(rated(fact, grade=grade)).then(fact)


def test_rules_that_give_points_only_leave_the_words_to_the_raters() -> None:
    given(adopted(grades=())).when(rated(rule_set=RULES)).then(RatingDecided)


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rating_is_decided_once_whatever_the_day() -> None:
    given(rated()).when(rated(grade=GRADES[0], on="2022-12-20")).then(AlreadyDecided, "period")
    given(rated()).when(rated(grade=GRADES[0], on="2023-01-10")).then(AlreadyDecided, "period")


def test_the_same_decision_again_is_nothing_new() -> None:
    post = rated()
    given(post).when(again(post)).then()


def test_a_decision_is_corrected_and_corrected_back() -> None:
    post = rated()
    first = corrected(post, rated(grade=GRADES[0]).fact)
    given(post).when(first).then(RatingDecided)
    given(post, first).when(corrected(first, post.fact)).then(RatingDecided)


def test_a_voided_decision_is_taken_anew() -> None:
    post = rated()
    given(post, voided(post)).when(rated(grade=GRADES[0])).then(RatingDecided)


def test_two_decisions_are_not_made_one_by_a_correction() -> None:
    first, second = rated(), rated(axis="territorial")
    given(first, second).when(corrected(second, rated(grade=GRADES[0]).fact)).then(AlreadyDecided, "period")


@pytest.mark.parametrize(
    "difference",
    [{"rater": COMMITTEE}, {"axis": "territorial"}, {"period": LAST_YEAR}, {"rule_set": RULES}],
    ids=["rater", "axis", "period", "rule set"],
)
def test_decisions_of_another_rater_axis_period_or_rule_set_stand_beside_it(difference: dict[str, Any]) -> None:
    given(adopted(), rated()).when(rated(**difference)).then(RatingDecided)


def test_proposals_may_repeat_and_leave_the_decision_open() -> None:
    given(rated(RatingProposed)).when(rated(RatingProposed, grade=GRADES[0])).then(RatingProposed)
    given(rated(RatingProposed)).when(rated()).then(RatingDecided)
    given(rated()).when(rated(RatingProposed)).then(RatingProposed)


def test_what_rests_on_another_service_may_only_not_have_been_seen_yet() -> None:
    assert all(refusal.foreign for refusal in (UnknownUnit, NotAUnit, NotAlive, OtherKindOfUnit))
    assert not any(refusal.foreign for refusal in (AlreadyDecided, RatesItself, UnknownGrade, UnknownRuleSet))


# ── Reported figures ─────────────────────────────────────────────────────────────────────────────────────────────


def reported(on: str = "2023-01-15", scope: UUID = DISTRICT, period: Period = YEAR, **fields: Any) -> Post:
    values = {"indicator": "attending-regularly", "scope": scope, "period": period, "source": "Báo cáo", **fields}
    fact = FigureReported.model_validate({"numerator": 657, "denominator": 1000, **values})
    return says(fact, id_of("report"), on=on, by=PARTY)


def test_a_figure_is_kept_as_it_was_reported() -> None:
    given().when(reported()).then(FigureReported)
    given().when(reported(denominator=None)).then(FigureReported)


def test_a_target_may_have_been_surpassed() -> None:
    given().when(reported(numerator=1200)).then(FigureReported)


def test_a_report_is_kept_once() -> None:
    given(reported()).when(reported("2023-01-10")).then(AlreadyReported, "subject")
    given(reported()).when(reported(numerator=658)).then(AlreadyReported, "subject")


def test_a_report_is_about_what_lived_in_a_period_that_has_begun() -> None:
    given().when(reported(scope=NOWHERE)).then(UnknownUnit, "scope")
    given(dissolved(BRANCH, "2022-01-01")).when(reported(scope=BRANCH)).then(NotAlive, "scope")
    given().when(reported("2021-12-31")).then(PeriodNotBegun, "period")


def test_a_report_says_a_number_or_most_and_each_thing_once() -> None:
    given().when(reported(numerator=None, denominator=None, qualifier=Qualifier.MOST)).then(FigureReported)
    given().when(reported(numerator=None, qualifier=Qualifier.NEARLY)).then(NothingReported, "numerator")
    given().when(reported(only_rate=True)).then(FigureReported)
    given().when(reported(only_rate=True, denominator=None)).then(RateWithoutNumbers, "only_rate")
    twice = tuple(ReportedOf(key="rank", value=place) for place in ("1", "2"))
    given().when(reported(split=twice[:1])).then(FigureReported)
    given().when(reported(split=twice)).then(KeyTwice, "split")
