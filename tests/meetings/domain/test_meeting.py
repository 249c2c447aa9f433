"""When may a meeting be recorded, and who may stand on its roll?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.meetings.domain.meeting import AlreadyHeld, DoesNotMeet, NotAMember
from shared.contracts.meetings import MeetingHeld, MeetingKind, Mode, NamedRoll, Roll
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    FRONT_BOARD,
    HAMLET,
    HOA,
    LAN,
    NOWHERE,
    OTHER_BRANCH,
    SUB_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    YOUTH,
    YOUTH_BRANCH,
    dissolved,
    joined,
    merged,
    says,
)
from tests.support.posts import Post, again, corrected, id_of, voided

MEETING = id_of("meeting")
BY_COUNTS = Roll(expected=20, present=17, excused=2, absent=1, guests=3)
MEMBERS = (joined(LAN, BRANCH, "2020-03-08"), joined(HOA, SUB_BRANCH, "2020-03-08"))


def held(
    branch: UUID = BRANCH,
    on: str = "2022-05-31",
    *,
    roll: Roll = BY_COUNTS,
    kind: MeetingKind = MeetingKind.REGULAR,
    by: UUID = WOMEN,
) -> Post:
    return says(MeetingHeld(branch=branch, kind=kind, mode=Mode.MIXED, roll=roll), MEETING, on=on, by=by)


def names(present: tuple[UUID, ...] = (), excused: tuple[UUID, ...] = (), absent: tuple[UUID, ...] = ()) -> Roll:
    return Roll(
        expected=len(present) + len(excused) + len(absent),
        present=len(present),
        excused=len(excused),
        absent=len(absent),
        named=NamedRoll(present=present, excused=excused, absent=absent),
    )


@pytest.mark.parametrize("kind", list(MeetingKind))
def test_a_branch_meets_for_any_purpose(kind: MeetingKind) -> None:
    given().when(held(kind=kind)).then(MeetingHeld)


def test_sub_branches_and_front_boards_meet_too() -> None:
    given().when(held(SUB_BRANCH)).then(MeetingHeld)
    given().when(held(FRONT_BOARD)).then(MeetingHeld)


def test_other_units_do_not_meet() -> None:
    given().when(held(WOMEN_COMMUNE)).then(DoesNotMeet, "branch")


def test_only_what_lives_meets() -> None:
    given().when(held(NOWHERE)).then(UnknownUnit, "branch")
    given().when(held(HAMLET)).then(NotAUnit, "branch")
    given().when(held(on="2014-12-31")).then(NotAlive, "branch")
    given(dissolved(BRANCH, "2022-05-31")).when(held()).then(NotAlive, "branch")


def test_an_organisation_records_a_meeting_once_whatever_the_day() -> None:
    given(held()).when(held(on="2022-05-30")).then(AlreadyHeld, "subject")
    given(held()).when(held(on="2022-06-30")).then(AlreadyHeld, "subject")


def test_the_same_meeting_again_is_nothing_new() -> None:
    post = held()
    given(post).when(again(post)).then()


def test_another_organisation_may_have_given_the_same_id_to_a_meeting_of_its_own() -> None:
    given(held()).when(held(YOUTH_BRANCH, by=YOUTH)).then(MeetingHeld)


def test_a_roll_is_corrected_and_corrected_back() -> None:
    post = held(roll=names((LAN,)))
    first = corrected(post, held().fact)
    given(*MEMBERS, post).when(first).then(MeetingHeld)
    given(*MEMBERS, post, first).when(corrected(first, post.fact)).then(MeetingHeld)


def test_what_a_correction_restored_is_nothing_new() -> None:
    post = held(roll=names((LAN,)))
    first = corrected(post, held().fact)
    given(*MEMBERS, post, first, corrected(first, post.fact)).when(again(post)).then()


def test_a_voided_meeting_is_posted_anew() -> None:
    post = held()
    given(post, voided(post)).when(again(post)).then(MeetingHeld)


def test_members_of_the_branch_and_of_its_sub_branches_stand_on_the_roll() -> None:
    given(*MEMBERS).when(held(roll=names((LAN,), (HOA,)))).then(MeetingHeld)


def test_a_stranger_does_not() -> None:
    given(*MEMBERS).when(held(roll=names((LAN, id_of("person/stranger"))))).then(NotAMember, "roll.named.present.1")


def test_a_member_of_another_branch_does_not() -> None:
    given(*MEMBERS).when(held(OTHER_BRANCH, roll=names((), (), (LAN,)))).then(NotAMember, "roll.named.absent.0")


def test_a_member_of_the_branch_does_not_stand_on_the_roll_of_its_sub_branch() -> None:
    given(*MEMBERS).when(held(SUB_BRANCH, roll=names((HOA,), (LAN,)))).then(NotAMember, "roll.named.excused.0")


def test_membership_is_asked_for_the_day_of_the_meeting() -> None:
    given(*MEMBERS).when(held(on="2020-03-07", roll=names((LAN,)))).then(NotAMember, "roll.named.present.0")
    given(*MEMBERS).when(held(on="2020-03-08", roll=names((LAN,)))).then(MeetingHeld)


def test_members_pass_with_their_branch() -> None:
    merger = merged(OTHER_BRANCH, BRANCH, since="2021-01-01")
    given(*MEMBERS, merger).when(held(OTHER_BRANCH, roll=names((LAN, HOA)))).then(MeetingHeld)


def test_what_rests_on_another_service_may_only_not_have_been_seen_yet() -> None:
    assert all(refusal.foreign for refusal in (UnknownUnit, NotAUnit, NotAlive, DoesNotMeet, NotAMember))
    assert not AlreadyHeld.foreign
