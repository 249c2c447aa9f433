"""When is a branch given a head, equipment and benefits, a commendation, a count and a target?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.membership.domain.benefit import BenefitAlreadyGranted
from services.membership.domain.branch_head import BranchHasHead, NotInOffice, SubjectNotTheBranch
from services.membership.domain.commendation import AlreadyAwarded, NotTheRecipient, RecipientMissing
from services.membership.domain.count import PeopleAlreadyCounted
from services.membership.domain.equipment import AlreadyEquipped
from services.membership.domain.target import OtherTarget
from shared.contracts.event import Event, calendar_day
from shared.contracts.fields import Period
from shared.contracts.membership import (
    BenefitGranted,
    BranchEquipped,
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    CommendationAwarded,
    PeopleCounted,
    Recipient,
    TargetSet,
    UnitRenamed,
)
from shared.units.scope import UnknownUnit
from shared.units.world import NotABranch, NotAlive, NotAPlace, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    DISTRICT,
    FRONT_BOARD,
    HAMLET,
    HOA,
    LAN,
    NOWHERE,
    OTHER_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    YOUTH,
    dissolved,
    says,
)
from tests.support.posts import Post, again, corrected, id_of

THING = id_of("thing")
YEAR = Period(start=calendar_day("2022-01-01"), end=calendar_day("2023-01-01"))
NEXT_YEAR = Period(start=calendar_day("2023-01-01"), end=calendar_day("2024-01-01"))


# ── Heads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def took(person: UUID, on: str, branch: UUID = BRANCH, subject: UUID | None = None) -> Post:
    return says(BranchHeadTookOffice(branch=branch, person=person, title="head"), subject or branch, on=on)


def left(person: UUID, on: str, branch: UUID = BRANCH, subject: UUID | None = None) -> Post:
    return says(BranchHeadLeftOffice(branch=branch, person=person), subject or branch, on=on)


def test_a_head_takes_office_though_he_stands_in_no_book() -> None:
    given().when(took(LAN, "2020-01-09")).then(BranchHeadTookOffice)


def test_a_branch_has_one_head_at_a_time() -> None:
    given(took(LAN, "2020-01-09")).when(took(HOA, "2021-01-09")).then(BranchHasHead, "branch")
    given(took(LAN, "2020-01-09")).when(took(LAN, "2021-01-09")).then(BranchHasHead, "branch")


def test_on_the_day_on_which_one_leaves_the_next_takes_office() -> None:
    given(took(LAN, "2020-01-09"), left(LAN, "2022-01-09")).when(took(HOA, "2022-01-09")).then(BranchHeadTookOffice)


def test_only_who_is_in_office_leaves_it() -> None:
    given(took(LAN, "2020-01-09")).when(left(LAN, "2021-01-09")).then(BranchHeadLeftOffice)
    given(took(LAN, "2020-01-09")).when(left(HOA, "2021-01-09")).then(NotInOffice, "person")
    given(took(LAN, "2020-01-09")).when(left(LAN, "2019-01-09")).then(NotInOffice, "person")
    given(took(LAN, "2020-01-09"), left(LAN, "2021-01-09")).when(left(LAN, "2021-02-09")).then(NotInOffice, "person")


def test_a_head_leaves_office_after_the_branch_has_ended() -> None:
    given(took(LAN, "2020-01-09"), dissolved(BRANCH, "2021-01-01")).when(left(LAN, "2021-01-01")).then(
        BranchHeadLeftOffice
    )


def test_the_subject_is_the_branch() -> None:
    given().when(took(LAN, "2020-01-09", subject=OTHER_BRANCH)).then(SubjectNotTheBranch, "branch")
    given(took(LAN, "2020-01-09")).when(left(LAN, "2021-01-09", subject=OTHER_BRANCH)).then(
        SubjectNotTheBranch, "branch"
    )


def test_other_facts_of_the_branch_change_nothing_in_its_office() -> None:
    renamed = says(UnitRenamed(title="Tên mới", effective=calendar_day("2020-06-01")), BRANCH)
    given(took(LAN, "2020-01-09"), renamed).when(left(LAN, "2021-01-09")).then(BranchHeadLeftOffice)


def test_a_wrong_head_is_corrected() -> None:
    post = took(LAN, "2020-01-09")
    right = BranchHeadTookOffice(branch=BRANCH, person=HOA, title="head")
    given(post).when(corrected(post, right)).then(BranchHeadTookOffice)


# ── Benefits and equipment ───────────────────────────────────────────────────────────────────────────────────────

GIFTS: tuple[tuple[type[Event], dict[str, Any], type[Exception]], ...] = (
    (BenefitGranted, {"person": LAN, "benefit": "health-insurance-card"}, BenefitAlreadyGranted),
    (BranchEquipped, {"equipment": "secretary-handbook"}, AlreadyEquipped),
)


def gift(fact: type[Event], branch: UUID, fields: dict[str, Any], on: str = "2022-02-15") -> Post:
    return says(fact.model_validate({"branch": branch, **fields}), THING, on=on)


@pytest.mark.parametrize(("fact", "fields", "already"), GIFTS)
def test_a_living_branch_is_given_something(fact: type[Event], fields: dict[str, Any], already: type) -> None:
    del already
    given().when(gift(fact, BRANCH, fields)).then(fact)
    given().when(gift(fact, NOWHERE, fields)).then(UnknownUnit, "branch")
    given().when(gift(fact, HAMLET, fields)).then(NotAUnit, "branch")
    given().when(gift(fact, FRONT_BOARD, fields)).then(NotABranch, "branch")
    given(dissolved(BRANCH, "2022-01-01")).when(gift(fact, BRANCH, fields)).then(NotAlive, "branch")


@pytest.mark.parametrize(("fact", "fields", "already"), GIFTS)
def test_something_is_given_once(fact: type[Event], fields: dict[str, Any], already: type) -> None:
    post = gift(fact, BRANCH, fields)
    given(post).when(again(post)).then()
    given(post).when(gift(fact, BRANCH, fields, on="2021-02-15")).then(already, "subject")
    given(post).when(corrected(post, gift(fact, OTHER_BRANCH, fields).fact)).then(fact)


def test_a_head_of_a_branch_needs_a_branch() -> None:
    given().when(took(LAN, "2020-01-09", branch=WOMEN_COMMUNE)).then(NotABranch, "branch")


# ── Commendations ────────────────────────────────────────────────────────────────────────────────────────────────


def awarded(recipient: Recipient, on: str = "2022-12-12", **fields: Any) -> Post:
    values = {"kind": "certificate-of-merit", "recipient": recipient, "place": DISTRICT, **fields}
    return says(CommendationAwarded.model_validate(values), THING, on=on)


def test_a_collective_is_commended_as_a_unit() -> None:
    given().when(awarded(Recipient.UNIT, unit=BRANCH)).then(CommendationAwarded)
    given().when(awarded(Recipient.UNIT)).then(RecipientMissing, "unit")
    given().when(awarded(Recipient.UNIT, unit=BRANCH, person=LAN)).then(NotTheRecipient, "person")


def test_a_person_is_commended_perhaps_as_one_of_a_unit() -> None:
    given().when(awarded(Recipient.PERSON, person=LAN)).then(CommendationAwarded)
    given().when(awarded(Recipient.PERSON, person=LAN, unit=BRANCH)).then(CommendationAwarded)
    given().when(awarded(Recipient.PERSON, unit=BRANCH)).then(RecipientMissing, "person")


def test_what_the_source_does_not_tell_apart_names_nobody() -> None:
    given().when(awarded(Recipient.NOT_SPLIT)).then(CommendationAwarded)
    given().when(awarded(Recipient.NOT_SPLIT, unit=BRANCH)).then(NotTheRecipient, "unit")
    given().when(awarded(Recipient.NOT_SPLIT, person=LAN)).then(NotTheRecipient, "person")


def test_a_commendation_counts_in_a_living_place() -> None:
    given().when(awarded(Recipient.NOT_SPLIT, place=BRANCH)).then(NotAPlace, "place")
    given().when(awarded(Recipient.NOT_SPLIT, on="2014-12-12")).then(NotAlive, "place")


def test_a_unit_is_commended_after_it_ended_but_not_before_it_began() -> None:
    given(dissolved(BRANCH, "2022-07-01")).when(awarded(Recipient.UNIT, unit=BRANCH)).then(CommendationAwarded)
    given().when(awarded(Recipient.UNIT, unit=BRANCH, on="2014-12-12")).then(NotAlive, "unit")
    given().when(awarded(Recipient.UNIT, unit=HAMLET)).then(NotAUnit, "unit")


def test_a_commendation_is_recorded_once() -> None:
    post = awarded(Recipient.NOT_SPLIT)
    given(post).when(awarded(Recipient.NOT_SPLIT, on="2022-12-01")).then(AlreadyAwarded, "subject")


# ── Counts and targets ───────────────────────────────────────────────────────────────────────────────────────────


def counted(on: str = "2022-01-01", scope: UUID = DISTRICT, count: int = 4120) -> Post:
    fact = PeopleCounted(scope=scope, group="youth", count=count, source="Báo cáo", counted_on=calendar_day(on))
    return says(fact, THING, on="2022-01-20")


def test_people_are_counted_where_something_lives() -> None:
    given().when(counted()).then(PeopleCounted)
    given().when(counted(scope=BRANCH)).then(PeopleCounted)
    given().when(counted(scope=NOWHERE)).then(UnknownUnit, "scope")
    given().when(counted("2014-12-31")).then(NotAlive, "scope")


def test_a_count_is_recorded_once() -> None:
    post = counted()
    given(post).when(counted("2021-01-01")).then(PeopleAlreadyCounted, "subject")
    given(post).when(corrected(post, counted(count=4121).fact)).then(PeopleCounted)


def target(value: int = 40, on: str = "2022-01-05", by: UUID = WOMEN, **fields: Any) -> Post:
    values = {"scope": WOMEN_COMMUNE, "indicator": "admissions", "period": YEAR, "value": value, **fields}
    return says(TargetSet.model_validate(values), THING, on=on, by=by)


def test_a_target_is_set_and_revised() -> None:
    given().when(target()).then(TargetSet)
    given(target()).when(target(50, "2022-06-01")).then(TargetSet)
    given(target()).when(target(30, "2021-12-01")).then(TargetSet)


def test_a_revision_changes_the_value_only() -> None:
    given(target()).when(target(scope=BRANCH)).then(OtherTarget, "scope")
    given(target()).when(target(indicator="models")).then(OtherTarget, "indicator")
    given(target()).when(target(period=NEXT_YEAR)).then(OtherTarget, "period")
    given(target()).when(target(50, by=YOUTH)).then(OtherTarget, "subject")


def test_a_target_is_for_what_lives_in_its_period() -> None:
    given().when(target(scope=NOWHERE)).then(UnknownUnit, "scope")
    given(dissolved(BRANCH, "2022-01-01")).when(target(scope=BRANCH)).then(NotAlive, "scope")
    given(dissolved(BRANCH, "2022-01-02")).when(target(scope=BRANCH)).then(TargetSet)
