"""Do events get out: signed, in order, only one's own, those asked for, again from any position?"""

from __future__ import annotations

import json
import threading
from uuid import uuid4

import pytest

from shared.client import NotGenuine, verify
from shared.contracts.envelope import Recorded
from shared.contracts.meetings import ParticipationCounted
from shared.eventsourcing.store import Store
from tests.support.history import meeting
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import ORGANISATION, OTHER
from tests.web.webhooks.house import BRANCH, House, running


async def test_events_arrive_in_order_signed_as_they_stand_in_the_log_and_only_ones_own(house: House) -> None:
    first = house.post(ORGANISATION, *(meeting(BRANCH, n) for n in range(3)))
    house.post(OTHER, meeting(BRANCH, 9))
    async with running(house):
        hook = await house.registered()
        await house.until_received(3)
        later = house.post(ORGANISATION, meeting(BRANCH, 7))
        await house.until_received(4)
        assert house.ids == [*first, *later]
        for headers, body in house.received:
            assert verify(hook["secret"], headers, body, now=house.moment + 299) == headers["webhook-id"]
            for wrong in ({"now": house.moment + 301}, {"now": house.moment - 301}):
                with pytest.raises(NotGenuine):
                    verify(hook["secret"], headers, body, **wrong)
            with pytest.raises(NotGenuine):
                verify(hook["secret"], headers, body + b" ", now=house.moment)
            with pytest.raises(NotGenuine):
                verify(hook["secret"], {**headers, "webhook-id": str(uuid4())}, body, now=house.moment)
        stands = [json.loads(body) for _, body in house.received]
        assert [each["sequence"] for each in stands] == ["1", "2", "3", "4"]
        assert {each["organisation"] for each in stands} == {str(ORGANISATION)}
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 4)


async def test_what_has_begun_in_a_store_ends_before_the_stores_are_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()
    before = list[bool]()

    def slow(*_: object) -> list[Recorded]:
        begun.set()
        may_end.wait(PATIENCE)
        ended.set()
        return []

    house.post(ORGANISATION, meeting(BRANCH, 1))
    monkeypatch.setattr(house.log, "slice", slow)
    monkeypatch.setattr(Store, "close", lambda _: before.append(ended.is_set()))
    async with running(house):
        await house.registered()
        await until_async(begun.is_set)
        threading.Timer(0.2, may_end.set).start()
    monkeypatch.undo()
    assert before == [True]


async def test_history_is_delivered_again_from_a_position(house: House) -> None:
    ids = house.post(ORGANISATION, *(meeting(BRANCH, n) for n in range(4)))
    async with running(house):
        hook = await house.registered()
        await house.until_received(4)
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 4)
        assert (await house.asked("POST", f"/v1/webhooks/{hook['webhook']}/replay", {"after": 2}))["http"] == 200
        await house.until_received(6)
        assert house.ids == [*ids, *ids[2:]]


async def test_only_the_types_that_were_asked_for_are_sent(house: House) -> None:
    wanted = ParticipationCounted.name
    house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    async with running(house):
        await house.registered(types=[wanted])
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 2)
        assert house.received == []


async def test_nothing_is_passed_over_that_is_not_there_yet(house: House) -> None:
    house.post(ORGANISATION, meeting(BRANCH, 1))
    async with running(house):
        hook = await house.registered()
        await house.until_received(1)
        again = await house.asked("POST", f"/v1/webhooks/{hook['webhook']}/replay", {"after": 2**40})
        assert (again["http"], again["after"]) == (200, 1)
        house.post(ORGANISATION, meeting(BRANCH, 2))
        await house.until_received(2)
