"""How much does a sender get to write? No more than the cap, no longer than the time, no more than all may together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from shared.web import body
from shared.web.body import Budget
from shared.web.posting import MOST_BYTES, Media
from tests.web.door import Door, meeting

MEBIBYTE = b" " * 2**20


async def send(door: Door, content: AsyncIterator[bytes] | bytes, **headers: str) -> httpx.Response:
    async with door.client() as client:
        more = {"Authorization": f"Bearer {door.keys['recorder']}", "Content-Type": Media.ONE.value, **headers}
        return await client.post("/v1/events", content=content, headers=more)


async def endless(sent: list[int], most: int = 200) -> AsyncIterator[bytes]:
    for _ in range(most):
        sent.append(len(MEBIBYTE))
        yield MEBIBYTE


async def test_a_body_of_200_mebibytes_is_cut() -> None:
    sent: list[int] = []
    door = Door()
    response = await send(door, endless(sent))
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    assert sum(sent) < 32 * 2**20
    assert response.headers["connection"] == "close"
    assert door.budget.left == Budget().left


async def test_an_announced_length_past_the_cap_is_refused_without_being_kept() -> None:
    door = Door(budget=Budget(0))
    response = await send(door, endless([]), **{"Content-Length": str(200 * 2**20)})
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


async def test_who_has_no_key_gets_no_byte_kept() -> None:
    sent: list[int] = []
    door = Door(budget=Budget(0))
    response = await send(door, endless(sent), Authorization="Bearer x")
    assert response.status_code == 401
    assert sum(sent) < 32 * 2**20
    assert response.headers["connection"] == "close"


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "SECONDS", 0.05)
    monkeypatch.setattr(body, "DRAIN_SECONDS", 0.05)
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    door = Door()
    response = await send(door, stuck())
    assert (response.status_code, response.json()["code"]) == (408, "too-slow")
    assert door.budget.left == Budget().left


async def test_when_all_bodies_together_are_too_many_senders_are_asked_to_come_again() -> None:
    door = Door(budget=Budget(MOST_BYTES // 2))
    response = await send(door, endless([], most=6))
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert response.headers["retry-after"] == "1"
    assert door.budget.left == MOST_BYTES // 2
    assert (await door.post(meeting())).status_code == 201


async def test_a_sender_who_hangs_up_costs_nothing() -> None:
    door = Door()
    app = door.app()
    answers: list[str] = []
    parts: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        return next(parts)

    async def answer(message: dict[str, object]) -> None:
        answers.append(str(message.get("status", "")))

    headers = [
        (b"authorization", f"Bearer {door.keys['recorder']}".encode()),
        (b"content-type", Media.ONE.value.encode()),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/events",
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("service", 80),
        "client": ("sender", 1),
        "root_path": "",
    }
    await app(scope, receive, answer)  # type: ignore[arg-type]  # what the server would give
    assert answers[0] == "400"
    assert door.budget.left == Budget().left
