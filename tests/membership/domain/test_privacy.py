"""When may details of a person be recorded, and when may they be forgotten?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.membership.domain.privacy import (
    NeverOnThatBook,
    NoSuchHold,
    PersonIsForgotten,
    PersonUnknown,
    UnderHold,
)
from shared.contracts.closings import Portion
from shared.contracts.event import calendar_day
from shared.contracts.membership import (
    HoldPlaced,
    HoldReleased,
    MemberResigned,
    MembershipLogClosed,
    PersonDescribed,
    PersonForgotten,
)
from shared.eventsourcing.acceptance import EndsByItsOwnFact
from shared.eventsourcing.errors import Refused
from shared.units.scope import UnknownUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    FRONT,
    FRONT_BOARD,
    HOA,
    LAN,
    NOWHERE,
    OPERATOR,
    OTHER_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    YOUTH,
    joined,
    says,
)
from tests.support.posts import Post, again, voided

JOINED = joined(LAN, BRANCH, "2020-03-08")


def described(branch: UUID = BRANCH, on: str = "2022-05-31") -> Post:
    return says(PersonDescribed(branch=branch), LAN, on=on)


def forgotten(person: UUID = LAN, on: str = "2022-05-31", by: UUID = WOMEN, ground: str = "at-own-request") -> Post:
    return says(PersonForgotten(ground=ground), person, on=on, by=by)


def held(until: str | None = None, on: str = "2022-05-01", by: UUID = WOMEN) -> Post:
    end = None if until is None else calendar_day(until)
    return says(HoldPlaced(ground="inspection", until=end), LAN, on=on, by=by)


def released(hold: Post, on: str = "2022-05-20", by: UUID = WOMEN) -> Post:
    return says(HoldReleased(hold=hold.id), LAN, on=on, by=by)


def test_details_are_recorded_of_whoever_was_ever_on_that_book() -> None:
    given(JOINED).when(described()).then(PersonDescribed)
    left = says(MemberResigned(branch=BRANCH), LAN, on="2021-01-01")
    given(JOINED, left).when(described()).then(PersonDescribed)


def test_details_are_recorded_of_nobody_else() -> None:
    given(JOINED).when(described(OTHER_BRANCH)).then(NeverOnThatBook, "branch")
    given(JOINED).when(described(on="2019-01-01")).then(NeverOnThatBook, "branch")
    given(JOINED).when(described(NOWHERE)).then(UnknownUnit, "branch")
    given().when(described()).then(NeverOnThatBook, "branch")


def test_whom_the_organisation_knows_it_forgets() -> None:
    given(JOINED).when(forgotten()).then(PersonForgotten)
    given(JOINED).when(forgotten(by=OPERATOR)).then(PersonForgotten)


def test_nobody_forgets_whom_he_never_knew() -> None:
    given(JOINED).when(forgotten(HOA)).then(PersonUnknown, "subject")
    given(JOINED).when(forgotten(by=YOUTH)).then(PersonUnknown, "subject")
    given().when(forgotten(by=OPERATOR)).then(PersonUnknown, "subject")
    given().when(held()).then(PersonUnknown, "subject")


def test_forgetting_twice_is_one_act_whatever_the_words() -> None:
    first = forgotten()
    given(JOINED, first).when(again(first)).then()
    given(JOINED, first).when(forgotten(on="2022-06-30", ground="retention-over")).then()
    given(JOINED, forgotten(by=OPERATOR)).when(forgotten()).then(PersonForgotten)


@pytest.mark.parametrize("by", [WOMEN, OPERATOR])
@pytest.mark.parametrize("day", ["2022-04-01", "2022-05-01", "2022-05-31"])
def test_under_a_hold_nothing_is_forgotten_on_whatever_day(day: str, by: UUID) -> None:
    hold = held(by=by)
    verdict = given(JOINED, hold).when(forgotten(on=day))
    verdict.then(UnderHold, "subject")
    assert isinstance(verdict.outcome, Refused)
    assert verdict.outcome.values == {"hold": str(hold.id)}


def test_a_hold_ends_with_its_day_or_its_release() -> None:
    given(JOINED, held(until="2022-05-31")).when(forgotten()).then(PersonForgotten)
    given(JOINED, held(until="2022-06-01")).when(forgotten()).then(UnderHold, "subject")
    hold = held()
    given(JOINED, hold, released(hold)).when(forgotten()).then(PersonForgotten)
    given(JOINED, hold, held(on="2022-05-02"), released(hold)).when(forgotten()).then(UnderHold, "subject")


def test_a_hold_is_the_organisations_own_and_the_operators_is_everybodys() -> None:
    both = (JOINED, joined(LAN, BRANCH, "2020-03-08", by=YOUTH))
    given(*both, held(by=YOUTH)).when(forgotten()).then(PersonForgotten)
    given(*both, held(by=YOUTH)).when(forgotten(by=OPERATOR)).then(UnderHold, "subject")
    given(*both, held(by=OPERATOR)).when(forgotten()).then(UnderHold, "subject")


def test_only_ones_own_hold_is_released_and_once() -> None:
    hold = held()
    given(JOINED, hold).when(released(hold)).then(HoldReleased)
    given(JOINED, hold).when(released(hold, by=OPERATOR)).then(NoSuchHold, "hold")
    given(JOINED).when(released(hold)).then(NoSuchHold, "hold")
    given(JOINED, hold, released(hold)).when(released(hold, on="2022-05-25")).then()


def test_what_is_forgotten_cannot_be_held() -> None:
    given(JOINED, forgotten()).when(held(on="2022-06-30")).then(PersonIsForgotten, "subject")
    given(JOINED, forgotten(by=OPERATOR)).when(held(on="2022-06-30")).then(PersonIsForgotten, "subject")


def test_a_forgetting_is_neither_corrected_nor_voided() -> None:
    post = forgotten()
    given(JOINED, post).when(voided(post)).then(EndsByItsOwnFact, "corrects")


# ── What went on to a successor ──────────────────────────────────────────────────────────────────────────────────────

CLOSED = says(
    MembershipLogClosed(
        successors=(YOUTH, FRONT),
        portions=(Portion(unit=WOMEN_COMMUNE, successor=FRONT),),
        effective=calendar_day("2022-05-31"),
    ),
    WOMEN,
)
AFTER = "2022-06-30"


def test_a_successor_describes_and_forgets_those_of_the_units_that_it_took_over() -> None:
    given(JOINED, CLOSED).when(says(PersonDescribed(branch=BRANCH), LAN, on=AFTER, by=FRONT)).then(PersonDescribed)
    given(JOINED, CLOSED).when(forgotten(on=AFTER, by=FRONT)).then(PersonForgotten)
    given(JOINED, CLOSED).when(forgotten(on=AFTER, by=YOUTH)).then(PersonUnknown, "subject")
    given(JOINED, CLOSED).when(forgotten(on="2022-05-30", by=FRONT)).then(PersonUnknown, "subject")


def test_a_hold_goes_on_to_the_successor_who_may_release_it() -> None:
    hold = held()
    given(JOINED, hold, CLOSED).when(forgotten(on=AFTER, by=FRONT)).then(UnderHold, "subject")
    given(JOINED, hold, CLOSED).when(released(hold, on=AFTER, by=YOUTH)).then(NoSuchHold, "hold")
    given(JOINED, hold, CLOSED).when(released(hold, on=AFTER, by=FRONT)).then(HoldReleased)
    freed = released(hold, on=AFTER, by=FRONT)
    given(JOINED, hold, CLOSED, freed).when(forgotten(on=AFTER, by=FRONT)).then(PersonForgotten)


def test_what_was_inherited_after_a_forgetting_is_forgotten_by_a_new_act() -> None:
    both = (JOINED, joined(LAN, FRONT_BOARD, "2020-03-08", by=FRONT))
    early = forgotten(on="2022-05-01", by=FRONT)
    given(*both, early, CLOSED).when(forgotten(on=AFTER, by=FRONT)).then(PersonForgotten)
    late = forgotten(on=AFTER, by=FRONT)
    given(*both, early, CLOSED, late).when(forgotten(on=AFTER, by=FRONT)).then()
