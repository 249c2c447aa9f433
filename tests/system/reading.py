"""Who asks while views are rebuilt? Readers that ask one figure over and over, and write down every wrong answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line
from tests.system.reached import PATIENCE, Json

PACE = 0.01
"""Seconds between two reads."""
YEAR = {"start": "2020-01-01", "end": "2021-01-01"}


class Reader(threading.Thread):
    """Asks one figure that does not change, over and over."""

    def __init__(self, line: Line, wanted: tuple[int, int], pace: float = PACE) -> None:
        super().__init__(daemon=True)
        self.line, self.wanted, self.pace = line, wanted, pace
        self.reads = 0
        self.slowest = 0.0
        """Seconds that the slowest answer took."""
        self.wrong: list[Json] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Ask until it is enough; an answer that is no answer (the service is starting) does not count."""
        headers = {"Authorization": f"Bearer {self.line.key}"}
        asked = {"unit": self.line.branches[0], **YEAR}
        with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as client:
            while not self.enough.wait(self.pace):
                begun = time.monotonic()
                try:
                    answer = client.get(self.line.deployment.url("ratings", "/v1/figures/attendance"), params=asked)
                except httpx.TransportError:
                    self.enough.wait(0.1)
                    continue
                row = answer.json().get("rows", [{}])[0]
                self.reads += 1
                self.slowest = max(self.slowest, time.monotonic() - begun)
                if (row.get("numerator"), row.get("denominator")) != self.wanted:
                    self.wrong.append(answer.json())


@contextmanager
def reading(line: Line, wanted: tuple[int, int], pace: float = PACE) -> Iterator[Reader]:
    """Read while the block runs."""
    reader = Reader(line, wanted, pace)
    reader.start()
    try:
        yield reader
    finally:
        reader.enough.set()
        reader.join()


@contextmanager
def crowd(line: Line, wanted: tuple[int, int], size: int, pace: float = PACE) -> Iterator[list[Reader]]:
    """So many readers while the block runs."""
    with ExitStack() as stack:
        yield [stack.enter_context(reading(line, wanted, pace)) for _ in range(size)]


def start_rebuild(deployment: Deployment) -> int:
    """Ask ratings to rebuild; the status of the answer."""
    client = deployment.client(deployment.operator)
    return client.post(deployment.url("ratings", "/v1/projections/rebuild")).status_code


def at_rest(deployment: Deployment) -> bool:
    """Whether no rebuild of ratings runs or was left unfinished: it goes on by itself."""
    try:
        told = deployment.standing("ratings")
    except httpx.HTTPError:
        return False
    return not told["running"] and "shadow" not in {each["state"] for each in told["generations"]}


def rebuilt(deployment: Deployment, patience: float = PATIENCE) -> Json:
    """Rebuild ratings once nothing else does; how that ended."""
    until(lambda: at_rest(deployment) and start_rebuild(deployment) == 202, patience)
    until(lambda: not deployment.standing("ratings")["running"], patience)
    ended: Json = deployment.standing("ratings")["last_rebuild"]
    return ended


def serving(deployment: Deployment) -> int:
    """The number of the generation that serves in ratings; 0 while nobody answers."""
    try:
        found = deployment.standing("ratings")["generations"]
    except httpx.HTTPError:
        return 0
    return next(int(each["number"]) for each in found if each["state"] == "serving")
