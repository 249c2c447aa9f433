"""How do organisations fare that post and read at a steady pace, whatever another one does?"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.system.lines import LINES, Line, as_line, meeting
from tests.system.reached import PATIENCE

EVERY: Final = 0.25
"""Seconds between two posts of a neighbour, whatever the last one took (an open loop)."""


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
        """Posts a second, all neighbours together; each reads once after each post."""
        return len(self.posts) / self.seconds


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


def all_stand(lines: Sequence[Line], posted: Mapping[str, Sequence[str]]) -> bool:
    """Whether each organisation's log holds what its neighbour posted, each once."""
    for line in lines:
        logged = [json.loads(each)["id"] for each in line.deployment.log("meetings", line.organisation)]
        if sorted(logged) != sorted(posted[line.organisation]):
            return False
    return True
