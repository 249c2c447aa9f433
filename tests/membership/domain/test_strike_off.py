"""When may a member be struck off? By the rule of the Youth Union, of the Veterans, and where none is known."""

from __future__ import annotations

from typing import Any

import pytest

from services.membership.domain.life import NotAbove, NotAMember
from services.membership.domain.strike_off import (
    AlreadyProposed,
    GroundsTooFew,
    NotProposed,
    NotTheirsToDecide,
    NotTheirsToPropose,
    ProtectedWhileAway,
    UnknownCause,
)
from shared.contracts.membership import (
    Grounds,
    Joining,
    MemberAway,
    MemberBack,
    MemberStruckOff,
    StrikeOffDeclined,
    StrikeOffProposed,
)
from tests.support.given import given
from tests.support.landscape import BRANCH, OTHER_BRANCH, SUB_BRANCH, WOMEN_COMMUNE, WOMEN_DISTRICT, founded, joined
from tests.support.landscape import LAN as PERSON
from tests.support.lives import MEMBER, adopted, life, rule
from tests.support.posts import Post, id_of

EITHER = adopted(strike_off=rule())
BOTH = adopted(
    strike_off=rule(grounds=Joining.ALL, months=12, consecutive=True, proposes="branch", decides="base-unit")
)
BASE_BRANCH = id_of("unit/pn/chi-hoi-co-so")


def struck(on: str = "2022-05-31", cause: str = "not-attending", branch: Any = BRANCH, **fields: Any) -> Post:
    return life(MemberStruckOff, branch, on, cause=cause, **fields)


def proposed(on: str = "2022-04-30", cause: str = "not-attending", **fields: Any) -> Post:
    return life(StrikeOffProposed, BRANCH, on, cause=cause, **fields)


def grounds(absent: int = 0, unpaid: int = 0, *, consecutive: bool = False) -> Grounds:
    return Grounds(months_absent=absent, months_unpaid=unpaid, consecutive=consecutive)


# ── Grounds ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_no_rule_is_known_people_decide() -> None:
    given(MEMBER).when(struck(cause="anything", grounds=grounds())).then(MemberStruckOff)
    given(MEMBER, adopted()).when(struck(cause="anything", decided_by=WOMEN_COMMUNE)).then(MemberStruckOff)
    given(MEMBER, adopted("2022-06-01", strike_off=rule())).when(struck(cause="anything")).then(MemberStruckOff)


def test_a_cause_is_one_that_the_rules_know() -> None:
    given(MEMBER, EITHER).when(struck(cause="own-request")).then(MemberStruckOff)
    given(MEMBER, EITHER).when(struck(cause="anything")).then(UnknownCause, "cause")
    given(MEMBER, EITHER).when(proposed(cause="anything")).then(UnknownCause, "cause")


@pytest.mark.parametrize(
    ("cause", "told", "enough"),
    [
        ("not-attending", grounds(absent=3), True),
        ("not-attending", grounds(absent=2, unpaid=9), False),
        ("dues-unpaid", grounds(unpaid=3), True),
        ("dues-unpaid", grounds(absent=9, unpaid=2), False),
        ("own-request", grounds(), True),
        ("not-attending", None, True),
    ],
)
def test_either_ground_is_enough_for_its_cause(cause: str, told: Grounds | None, *, enough: bool) -> None:
    for post in (struck(cause=cause, grounds=told), proposed(cause=cause, grounds=told)):
        given(MEMBER, EITHER).when(post).then(*([type(post.fact)] if enough else [GroundsTooFew, "grounds"]))


@pytest.mark.parametrize(
    ("told", "enough"),
    [
        (grounds(12, 12, consecutive=True), True),
        (grounds(12, 12), False),
        (grounds(12, 11, consecutive=True), False),
        (grounds(11, 12, consecutive=True), False),
    ],
)
def test_both_grounds_one_year_on_end(told: Grounds, *, enough: bool) -> None:
    decided = struck(grounds=told, decided_by=WOMEN_COMMUNE)
    given(MEMBER, BOTH, proposed()).when(decided).then(*([MemberStruckOff] if enough else [GroundsTooFew, "grounds"]))


# ── Who proposes, who decides ────────────────────────────────────────────────────────────────────────────────────


def test_the_kind_of_unit_that_the_rule_names_decides() -> None:
    given(MEMBER, EITHER).when(struck(decided_by=BRANCH)).then(MemberStruckOff)
    given(MEMBER, EITHER).when(struck(decided_by=WOMEN_COMMUNE)).then(NotTheirsToDecide, "decided_by")
    given(MEMBER, BOTH, proposed()).when(struck()).then(NotTheirsToDecide, "decided_by")
    given(MEMBER, BOTH, proposed()).when(struck(decided_by=WOMEN_DISTRICT)).then(NotTheirsToDecide, "decided_by")
    given(MEMBER, BOTH, proposed()).when(struck(decided_by=OTHER_BRANCH)).then(NotAbove, "decided_by")
    given(MEMBER, BOTH, proposed()).when(struck(decided_by=WOMEN_COMMUNE)).then(MemberStruckOff)


def test_of_a_sub_branch_the_branch_above_decides() -> None:
    there = joined(PERSON, SUB_BRANCH, "2020-03-08")
    given(there, EITHER).when(struck(branch=SUB_BRANCH)).then(NotTheirsToDecide, "decided_by")
    given(there, EITHER).when(struck(branch=SUB_BRANCH, decided_by=BRANCH)).then(MemberStruckOff)


def test_a_branch_that_is_a_base_at_once_is_both() -> None:
    base = founded(BASE_BRANCH, "base-branch", WOMEN_COMMUNE)
    there = joined(PERSON, BASE_BRANCH, "2020-03-08")
    given(base, there, EITHER).when(struck(branch=BASE_BRANCH)).then(MemberStruckOff)
    asked = life(StrikeOffProposed, BASE_BRANCH, "2022-04-30", cause="not-attending")
    given(base, there, BOTH, asked).when(struck(branch=BASE_BRANCH)).then(MemberStruckOff)


def test_where_the_branch_proposes_a_proposal_for_that_cause_must_wait() -> None:
    decided = struck(decided_by=WOMEN_COMMUNE)
    given(MEMBER, BOTH).when(decided).then(NotProposed, "cause")
    given(MEMBER, BOTH, proposed(cause="own-request")).when(decided).then(NotProposed, "cause")
    given(MEMBER, BOTH, proposed("2022-06-01")).when(decided).then(NotProposed, "cause")
    declined = life(StrikeOffDeclined, BRANCH, "2022-05-15", decided_by=WOMEN_COMMUNE)
    given(MEMBER, BOTH, proposed(), declined).when(decided).then(NotProposed, "cause")


def test_one_proposal_at_a_time_by_whom_the_rule_names() -> None:
    given(MEMBER).when(proposed(proposed_by=WOMEN_COMMUNE)).then(StrikeOffProposed)
    given(MEMBER, BOTH).when(proposed(proposed_by=WOMEN_COMMUNE)).then(NotTheirsToPropose, "proposed_by")
    given(MEMBER).when(proposed(proposed_by=OTHER_BRANCH)).then(NotAbove, "proposed_by")
    given(MEMBER, proposed()).when(proposed("2022-05-01", "own-request")).then(AlreadyProposed, "branch")
    given().when(proposed()).then(NotAMember, "branch")


def test_people_may_decide_that_the_member_stays() -> None:
    declined = life(StrikeOffDeclined, BRANCH, "2022-05-15")
    given(MEMBER, proposed()).when(declined).then(StrikeOffDeclined)
    given(MEMBER).when(declined).then(NotProposed, "branch")
    given(MEMBER, BOTH, proposed()).when(declined).then(NotTheirsToDecide, "decided_by")
    given(MEMBER, proposed(), declined).when(proposed("2022-06-15")).then(StrikeOffProposed)


# ── Away ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cause", ["not-attending", "gone-away"])
def test_who_is_away_and_said_so_is_kept_for_as_long_as_the_rule_says(cause: str) -> None:
    year = adopted(strike_off=rule(away_months=12))
    away = life(MemberAway, BRANCH, "2021-06-30")
    given(MEMBER, year, away).when(struck("2022-06-30", cause)).then(ProtectedWhileAway, "cause")
    given(MEMBER, year, away).when(proposed("2022-06-30", cause)).then(ProtectedWhileAway, "cause")
    given(MEMBER, year, away).when(struck("2022-07-01", cause)).then(MemberStruckOff)
    unsaid = life(MemberAway, BRANCH, "2021-06-30", reported=False)
    given(MEMBER, year, unsaid).when(struck("2022-06-30", cause)).then(MemberStruckOff)
    back = life(MemberBack, BRANCH, "2022-01-30")
    given(MEMBER, year, away, back).when(struck("2022-06-30", cause)).then(MemberStruckOff)
    given(MEMBER, EITHER, away).when(struck("2022-06-30", cause)).then(MemberStruckOff)


def test_being_away_protects_from_no_other_cause() -> None:
    year = adopted(strike_off=rule(away_months=12))
    away = life(MemberAway, BRANCH, "2021-06-30")
    for cause in ("dues-unpaid", "own-request"):
        given(MEMBER, year, away).when(struck("2022-06-30", cause)).then(MemberStruckOff)
