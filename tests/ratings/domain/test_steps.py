"""In which order do the steps of a rating come, and which one out of order is refused by which name?"""

from __future__ import annotations

from typing import Any

from services.ratings.domain.authority import SubjectNotTheAxis
from services.ratings.domain.opening import AlreadyOpened, OtherLength
from services.ratings.domain.order import (
    DecidedBefore,
    NotYetOpened,
    NotYetProposed,
    NotYetSelfRated,
    NotYetVerified,
)
from services.ratings.domain.rated import OtherKindOfUnit, SubjectNotTheUnit, UnknownGrade
from services.ratings.domain.rating import (
    AlreadyDecided,
    ConfirmsOtherGrade,
    MayNotPropose,
    NotCancelled,
    NothingToConfirm,
)
from services.ratings.domain.rule_set import UnknownRuleSet
from services.ratings.domain.steps import MayNotVerify, NothingToVerify, RatesAnother
from shared.contracts.event import calendar_day
from shared.contracts.fields import Period
from shared.contracts.ratings import (
    RatedPerson,
    RatingDecided,
    RatingPeriodOpened,
    RatingProposed,
    RatingVerified,
    Signer,
    UnitSelfRated,
    rated_id,
)
from shared.units.world import NotAlive, PeriodNotBegun
from tests.ratings.domain.cycle_posts import (
    STEPS,
    authority,
    cancelled,
    decided,
    opened,
    proposed,
    reference,
    self_rated,
    verified,
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
    dissolved,
    says,
)
from tests.support.posts import corrected, voided
from tests.support.tale import id_of

ALL = authority(steps=STEPS[:4])


# ── Opening ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_period_is_opened_also_before_it_begins_and_once_by_a_body() -> None:
    given().when(opened()).then(RatingPeriodOpened)
    given().when(opened("2021-12-01")).then(RatingPeriodOpened)
    given(opened()).when(opened("2022-11-02")).then(AlreadyOpened, "subject")
    given(opened()).when(opened(body=WOMEN_DISTRICT)).then(RatingPeriodOpened)
    given(opened()).when(opened(subject_kind="base-unit")).then(RatingPeriodOpened)
    given().when(says(opened().fact, BRANCH, on="2022-11-01")).then(SubjectNotTheAxis, "subject")
    given(dissolved(WOMEN_DISTRICT, "2022-10-01")).when(opened(body=WOMEN_DISTRICT)).then(NotAlive, "body")


def test_a_period_is_as_long_as_it_says() -> None:
    def days(first: str, last: str) -> Period:
        return Period(start=calendar_day(first), end=calendar_day(last))

    kinds = {
        "quarter": days("2022-04-01", "2022-07-01"),
        "half-year": days("2022-01-01", "2022-07-01"),
        "year": days("2022-08-01", "2023-08-01"),
        "term": days("2017-07-01", "2022-07-01"),
    }
    for kind, period in kinds.items():
        given().when(opened(kind=kind, period=period)).then(RatingPeriodOpened)
        for other in kinds.keys() - {kind}:
            short = opened(kind=other, period=period)
            given().when(short).then(
                *((RatingPeriodOpened,) if (kind, other) == ("year", "term") else (OtherLength, "period"))
            )


def test_an_opening_names_a_rule_set_that_stands() -> None:
    given(adopted()).when(opened(rule_set=RULES)).then(RatingPeriodOpened)
    given().when(opened(rule_set=RULES)).then(UnknownRuleSet, "rule_set")


# ── The unit rates itself ────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_rates_itself_and_says_it_again() -> None:
    given().when(self_rated()).then(UnitSelfRated)
    given(self_rated()).when(self_rated("2022-11-12", grade=GRADES[2])).then(UnitSelfRated)
    given().when(says(self_rated().fact, OTHER_BRANCH, on="2022-11-10")).then(SubjectNotTheUnit, "unit")
    given().when(self_rated("2021-11-10")).then(PeriodNotBegun, "period")
    given(adopted()).when(self_rated(rule_set=RULES, grade=GRADES[3].model_copy(update={"rank": 9}))).then(
        UnknownGrade, "grade"
    )
    given(adopted(subject_kind="base-unit")).when(self_rated(rule_set=RULES)).then(OtherKindOfUnit, "rule_set")


def test_a_persons_rating_of_himself_is_signed_by_nobody_else() -> None:
    person, another = id_of("head"), id_of("another")
    head = RatedPerson(person=person, kind="officer")
    own = self_rated(person=head, signer=Signer(office="secretary", person=person)).fact
    of_office = own.model_copy(update={"signer": Signer(office="secretary")})
    of_another = own.model_copy(update={"signer": Signer(person=another)})
    subject = rated_id(BRANCH, head)
    given().when(says(own, subject, on="2022-11-10")).then(UnitSelfRated)
    given().when(says(of_office, subject, on="2022-11-10")).then(UnitSelfRated)
    given().when(says(of_another, subject, on="2022-11-10")).then(RatesAnother, "signer")


def test_by_rule_the_period_is_opened_first_for_that_unit() -> None:
    given(ALL).when(self_rated()).then(NotYetOpened, "period")
    given(ALL, opened()).when(self_rated()).then(UnitSelfRated)
    given(ALL, opened("2022-11-11")).when(self_rated()).then(NotYetOpened, "period")
    given(ALL, opened(subject_kind="base-unit")).when(self_rated()).then(NotYetOpened, "period")
    given(ALL, opened(axis="territorial")).when(self_rated()).then(NotYetOpened, "period")
    given(ALL, opened(period=year(2021))).when(self_rated()).then(NotYetOpened, "period")
    given(ALL, opened(body=OTHER_BRANCH)).when(self_rated()).then(NotYetOpened, "period")
    post = opened()
    given(ALL, post, voided(post)).when(self_rated()).then(NotYetOpened, "period")


# ── Proposed, verified, decided in order ─────────────────────────────────────────────────────────────────────────


def test_each_step_asks_for_those_before_it_that_the_rule_names() -> None:
    given(ALL, opened()).when(proposed()).then(NotYetSelfRated, "period")
    given(ALL, opened(), self_rated()).when(proposed()).then(RatingProposed)
    given(ALL, opened(), self_rated()).when(verified()).then(NotYetProposed, "period")
    given(ALL, opened(), self_rated(), proposed()).when(verified()).then(RatingVerified)
    given(ALL, opened(), self_rated(), proposed()).when(decided()).then(NotYetVerified, "period")
    given(ALL, opened(), self_rated(), proposed(), verified()).when(decided()).then(RatingDecided)


def test_a_step_that_the_rule_does_not_name_may_be_left_out() -> None:
    book = given(authority(steps=("opened", "verified")), opened(), self_rated())
    book.when(verified()).then(RatingVerified)
    book.when(decided()).then(NotYetVerified, "period")


def test_a_step_counts_from_its_own_day_however_late_it_is_posted() -> None:
    given(ALL, opened(), self_rated("2022-11-21")).when(proposed("2022-11-20")).then(NotYetSelfRated, "period")
    given(ALL, opened(), self_rated("2022-11-20")).when(proposed("2022-11-20")).then(RatingProposed)


def test_steps_of_another_unit_axis_or_period_are_none() -> None:
    for other in (
        self_rated(about=OTHER_BRANCH),
        self_rated(axis="territorial"),
        self_rated(period=year(2021), on="2022-11-10"),
    ):
        given(ALL, opened(), other).when(proposed()).then(NotYetSelfRated, "period")


def test_the_rule_says_which_kind_proposes_and_which_verifies() -> None:
    rule = authority(proposes="base-unit", verifies="district-body")
    given(rule).when(proposed()).then(RatingProposed)
    given(rule).when(proposed(rater=WOMEN_DISTRICT)).then(MayNotPropose, "rater")
    given(rule, proposed()).when(verified()).then(RatingVerified)
    given(rule, proposed()).when(verified(body=WOMEN_COMMUNE)).then(MayNotVerify, "body")


def test_there_is_something_to_verify_also_without_a_rule() -> None:
    given().when(verified()).then(NothingToVerify, "period")
    given(self_rated()).when(verified()).then(RatingVerified)
    given(proposed()).when(verified()).then(RatingVerified)
    given(proposed("2022-12-02")).when(verified()).then(NothingToVerify, "period")


def test_once_decided_no_earlier_step_follows() -> None:
    given(decided("2022-11-30")).when(self_rated("2022-12-01")).then(DecidedBefore, "period")
    given(proposed(), decided("2022-11-30")).when(verified("2022-12-01")).then(DecidedBefore, "period")
    given(authority(), decided("2022-11-30")).when(proposed("2022-12-01")).then(DecidedBefore, "period")
    given(decided("2022-11-30")).when(self_rated("2022-11-30")).then(UnitSelfRated)
    decision = decided("2022-11-30")
    given(decision, cancelled(decision, "2022-12-01")).when(self_rated("2022-12-01")).then(UnitSelfRated)


# ── Once, in whose place ─────────────────────────────────────────────────────────────────────────────────────────


def test_where_a_rule_says_who_decides_a_second_rater_does_not() -> None:
    rules = authority("2022-01-01", decides="district-body"), authority("2022-12-01", decides="base-unit")
    given(*rules, decided("2022-11-30")).when(decided("2022-12-20", rater=WOMEN_COMMUNE)).then(AlreadyDecided, "period")


def test_a_cancelled_decision_is_made_anew_in_its_place() -> None:
    first = decided()
    anew = decided("2023-01-10", grade=GRADES[0], instead_of=reference(first))
    given(first).when(anew).then(NotCancelled, "instead_of")
    given(first, cancelled(first, "2023-01-11")).when(anew).then(NotCancelled, "instead_of")
    given(first, cancelled(first)).when(anew).then(RatingDecided)
    given(first, cancelled(first)).when(decided("2023-01-10", grade=GRADES[0])).then(AlreadyDecided, "period")
    other = decided(period=year(2021), on="2022-02-01")
    elsewhere = decided("2023-01-10", grade=GRADES[0], instead_of=reference(other))
    given(other, cancelled(other, "2022-03-01")).when(elsewhere).then(NotCancelled, "instead_of")


# ── Reported by the subject ──────────────────────────────────────────────────────────────────────────────────────


def test_the_subjects_organisation_tells_of_another_bodys_decision_and_that_body_confirms_it() -> None:
    report = decided(axis="party-committee", rater=COMMITTEE)
    own = decided("2022-12-22", axis="party-committee", rater=COMMITTEE, by=PARTY, confirms=reference(report))
    given().when(report).then(RatingDecided)
    given(report).when(own).then(RatingDecided)
    given().when(own).then(NothingToConfirm, "confirms")
    given(report, voided(report)).when(own).then(NothingToConfirm, "confirms")
    given(report).when(decided("2022-12-22", axis="party-committee", rater=COMMITTEE, by=PARTY)).then(RatingDecided)


def test_only_a_report_of_that_very_decision_is_confirmed_and_only_by_that_body() -> None:
    report = decided(axis="party-committee", rater=COMMITTEE)
    named: dict[str, Any] = {"axis": "party-committee", "rater": COMMITTEE, "by": PARTY, "confirms": reference(report)}
    given(report).when(decided("2022-12-22", **named, grade=GRADES[0])).then(ConfirmsOtherGrade, "confirms")
    given(report).when(decided("2022-12-22", **named | {"axis": "territorial"})).then(NothingToConfirm, "confirms")
    mine = decided("2022-12-22", axis="party-committee", rater=COMMITTEE, confirms=reference(report), points=5)
    given(report).when(mine).then(NothingToConfirm, "confirms")
    own = decided(axis="party-committee", rater=COMMITTEE, by=PARTY)
    again = decided("2022-12-22", **named | {"confirms": reference(own)}, points=5)
    given(own, report).when(again).then(NothingToConfirm, "confirms")


def test_of_another_bodys_act_no_steps_are_asked_but_it_is_told_once() -> None:
    rule = authority(axis="party-committee", decides="committee", by=PARTY, steps=STEPS[:4])
    report = decided(axis="party-committee", rater=COMMITTEE)
    given(rule).when(report).then(RatingDecided)
    given(rule, report).when(decided("2022-12-21", axis="party-committee", rater=COMMITTEE)).then(
        AlreadyDecided, "period"
    )
    given(rule).when(decided(axis="party-committee", rater=COMMITTEE, by=PARTY)).then(NotYetOpened, "period")


def test_a_body_of_another_organisation_opens_the_period_for_the_units_around_its_place() -> None:
    rule = authority(axis="party-committee", decides="committee", by=PARTY, steps=("opened",))
    opening = opened(axis="party-committee", body=COMMITTEE)
    judged = decided(axis="party-committee", rater=COMMITTEE, by=PARTY)
    given(rule).when(judged).then(NotYetOpened, "period")
    given(rule, opening).when(judged).then(RatingDecided)


def test_a_corrected_step_is_judged_in_its_own_place() -> None:
    post = self_rated()
    book = given(ALL, opened(), post, proposed())
    book.when(corrected(post, self_rated(grade=GRADES[3]).fact)).then(UnitSelfRated)
