"""What is lost or doubled when processes die under load? Nothing: ledger, logs, figures and rebuilt views agree.

`make test` kills at every named point once and five times at random; `make battery` 200 times and more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final, get_args

import pytest

from shared.eventsourcing.faults import Point
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import Ledger
from tests.system.load import Sender, attendance, load, settled, stood_before
from tests.system.reached import PATIENCE, SERVICES

COURIER: Final = "courier"
POINTS: Final[Mapping[str, Sequence[Point]]] = {
    "membership": ("intake.before-commit", "relay.published", "projection.before-commit"),
    "meetings": ("subscription.delivered", "intake.after-commit", "relay.marked"),
    "ratings": ("projection.before-commit", "subscription.taken", "intake.before-commit"),
}
"""Each point at least once, the three services dying side by side, each as soon as it has risen."""
MOST_BEFORE_KILL: Final = 40
"""Events that are recorded between two kills, at most."""


@pytest.fixture(scope="module", autouse=True)
def _quick_restarts() -> Iterator[None]:
    """Let the supervisor start again at once, however often a service dies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.operations.child.LONGEST_PAUSE", 0.2)
        yield


@pytest.fixture(scope="module")
def killed(_quick_restarts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment whose processes may die at any time."""
    with Deployment(tmp_path_factory.mktemp("killed")) as running:
        yield running


def kill_at_points(deployment: Deployment, points: Mapping[str, Sequence[Point]], chance: Random) -> int:
    """Let each service die at its points, one life after another, until one lives; how many died so."""
    lives = {}
    for service, fatal in points.items():
        deployment.arm(service, *(f"{point}:{chance.randint(1, 3)}" for point in fatal))
        lives[service] = deployment.kill(service) + len(fatal)
    for service, number in lives.items():
        deployment.await_start(service, number)
    return sum(map(len, points.values())) + len(points)


def kill_at_random(deployment: Deployment, ledger: Ledger, chance: Random) -> str:
    """Let some events be recorded, then kill a service or the courier at whatever it does at that moment."""
    wanted = ledger.recorded + chance.randint(0, MOST_BEFORE_KILL)
    until(lambda: ledger.recorded >= wanted, PATIENCE)
    victim = chance.choice((*SERVICES, COURIER))
    if victim == COURIER:
        deployment.kill_one("courier")
    else:
        deployment.await_start(victim, deployment.kill(victim))
    return victim


def faults(deployment: Deployment, ledger: Ledger, senders: Sequence[Sender]) -> list[str]:
    """What contradicts the ledger: in the logs, in a figure, in views beside a fresh replay, or parked."""
    settled(deployment, ledger)
    found = ledger.faults(deployment, stood_before(senders))
    for sender in (sender for sender in senders if sender.service == "meetings"):
        counted = attendance(deployment.log("meetings", sender.line.organisation))
        asked = {"unit": sender.line.root, "start": "2010-01-01", "end": "2025-01-01"}
        row = deployment.figure("attendance", **asked)[0]
        if (row["numerator"], row["denominator"]) != counted:
            found.append(f"attendance is {row['numerator']}/{row['denominator']}, the log says {counted}")
    for service in SERVICES:
        rebuilt = deployment.rebuilt(service)
        if rebuilt["result"] != "switched" or rebuilt["tables"]:
            found.append(f"{service} rebuilt: {rebuilt}")
        if parked := deployment.standing(service)["parked"]:
            found.append(f"{service}: {parked} parked")
    return found


def test_every_named_point_is_among_those_at_which_somebody_dies() -> None:
    assert {point for points in POINTS.values() for point in points} == set(get_args(Point))


def test_a_kill_at_every_named_point_loses_and_doubles_nothing(killed: Deployment, tally: Tally) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    ledger = Ledger()
    with load(killed, ledger, seed, SERVICES) as senders:
        died = kill_at_points(killed, POINTS, Random(seed))
    found = faults(killed, ledger, senders)
    tally("R-02", died, len(found), seed)
    assert found == [], f"seed {seed}"


def kill_again_and_again(deployment: Deployment, kills: int, seed: int) -> list[str]:
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    ledger, chance = Ledger(), Random(seed)
    with load(deployment, ledger, seed, (*SERVICES, "meetings")) as senders:
        for number in range(kills):
            victim = kill_at_random(deployment, ledger, chance)
            if victim == COURIER and number % 2:
                deployment.empty_courier()
    return faults(deployment, ledger, senders)


def test_five_kills_at_random_lose_and_double_nothing(killed: Deployment, tally: Tally) -> None:
    seed = random.randrange(10**9)
    found = kill_again_and_again(killed, 5, seed)
    tally("R-01", 5, len(found), seed)
    assert found == [], f"seed {seed}"
