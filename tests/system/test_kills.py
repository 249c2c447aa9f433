"""What is lost or doubled when processes die under load? Nothing: ledger, logs, figures and rebuilt views agree.

`make test` kills at every named point once and five times at random; `make battery` 200 times and more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, get_args

import pytest

from shared.eventsourcing.faults import Point
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import PATIENCE, SERVICES, Deployment
from tests.system.ledger import Ledger
from tests.system.load import Sender, attendance, load, settled, stood_before

COURIER: Final = "courier"
ROUNDS: Final[Sequence[dict[str, Point]]] = (
    {
        "membership": "intake.before-commit",
        "meetings": "subscription.delivered",
        "ratings": "projection.before-commit",
    },
    {"membership": "relay.published", "meetings": "intake.after-commit", "ratings": "subscription.taken"},
    {"membership": "projection.before-commit", "meetings": "relay.marked", "ratings": "intake.before-commit"},
)
"""Each point at least once, the three services dying side by side."""
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


def kill_at_points(deployment: Deployment, points: dict[str, Point], chance: Random) -> None:
    """Start each service anew so that it dies at its point, and wait until the one after that is ready."""
    doomed = {}
    for service, point in points.items():
        deployment.arm(service, f"{point}:{chance.randint(1, 3)}")
        doomed[service] = deployment.kill(service)
    for service, number in doomed.items():
        deployment.await_start(service, number + 1)


def kill_at_random(deployment: Deployment, ledger: Ledger, chance: Random) -> str:
    """Let some events be recorded, then kill a service or the courier at whatever it does at that moment."""
    wanted = ledger.recorded + chance.randint(0, MOST_BEFORE_KILL)
    until(lambda: ledger.recorded >= wanted, PATIENCE)
    victim = chance.choice((*SERVICES, COURIER))
    if victim == COURIER:
        deployment.kill_courier()
    else:
        deployment.await_start(victim, deployment.kill(victim))
    return victim


def faults(deployment: Deployment, ledger: Ledger, senders: Sequence[Sender]) -> list[str]:
    """What contradicts the ledger: in the logs, in a figure, in views beside a fresh replay, or parked."""
    settled(deployment, ledger)
    found = ledger.faults(deployment, stood_before(deployment, senders))
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


def test_every_named_point_is_among_the_rounds() -> None:
    assert {point for each in ROUNDS for point in each.values()} == set(get_args(Point))


@pytest.mark.timeout(600)
def test_a_kill_at_every_named_point_loses_and_doubles_nothing(killed: Deployment, tally: Tally) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    ledger, chance = Ledger(), Random(seed)
    with load(killed, ledger, seed, SERVICES) as senders:
        for points in ROUNDS:
            kill_at_points(killed, points, chance)
    found = faults(killed, ledger, senders)
    tally("R-02", 2 * sum(map(len, ROUNDS)), len(found), seed)
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


@pytest.mark.timeout(600)
def test_five_kills_at_random_lose_and_double_nothing(killed: Deployment, tally: Tally) -> None:
    seed = random.randrange(10**9)
    found = kill_again_and_again(killed, 5, seed)
    tally("R-01", 5, len(found), seed)
    assert found == [], f"seed {seed}"
