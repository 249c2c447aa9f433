"""What do readers see while views are rebuilt? The old answers, then the new ones; never half of either."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import Ledger
from tests.system.lines import Line, meeting
from tests.system.load import load, settled
from tests.system.reached import PATIENCE, Json

PACE = 0.01
"""Seconds between two reads."""
YEAR = {"start": "2020-01-01", "end": "2021-01-01"}


class Reader(threading.Thread):
    """Asks one figure that does not change, over and over."""

    def __init__(self, line: Line, wanted: tuple[int, int]) -> None:
        super().__init__(daemon=True)
        self.line, self.wanted = line, wanted
        self.reads = 0
        self.wrong: list[Json] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Ask until it is enough; an answer that is no answer (the service is starting) does not count."""
        headers = {"Authorization": f"Bearer {self.line.key}"}
        asked = {"unit": self.line.branches[0], **YEAR}
        with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as client:
            while not self.enough.wait(PACE):
                try:
                    answer = client.get(self.line.deployment.url("ratings", "/v1/figures/attendance"), params=asked)
                except httpx.TransportError:
                    self.enough.wait(0.1)
                    continue
                row = answer.json().get("rows", [{}])[0]
                self.reads += 1
                if (row.get("numerator"), row.get("denominator")) != self.wanted:
                    self.wrong.append(answer.json())


@contextmanager
def reading(line: Line, wanted: tuple[int, int]) -> Iterator[Reader]:
    """Read while the block runs."""
    reader = Reader(line, wanted)
    reader.start()
    try:
        yield reader
    finally:
        reader.enough.set()
        reader.join()


def start_rebuild(deployment: Deployment) -> int:
    """Ask ratings to rebuild; the status of the answer."""
    client = deployment.client(deployment.operator)
    return client.post(deployment.url("ratings", "/v1/projections/rebuild")).status_code


@pytest.fixture
def told(line: Line) -> Line:
    """A line of whose one branch 80 members of 100 came to ten meetings in 2020, as ratings knows."""
    line.post("meetings", *(meeting(line.branches[0], 8, 2) for _ in range(10))).raise_for_status()
    line.deployment.settle()
    return line


def rebuild_under_load(deployment: Deployment, line: Line, rebuilds: int, seed: int) -> tuple[int, int]:
    """Rebuild so often beside live traffic, every third one killed; how many reads there were, how many were wrong."""
    ledger = Ledger()
    with load(deployment, ledger, seed, ("meetings", "membership")), reading(line, (80, 100)) as reader:
        for number in range(rebuilds):
            if number % 3 == 2:
                start_rebuild(deployment)
                deployment.await_start("ratings", deployment.kill("ratings"))
            else:
                assert deployment.rebuilt("ratings")["result"] == "switched"
    settled(deployment, ledger)
    assert reader.reads > 0
    return reader.reads, len(reader.wrong)


def test_beside_live_traffic_readers_see_whole_views_only(deployment: Deployment, told: Line, tally: Tally) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    _, wrong = rebuild_under_load(deployment, told, 3, seed)
    tally("R-18", 3, wrong, seed)
    assert wrong == 0
    assert deployment.rebuilt("ratings") == {"result": "switched", "tables": {}, "examples": {}}


@pytest.mark.battery
def test_beside_live_traffic_fifty_rebuilds_show_whole_views_only(
    deployment: Deployment, told: Line, tally: Tally
) -> None:
    seed = random.randrange(10**9)
    _, wrong = rebuild_under_load(deployment, told, 50, seed)
    tally("R-18", 50, wrong, seed)
    assert wrong == 0


def test_a_second_rebuild_is_refused_while_one_runs(deployment: Deployment, told: Line) -> None:
    assert start_rebuild(deployment) == 202
    statuses = {start_rebuild(deployment) for _ in range(3)}
    until(lambda: not deployment.standing("ratings")["running"], PATIENCE)
    assert statuses <= {202, 409}
    assert told.deployment.standing("ratings")["last_rebuild"]["result"] == "switched"


def test_a_rebuild_from_an_emptied_courier_never_serves_half_a_history(deployment: Deployment, told: Line) -> None:
    """Right after FLUSHALL the streams are empty: what cannot be read to the present must not be switched to."""
    with reading(told, (80, 100)) as reader:
        for _ in range(3):
            deployment.empty_courier()
            deployment.rebuilt("ratings")
    assert reader.wrong == []
    until(lambda: deployment.rebuilt("ratings").get("tables") == {}, PATIENCE)


def test_the_former_views_serve_again_after_a_roll_back_and_catch_up(deployment: Deployment, told: Line) -> None:
    assert deployment.rebuilt("ratings")["result"] == "switched"
    told.post("meetings", meeting(told.branches[0], 0, 100)).raise_for_status()
    client, url = deployment.client(deployment.operator), deployment.url("ratings", "/v1/projections/rollback")
    assert client.post(url).status_code == 200
    deployment.settle()
    row = deployment.figure("attendance", unit=told.branches[0], **YEAR)[0]
    assert (row["numerator"], row["denominator"]) == (80, 200)
