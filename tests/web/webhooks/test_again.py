"""Is what did not arrive sent again, later and later, and only as long as its key may read it?"""

from __future__ import annotations

from functools import partial
from uuid import UUID

import httpx

from shared.contracts.membership import CredentialRevoked
from shared.web.webhooks.acts import What
from shared.web.webhooks.registry import MOST_TRIES
from tests.support.history import meeting
from tests.support.waiting import until_async
from tests.web.door import ORGANISATION, told
from tests.web.webhooks.house import BRANCH, House, act_on, running


def tried(house: House, tries: int) -> bool:
    house.webhooks.wake()
    return house.webhooks.registry.of(ORGANISATION)[0].tries == tries


async def test_an_event_that_does_not_arrive_is_sent_again_after_pauses_that_double_and_keeps_its_place(
    house: House,
) -> None:
    ids = house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    house.statuses = [500, 302, 503]
    async with running(house):
        await house.registered()
        for tries, pause in ((1, 1), (2, 2), (3, 4)):
            await until_async(partial(tried, house, tries))
            assert len(house.received) == tries
            hook = house.webhooks.registry.of(ORGANISATION)[0]
            assert hook.due == (house.moment + pause) * 1_000_000
            house.moment += pause
        await house.until_received(5)
        assert house.ids == [ids[0]] * 4 + [ids[1]]
        await until_async(lambda: house.webhooks.registry.of(ORGANISATION)[0].position == 2)
        assert (await house.standing())["trouble"] is None


async def test_what_never_arrives_is_parked_the_next_has_its_turn_and_it_is_tried_once_more_when_asked(
    house: House,
) -> None:
    ids = house.post(ORGANISATION, meeting(BRANCH, 1), meeting(BRANCH, 2))
    house.statuses = [500] * MOST_TRIES
    async with running(house):
        hook = await house.registered()
        path = f"/v1/webhooks/{hook['webhook']}/parked"

        def through() -> bool:
            house.moment += 700
            house.webhooks.wake()
            return len(house.received) > MOST_TRIES

        await until_async(through)
        assert house.ids == [ids[0]] * MOST_TRIES + [ids[1]]
        parked = (await house.asked("GET", path))["parked"]
        assert parked == [{"sequence": 1, "tries": MOST_TRIES, "trouble": "status-500"}]
        assert (await house.asked("POST", f"{path}/retry", {}))["tried"] == 1
        await house.until_received(MOST_TRIES + 2)
        assert house.ids[-1] == ids[0]
        await until_async(lambda: not house.webhooks.registry.parked(UUID(hook["webhook"])))


async def test_nothing_is_sent_once_the_key_is_revoked_and_it_waits_for_nobody(house: House) -> None:
    credential = house.door.access.poster([f"Bearer {house.door.keys['recorder']}"]).credential
    async with running(house):
        hook = await house.registered()
        house.door.facts.append(told(CredentialRevoked(), credential))
        house.post(ORGANISATION, meeting(BRANCH, 1))
        other = await house.asked("GET", "/v1/webhooks", key="reader")
        assert [each["webhook"] for each in other["webhooks"]] == [hook["webhook"]]
        looked = [house.webhooks.registry.of(ORGANISATION)[0].position]
        house.webhooks.wake()
        removed = await house.asked("DELETE", f"/v1/webhooks/{hook['webhook']}", key="reader")
        assert (removed["http"], looked, house.received) == (200, [0], [])


async def test_what_is_parked_waits_as_long_as_its_key_may_not_read(house: House) -> None:
    house.post(ORGANISATION, meeting(BRANCH, 1))
    house.statuses = [500] * MOST_TRIES
    credential = house.door.access.poster([f"Bearer {house.door.keys['recorder']}"]).credential
    async with running(house):
        hook = UUID((await house.registered())["webhook"])

        def parked() -> bool:
            house.moment += 700
            house.webhooks.wake()
            return bool(house.webhooks.registry.parked(hook))

        await until_async(parked)
        house.door.facts.append(told(CredentialRevoked(), credential))
        assert house.webhooks.registry.retry(hook, (), act_on(hook, What.RETRIED)) == 1
        async with httpx.AsyncClient() as http:
            await house.webhooks._serve(http, house.webhooks.registry.of(ORGANISATION)[0])  # noqa: SLF001 — one turn, now
        assert len(house.webhooks.registry.parked(hook)) == 1
