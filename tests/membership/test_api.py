"""What does membership take from those whom it does not know yet? No more of a body than a key's request needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from services.membership.api import MOST_BYTES, credentials_router
from shared.eventsourcing.service import Service
from shared.web.application import Parts, create_app
from shared.web.health import About
from tests.web.door import PEPPER, Door


async def test_an_endless_body_is_cut_off_before_its_key_is_looked_at() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST_BYTES:
            sent += 1024
            yield b" " * 1024

    door = Door("membership")
    nothing_is_submitted = cast("Service", None)
    router = credentials_router(nothing_is_submitted, door.access, PEPPER)
    app = create_app(About("membership", "Đoàn viên", "1.0"), Parts(routers=(router,)))
    async with door.client(app) as client:
        answer = await client.post("/v1/credentials", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"
    assert sent <= 2 * MOST_BYTES
