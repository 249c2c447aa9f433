"""What if a sender cannot know whether he was heard? He sends again: once, fifty times, cut off, or half wrong."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.seeds import SEED, drawn
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import digest_of
from tests.system.lines import LINES, Line, as_line, fresh, meeting, says
from tests.system.reached import PATIENCE, Json

CONNECTIONS = 25
MOST_AT_ONCE = 50
ONE = {"Content-Type": "application/cloudevents+json"}


def head(line: Line, service: str = "meetings") -> tuple[int, str]:
    """The end of the line's chain; nothing recorded: 0."""
    return line.deployment.heads(service).get(line.organisation, (0, ""))


async def sent(line: Line, bodies: Iterable[str]) -> list[httpx.Response]:
    """Every body as a post of its own, as many as possible at the same time over several connections."""
    url, headers = line.deployment.url("meetings", "/v1/events"), {"Authorization": f"Bearer {line.key}", **ONE}
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=PATIENCE, trust_env=False) as client:
        return await asyncio.gather(*(client.post(url, content=body.encode()) for body in bodies))


async def send_many_times(line: Line, events: int, chance: Random) -> tuple[int, int]:
    """Each event 1 to 50 times at once, all shuffled; then each once with a byte changed. Sends and failures."""
    bodies = [as_line(meeting(line.branches[0])) for _ in range(events)]
    first, _ = head(line)
    sends = [body for body in bodies for _ in range(chance.randint(1, MOST_AT_ONCE))]
    chance.shuffle(sends)
    receipts: dict[str, list[Json]] = {}
    failures = 0
    for start in range(0, len(sends), 500):
        for answer in await sent(line, sends[start : start + 500]):
            outcome = answer.json()
            failures += answer.status_code not in {200, 201}
            receipts.setdefault(outcome.get("id"), []).append(outcome.get("receipt"))
    failures += sum(any(receipt != given[0] for receipt in given) for given in receipts.values())
    places = sorted(given[0]["sequence"] for given in receipts.values())
    failures += places != list(range(first + 1, first + 1 + events))
    return len(sends), failures + await send_changed(line, bodies, chance)


async def send_changed(line: Line, bodies: Sequence[str], chance: Random) -> int:
    """The same ids with one byte of the fact changed; how many were not refused with the first one's digest."""
    before = head(line)
    changed = [body.replace('"present": 3', f'"present": {chance.randint(4, 9)}', 1) for body in bodies]
    changed = [body.replace('"expected": 4', f'"expected": {_present(body) + 1}', 1) for body in changed]
    failures = 0
    for body, answer in zip(bodies, await sent(line, changed), strict=True):
        problem = answer.json()
        same = (answer.status_code, problem.get("code"), problem.get("field"), problem.get("digest"))
        failures += same != (409, "id-taken", "id", digest_of(body))
    return failures + (head(line) != before)


def _present(body: str) -> int:
    present: int = json.loads(body)["data"]["fact"]["roll"]["present"]
    return present


async def test_an_event_sent_many_times_at_once_has_one_place_and_one_receipt(line: Line, tally: Tally) -> None:
    sends, failures = await send_many_times(line, 40, Random(SEED))
    tally("R-09", sends, failures, SEED)
    assert failures == 0


@pytest.mark.battery
async def test_ten_thousand_events_sent_many_times_have_one_place_each(line: Line, tally: Tally) -> None:
    seed = drawn()
    chance = Random(seed)
    for _ in range(100):
        sends, failures = await send_many_times(line, 100, chance)
        tally("R-09", sends, failures, seed)
        assert failures == 0, f"seed {seed}"


def test_the_receipt_is_the_same_after_the_service_was_started_anew(deployment: Deployment, line: Line) -> None:
    event = meeting(line.branches[0])
    first = line.post("meetings", event)
    assert first.status_code == 201
    deployment.await_start("meetings", deployment.kill("meetings"))
    again = line.post("meetings", event)
    assert again.status_code == 200
    assert again.json()["outcomes"][0]["receipt"] == first.json()["outcomes"][0]["receipt"]


def test_the_same_said_under_another_id_is_answered_with_the_first_receipt(line: Line) -> None:
    event = meeting(line.branches[0])
    first = line.post("meetings", event).json()["outcomes"][0]["receipt"]
    before = head(line)
    other = line.post("meetings", {**event, "id": fresh()})
    assert (other.status_code, other.json()["outcomes"][0]["receipt"]) == (200, first)
    assert head(line) == before


# ── Batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

BATCH = 1_000


@pytest.fixture
def batch(line: Line) -> list[Json]:
    """A thousand meetings, of which none was posted yet."""
    return [meeting(line.branches[0]) for _ in range(BATCH)]


def test_one_bad_line_in_a_thousand_stores_nothing(line: Line, batch: list[Json]) -> None:
    batch[617]["data"]["fact"]["roll"]["present"] += 1
    before = head(line)
    for _ in range(2):
        answer = line.post("meetings", *batch)
        outcomes = answer.json()["outcomes"]
        assert answer.status_code == 422
        assert [number for number, outcome in enumerate(outcomes) if outcome["status"] == 422] == [617]
        assert outcomes[617]["problem"]["code"] == "incoherent"
        assert {outcome["status"] for outcome in outcomes} == {422, 424}
        assert head(line) == before


def test_one_line_that_a_rule_refuses_takes_the_others_back(line: Line, batch: list[Json]) -> None:
    batch[400]["data"]["fact"]["branch"] = line.root
    before = head(line)
    answer = line.judged("meetings", *batch)
    refused = {
        number: each["problem"] for number, each in enumerate(answer.json()["outcomes"]) if each["status"] != 424
    }
    assert {number: (problem["code"], problem["field"]) for number, problem in refused.items()} == {
        400: ("does-not-meet", "data.fact.branch")
    }
    assert head(line) == before


def test_leniently_the_other_lines_are_stored_and_a_repeat_says_the_same(line: Line, batch: list[Json]) -> None:
    batch[617]["data"]["fact"]["roll"]["present"] += 1
    batch[3]["data"]["fact"]["branch"] = line.root
    before, _ = head(line)
    first = line.judged("meetings", *batch, Prefer="handling=lenient")
    again = line.judged("meetings", *batch, Prefer="handling=lenient")
    assert (first.status_code, again.status_code) == (207, 207)
    assert head(line)[0] == before + BATCH - 2
    for one, two in zip(first.json()["outcomes"], again.json()["outcomes"], strict=True):
        assert one.get("receipt") == two.get("receipt")
        assert one.get("problem") == two.get("problem")


def cut_off(line: Line, body: bytes, sent_bytes: int) -> None:
    """Begin a post, send so much of its body, and be gone."""
    address = urlsplit(line.deployment.url("meetings", "/v1/events"))
    request = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {line.key}\r\n"
        f"Content-Type: {LINES['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE) as connection:
        connection.sendall(request + body[:sent_bytes])
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def cut_again_and_again(line: Line, batch: list[Json], cuts: int) -> tuple[int, int]:
    """Cut a post at each part of its body, the last time right after it; how often, and how often part of it stood."""
    body = "\n".join(map(as_line, batch)).encode()
    partial = 0
    begun, _ = head(line)
    for part in range(cuts + 1):
        cut_off(line, body, len(body) * part // cuts)
        partial += head(line)[0] - begun not in {0, len(batch)}
    answer = line.post("meetings", *batch)
    partial += not answer.is_success or head(line)[0] != begun + len(batch)
    return cuts + 1, partial


def test_a_post_that_is_cut_off_leaves_nothing_or_all(line: Line, batch: list[Json], tally: Tally) -> None:
    cuts, partial = cut_again_and_again(line, batch, 20)
    tally("R-17", cuts, partial)
    assert partial == 0


@pytest.mark.battery
def test_four_hundred_posts_that_are_cut_off_leave_nothing_or_all(line: Line, tally: Tally) -> None:
    for _ in range(20):
        cuts, partial = cut_again_and_again(line, [meeting(line.branches[0]) for _ in range(BATCH)], 20)
        tally("R-17", cuts, partial)
        assert partial == 0


def test_a_member_of_a_batch_may_rest_on_an_earlier_one(line: Line) -> None:
    """The unit is founded, and its member entered, by the same post."""
    branch = fresh()
    founding = {"title": "Chi hội ấp 2", "kind": "branch", "parent": line.root, "territory": line.hamlet}
    events = [
        says("membership.unit-founded", branch, {**founding, "effective": "2020-01-01"}),
        says("membership.member-entered", fresh(), {"branch": branch}),
    ]
    assert line.post("membership", *reversed(events)).status_code == 422
    assert line.post("membership", *events).status_code == 201


def test_nothing_recorded_is_ever_unseen_by_its_own_service(line: Line) -> None:
    """Its own facts come from its own log: no courier stands between."""
    until(lambda: line.deployment.standing("meetings")["lag"]["meetings"] == 0)
