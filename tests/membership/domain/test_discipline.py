"""When may a member be disciplined, and when is that lifted?"""

from __future__ import annotations

from services.membership.domain.discipline import NotAnOfficer, NotDisciplined
from services.membership.domain.life import NotAbove, NotAMember
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    DisciplineDecided,
    DisciplineLifted,
    MembershipLogClosed,
    OfficerElected,
    OfficerLeft,
    TransferReceived,
)
from shared.units.world import NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    COMMUNE,
    HOA,
    LAN,
    OTHER_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    YOUTH,
    says,
)
from tests.support.lives import MEMBER, life

WARNED = life(DisciplineDecided, BRANCH, "2021-05-12", level="warning", decided_by=WOMEN_COMMUNE)


def test_the_branch_or_a_unit_above_it_disciplines_its_members() -> None:
    for body in (None, BRANCH, WOMEN_COMMUNE, WOMEN_DISTRICT):
        told = life(DisciplineDecided, BRANCH, "2021-05-12", level="reprimand", decided_by=body)
        given(MEMBER).when(told).then(DisciplineDecided)
        given().when(told).then(NotAMember, "branch")
    beside = life(DisciplineDecided, BRANCH, "2021-05-12", level="reprimand", decided_by=OTHER_BRANCH)
    given(MEMBER).when(beside).then(NotAbove, "decided_by")


def test_only_who_holds_office_that_day_is_removed_from_it() -> None:
    removed = life(DisciplineDecided, BRANCH, "2021-05-12", level="removal")
    took = says(BranchHeadTookOffice(branch=BRANCH, person=LAN, title="chi-hoi-truong"), BRANCH, on="2021-01-01")
    left = says(BranchHeadLeftOffice(branch=BRANCH, person=LAN), BRANCH, on="2021-05-01")
    other = says(BranchHeadTookOffice(branch=BRANCH, person=HOA, title="chi-hoi-truong"), BRANCH, on="2021-01-01")
    later = says(BranchHeadTookOffice(branch=BRANCH, person=LAN, title="chi-hoi-truong"), BRANCH, on="2021-06-01")
    given(MEMBER, took).when(removed).then(DisciplineDecided)
    for history in ((), (took, left), (other,), (later,)):
        given(MEMBER, *history).when(removed).then(NotAnOfficer, "level")
    elected = says(OfficerElected(unit=BRANCH, person=LAN, post="deputy"), BRANCH, on="2021-01-01")
    gone = says(OfficerLeft(unit=BRANCH, person=LAN, post="deputy"), BRANCH, on="2021-05-01")
    given(MEMBER, elected).when(removed).then(DisciplineDecided)
    given(MEMBER, elected, gone).when(removed).then(NotAnOfficer, "level")
    elsewhere = says(BranchHeadTookOffice(branch=OTHER_BRANCH, person=LAN, title="x"), OTHER_BRANCH, on="2021-01-01")
    named = life(DisciplineDecided, BRANCH, "2021-05-12", level="removal", office=OTHER_BRANCH)
    given(MEMBER, elsewhere).when(named).then(DisciplineDecided)
    given(MEMBER, took).when(named).then(NotAnOfficer, "level")
    place = life(DisciplineDecided, BRANCH, "2021-05-12", level="removal", office=COMMUNE)
    given(MEMBER, took).when(place).then(NotAUnit, "office")


def test_a_discipline_is_lifted_while_it_is_in_force() -> None:
    lifted = life(DisciplineLifted, BRANCH, "2021-11-12")
    given(MEMBER, WARNED).when(lifted).then(DisciplineLifted)
    given(MEMBER).when(lifted).then(NotDisciplined, "branch")
    given(MEMBER, WARNED, lifted).when(life(DisciplineLifted, BRANCH, "2021-12-12")).then(NotDisciplined, "branch")


def test_a_discipline_follows_the_member_within_the_organisation() -> None:
    passed = life(TransferReceived, OTHER_BRANCH, "2021-06-01", origin=BRANCH)
    given(MEMBER, WARNED, passed).when(life(DisciplineLifted, OTHER_BRANCH, "2021-11-12")).then(DisciplineLifted)


def test_the_successor_of_a_closed_organisation_lifts_what_that_one_decided() -> None:
    closed = says(
        MembershipLogClosed(successors=(YOUTH,), effective=calendar_day("2021-07-01")), WOMEN, on="2021-07-01"
    )
    lifted = life(DisciplineLifted, BRANCH, "2021-11-12", by=YOUTH)
    given(MEMBER, WARNED, closed).when(lifted).then(DisciplineLifted)
    given(MEMBER, WARNED).when(lifted).then(NotDisciplined, "branch")
    given(MEMBER, WARNED, closed, lifted).when(life(DisciplineLifted, BRANCH, "2021-12-12", by=YOUTH)).then(
        NotDisciplined, "branch"
    )
