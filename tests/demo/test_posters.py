"""Do the posters go on until everything is accepted, and stop with one clear line when something is refused?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.operations.demo import posters
from shared.operations.demo.posters import NotPosted, Totals, post
from shared.operations.demo.posting import Posting
from shared.operations.demo.scribe import Posted
from tests.support.waiting import until_async

Answering = Callable[[Request], Response | None]


class Intake:
    """A log over HTTP that keeps what it is sent, once, unless `answering` says something else first."""

    def __init__(self, answering: Answering = lambda _: None) -> None:
        """Empty."""
        self.answering = answering
        self.requests: list[tuple[str, str, str, list[str]]] = []
        """Service, key, `Nennep-After` and ids of every request, in their order."""
        self.kept: list[str] = []

    async def post(self, request: Request) -> Response:
        """Keep the lines of one post."""
        lines = [json.loads(line)["id"] for line in (await request.body()).split(b"\n")]
        service = request.path_params["service"]
        key = request.headers["authorization"].removeprefix("Bearer ")
        self.requests.append((service, key, request.headers.get("nennep-after", ""), lines))
        other = self.answering(request)
        return (
            JSONResponse({"outcomes": [self._keep(service, key, line) for line in lines]}) if other is None else other
        )

    def _keep(self, service: str, key: str, line: str) -> dict[str, Any]:
        new = line not in self.kept
        if new:
            self.kept.append(line)
        receipt = {"service": service, "organisation": key, "sequence": self.kept.index(line) + 1, "hash": "ab"}
        return {"id": line, "status": 201 if new else 200, "receipt": receipt}


@asynccontextmanager
async def serving(intake: Intake) -> AsyncIterator[dict[str, str]]:
    """The URLs by service."""
    application = Starlette(routes=[Route("/{service}/v1/events", intake.post, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    await until_async(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield {service: f"http://127.0.0.1:{port}/{service}" for service in ("membership", "meetings")}
    finally:
        server.should_exit = True
        await task


def posting(poster: str, service: str, count: int, *after: str) -> Posting:
    """So many facts with telling ids."""

    def events() -> Iterator[Posted]:
        return ({"id": f"{poster}/{service}/{number}"} for number in range(count))

    return Posting(poster, service, "part", events, after)


KEYS = {"a": "key-of-a", "b": "key-of-b"}


async def posted(intake: Intake, *postings: Posting) -> Totals:
    """Post them to the intake."""
    async with serving(intake) as urls:
        return await post(postings, urls, KEYS)


def problem(status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The outcome of a refused line."""
    return {"status": status, "problem": {"status": status, "code": code, "title": "Lời giải thích", "field": field}}


async def test_each_poster_sends_all_its_lines_in_order_in_batches_and_under_its_own_key() -> None:
    intake = Intake()
    totals = await posted(intake, posting("a", "membership", 1203), posting("b", "membership", 7))
    sizes = [len(lines) for _, key, _, lines in intake.requests if key == "key-of-a"]
    assert sizes == [500, 500, 203]
    own = [line for line in intake.kept if line.startswith("a/")]
    assert own == [f"a/membership/{number}" for number in range(1203)]
    assert {key for _, key, _, lines in intake.requests if lines[0].startswith("b/")} == {"key-of-b"}
    assert totals.recorded == {"membership": 1210}
    assert totals.already.total() == 0


async def test_posting_twice_records_nothing_new() -> None:
    intake = Intake()
    await posted(intake, posting("a", "membership", 20))
    totals = await posted(intake, posting("a", "membership", 20))
    assert totals.recorded.total() == 0
    assert totals.already == {"membership": 20}


async def test_the_same_batch_is_repeated_while_the_service_is_busy() -> None:
    answers = iter([503, 503, 429, 502])
    busy = lambda _: next((Response(status_code=status, headers={"Retry-After": "0"}) for status in answers), None)  # noqa: E731 -- a name for one test
    intake = Intake(busy)
    totals = await posted(intake, posting("a", "membership", 3))
    assert [lines for *_, lines in intake.requests] == [[f"a/membership/{number}" for number in range(3)]] * 5
    assert totals.recorded == {"membership": 3}


async def test_a_lost_connection_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "LONGEST_PAUSE", 0.1)
    intake, lost = Intake(), []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the request and go away without an answer."""
        lost.append(await reader.read(100))
        writer.close()

    broken = await asyncio.start_server(cut, "127.0.0.1", 0)
    port = broken.sockets[0].getsockname()[1]
    running = asyncio.create_task(
        post([posting("a", "membership", 3)], {"membership": f"http://127.0.0.1:{port}/membership"}, KEYS)
    )
    await until_async(lambda: len(lost) >= 2)
    broken.close()
    await broken.wait_closed()
    application = Starlette(routes=[Route("/{service}/v1/events", intake.post, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(application, port=port, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    totals = await running
    server.should_exit = True
    await task
    assert totals.recorded == {"membership": 3}


async def test_a_key_that_has_just_been_issued_may_not_be_known_at_once() -> None:
    answers = iter([401, 401])
    intake = Intake(lambda _: next((Response(status_code=status) for status in answers), None))
    assert (await posted(intake, posting("a", "meetings", 1))).recorded == {"meetings": 1}


async def test_a_posting_waits_for_what_it_names_and_names_its_last_receipt_once_to_the_other_service() -> None:
    intake = Intake()
    await posted(
        intake,
        posting("a", "membership", 600),
        posting("b", "membership", 2, "a/membership/part"),
        posting("b", "meetings", 501, "a/membership/part", "b/membership/part"),
    )
    order = [(service, key) for service, key, _, _ in intake.requests]
    assert order.index(("membership", "key-of-b")) > 1
    after = [header for service, _, header, _ in intake.requests if service == "meetings"]
    assert set(after[0].split(", ")) == {"membership/key-of-a/600/ab", "membership/key-of-b/602/ab"}
    assert after[1:] == [""]
    assert [header for service, _, header, _ in intake.requests if service == "membership"] == ["", "", ""]


async def test_a_refusal_ends_everything_with_one_line_of_code_and_field() -> None:
    outcomes = [
        problem(424, "not-stored-because-of-others"),
        problem(422, "unknown-unit", "data.fact.branch"),
        problem(503, "not-seen-yet"),
    ]
    intake = Intake(lambda _: JSONResponse({"outcomes": outcomes}, 422))
    with pytest.raises(NotPosted) as refused:
        await posted(intake, posting("a", "membership", 3), posting("b", "meetings", 3, "a/membership/part"))
    assert str(refused.value) == "a/membership/part: 422 · unknown-unit · data.fact.branch · Lời giải thích"
    assert [service for service, *_ in intake.requests] == ["membership"]


async def test_a_whole_answer_that_is_a_problem_is_told_too() -> None:
    intake = Intake(lambda _: JSONResponse(problem(413, "body-too-large")["problem"], 413))
    with pytest.raises(NotPosted, match=r"a/membership/part: 413 · body-too-large · Lời giải thích"):
        await posted(intake, posting("a", "membership", 1))


async def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "PATIENCE", 0.3)
    with pytest.raises(NotPosted, match=r"a/membership/part: Connect"):
        await post([posting("a", "membership", 1)], {"membership": "http://127.0.0.1:1"}, KEYS)


async def test_every_accepted_batch_is_shown_to_the_watcher() -> None:
    seen: list[tuple[str, int]] = []

    class Watching:
        """Remembers what it is shown."""

        def posted(self, service: str, lines: int) -> None:
            """One batch."""
            seen.append((service, lines))

    async with serving(Intake()) as urls:
        await post([posting("a", "membership", 501)], urls, KEYS, Watching())
    assert seen == [("membership", 500), ("membership", 1)]
