"""When does a person enter a branch, pass to another, leave, and come to the Party?"""

from __future__ import annotations

from typing import Any

import pytest

from services.membership.domain.life import NotAMember
from services.membership.domain.maturity import OnlyYouthUnion
from services.membership.domain.person import (
    AdmittedLater,
    AlreadyInParty,
    AlreadyMember,
    NeverAMember,
    RecordedDead,
    SameBranch,
)
from shared.contracts.event import Event, calendar_day
from shared.contracts.membership import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
)
from shared.units.scope import UnknownUnit
from shared.units.world import NotABranch, NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    FRONT_BOARD,
    HAMLET,
    NOWHERE,
    OTHER_BRANCH,
    SUB_BRANCH,
    WOMEN_COMMUNE,
    YOUTH,
    YOUTH_BRANCH,
    dissolved,
    merged,
)
from tests.support.lives import MEMBER, life
from tests.support.posts import again, corrected, voided

LEAVING: tuple[tuple[type[Event], dict[str, Any]], ...] = (
    (MemberStruckOff, {"cause": "not-attending"}),
    (MemberResigned, {}),
    (MemberExpelled, {"cause": "discipline"}),
    (MemberDied, {}),
)
ARRIVING: tuple[type[Event], ...] = (MemberEntered, MemberJoined, TransferReceived)


# ── Coming ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fact", ARRIVING)
def test_a_person_comes_to_a_living_branch(fact: type[Event]) -> None:
    for branch in (BRANCH, SUB_BRANCH):
        given().when(life(fact, branch, "2020-03-08")).then(fact)


@pytest.mark.parametrize("fact", ARRIVING)
def test_nobody_comes_to_what_is_no_living_branch(fact: type[Event]) -> None:
    given().when(life(fact, NOWHERE, "2020-03-08")).then(UnknownUnit, "branch")
    given().when(life(fact, HAMLET, "2020-03-08")).then(NotAUnit, "branch")
    given().when(life(fact, WOMEN_COMMUNE, "2020-03-08")).then(NotABranch, "branch")
    given().when(life(fact, FRONT_BOARD, "2020-03-08")).then(NotABranch, "branch")
    given().when(life(fact, BRANCH, "2014-03-08")).then(NotAlive, "branch")
    given(dissolved(BRANCH, "2020-03-08")).when(life(fact, BRANCH, "2020-03-08")).then(NotAlive, "branch")


@pytest.mark.parametrize("fact", ARRIVING)
def test_nobody_comes_to_a_branch_twice(fact: type[Event]) -> None:
    given(MEMBER).when(life(fact, BRANCH, "2021-03-08")).then(AlreadyMember, "branch")


def test_the_same_admission_again_is_nothing_new() -> None:
    given(MEMBER).when(again(MEMBER)).then()


def test_after_a_voiding_the_same_admission_counts_again() -> None:
    given(MEMBER, voided(MEMBER)).when(again(MEMBER)).then(MemberJoined)


def test_the_branch_of_an_admission_is_corrected() -> None:
    given(MEMBER).when(corrected(MEMBER, MemberJoined(branch=OTHER_BRANCH))).then(MemberJoined)


def test_nobody_is_admitted_to_one_organisation_twice() -> None:
    given(MEMBER).when(life(MemberJoined, OTHER_BRANCH, "2021-03-08")).then(AlreadyMember, "branch")


def test_a_late_admission_is_judged_on_its_own_day() -> None:
    given(MEMBER).when(life(MemberJoined, OTHER_BRANCH, "2019-03-08")).then(MemberJoined)


def test_somebody_may_be_a_member_of_two_organisations() -> None:
    given(MEMBER).when(life(MemberJoined, YOUTH_BRANCH, "2021-03-26", by=YOUTH)).then(MemberJoined)


def test_somebody_may_be_entered_in_two_branches_of_one_organisation() -> None:
    given(MEMBER).when(life(MemberEntered, OTHER_BRANCH, "2021-01-01")).then(MemberEntered)


def test_a_member_was_admitted_before_the_book_was_opened() -> None:
    day, later = calendar_day("2021-01-01"), calendar_day("2021-01-02")
    given().when(life(MemberEntered, BRANCH, "2021-01-01", admitted_on=day)).then(MemberEntered)
    given().when(life(MemberEntered, BRANCH, "2021-01-01", admitted_on=later)).then(AdmittedLater, "admitted_on")
    given().when(life(MemberEntered, BRANCH, "2021-01-01", admitted_year=2021)).then(MemberEntered)
    given().when(life(MemberEntered, BRANCH, "2021-01-01", admitted_year=2022)).then(AdmittedLater, "admitted_year")


# ── Passing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_branch_of_a_member_introduces() -> None:
    given(MEMBER).when(life(TransferIntroduced, BRANCH, "2021-09-01")).then(TransferIntroduced)
    given(MEMBER).when(life(TransferIntroduced, BRANCH, "2021-09-01", destination=OTHER_BRANCH)).then(
        TransferIntroduced
    )
    given(MEMBER).when(life(TransferIntroduced, OTHER_BRANCH, "2021-09-01")).then(NotAMember, "branch")


def test_the_destination_is_another_living_branch() -> None:
    for destination, refusal in (
        (BRANCH, SameBranch),
        (NOWHERE, UnknownUnit),
        (HAMLET, NotAUnit),
        (WOMEN_COMMUNE, NotABranch),
    ):
        post = life(TransferIntroduced, BRANCH, "2021-09-01", destination=destination)
        given(MEMBER).when(post).then(refusal, "destination")
    given(MEMBER, dissolved(OTHER_BRANCH, "2021-01-01")).when(
        life(TransferIntroduced, BRANCH, "2021-09-01", destination=OTHER_BRANCH)
    ).then(NotAlive, "destination")


def test_who_was_introduced_is_a_member_until_received() -> None:
    introduced = life(TransferIntroduced, BRANCH, "2021-09-01")
    given(MEMBER, introduced).when(life(MemberResigned, BRANCH, "2021-09-10")).then(MemberResigned)


def test_a_reception_ends_the_old_membership() -> None:
    history = (MEMBER, life(TransferReceived, OTHER_BRANCH, "2021-09-15", origin=BRANCH))
    given(*history).when(life(MemberResigned, BRANCH, "2021-10-01")).then(NotAMember, "branch")
    given(*history).when(life(MemberResigned, OTHER_BRANCH, "2021-10-01")).then(MemberResigned)
    given(*history).when(life(MemberResigned, BRANCH, "2021-09-14")).then(MemberResigned)


def test_the_origin_may_be_a_branch_that_nobody_knows_but_not_the_receiving_one() -> None:
    given().when(life(TransferReceived, BRANCH, "2021-09-15", origin=NOWHERE)).then(TransferReceived)
    given().when(life(TransferReceived, BRANCH, "2021-09-15", origin=BRANCH)).then(SameBranch, "origin")


def test_another_organisation_receives() -> None:
    received = life(TransferReceived, YOUTH_BRANCH, "2021-09-15", origin=BRANCH, by=YOUTH)
    given(MEMBER).when(received).then(TransferReceived)
    given(MEMBER, received).when(life(MemberResigned, BRANCH, "2021-10-01")).then(NotAMember, "branch")


def test_members_pass_with_their_branch() -> None:
    merger = merged(OTHER_BRANCH, BRANCH, since="2021-01-01")
    given(MEMBER, merger).when(life(MemberResigned, OTHER_BRANCH, "2021-02-01")).then(MemberResigned)
    given(MEMBER, merger).when(life(MemberResigned, BRANCH, "2021-02-01")).then(NotAMember, "branch")
    given(MEMBER, merger).when(life(MemberEntered, OTHER_BRANCH, "2021-02-01")).then(AlreadyMember, "branch")


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("fact", "fields"), LEAVING)
def test_only_a_member_leaves(fact: type[Event], fields: dict[str, Any]) -> None:
    given(MEMBER).when(life(fact, BRANCH, "2021-05-01", **fields)).then(fact)
    given(MEMBER).when(life(fact, BRANCH, "2020-03-07", **fields)).then(NotAMember, "branch")
    given(MEMBER).when(life(fact, OTHER_BRANCH, "2021-05-01", **fields)).then(NotAMember, "branch")
    given().when(life(fact, BRANCH, "2021-05-01", **fields)).then(NotAMember, "branch")


@pytest.mark.parametrize(("fact", "fields"), LEAVING)
def test_nobody_leaves_twice(fact: type[Event], fields: dict[str, Any]) -> None:
    left = life(fact, BRANCH, "2021-05-01", **fields)
    given(MEMBER, left).when(life(fact, BRANCH, "2021-06-01", **fields)).then(NotAMember, "branch")
    given(MEMBER, left).when(life(fact, BRANCH, "2021-05-01", **fields)).then()


@pytest.mark.parametrize(("fact", "fields"), LEAVING[:3])
def test_who_left_may_come_back(fact: type[Event], fields: dict[str, Any]) -> None:
    given(MEMBER, life(fact, BRANCH, "2021-05-01", **fields)).when(life(MemberJoined, BRANCH, "2022-05-01")).then(
        MemberJoined
    )


def test_who_left_is_readmitted_and_who_never_came_is_not() -> None:
    left = life(MemberResigned, BRANCH, "2021-05-01")
    given(MEMBER, left).when(life(MemberReadmitted, OTHER_BRANCH, "2022-05-01")).then(MemberReadmitted)
    given(MEMBER).when(life(MemberReadmitted, OTHER_BRANCH, "2022-05-01")).then(AlreadyMember, "branch")
    given().when(life(MemberReadmitted, BRANCH, "2022-05-01")).then(NeverAMember, "branch")
    given(MEMBER, left).when(life(MemberReadmitted, YOUTH_BRANCH, "2022-05-01", by=YOUTH)).then(NeverAMember, "branch")
    died = life(MemberDied, BRANCH, "2021-05-01")
    given(MEMBER, died).when(life(MemberReadmitted, BRANCH, "2022-05-01")).then(RecordedDead, "subject")
    back = life(MemberReadmitted, BRANCH, "2022-05-01")
    given(MEMBER, left, back).when(life(MemberResigned, BRANCH, "2022-06-01")).then(MemberResigned)


def test_a_member_leaves_a_branch_that_has_been_dissolved() -> None:
    given(MEMBER, dissolved(BRANCH, "2021-01-01")).when(life(MemberResigned, BRANCH, "2021-02-01")).then(MemberResigned)


def test_a_death_ends_every_membership_in_the_organisation_and_in_no_other() -> None:
    history = (
        MEMBER,
        life(MemberEntered, OTHER_BRANCH, "2020-04-01"),
        life(MemberJoined, YOUTH_BRANCH, "2020-05-01", by=YOUTH),
        life(MemberDied, BRANCH, "2021-05-01"),
    )
    given(*history).when(life(MemberResigned, OTHER_BRANCH, "2021-06-01")).then(NotAMember, "branch")
    given(*history).when(life(MemberResigned, YOUTH_BRANCH, "2021-06-01", by=YOUTH)).then(MemberResigned)


@pytest.mark.parametrize("fact", ARRIVING)
def test_the_dead_do_not_come_back(fact: type[Event]) -> None:
    died = life(MemberDied, BRANCH, "2021-05-01")
    given(MEMBER, died).when(life(fact, BRANCH, "2021-06-01")).then(RecordedDead, "subject")
    given(MEMBER, died, voided(died)).when(life(MemberResigned, BRANCH, "2021-06-01")).then(MemberResigned)


def test_only_members_of_the_youth_union_mature() -> None:
    youth = life(MemberJoined, YOUTH_BRANCH, "2015-03-26", by=YOUTH)
    given(youth).when(life(MemberMatured, YOUTH_BRANCH, "2022-03-26", by=YOUTH)).then(MemberMatured)
    given(MEMBER).when(life(MemberMatured, BRANCH, "2022-03-26")).then(OnlyYouthUnion, "branch")
    given().when(life(MemberMatured, YOUTH_BRANCH, "2022-03-26", by=YOUTH)).then(NotAMember, "branch")


# ── The Party ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_member_is_referred_and_admitted_to_the_party() -> None:
    referred = life(MemberReferredToParty, BRANCH, "2021-05-19")
    given(MEMBER).when(referred).then(MemberReferredToParty)
    given(MEMBER, referred).when(life(MemberAdmittedToParty, BRANCH, "2022-02-03")).then(MemberAdmittedToParty)


def test_an_admission_to_the_party_needs_no_referral() -> None:
    given(MEMBER).when(life(MemberAdmittedToParty, BRANCH, "2022-02-03")).then(MemberAdmittedToParty)


@pytest.mark.parametrize("fact", [MemberReferredToParty, MemberAdmittedToParty])
def test_only_a_member_is_referred_or_admitted(fact: type[Event]) -> None:
    given().when(life(fact, BRANCH, "2022-02-03")).then(NotAMember, "branch")


def test_an_organisation_records_an_admission_to_the_party_once() -> None:
    history = (MEMBER, life(MemberAdmittedToParty, BRANCH, "2022-02-03"))
    given(*history).when(life(MemberAdmittedToParty, BRANCH, "2022-05-19")).then(AlreadyInParty, "branch")
    youth = life(MemberJoined, YOUTH_BRANCH, "2020-03-26", by=YOUTH)
    given(*history, youth).when(life(MemberAdmittedToParty, YOUTH_BRANCH, "2022-02-03", by=YOUTH)).then(
        MemberAdmittedToParty
    )
