"""What comes back for rubbish? A short problem, at once, without a word of what was sent; never a fault."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import httpx
import pytest

from shared.web.posting import Media
from tests.contracts.golden import SAMPLES
from tests.web.door import Door
from tests.web.odd import MARK, NOT_JSON, ODD

SEED = 20260301
ROUNDS = 400
LONGEST_ANSWER = 8 * 2**10
SLOWEST = 0.2
"""Seconds of work for one answer; what other programs take of the machine does not count."""
Mutation = Callable[[random.Random, bytes], bytes]


def cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def flipped(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def noisy(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + chance.randbytes(chance.randrange(1, 40)) + body[place:]


def doubled(chance: random.Random, body: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(body)) for _ in range(2))
    return body[:end] + body[start:end] + body[end:]


def swapped(chance: random.Random, body: bytes) -> bytes:
    tokens = sorted({b'"', b":", b",", b"{", b"}", b"[", b"]", b"1", b"null", b"-"})
    old, new = chance.choice(tokens), chance.choice(tokens)
    return body.replace(old, new, chance.randrange(1, 4))


def odd_value(chance: random.Random, body: bytes) -> bytes:
    texts = [text for text in {**ODD, **NOT_JSON}.values() if len(text) < 10_000]
    parts = body.split(b": ")
    place = chance.randrange(1, len(parts))
    rest = parts[place].partition(b",")
    parts[place] = chance.choice(texts).encode() + rest[1] + rest[2]
    return b": ".join(parts)


def recoded(chance: random.Random, body: bytes) -> bytes:
    return body.decode().encode(chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"]))


def garbage(chance: random.Random, body: bytes) -> bytes:
    return chance.randbytes(chance.randrange(1, len(body)))


MUTATIONS: list[Mutation] = [cut, flipped, noisy, doubled, swapped, odd_value, recoded, garbage]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
async def test_no_malformed_post_is_a_fault_or_comes_back(mutation: Mutation) -> None:
    chance = random.Random(f"{SEED} {mutation.__name__}")
    samples = [each for each in SAMPLES if each.contract.service == "meetings"]
    door = Door()
    app = door.app()
    slowest = 0.0
    async with door.client(app) as client:
        for number in range(ROUNDS):
            event = {**chance.choice(samples).posted, "source": f"/{MARK}", "declaredactor": MARK, MARK: MARK}
            if number % 2:
                del event[MARK]
            media = chance.choice(list(Media))
            body = mutation(chance, framed(event, media))
            headers = {"Authorization": f"Bearer {door.keys['recorder']}", "Content-Type": media.value}
            response, spent = await timed(client, body, headers)
            if spent > SLOWEST:
                # Whatever else this process had to tidy up, it has tidied up by now.
                response, spent = await timed(client, body, headers)
            slowest = max(slowest, spent)
            case = f"seed {SEED}, {mutation.__name__} {number}: {body!r}"
            assert response.status_code in {200, 201, 400, 413, 422}, case
            assert len(response.content) <= LONGEST_ANSWER, case
            assert MARK not in response.text, case
            assert MARK not in str(response.headers), case
            assert response.json(), case
    assert slowest <= SLOWEST


async def timed(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> tuple[httpx.Response, float]:
    """The answer to a post, and the seconds of this process that it took."""
    start = time.process_time()
    response = await client.post("/v1/events", content=body, headers=headers)
    return response, time.process_time() - start


def framed(event: object, media: Media) -> bytes:
    text = json.dumps(event, ensure_ascii=False)
    frames = {Media.ONE: text, Media.BATCH: f"[{text}, {text}]", Media.LINES: f"{text}\n{text}\n"}
    return frames[media].encode()


@pytest.mark.parametrize(
    "path",
    [
        f"/{MARK}",
        f"/v1/events/{MARK}",
        f"/v1/events?{MARK}={MARK}",
        f"/readyz?{MARK}",
        f"/docs/{MARK}",
        f"/{MARK}%0d%0aX: y",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", MARK.upper()])
async def test_no_address_comes_back(method: str, path: str) -> None:
    door = Door()
    async with door.client() as client:
        response = await client.request(method, path, headers={"Authorization": f"Bearer {MARK}", MARK: MARK})
    assert 400 <= response.status_code < 500
    assert MARK not in response.text
    assert MARK not in str(response.headers)
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) <= LONGEST_ANSWER


@pytest.mark.parametrize(
    "header",
    ["Content-Type", "Content-Encoding", "Nennep-After", "Prefer", "Content-Length", "Authorization", "Accept"],
)
async def test_no_header_comes_back(header: str) -> None:
    door = Door()
    async with door.client() as client:
        headers = {
            "Authorization": f"Bearer {door.keys['recorder']}",
            "Content-Type": Media.ONE.value,
            header: MARK,
        }
        response = await client.post("/v1/events", content=b"{}", headers=headers)
    assert 400 <= response.status_code < 500
    assert MARK not in response.text
    assert MARK not in str(response.headers)
