"""How does a person's request over his or her data go on?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.membership.domain.person_request import (
    AcknowledgedTwice,
    AnsweredAlready,
    ExtendedTwice,
    GroundMissing,
    NoSuchRequest,
    ReceivedLater,
    RequestReceivedTwice,
)
from shared.contracts.event import Event, calendar_day
from shared.contracts.membership import (
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestKind,
    PersonRequestReceived,
    RequestOutcome,
)
from tests.support.given import given
from tests.support.landscape import LAN, WOMEN, YOUTH, says
from tests.support.posts import Post, id_of

REQUEST = id_of("request")


def received(on: str = "2026-01-05", received_on: str = "2026-01-05", by: UUID = WOMEN) -> Post:
    day = calendar_day(received_on)
    return says(
        PersonRequestReceived(person=LAN, kind=PersonRequestKind.ERASURE, received_on=day), REQUEST, on=on, by=by
    )


def step(fact: Event, on: str = "2026-01-06", by: UUID = WOMEN) -> Post:
    return says(fact, REQUEST, on=on, by=by)


def answered(
    outcome: RequestOutcome = RequestOutcome.GRANTED, ground: str | None = None, on: str = "2026-01-09"
) -> Post:
    return step(PersonRequestAnswered(outcome=outcome, ground=ground), on)


STEPS = (step(PersonRequestAcknowledged()), step(PersonRequestExtended(cause="complex")), answered())


def test_a_request_is_received_once_and_not_before_it_came() -> None:
    given().when(received()).then(PersonRequestReceived)
    given().when(received(received_on="2026-01-06")).then(ReceivedLater, "received_on")
    given(received()).when(received("2026-01-07")).then(RequestReceivedTwice, "subject")
    given(received()).when(received("2026-01-02", "2026-01-02")).then(RequestReceivedTwice, "subject")


@pytest.mark.parametrize("post", STEPS, ids=lambda post: type(post.fact).__name__)
def test_a_step_follows_the_receipt_in_the_same_log(post: Post) -> None:
    given(received()).when(post).then(type(post.fact))
    given().when(post).then(NoSuchRequest, "subject")
    given(received(by=YOUTH)).when(post).then(NoSuchRequest, "subject")


def test_each_step_is_taken_once() -> None:
    acknowledged, extended, answer = STEPS
    given(received(), acknowledged).when(step(PersonRequestAcknowledged(), "2026-01-07")).then(
        AcknowledgedTwice, "subject"
    )
    later = step(PersonRequestExtended(cause="many-requests"), "2026-01-08")
    given(received(), extended).when(later).then(ExtendedTwice, "subject")
    given(received(), answer).when(answered(on="2026-01-12")).then(AnsweredAlready, "subject")
    given(received(), answer).when(step(PersonRequestExtended(cause="complex"), "2026-01-12")).then(
        AnsweredAlready, "subject"
    )


def test_what_is_not_done_has_a_ground() -> None:
    given(received()).when(answered(RequestOutcome.REFUSED)).then(GroundMissing, "ground")
    given(received()).when(answered(RequestOutcome.PARTLY)).then(GroundMissing, "ground")
    given(received()).when(answered(RequestOutcome.REFUSED, "under-hold")).then(PersonRequestAnswered)
