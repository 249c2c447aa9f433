"""When does somebody hold a post, and with which plan?"""

from __future__ import annotations

from uuid import UUID

from services.membership.domain.officer import AlreadyInPost, NotInPost, SubjectNotTheUnit, TermAlreadyOver
from services.membership.domain.plan import HoldsNoPost, NoPlan, PlanAlreadyRegistered, YearOver
from shared.contracts.event import calendar_day
from shared.contracts.fields import Period
from shared.contracts.membership import (
    BranchHeadTookOffice,
    OfficerElected,
    OfficerLeft,
    PlanAssessed,
    PlanRegistered,
    UnitRenamed,
)
from shared.contracts.membership.officers import Assessor
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import BRANCH, HAMLET, HOA, LAN, NOWHERE, OTHER_BRANCH, WOMEN_COMMUNE, dissolved, says
from tests.support.posts import Post, again, corrected


def elected(
    person: UUID,
    on: str,
    post: str = "deputy",
    unit: UUID = WOMEN_COMMUNE,
    subject: UUID | None = None,
    until: str | None = None,
) -> Post:
    term = None if until is None else Period(start=calendar_day("2017-01-01"), end=calendar_day(until))
    return says(OfficerElected(unit=unit, person=person, post=post, term=term), subject or unit, on=on)


def left(person: UUID, on: str, post: str = "deputy", unit: UUID = WOMEN_COMMUNE, subject: UUID | None = None) -> Post:
    return says(OfficerLeft(unit=unit, person=person, post=post), subject or unit, on=on)


# ── Posts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_of_any_kind_has_officers() -> None:
    given().when(elected(LAN, "2020-01-09")).then(OfficerElected)
    given().when(elected(LAN, "2020-01-09", unit=BRANCH)).then(OfficerElected)
    given().when(elected(LAN, "2020-01-09", unit=HAMLET)).then(NotAUnit, "unit")
    given().when(elected(LAN, "2020-01-09", unit=NOWHERE)).then(UnknownUnit, "unit")
    given(dissolved(BRANCH, "2020-01-01")).when(elected(LAN, "2020-01-09", unit=BRANCH)).then(NotAlive, "unit")


def test_one_person_holds_several_posts_but_each_once_until_it_is_left() -> None:
    deputy = elected(LAN, "2020-01-09")
    given(deputy).when(elected(LAN, "2020-01-09", "committee-member")).then(OfficerElected)
    given(deputy).when(elected(HOA, "2021-01-09")).then(OfficerElected)
    given(deputy).when(elected(LAN, "2021-01-09")).then(AlreadyInPost, "post")
    given(deputy, left(LAN, "2021-01-09")).when(elected(LAN, "2021-01-09")).then(OfficerElected)
    given(deputy).when(again(deputy)).then()


def test_only_who_holds_a_post_leaves_it() -> None:
    deputy = elected(LAN, "2020-01-09")
    given(deputy).when(left(LAN, "2021-01-09")).then(OfficerLeft)
    given(deputy).when(left(LAN, "2019-01-09")).then(NotInPost, "post")
    given(deputy).when(left(LAN, "2021-01-09", "chair")).then(NotInPost, "post")
    given(deputy).when(left(HOA, "2021-01-09")).then(NotInPost, "post")
    given(deputy, left(LAN, "2021-01-09")).when(left(LAN, "2021-02-09")).then(NotInPost, "post")


def test_a_post_is_left_after_the_unit_has_ended() -> None:
    given(elected(LAN, "2020-01-09", unit=BRANCH), dissolved(BRANCH, "2021-01-01")).when(
        left(LAN, "2021-01-01", unit=BRANCH)
    ).then(OfficerLeft)


def test_nobody_is_elected_for_a_term_that_is_over() -> None:
    given().when(elected(LAN, "2020-01-09", until="2022-01-01")).then(OfficerElected)
    given().when(elected(LAN, "2020-01-09", until="2020-01-09")).then(TermAlreadyOver, "term")


def test_the_subject_is_the_unit() -> None:
    given().when(elected(LAN, "2020-01-09", subject=BRANCH)).then(SubjectNotTheUnit, "unit")
    given(elected(LAN, "2020-01-09")).when(left(LAN, "2021-01-09", subject=BRANCH)).then(SubjectNotTheUnit, "unit")


def test_other_facts_of_the_unit_change_no_post() -> None:
    renamed = says(UnitRenamed(title="Tên mới", effective=calendar_day("2020-06-01")), WOMEN_COMMUNE)
    given(elected(LAN, "2020-01-09"), renamed).when(left(LAN, "2021-01-09")).then(OfficerLeft)


# ── Plans ────────────────────────────────────────────────────────────────────────────────────────────────────────

OFFICE = elected(LAN, "2020-01-09")


def registered(on: str = "2022-01-20", year: int = 2022, unit: UUID = WOMEN_COMMUNE, person: UUID = LAN) -> Post:
    return says(PlanRegistered(unit=unit, year=year), person, on=on)


def assessed(on: str, year: int = 2022, unit: UUID = WOMEN_COMMUNE, result: str = "kept") -> Post:
    return says(PlanAssessed(unit=unit, year=year, assessor=Assessor.SUPERIOR, result=result), LAN, on=on)


def test_an_officer_registers_a_plan() -> None:
    given(OFFICE).when(registered()).then(PlanRegistered)
    given().when(registered()).then(HoldsNoPost, "subject")
    given(OFFICE).when(registered(person=HOA)).then(HoldsNoPost, "subject")
    given(OFFICE, left(LAN, "2022-01-01")).when(registered()).then(HoldsNoPost, "subject")
    given(elected(LAN, "2022-01-21")).when(registered()).then(HoldsNoPost, "subject")
    given(OFFICE).when(registered(unit=NOWHERE)).then(UnknownUnit, "unit")


def test_the_head_of_a_branch_registers_a_plan() -> None:
    took = says(BranchHeadTookOffice(branch=BRANCH, person=LAN, title="head"), BRANCH, on="2021-05-05")
    given(took).when(registered(unit=BRANCH)).then(PlanRegistered)
    given(took).when(registered(unit=OTHER_BRANCH)).then(HoldsNoPost, "subject")


def test_a_plan_is_registered_once_a_year_and_unit_and_within_the_year() -> None:
    given(OFFICE, registered()).when(registered("2022-02-20")).then(PlanAlreadyRegistered, "year")
    given(OFFICE, registered()).when(registered("2022-12-20", 2023)).then(PlanRegistered)
    given(OFFICE).when(registered("2023-01-01", 2022)).then(YearOver, "year")
    given(OFFICE, elected(LAN, "2021-01-01", unit=BRANCH), registered()).when(registered(unit=BRANCH)).then(
        PlanRegistered
    )
    post = registered()
    given(OFFICE, post).when(corrected(post, post.fact, on="2022-01-21")).then(PlanRegistered)


def test_a_plan_is_assessed_once_it_is_registered_and_as_often_as_said() -> None:
    given(OFFICE, registered()).when(assessed("2022-12-15")).then(PlanAssessed)
    given(OFFICE).when(assessed("2022-12-15")).then(NoPlan, "year")
    given(OFFICE, registered()).when(assessed("2022-01-19")).then(NoPlan, "year")
    given(OFFICE, registered()).when(assessed("2022-12-15", unit=BRANCH)).then(NoPlan, "year")
    given(OFFICE, registered(), assessed("2022-12-15")).when(assessed("2023-01-10", result="not-kept")).then(
        PlanAssessed
    )


def test_a_plan_is_assessed_though_the_officer_has_left() -> None:
    given(OFFICE, registered(), left(LAN, "2022-07-01")).when(assessed("2022-12-15")).then(PlanAssessed)
