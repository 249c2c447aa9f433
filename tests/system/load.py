"""What is posted while processes die? Each sender its own organisation's facts, without rest, into a ledger."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

import httpx

from tests.support.waiting import until
from tests.system.ledger import Ledger
from tests.system.lines import Line, as_line, corrects, fresh, meeting, register, says
from tests.system.reached import PATIENCE, Json, Reached

AWAY: Final = 0.25
"""Seconds before a sender comes back to a service that did not answer."""
REPEATED: Final = 0.9
"""Share of the batches without an answer that are sent once more."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a sender posts: so many seconds from batch to batch, or after the answer, and at most so many lines."""

    every: float = 0.0
    rest: float = 0.05
    """The machine is to be busy with dying, not with posting."""
    most_lines: int = 12


BATCHES: Final = Pace()


class Sender(threading.Thread):
    """Posts one line's facts to one service, a few at a time, until it is told to stop."""

    def __init__(self, line: Line, service: str, ledger: Ledger, chance: Random, pace: Pace) -> None:
        super().__init__(name=f"{service}-sender", daemon=True)
        self.pace = pace
        self.line, self.service, self.ledger, self.chance = line, service, ledger, chance
        self.accepted: list[Json] = []
        """Facts that may be corrected once: what stands as it was first said."""
        self.enough = threading.Event()
        self.posts = 0
        self.failure: BaseException | None = None
        self._url = line.deployment.url(service, "/v1/events")

    def run(self) -> None:
        """Post on and on; what got no answer stays unknown, and another batch follows."""
        headers = {"Authorization": f"Bearer {self.line.key}"}
        try:
            with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as client:
                due = time.monotonic()
                while not self.enough.wait(max(due - time.monotonic(), self.pace.rest)):
                    due = max(due + self.pace.every, time.monotonic() - self.pace.every)
                    self._post(client, [self._fact() for _ in range(self.chance.randint(1, self.pace.most_lines))])
                    self.posts += 1
        except BaseException as error:  # noqa: BLE001 — it is raised again in the test's own thread
            self.failure = error

    def _post(self, client: httpx.Client, events: Sequence[Json]) -> None:
        """Post a batch; without an answer it is sometimes repeated, and sometimes nobody knows what became of it."""
        lines = [as_line(event) for event in events]
        again = True
        while again and not self.enough.is_set():
            answer = self.ledger.send(
                client, self._url, lines, service=self.service, organisation=self.line.organisation
            )
            if answer is not None and answer.is_success:
                self.accepted = [event for event in events if "corrects" not in event]
                return
            self.enough.wait(AWAY)
            again = answer is None and self.chance.random() < REPEATED

    def _fact(self) -> Json:
        """A new fact, or now and then a correction of one that was accepted."""
        branch = self.line.branches[0]
        if self.service == "membership":
            return says("membership.member-entered", fresh(), {"branch": branch})
        if self.service == "ratings":
            return self._report(branch)
        if self.accepted and self.chance.random() < 0.2:
            root = self.accepted.pop()
            fact = meeting(branch, self.chance.randint(0, 9), self.chance.randint(1, 9))["data"]["fact"]
            return corrects(root, root, self.line.organisation, fact)
        day = f"20{self.chance.randint(10, 24)}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"
        return meeting(branch, self.chance.randint(0, 30), self.chance.randint(1, 9), max(day, "2020-01-02"))

    def _report(self, branch: str) -> Json:
        fact = {
            "indicator": "attendance",
            "scope": branch,
            "period": {"start": "2020-01-01", "end": "2021-01-01"},
            "numerator": self.chance.randint(0, 10**6),
            "source": "Báo cáo của chi hội",
        }
        return says("ratings.figure-reported", fresh(), fact, "2021-01-02")


@contextmanager
def load(
    deployment: Reached, ledger: Ledger, seed: int, senders: Sequence[str], pace: Pace = BATCHES
) -> Iterator[list[Sender]]:
    """Post to these services, a sender each, while the block runs; afterwards every sender has ended."""
    chance = Random(seed)
    threads: list[Sender] = []
    for service in senders:
        line = register(deployment, f"Hội thử {len(threads)}")
        line.heard_of(service)
        threads.append(Sender(line, service, ledger, Random(chance.random()), pace))
    with ExitStack() as stopping:
        for thread in threads:
            stopping.callback(thread.join, PATIENCE)
            stopping.callback(thread.enough.set)
            thread.start()
        yield threads
    for thread in threads:
        if thread.failure is not None:
            raise thread.failure


def settled(deployment: Reached, ledger: Ledger) -> None:
    """Repeat what is unknown until nothing is, and wait until every service has taken in everything."""
    deployment.settle()
    until(lambda: ledger.repeat_unknown(deployment) == 0, PATIENCE)
    deployment.settle()


def stood_before(senders: Sequence[Sender]) -> list[tuple[str, str, int]]:
    """What stood in each sender's log before it began: the founding of its root and its branch."""
    return [(each.service, each.line.organisation, 2) for each in senders if each.service == "membership"]


def attendance(lines: Sequence[str]) -> tuple[int, int]:
    """Present and expected over all meetings of a log, each as its last correction says."""
    standing: dict[str, Json] = {}
    for line in lines:
        event = json.loads(line)
        fact, chain = event["data"]["fact"], event.get("corrects")
        if chain is None:
            standing[event["id"]] = fact
        elif "fact" in fact:
            standing[chain.split("/")[1]] = fact["fact"]
        else:
            standing.pop(chain.split("/")[1])
    rolls = [fact["roll"] for fact in standing.values()]
    return sum(roll["present"] for roll in rolls), sum(roll["expected"] for roll in rolls)
