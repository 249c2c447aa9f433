"""Do large posts of one organisation come in one after the other, and nobody else waits for them?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import Future
from uuid import UUID

import httpx

from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.submission import Outcome
from shared.web.large import LARGE
from shared.web.posting import Media
from tests.support.waiting import until_async
from tests.web.door import ORGANISATION, OTHER, Door, accepted, meeting


class Pending:
    """A log that answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Poster, Sequence[Draft], Future[list[Outcome]]]] = []

    def submit(self, poster: Poster, drafts: Sequence[Draft], *, lenient: bool) -> Future[list[Outcome]]:
        """Keep it."""
        del lenient
        self.waiting.append((poster, drafts, Future()))
        return self.waiting[-1][2]

    @property
    def under_way(self) -> list[tuple[UUID, bool]]:
        """Whose posts are being judged, and whether each is large."""
        return sorted((poster.organisation, len(drafts) > 1) for poster, drafts, _ in self.waiting)

    def answer(self) -> None:
        """Accept all."""
        told, self.waiting = self.waiting, []
        for poster, drafts, done in told:
            done.set_result([accepted(poster, draft) for draft in drafts])


def large(name: str) -> str:
    """So many meetings that they are a large post."""
    one = len(json.dumps(meeting(name)))
    return "\n".join(json.dumps(meeting(f"{name} {number}")) for number in range(LARGE // one + 1))


async def test_large_posts_of_one_organisation_take_turns_and_others_go_beside_them() -> None:
    door, log = Door(), Pending()
    door.submit = log.submit  # type: ignore[method-assign]
    app = door.app()

    async def sent(key: str, body: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {door.keys[key]}", "Content-Type": Media.LINES.value}
        async with door.client(app) as client:
            return await client.post("/v1/events", content=body.encode(), headers=headers)

    first = [asyncio.create_task(sent("recorder", large(name))) for name in ("a", "b", "c")]
    await until_async(lambda: log.under_way == [(ORGANISATION, True)])
    beside = [
        asyncio.create_task(sent("recorder", json.dumps(meeting("d")))),
        asyncio.create_task(sent("other", large("e"))),
    ]
    await until_async(lambda: log.under_way == [(ORGANISATION, False), (ORGANISATION, True), (OTHER, True)])
    for _ in range(2):
        log.answer()
        await until_async(lambda: log.under_way == [(ORGANISATION, True)])
    log.answer()
    assert {each.status_code for each in await asyncio.gather(*first, *beside)} == {201}


async def test_who_gives_up_waiting_for_the_turn_holds_nobody_back() -> None:
    door, log = Door(), Pending()
    door.submit = log.submit  # type: ignore[method-assign]
    app = door.app()

    async def sent(name: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {door.keys['recorder']}", "Content-Type": Media.LINES.value}
        async with door.client(app) as client:
            return await client.post("/v1/events", content=large(name).encode(), headers=headers)

    free = door.budget.left
    first = asyncio.create_task(sent("a"))
    await until_async(lambda: len(log.waiting) == 1)
    second, third = asyncio.create_task(sent("b")), asyncio.create_task(sent("c"))
    await until_async(lambda: door.budget.left < free - 2 * LARGE)
    second.cancel()
    log.answer()
    await until_async(lambda: len(log.waiting) == 1)
    log.answer()
    assert [each.status_code for each in (await first, await third)] == [201, 201]
