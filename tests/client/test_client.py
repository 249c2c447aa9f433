"""Does a program that posts get what it needs? Receipts, errors with names, the right pauses before it asks again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.client import (
    Again,
    Client,
    Conflict,
    NotAllowed,
    Outbox,
    Patience,
    Posted,
    Problem,
    Receipt,
    Refused,
    Unreachable,
    Unreadable,
    event,
    send,
)
from shared.client.__main__ import main
from shared.client.patience import asked_for
from shared.eventsourcing.errors import Answered
from tests.support.sources import ROOT
from tests.web.door import Door

BRANCH, SUBJECT = "00000000-0000-4000-8000-000000000011", "00000000-0000-4000-8000-000000000012"
RECEIPT = Receipt("membership", "00000000-0000-4000-8000-0000000000b2", 7, "ab" * 32)
ROLL = {"expected": 4, "present": 3, "absent": 1}


def meeting(**more: Any) -> dict[str, Any]:
    fact = {"branch": BRANCH, "kind": "regular", "roll": ROLL, **more}
    return event("vn.nennep.meetings.meeting-held.v1", SUBJECT, fact, occurred="2024-03-26", source="/so-tay")


class Clash(Answered):
    """The id stands with other content."""

    status, code, vi = 409, "id-conflict", "Mã này đã có nội dung khác."


class InThisProcess(httpx.BaseTransport):
    """The way to an application in this process, for a client that does not await."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._asked(request, request.read()))

    async def _asked(self, request: httpx.Request, content: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
            answer = await client.request(request.method, request.url, headers=request.headers, content=content)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def at(door: Door, key: str) -> Client:
    http = httpx.Client(transport=InThisProcess(door.app()))
    return Client("http://service", key, http=http, patience=Patience(times=0))


def spoken(door: Door, key: str = "recorder") -> Client:
    """A client at the real door of a service, of which only the log is missing."""
    return at(door, door.keys[key])


# ── What the service says ────────────────────────────────────────────────────────────────────────────────────────


def test_one_a_batch_and_lines_have_their_receipts_and_wait_for_what_they_name() -> None:
    door = Door()
    client, events = spoken(door), [meeting() for _ in range(3)]
    one = client.post(events[0], after=[RECEIPT])
    assert (one.id, one.already, one.receipt.service, one.receipt.sequence) == (events[0]["id"], False, "meetings", 1)
    assert [each.id for each in client.batch(events)] == [each["id"] for each in events]
    found = client.lines([events[0], meeting(kind="sideways"), events[1]])
    assert [type(each) for each in found] == [Posted, Problem, Posted]
    assert isinstance(found[1], Problem)
    assert (found[1].status, found[1].field) == (422, "data.fact.kind")
    assert [str(each.organisation)[-2:] for each in door.waited] == ["b2"]


def test_each_kind_of_refusal_is_an_error_of_its_own_with_its_code_field_and_both_sentences() -> None:
    door = Door(judge=lambda _poster, _draft: Clash())
    with pytest.raises(NotAllowed) as unknown:
        at(door, "sai").post(meeting())
    assert unknown.value.problem.status == 401
    with pytest.raises(Conflict) as clash:
        spoken(door).post(meeting())
    assert (clash.value.problem.code, clash.value.problem.title) == ("id-conflict", Clash.vi)
    with pytest.raises(Unreadable):
        spoken(door).post("{")
    with pytest.raises(Refused) as refused:
        spoken(door).batch([meeting(), meeting(kind="sideways"), meeting()])
    assert (refused.value.problem.status, refused.value.problem.field) == (422, "data.fact.kind")
    assert refused.value.problem.title_en
    with pytest.raises(Again):
        spoken(Door(seen=False)).post(meeting(), after=[RECEIPT])


# ── What the line does ───────────────────────────────────────────────────────────────────────────────────────────


def told(*answers: httpx.Response | Exception, times: int = 8) -> tuple[Client, list[float], list[httpx.Request]]:
    """A client whose requests get these answers in turn; the pauses it makes, and what it sends."""
    pauses: list[float] = []
    asked: list[httpx.Request] = []
    rest = iter(answers)

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = next(rest)
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = httpx.Client(transport=httpx.MockTransport(answered))
    return Client("http://a", "k", http=http, pause=pauses.append, patience=Patience(1, 5, times)), pauses, asked


def good(posted: dict[str, Any]) -> httpx.Response:
    return httpx.Response(201, json={"id": posted["id"], "status": 201, "receipt": RECEIPT.as_json()})


BUSY = {"status": 503, "code": "busy"}
CUT = httpx.RemoteProtocolError("cut")


def test_it_asks_again_with_the_same_bytes_after_pauses_that_double_and_are_never_by_chance() -> None:
    posted = meeting()
    client, pauses, asked = told(CUT, httpx.Response(502, text="<html>"), CUT, CUT, CUT, good(posted))
    assert client.post(posted).receipt == RECEIPT
    assert pauses == [1, 2, 4, 5, 5]
    assert len({request.content for request in asked}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_the_service_asks(status: int) -> None:
    posted = meeting()
    busy = httpx.Response(status, json=BUSY, headers={"Retry-After": "7"})
    soon = httpx.Response(status, json=BUSY, headers={"Retry-After": "1"})
    client, pauses, _ = told(busy, soon, good(posted))
    client.post(posted)
    assert pauses == [7, 2]


def test_a_retry_after_is_seconds_or_a_date_and_anything_else_is_nothing() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert asked_for("Thu, 01 Jan 2026 00:00:20 GMT", now) == 20
    assert asked_for("Wed, 31 Dec 2025 00:00:00 GMT", now) == 0
    assert [asked_for(each, now) for each in (None, "", "-1", "soon", "١", "9" * 40, "12")] == [0, 0, 0, 0, 0, 0, 12]


def test_patience_ends_with_what_was_said_last() -> None:
    client, pauses, _ = told(*[CUT] * 3, times=2)
    with pytest.raises(Unreachable, match="RemoteProtocolError"):
        client.post(meeting())
    assert pauses == [1, 2]
    client, _, _ = told(*[httpx.Response(503, json=BUSY)] * 3, times=2)
    with pytest.raises(Again) as again:
        client.post(meeting())
    assert again.value.problem.code == "busy"


@pytest.mark.parametrize("answer", ["[]", "{}", "", '{"outcomes": []}', '{"id": "x", "status": 201, "receipt": {}}'])
def test_an_answer_of_another_form_is_no_receipt(answer: str) -> None:
    client, _, _ = told(httpx.Response(200, text=answer), httpx.Response(200, text=answer))
    with pytest.raises(Unreachable):
        client.post(meeting())
    with pytest.raises(Unreachable):
        client.lines([meeting()])


@pytest.mark.parametrize("said", [{"status": "error", "code": "gateway_timeout"}, {"outcomes": ["?", 1, None]}])
def test_what_a_gateway_says_in_json_of_its_own_is_asked_again(said: dict[str, Any]) -> None:
    posted = meeting()
    whole = httpx.Response(201, json={"outcomes": [good(posted).json()]})
    client, pauses, _ = told(httpx.Response(503, json=said), whole)
    assert [type(each) for each in client.lines([posted])] == [Posted]
    assert pauses == [1]


def test_lines_that_are_none_are_no_outcomes() -> None:
    client, _, _ = told(httpx.Response(201, json={"outcomes": ["?"]}))
    with pytest.raises(Unreachable):
        client.lines([meeting()])


# ── From the outbox ──────────────────────────────────────────────────────────────────────────────────────────────


def lines_judged(answer: Callable[[int, dict[str, Any]], dict[str, Any]]) -> tuple[httpx.Client, list[httpx.Request]]:
    """A service that answers line by line, with every request it got."""
    asked: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        events = [json.loads(line) for line in request.content.decode().split("\n")]
        return httpx.Response(207, json={"outcomes": [answer(len(asked), each) for each in events]})

    return httpx.Client(transport=httpx.MockTransport(answered)), asked


def stands(number: int, posted: dict[str, Any]) -> dict[str, Any]:
    service = posted["type"].split(".")[2]
    return {"id": posted["id"], "status": 201, "receipt": {**RECEIPT.as_json(), "service": service, "sequence": number}}


def test_a_fact_for_another_service_waits_there_for_what_was_recorded_before_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "hop-thu")
    founded = event("vn.nennep.membership.unit-founded.v1", BRANCH, {}, occurred="2024-01-01", source="/so-tay")
    outbox.put([founded, meeting()])
    http, asked = lines_judged(stands)
    clients = {name: Client(f"http://{name}", "k", http=http) for name in ("membership", "meetings")}
    assert send(outbox, clients).recorded == 2
    assert [request.url.host for request in asked] == ["membership", "meetings"]
    assert asked[1].headers["Nennep-After"].startswith("membership/")
    assert "Nennep-After" not in asked[0].headers


def test_a_line_that_must_wait_is_asked_again_by_itself_and_the_others_stand(tmp_path: Path) -> None:
    outbox, events = Outbox(tmp_path / "hop-thu"), [meeting() for _ in range(3)]
    outbox.put(events)

    def answer(number: int, posted: dict[str, Any]) -> dict[str, Any]:
        late = posted["id"] == events[1]["id"] and number == 1
        return {"id": posted["id"], "status": 503, "problem": BUSY} if late else stands(number, posted)

    http, asked = lines_judged(answer)
    sent = send(outbox, {"meetings": Client("http://meetings", "k", http=http)})
    assert (sent.recorded, sent.waiting, len(asked)) == (3, 0, 2)


def test_a_line_that_waits_for_ever_stays_behind_and_the_sending_ends(tmp_path: Path) -> None:
    outbox, events = Outbox(tmp_path / "hop-thu"), [meeting() for _ in range(3)]
    outbox.put(events)

    def answer(number: int, posted: dict[str, Any]) -> dict[str, Any]:
        assert number < 9, "it goes round and round"
        never = posted["id"] == events[1]["id"]
        return {"id": posted["id"], "status": 503, "problem": BUSY} if never else stands(number, posted)

    http, _ = lines_judged(answer)
    sent = send(outbox, {"meetings": Client("http://meetings", "k", http=http)})
    assert (sent.recorded, sent.waiting) == (2, 1)
    assert [each.id for each in outbox.waiting] == [events[1]["id"]]


def test_a_page_too_large_for_one_post_goes_in_halves_and_a_fact_too_large_is_refused(tmp_path: Path) -> None:
    outbox, big = Outbox(tmp_path / "hop-thu"), meeting(note="x" * 2_000_000)
    outbox.put([meeting(), big, meeting()])
    sent = send(outbox, {"meetings": spoken(Door())})
    assert (sent.recorded, sent.refused, sent.waiting) == (2, 1, 0)
    assert outbox.refused[big["id"]][1].code == "line-too-large"


def test_an_answer_about_another_fact_is_not_believed(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "hop-thu")
    outbox.put([meeting()])
    http, _ = lines_judged(lambda number, posted: {**stands(number, posted), "id": SUBJECT})
    with pytest.raises(Unreachable):
        send(outbox, {"meetings": Client("http://meetings", "k", http=http)})
    assert len(Outbox(outbox.path).waiting) == 1


# ── Alone ────────────────────────────────────────────────────────────────────────────────────────────────────────

ALONE = """
import sys
before = set(sys.modules)
import httpx
allowed = set(sys.modules)
import shared.client, shared.client.__main__
more = {name.partition('.')[0] for name in set(sys.modules) - allowed} - set(sys.stdlib_module_names)
assert more == {'shared'}, more
assert {name for name in sys.modules if name.startswith('shared.')} <= {'shared.client'} | {
    name for name in sys.modules if name.startswith('shared.client.')}
"""


def test_it_needs_httpx_and_the_standard_library_alone() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize(("key", "said"), [("k", "meetings=URL"), ("khóa", "no key looks like this")])
def test_alone_it_says_what_is_missing_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, said: str
) -> None:
    facts = tmp_path / "facts.ndjson"
    facts.write_text(json.dumps(meeting()) + "\n", encoding="utf-8")
    words = [str(tmp_path / "hop-thu"), str(facts), "membership=http://127.0.0.1:9"]
    assert main(words, key) == 2
    assert said in capsys.readouterr().err
