"""How does one organisation make trouble? Each way as a call that posts on and on, here or in a process apart.

`python -m tests.system.disturbing <way> <address> <key> <branch>` goes on until its input ends, then prints how often
each status was answered. It takes no processor's time that anybody else wants: a troublemaker has a machine of its own.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tests.support.sources import ROOT
from tests.system.lines import LINES, Line, as_line, issue, meeting, says
from tests.system.reached import PATIENCE
from tests.system.typed import environment

CONNECTIONS: Final = 30
DRIBBLE: Final = 0.05
"""Seconds between two bytes of a slow connection."""
HANDS: Final = 4
"""Threads of one disturber."""
LONGEST: Final = 10 * PATIENCE
"""Seconds for the answer to thousands of lines beside thousands of others."""
SLOW: Final = "slow connections"
REVOKED: Final = "revoked key"
EXPECTED: Final = {
    "flood": frozenset({201, 429, 503}),
    "poison": frozenset({400, 413, 422, 429}),
    "wrong clock": frozenset({422, 429}),
    "huge batches": frozenset({201, 413, 429, 503}),
    REVOKED: frozenset({401, 429}),
    SLOW: frozenset[int](),
}
"""Every way, and which answers it may get; bytes that never become a request get none."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where trouble is made: meetings' address, a key, and a branch of whom it belongs to."""

    url: str
    key: str
    branch: str


def spot(line: Line, way: str) -> Spot:
    """Where an organisation makes this kind of trouble."""
    key = _revoked(line) if way == REVOKED else line.key
    return Spot(line.deployment.url("meetings", "/v1/events"), key, line.branches[0])


def _revoked(line: Line) -> str:
    key, deployment = issue(line.deployment, line.organisation), line.deployment
    credential = str(UUID(hex=key.split("_")[1]))
    ended = says("membership.credential-revoked", credential, {}, "2024-01-01")
    line.post("membership", ended, key=deployment.operator).raise_for_status()
    deployment.settle()
    return key


@dataclass
class Trouble:
    """One way of making it at a spot, and which answers came."""

    way: str
    at: Spot
    answers: Counter[int] = field(default_factory=Counter)

    def under_way(self) -> AbstractContextManager[None]:
        """While the block runs, several hands do it as fast as they are answered."""
        return _dawdling(self.at) if self.way == SLOW else self._by_hand()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """The same, in a process of its own."""
        words = [sys.executable, "-m", "tests.system.disturbing", self.way, self.at.url, self.at.key, self.at.branch]
        with subprocess.Popen(
            words, cwd=ROOT, env=environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            try:
                yield
            finally:
                told, _ = process.communicate("")
        self.answers.update({int(status): count for status, count in json.loads(told).items()})

    @contextmanager
    def _by_hand(self) -> Iterator[None]:
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
        body, mine = _bodies(self.way, self.at.branch), 0
        headers = {**LINES, "Authorization": f"Bearer {self.at.key}"}
        with httpx.Client(headers=headers, timeout=LONGEST, trust_env=False) as client:
            # Once at least: on a busy machine a hand may rise when it is already enough.
            while not (enough.is_set() and mine):
                mine += 1
                self.answers[client.post(self.at.url, content=body()).status_code] += 1


def _bodies(way: str, branch: str) -> Callable[[], bytes]:
    """What is posted, anew each time where it must be."""

    def lines_of(count: int) -> bytes:
        return "\n".join(as_line(meeting(branch)) for _ in range(count)).encode()

    ahead = as_line({**meeting(branch), "occurred": "2099-01-01"}).encode()
    stranger = as_line(meeting("00000000-0000-4000-8000-000000000000")).encode()
    poison, one = b"\n".join([b'{"specversion":', b"\xff\xfe", stranger, b"[" * 5_000]), lines_of(1)
    return {
        "flood": lambda: lines_of(20),
        "poison": lambda: poison,
        "wrong clock": lambda: ahead,
        "huge batches": lambda: lines_of(5_000),
        REVOKED: lambda: one,
    }[way]


@contextmanager
def _dawdling(at: Spot) -> Iterator[None]:
    """Connections that send a post byte by byte."""
    place = urlsplit(at.url)
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.hostname}\r\nAuthorization: Bearer {at.key}\r\n"
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


def main(way: str, url: str, key: str, branch: str) -> None:
    """Make trouble until the input ends."""
    os.nice(19)
    trouble = Trouble(way, Spot(url, key, branch))
    with trouble.under_way():
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        sys.stdin.read()
    sys.stdout.write(json.dumps(trouble.answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
