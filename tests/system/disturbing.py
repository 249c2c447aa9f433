"""How does one organisation make trouble? Each way as a call that posts on and on; and how its neighbours fare."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tests.system.lines import LINES, Line, as_line, issue, meeting, says
from tests.system.reached import PATIENCE

EVERY: Final = 0.25
"""Seconds between two posts of a neighbour, whatever the last one took (an open loop)."""
CONNECTIONS: Final = 30
DRIBBLE: Final = 0.05
"""Seconds between two bytes of a slow connection."""
HANDS: Final = 4
"""Threads of one disturber."""
LONGEST: Final = 10 * PATIENCE
"""Seconds for the answer to thousands of lines beside thousands of others."""

Post = Callable[[httpx.Client], httpx.Response]


class Neighbour(threading.Thread):
    """One organisation that posts a meeting and asks a figure at a steady pace, and notes how long each took."""

    def __init__(self, line: Line) -> None:
        super().__init__(daemon=True)
        self.line, self.enough = line, threading.Event()
        self.posted: list[str] = []
        self.posts: list[float] = []
        self.reads: list[float] = []
        self.refused: list[str] = []

    def run(self) -> None:
        """Post and ask until it is enough; late from the moment at which a post was due, not from when it was sent."""
        post, ask = self.line.deployment.url("meetings", "/v1/events"), self._figure()
        headers = {"Authorization": f"Bearer {self.line.key}"}
        with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as client:
            due = time.monotonic()
            while not self.enough.wait(max(0.0, due - time.monotonic())) or not self.posted:
                event = meeting(self.line.branches[0])
                self._took(self.posts, due, client.post(post, content=as_line(event), headers=LINES))
                self.posted.append(event["id"])
                begun = time.monotonic()
                self._took(self.reads, begun, client.get(ask))
                due += EVERY

    def _figure(self) -> str:
        asked = f"unit={self.line.branches[0]}&start=2020-01-01&end=2021-01-01"
        return self.line.deployment.url("ratings", f"/v1/figures/attendance?{asked}")

    def _took(self, times: list[float], begun: float, answer: httpx.Response) -> None:
        times.append(time.monotonic() - begun)
        if not answer.is_success:
            self.refused.append(answer.text)


@dataclass
class Fared:
    """How the neighbours fared for a while."""

    seconds: float
    posts: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Posts a second, all neighbours together."""
        return len(self.posts) / self.seconds

    def told(self, before: Fared) -> str:
        """Beside how they fared undisturbed, as ratios."""
        slower = p99(self.posts) / p99(before.posts), p99(self.reads) / p99(before.reads)
        return f"posts x{self.rate / before.rate:.2f}, p99 of posts x{slower[0]:.1f}, of reads x{slower[1]:.1f}"


def p99(times: Sequence[float]) -> float:
    """The time that one in a hundred exceeds."""
    return sorted(times)[len(times) * 99 // 100]


def fared(lines: Sequence[Line], seconds: float, posted: dict[str, list[str]]) -> Fared:
    """Let neighbours post and ask for so long; what they posted is added, by organisation."""
    neighbours = [Neighbour(line) for line in lines]
    begun = time.monotonic()
    for each in neighbours:
        each.start()
    threading.Event().wait(seconds)
    for each in neighbours:
        each.enough.set()
    for each in neighbours:
        each.join()
    found = Fared(time.monotonic() - begun)
    for each in neighbours:
        found.posts += each.posts
        found.reads += each.reads
        found.refused += each.refused
        posted.setdefault(each.line.organisation, []).extend(each.posted)
    return found


@dataclass
class Trouble:
    """One way of making it: what is sent on and on, and which answers are expected."""

    name: str
    post: Post
    expected: frozenset[int]
    answers: list[int] = field(default_factory=list)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """While the block runs, several hands do it as fast as they are answered."""
        enough = threading.Event()
        hands = [threading.Thread(target=self._do, args=[enough], daemon=True) for _ in range(HANDS)]
        for each in hands:
            each.start()
        try:
            yield
        finally:
            enough.set()
            for each in hands:
                each.join()

    def _do(self, enough: threading.Event) -> None:
        mine = 0
        with httpx.Client(timeout=LONGEST, trust_env=False) as client:
            # Once at least: on a busy machine a hand may rise when it is already enough.
            while not (enough.is_set() and mine):
                mine += 1
                self.answers.append(self.post(client).status_code)


def troubles(line: Line) -> list[Trouble]:
    """Every way that is a post: a flood, poison, a wrong clock, huge batches, a revoked key."""
    url = line.deployment.url("meetings", "/v1/events")

    def posting(body: bytes | Callable[[], bytes], key: str = line.key) -> Post:
        headers = {**LINES, "Authorization": f"Bearer {key}"}
        return lambda client: client.post(url, content=body if isinstance(body, bytes) else body(), headers=headers)

    def lines_of(count: int) -> bytes:
        return "\n".join(as_line(meeting(line.branches[0])) for _ in range(count)).encode()

    ahead = {**meeting(line.branches[0]), "occurred": "2099-01-01"}
    stranger = meeting("00000000-0000-4000-8000-000000000000")
    poison = b"\n".join([b'{"specversion":', b"\xff\xfe", json.dumps(stranger).encode(), b"[" * 5_000])
    return [
        Trouble("flood", posting(lambda: lines_of(20)), frozenset({201, 429, 503})),
        Trouble("poison", posting(poison), frozenset({400, 413, 422, 429})),
        Trouble("wrong clock", posting(as_line(ahead).encode()), frozenset({422, 429})),
        Trouble("huge batches", posting(lambda: lines_of(5_000)), frozenset({201, 413, 429, 503})),
        Trouble("revoked key", posting(lines_of(1), _revoked(line)), frozenset({401, 429})),
    ]


def _revoked(line: Line) -> str:
    key, deployment = issue(line.deployment, line.organisation), line.deployment
    credential = str(UUID(hex=key.split("_")[1]))
    ended = says("membership.credential-revoked", credential, {}, "2024-01-01")
    line.post("membership", ended, key=deployment.operator).raise_for_status()
    deployment.settle()
    return key


@contextmanager
def dawdling(line: Line) -> Iterator[None]:
    """Connections that send a post byte by byte."""
    place = urlsplit(line.deployment.url("meetings", "/"))
    head = f"POST /v1/events HTTP/1.1\r\nHost: {place.hostname}\r\nAuthorization: Bearer {line.key}\r\n"
    start = f"{head}Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n".encode()
    enough = threading.Event()
    with ExitStack() as closing:
        sockets = [
            closing.enter_context(socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE))
            for _ in range(CONNECTIONS)
        ]

        def dribble() -> None:
            for each in sockets:
                each.sendall(start)
            while not enough.wait(DRIBBLE):
                for each in sockets:
                    # The service cuts off who is too slow; then there is one less.
                    with suppress(OSError):
                        each.sendall(b" ")

        hand = threading.Thread(target=dribble, daemon=True)
        hand.start()
        try:
            yield
        finally:
            enough.set()
            hand.join()


def all_stand(lines: Sequence[Line], posted: Mapping[str, Sequence[str]]) -> bool:
    """Whether each organisation's log holds what its neighbour posted, each once."""
    for line in lines:
        logged = [json.loads(each)["id"] for each in line.deployment.log("meetings", line.organisation)]
        if sorted(logged) != sorted(posted[line.organisation]):
            return False
    return True
