"""Who decides on a grade, and when is a decision by another body refused?"""

from __future__ import annotations

from datetime import date

import pytest

from services.ratings.domain.authority import (
    AuthorityAlreadySet,
    NoDistrictAnyMore,
    NotTheRater,
    SubjectNotTheAxis,
    governing,
)
from services.ratings.domain.rule_set import EndsBeforeItBegins
from shared.contracts.event import Event
from shared.contracts.membership import MembershipLogClosed
from shared.contracts.ratings import RatingAuthoritySet, RatingDecided, authority_id
from shared.units.world import World
from tests.ratings.domain.cycle_posts import authority, decided, opened, proposed, verified, year
from tests.support.given import Given, given
from tests.support.landscape import (
    BRANCH,
    COMMITTEE,
    OTHER_BRANCH,
    PARTY,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    WOMEN_PROVINCE,
    YOUTH,
    dissolved,
    says,
)
from tests.support.posts import again, corrected, voided

YEAR_2025 = year(2025)


def world(book: Given) -> World:
    return book.world("ratings", [authority_id("vertical"), authority_id("party-committee")])


# ── Posting the rule ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_organisation_says_who_decides_from_a_day_on() -> None:
    given().when(authority()).then(RatingAuthoritySet)
    given().when(authority(effective_to="2022-01-02")).then(RatingAuthoritySet)
    given().when(authority(effective_to="2022-01-01")).then(EndsBeforeItBegins, "effective_to")


def test_the_subject_follows_from_the_axis() -> None:
    post = authority()
    given().when(says(post.fact, BRANCH, on="2022-01-01")).then(SubjectNotTheAxis, "subject")


def test_a_rule_is_set_once_for_a_day_and_set_anew_for_another() -> None:
    post = authority()
    given(post).when(again(post)).then()
    given(post).when(authority(decides="province-body")).then(AuthorityAlreadySet, "effective_from")
    given(post).when(authority("2023-01-01", decides="province-body")).then(RatingAuthoritySet)
    given(post).when(authority(subject_kind="base-unit")).then(RatingAuthoritySet)
    given(post).when(authority(by=YOUTH)).then(RatingAuthoritySet)
    given(post).when(corrected(post, authority(decides="province-body").fact)).then(RatingAuthoritySet)
    given(post, voided(post)).when(authority(decides="province-body")).then(RatingAuthoritySet)


# ── Which rule holds on which day ────────────────────────────────────────────────────────────────────────────────


def test_the_last_rule_that_has_begun_and_not_ended_holds() -> None:
    book = given(
        authority("2020-01-01", decides="district-body"),
        authority("2022-01-01", decides="base-unit", effective_to="2023-01-01"),
        authority("2021-01-01", subject_kind="base-unit", decides="province-body"),
        authority("2021-01-01", decides="committee", by=YOUTH),
    )
    days = {"2019-12-31": None, "2020-01-01": "district-body", "2022-01-01": "base-unit", "2023-01-01": None}
    for day, decides in days.items():
        rule = governing(world(book), BRANCH, "vertical", date.fromisoformat(day))
        assert (None if rule is None else rule.decides) == decides, day


def test_who_goes_on_in_another_organisation_leaves_its_rule_until_that_one_posts_its_own() -> None:
    closing = MembershipLogClosed(successors=(YOUTH,), effective=date(2022, 7, 1))
    book = given(authority("2020-01-01", decides="base-unit"), says(closing, WOMEN, on="2022-07-01"))
    rule = governing(world(book), BRANCH, "vertical", date(2022, 12, 20))
    assert rule is not None
    assert rule.decides == "base-unit"
    book.take(authority("2022-08-01", decides="province-body", by=YOUTH))
    rule = governing(world(book), BRANCH, "vertical", date(2022, 12, 20))
    assert rule is not None
    assert rule.decides == "province-body"


# ── Who may decide ───────────────────────────────────────────────────────────────────────────────────────────────


def test_by_a_posted_rule_the_nearest_body_of_that_kind_above_decides_and_no_other() -> None:
    book = given(authority(decides="base-unit"))
    book.when(decided(rater=WOMEN_COMMUNE)).then(RatingDecided)
    for other in (WOMEN_DISTRICT, WOMEN_PROVINCE, OTHER_BRANCH, COMMITTEE):
        by = PARTY if other == COMMITTEE else WOMEN
        book.when(decided(rater=other, by=by)).then(NotTheRater, "rater")


def test_without_a_posted_rule_whoever_is_said_to_decides() -> None:
    for rater in (WOMEN_COMMUNE, WOMEN_DISTRICT, WOMEN_PROVINCE):
        given().when(decided(rater=rater)).then(RatingDecided)


def test_the_rule_of_the_day_of_decision_counts_and_not_that_of_the_period() -> None:
    book = given(authority("2022-01-01", decides="district-body"), authority("2022-12-01", decides="base-unit"))
    book.when(decided("2022-11-30")).then(RatingDecided)
    book.when(decided("2022-12-01")).then(NotTheRater, "rater")
    book.when(decided("2022-12-01", rater=WOMEN_COMMUNE)).then(RatingDecided)


def test_another_bodys_rule_holds_on_an_axis_on_which_the_units_own_organisation_has_set_nothing() -> None:
    book = given(authority(axis="party-committee", decides="committee", by=PARTY, subject_kind="branch"))
    book.when(decided(axis="party-committee", rater=COMMITTEE, by=PARTY)).then(RatingDecided)
    book = given(authority(axis="party-committee", decides="province-body", by=PARTY))
    book.when(decided(axis="party-committee", rater=COMMITTEE, by=PARTY)).then(NotTheRater, "rater")


# ── After the reform ─────────────────────────────────────────────────────────────────────────────────────────────

AFTERWARDS: tuple[tuple[str, type[Event]], ...] = (("2025-06-30", RatingDecided),)


@pytest.mark.parametrize(("day", "expected"), AFTERWARDS)
def test_until_the_reform_the_district_decides(day: str, expected: type[Event]) -> None:
    given().when(decided(day, period=YEAR_2025)).then(expected)


def test_from_1_july_2025_no_district_body_acts_whatever_an_organisation_has_posted() -> None:
    given().when(decided("2025-07-01", period=YEAR_2025)).then(NoDistrictAnyMore, "rater")
    rule = authority("2025-01-01", decides="district-body")
    given(rule).when(decided("2025-07-01", period=YEAR_2025)).then(NoDistrictAnyMore, "rater")
    given(proposed()).when(verified("2025-07-01")).then(NoDistrictAnyMore, "body")
    given().when(opened("2025-07-01", body=WOMEN_DISTRICT)).then(NoDistrictAnyMore, "body")
    given().when(decided("2025-07-01", period=YEAR_2025, rater=WOMEN_COMMUNE)).then(RatingDecided)


def test_a_year_that_straddles_the_reform_has_the_rater_of_the_day_of_decision() -> None:
    rules = authority("2021-01-01", decides="district-body"), authority("2025-07-01", decides="base-unit")
    gone = dissolved(WOMEN_DISTRICT, "2025-07-01")
    book = given(*rules, gone)
    book.when(decided("2025-06-30", period=YEAR_2025)).then(RatingDecided)
    book.when(decided("2025-12-20", period=YEAR_2025, rater=WOMEN_PROVINCE)).then(NotTheRater, "rater")
    book.when(decided("2025-12-20", period=YEAR_2025, rater=WOMEN_COMMUNE)).then(RatingDecided)
