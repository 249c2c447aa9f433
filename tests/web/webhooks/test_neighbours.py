"""Does a receiver that is slow, or a name that nobody answers for, hold up anybody else?"""

from __future__ import annotations

import threading

import pytest

from shared.web.webhooks import sending
from shared.web.webhooks.acts import What
from shared.web.webhooks.registry import MOST
from shared.web.webhooks.sending import OF_ONE
from tests.support.history import meeting
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import ORGANISATION, OTHER
from tests.web.webhooks.house import BRANCH, House, act_on, running


async def test_a_receiver_that_never_answers_holds_up_no_other_and_no_fact(house: House) -> None:
    house.slow = threading.Event()
    async with running(house):
        await house.registered()
        house.post(ORGANISATION, meeting(BRANCH, 1))
        await house.until_received(1)
        before = len(house.log.slice(ORGANISATION, 0, 10))
        house.post(ORGANISATION, meeting(BRANCH, 2))
        assert len(house.log.slice(ORGANISATION, 0, 10)) == before + 1
        quick = await house.asked("POST", "/v1/webhooks", {"url": house.url + "/nhanh", "after": 0})
        assert quick["http"] == 201
        await house.until_received(2)
        house.slow.set()


async def test_slow_receivers_of_one_organisation_leave_others_their_turn(house: House) -> None:
    house.slow = threading.Event()
    house.post(ORGANISATION, meeting(BRANCH, 1))
    (theirs,) = house.post(OTHER, meeting(BRANCH, 2))
    async with running(house):
        for _ in range(MOST):
            await house.registered()
        await house.until_received(OF_ONE)
        quick = {"url": house.url + "/nhanh", "after": 0}
        assert (await house.asked("POST", "/v1/webhooks", quick, key="other"))["http"] == 201
        await until_async(lambda: theirs in house.ids)
        assert len(house.received) == OF_ONE + 1, "no more than four of the first are being waited for"
        house.slow.set()

        def through() -> bool:
            house.webhooks.wake()
            return all(each.position == 1 for each in house.webhooks.registry.every())

        await until_async(through)
    assert len(house.received) == MOST + 1


async def test_a_name_server_that_never_answers_is_waited_for_on_threads_of_its_own_and_not_for_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    threads, silence = list[str](), threading.Event()

    def never(_name: str, _port: int) -> list[str]:
        threads.append(threading.current_thread().name)
        silence.wait(PATIENCE)
        return []

    house.post(ORGANISATION, meeting(BRANCH, 1))
    async with running(house):
        await house.registered()
        house.webhooks.resolve = never
        (hook,) = house.webhooks.registry.of(ORGANISATION)
        house.webhooks.registry.replay(hook.id, 0, act_on(hook.id, What.REPLAYED))

        def troubled() -> bool:
            house.webhooks.wake()
            return house.webhooks.registry.of(ORGANISATION)[0].trouble == "TimeoutError"

        await until_async(troubled)
        silence.set()
    assert {name.partition("_")[0] for name in threads} == {"webhooks"}
