"""When is a member away, and when back?"""

from __future__ import annotations

from services.membership.domain.life import BeforeTheDay, NotAMember
from services.membership.domain.presence import AlreadyAway, NotAway
from shared.contracts.event import calendar_day
from shared.contracts.membership import MemberAway, MemberBack, MemberEntered, MemberResigned, TransferReceived
from tests.support.given import given
from tests.support.landscape import BRANCH, OTHER_BRANCH, merged
from tests.support.lives import MEMBER, life

AWAY = life(MemberAway, BRANCH, "2021-02-01", expected_return=calendar_day("2021-12-31"))


def test_a_member_goes_away_once_and_comes_back_once() -> None:
    given(MEMBER).when(AWAY).then(MemberAway)
    given(MEMBER, AWAY).when(life(MemberAway, BRANCH, "2021-03-01")).then(AlreadyAway, "branch")
    back = life(MemberBack, BRANCH, "2021-06-01")
    given(MEMBER, AWAY).when(back).then(MemberBack)
    given(MEMBER).when(back).then(NotAway, "branch")
    given(MEMBER, AWAY, back).when(life(MemberBack, BRANCH, "2021-07-01")).then(NotAway, "branch")
    given(MEMBER, AWAY, back).when(life(MemberAway, BRANCH, "2021-06-01")).then(MemberAway)


def test_only_a_member_goes_away() -> None:
    given().when(AWAY).then(NotAMember, "branch")
    given(MEMBER, AWAY).when(life(MemberBack, OTHER_BRANCH, "2021-06-01")).then(NotAMember, "branch")


def test_who_goes_away_is_expected_back_later() -> None:
    today = calendar_day("2021-02-01")
    given(MEMBER).when(life(MemberAway, BRANCH, "2021-02-01", expected_return=today)).then(
        BeforeTheDay, "expected_return"
    )


def test_being_away_ends_with_the_membership() -> None:
    left = (MEMBER, AWAY, life(MemberResigned, BRANCH, "2021-03-01"), life(MemberEntered, BRANCH, "2021-04-01"))
    given(*left).when(life(MemberBack, BRANCH, "2021-05-01")).then(NotAway, "branch")
    passed = (MEMBER, AWAY, life(TransferReceived, OTHER_BRANCH, "2021-03-01", origin=BRANCH))
    given(*passed).when(life(MemberBack, OTHER_BRANCH, "2021-05-01")).then(NotAway, "branch")


def test_being_away_passes_with_the_branch() -> None:
    merger = merged(OTHER_BRANCH, BRANCH, since="2021-04-01")
    given(MEMBER, AWAY, merger).when(life(MemberAway, OTHER_BRANCH, "2021-05-01")).then(AlreadyAway, "branch")
    given(MEMBER, AWAY, merger).when(life(MemberBack, OTHER_BRANCH, "2021-05-01")).then(MemberBack)
