"""When does a member take part in a branch that is not the member's own?"""

from __future__ import annotations

from services.membership.domain.affiliation import AlreadyAffiliated, NotAffiliated
from services.membership.domain.life import BeforeTheDay, NotAMember
from services.membership.domain.person import AlreadyMember, SameBranch
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    AffiliationEnded,
    AffiliationIntroduced,
    AffiliationReceived,
    MemberDied,
    MemberEntered,
)
from shared.units.world import NotABranch
from tests.support.given import given
from tests.support.landscape import BRANCH, NOWHERE, OTHER_BRANCH, WOMEN_COMMUNE, YOUTH, YOUTH_BRANCH, merged
from tests.support.lives import MEMBER, life

GUEST = life(AffiliationReceived, OTHER_BRANCH, "2021-02-01", kind="temporary", home=BRANCH)
ENDED = life(AffiliationEnded, OTHER_BRANCH, "2021-05-01")


def test_the_own_branch_introduces_its_member_elsewhere() -> None:
    told = life(AffiliationIntroduced, BRANCH, "2021-01-20", kind="residence", destination=OTHER_BRANCH)
    given(MEMBER).when(told).then(AffiliationIntroduced)
    given().when(told).then(NotAMember, "branch")
    itself = life(AffiliationIntroduced, BRANCH, "2021-01-20", kind="residence", destination=BRANCH)
    given(MEMBER).when(itself).then(SameBranch, "destination")
    no_branch = life(AffiliationIntroduced, BRANCH, "2021-01-20", kind="residence", destination=WOMEN_COMMUNE)
    given(MEMBER).when(no_branch).then(NotABranch, "destination")


def test_a_branch_takes_a_guest_in_once() -> None:
    given(MEMBER).when(GUEST).then(AffiliationReceived)
    given(MEMBER, GUEST).when(life(AffiliationReceived, OTHER_BRANCH, "2021-03-01", kind="residence")).then(
        AlreadyAffiliated, "branch"
    )
    given(MEMBER, GUEST).when(ENDED).then(AffiliationEnded)
    given(MEMBER, GUEST, ENDED).when(life(AffiliationEnded, OTHER_BRANCH, "2021-06-01")).then(NotAffiliated, "branch")
    given(MEMBER).when(ENDED).then(NotAffiliated, "branch")


def test_a_guest_may_come_from_a_branch_that_nobody_here_knows() -> None:
    given().when(life(AffiliationReceived, BRANCH, "2021-02-01", kind="temporary", home=NOWHERE)).then(
        AffiliationReceived
    )


def test_a_member_is_no_guest_of_the_own_branch() -> None:
    given(MEMBER).when(life(AffiliationReceived, BRANCH, "2021-02-01", kind="residence")).then(AlreadyMember, "branch")
    given().when(life(AffiliationReceived, BRANCH, "2021-02-01", kind="residence", home=BRANCH)).then(
        SameBranch, "home"
    )


def test_a_guest_stays_until_the_day_that_was_named() -> None:
    until = calendar_day("2021-04-01")
    guest = life(AffiliationReceived, OTHER_BRANCH, "2021-02-01", kind="temporary", until=until)
    given(MEMBER, guest).when(life(AffiliationEnded, OTHER_BRANCH, "2021-03-31")).then(AffiliationEnded)
    given(MEMBER, guest).when(life(AffiliationEnded, OTHER_BRANCH, "2021-04-01")).then(NotAffiliated, "branch")
    for fact, branch in ((AffiliationReceived, OTHER_BRANCH), (AffiliationIntroduced, BRANCH)):
        late = life(fact, branch, "2021-04-01", kind="temporary", until=until)
        given(MEMBER).when(late).then(BeforeTheDay, "until")


def test_who_becomes_a_member_or_dies_is_a_guest_no_longer() -> None:
    given(MEMBER, GUEST, life(MemberEntered, OTHER_BRANCH, "2021-03-01")).when(ENDED).then(NotAffiliated, "branch")
    given(MEMBER, GUEST, life(MemberDied, BRANCH, "2021-03-01")).when(ENDED).then(NotAffiliated, "branch")


def test_guests_pass_with_the_host_branch() -> None:
    guest = life(AffiliationReceived, OTHER_BRANCH, "2021-02-01", kind="residence", by=YOUTH)
    merger = merged(YOUTH_BRANCH, OTHER_BRANCH, since="2021-03-01", by=YOUTH)
    given(guest, merger).when(ENDED).then(NotAffiliated, "branch")
    given(guest, merger).when(life(AffiliationEnded, YOUTH_BRANCH, "2021-05-01", by=YOUTH)).then(AffiliationEnded)
