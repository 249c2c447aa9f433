"""When may a member of the Youth Union mature, or be kept past the age?"""

from __future__ import annotations

from typing import Any

from services.membership.domain.life import BeforeTheDay, NotAMember
from services.membership.domain.maturity import OnlyYouthUnion
from shared.contracts.event import Event, calendar_day
from shared.contracts.membership import MaturityDeferred, MaturityRule, MemberMatured
from tests.support.given import given
from tests.support.landscape import BRANCH, YOUTH, YOUTH_BRANCH
from tests.support.lives import MEMBER, YOUNG, adopted, life

UNTIL = calendar_day("2025-03-26")
DEFERRED = life(MaturityDeferred, YOUTH_BRANCH, "2022-03-26", by=YOUTH, until=UNTIL)
MATURED = life(MemberMatured, YOUTH_BRANCH, "2022-03-26", by=YOUTH)


def test_a_member_of_the_youth_union_matures_or_stays_on() -> None:
    rules = adopted(by=YOUTH, maturity=MaturityRule(prompt_age=30, latest_age=35))
    for history in ((YOUNG,), (YOUNG, rules)):
        given(*history).when(MATURED).then(MemberMatured)
        given(*history).when(DEFERRED).then(MaturityDeferred)
        given(*history, DEFERRED).when(life(MemberMatured, YOUTH_BRANCH, "2023-03-26", by=YOUTH)).then(MemberMatured)
    given().when(MATURED).then(NotAMember, "branch")
    given().when(DEFERRED).then(NotAMember, "branch")


def test_nobody_matures_elsewhere_or_where_the_rules_know_no_maturity() -> None:
    cases: tuple[tuple[type[Event], dict[str, Any]], ...] = ((MemberMatured, {}), (MaturityDeferred, {"until": UNTIL}))
    for fact, fields in cases:
        given(MEMBER).when(life(fact, BRANCH, "2022-03-26", **fields)).then(OnlyYouthUnion, "branch")
        told = life(fact, YOUTH_BRANCH, "2022-03-26", by=YOUTH, **fields)
        given(YOUNG, adopted(by=YOUTH)).when(told).then(OnlyYouthUnion, "branch")
        given(YOUNG, adopted("2023-01-01", by=YOUTH)).when(told).then(fact)


def test_it_is_deferred_to_a_later_day() -> None:
    past = life(MaturityDeferred, YOUTH_BRANCH, "2022-03-26", by=YOUTH, until=calendar_day("2022-03-26"))
    given(YOUNG).when(past).then(BeforeTheDay, "until")
