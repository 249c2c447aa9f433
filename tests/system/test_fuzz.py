"""What if anything at all is sent? Thousands of spoilt posts, raw bytes, keys of every sort: never a 5xx."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.lines import Line, register
from tests.system.reached import PATIENCE, SERVICES, Reached
from tests.system.spoilt import MARK, Spoiler

ONE = "application/cloudevents+json"
LONGEST_ANSWER = 8 * 2**10
AT_ONCE = 16
COME_AGAIN = {"not-seen-yet", "busy"}
SEED = 2025


def wrong_in(answer: httpx.Response) -> str:
    """What a spoilt post may never be answered with; nothing when all is well."""
    code = answer.json().get("code")
    if answer.status_code >= 500 and code not in COME_AGAIN:
        return f"{answer.status_code} {code}"
    if MARK in answer.text or MARK in str(answer.headers):
        return "echoed"
    return "long" if len(answer.content) > LONGEST_ANSWER else ""


async def fuzz(line: Line, posts: int, seed: int) -> tuple[Counter[int], list[str]]:
    """So many spoilt posts to each service, some at once; statuses, and each post that was answered wrongly."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    limits = httpx.Limits(max_connections=AT_ONCE)
    keys = (line.key, line.key, line.key, line.deployment.operator)
    async with httpx.AsyncClient(limits=limits, timeout=PATIENCE, trust_env=False) as client:

        async def post(url: str, body: bytes, key: str) -> None:
            headers = {"Content-Type": ONE, "Authorization": f"Bearer {key}"}
            answer = await client.post(url, content=body, headers=headers)
            statuses[answer.status_code] += 1
            if what := wrong_in(answer):
                wrong.append(f"{what}: {body!r}")

        for service in SERVICES:
            spoiler, url = Spoiler(line, Random(f"{seed} {service}")), line.deployment.url(service, "/v1/events")
            for start in range(0, posts, AT_ONCE):
                bodies = [
                    (spoiler.post(service), spoiler.chance.choice(keys))
                    for _ in range(start, min(start + AT_ONCE, posts))
                ]
                await asyncio.gather(*(post(url, body, key) for body, key in bodies))
    return statuses, wrong


async def test_no_spoilt_sample_is_a_fault_or_comes_back(line: Line, tally: Tally) -> None:
    written = log_sizes(line.deployment)
    statuses, wrong = await fuzz(line, 300, SEED)
    tally("S-10", statuses.total(), len(wrong), SEED)
    assert wrong == []
    assert statuses[201] > 0, statuses
    assert statuses[422] > 30, statuses
    assert statuses[400] > 30, statuses
    assert_unharmed(line.deployment, written)


def log_sizes(deployment: Reached) -> dict[str, int]:
    """How many bytes each service has written down until now."""
    return {service: (deployment.data / "logs" / f"{service}.log").stat().st_size for service in SERVICES}


def assert_unharmed(deployment: Reached, written: Mapping[str, int]) -> None:
    """What was accepted on the way is taken in by everybody, and nobody has written down a fault since."""
    deployment.settle()
    for service in SERVICES:
        assert deployment.standing(service)["parked"] == 0
        assert deployment.rebuilt(service)["tables"] == {}
        log = (deployment.data / "logs" / f"{service}.log").read_bytes()
        # A service that was started anew on the way may have begun another log.
        words = log[written[service] if written[service] <= len(log) else 0 :].decode()
        assert "request failed" not in words
        assert "intake failed" not in words
        assert MARK not in words


@pytest.mark.battery
async def test_fifty_thousand_spoilt_samples_are_no_fault(deployment: Deployment, tally: Tally) -> None:
    written = log_sizes(deployment)
    for _ in range(17):
        seed = random.randrange(10**9)
        line = register(deployment)
        line.heard_of(*SERVICES)
        statuses, wrong = await fuzz(line, 1_000, seed)
        tally("S-10", statuses.total(), len(wrong), seed)
        assert wrong == [], f"seed {seed}"
    assert_unharmed(deployment, written)


# ── Beneath HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────

POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
RAW = {
    "noise": b"\x00\xff" * 200 + b"\r\n\r\n",
    "no request": b"GET\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length that is no number": POST + b"Content-Length: " + MARK.encode() + b"\r\n\r\n",
    "an endless length": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a chunk that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: " + MARK.encode() + b"\r\n\r\n",
    "a long header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
    "a folded header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "a NUL in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "a long address": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "an address with bytes": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "an old protocol": b"GET /livez HTTP/0.9\r\nHost: x\r\n\r\n",
    "smuggled": POST + b"Content-Length: 0\r\n\r\nGET /v1/heads HTTP/1.1\r\nHost: x\r\n\r\n",
}


def answered(deployment: Deployment, service: str, raw: bytes) -> bytes:
    """What comes back for bytes, until the service closes the line or says no more."""
    address = urlsplit(deployment.url(service, ""))
    answer = b""
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=2) as connection:
        with suppress(OSError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while block := connection.recv(2**16):
                answer += block
    return answer


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_request_are_refused_or_cut(deployment: Deployment, name: str) -> None:
    for service in SERVICES:
        answer = answered(deployment, service, RAW[name])
        statuses = statuses_in(answer)
        assert all(status < 500 for status in statuses), answer[:200]
        assert MARK.encode() not in answer
        assert len(answer) <= 2 * LONGEST_ANSWER


def statuses_in(answer: bytes) -> Sequence[int]:
    """The status of each response in the bytes of a connection."""
    return [int(line[9:12]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def test_a_smuggled_request_needs_a_key_of_its_own(deployment: Deployment) -> None:
    assert set(statuses_in(answered(deployment, "meetings", RAW["smuggled"]))) <= {401, 400}
