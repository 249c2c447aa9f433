"""What is lost or doubled when processes die under load? Nothing: ledger, logs, figures and rebuilt views agree.

`make test` kills at every named point once and five times at random on each store; `make battery` goes on for hours.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final, get_args

import pytest

from shared.eventsourcing.faults import Point
from tests.support.seeds import SEED, SEEDS, drawn
from tests.support.servers import PostgresServer
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import Ledger
from tests.system.load import Sender, attendance, load, settled, stood_before
from tests.system.reached import PATIENCE, SERVICES
from tests.system.test_rebuild import POINTS as OF_A_REBUILD

COURIER: Final = "courier"
POINTS: Final[Mapping[str, Sequence[Point]]] = {
    "membership": ("intake.before-commit", "relay.published", "projection.before-commit"),
    "meetings": ("subscription.delivered", "intake.after-commit", "relay.marked", "sealer.put", "sealer.sealed"),
    "ratings": ("projection.before-commit", "subscription.taken", "intake.before-commit"),
}
"""Each point at least once, the three services dying side by side, each as soon as it has risen."""
MOST_BEFORE_KILL: Final = 40
"""Events that are recorded between two kills, at most."""
DELAY: Final = 0.2
"""Seconds after an answer within which the intake is killed."""
POLITE: Final = 10.0
"""Seconds within which a service that is asked to stop has stopped."""

Harm = Callable[[Deployment, Ledger, Random, int], object]
"""Does one thing to a deployment, the n-th time, and waits until it has recovered."""


@pytest.fixture(scope="module", autouse=True)
def _quick_restarts() -> Iterator[None]:
    """Let the supervisor start again at once, however often a service dies; and let segments and streams be short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NENNEP_SEGMENT", "20")
        patch.setenv("NENNEP_STREAM", "50")
        patch.setattr("shared.operations.child.LONGEST_PAUSE", 0.2)
        yield


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment whose processes may die at any time."""
    with Deployment(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture
def on_postgres(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """The same with its logs and views in PostgreSQL, a database a service."""
    names = {service: f"{service}_{tmp_path.name}".replace("-", "_") for service in SERVICES}
    for name in names.values():
        postgres.create(name)
    monkeypatch.setenv("NENNEP_DATABASE", postgres.url("{service}_" + tmp_path.name.replace("-", "_")))
    with Deployment(tmp_path) as running:
        yield running
    for name in names.values():
        postgres.drop(name)


# ── What is done to it ───────────────────────────────────────────────────────────────────────────────────────────


def kill_at_points(deployment: Deployment, points: Mapping[str, Sequence[Point]], chance: Random) -> int:
    """Let each service die at its points, one life after another, until one lives; how many died so."""
    lives = {}
    for service, fatal in points.items():
        deployment.arm(service, *(f"{point}:{chance.randint(1, 3)}" for point in fatal))
        lives[service] = deployment.kill(service) + len(fatal)
    for service, number in lives.items():
        deployment.await_start(service, number)
    return sum(map(len, points.values())) + len(points)


def kill_one(deployment: Deployment, ledger: Ledger, chance: Random, number: int) -> None:
    """Let some events be recorded, then kill a service or the courier at whatever it does at that moment."""
    await_some(ledger, chance)
    victim = chance.choice((*SERVICES, COURIER))
    if victim != COURIER:
        deployment.await_start(victim, deployment.kill(victim))
        return
    deployment.kill_one(COURIER)
    if number % 2:
        deployment.empty_courier()


def kill_intake(deployment: Deployment, ledger: Ledger, chance: Random, number: int) -> None:
    """Kill a recording service 0 to 200 ms after something was recorded, and wait until it records again."""
    await_some(ledger, chance, most=1)
    moment = time.monotonic() + chance.uniform(0, DELAY)
    until(lambda: time.monotonic() >= moment)
    victim = SERVICES[number % len(SERVICES)]
    deployment.await_start(victim, deployment.kill(victim))


def wipe(deployment: Deployment, ledger: Ledger, chance: Random, number: int) -> None:
    """Kill the courier, or empty it, or both; the services go on recording meanwhile."""
    await_some(ledger, chance)
    if number % 3 != 1:
        deployment.kill_one(COURIER)
    if number % 3 != 0:
        deployment.empty_courier()


def stop_politely(deployment: Deployment, ledger: Ledger, chance: Random, number: int) -> float:
    """SIGTERM to one service in turn, under load; it ends by itself, and the next one is ready. Seconds it took."""
    await_some(ledger, chance)
    service = SERVICES[number % len(SERVICES)]
    start = time.monotonic()
    following = deployment.kill(service, signal.SIGTERM)
    child = deployment.supervisor.services[service].child
    until(lambda: child.starts >= following or child.pid is None, PATIENCE)
    taken = time.monotonic() - start
    deployment.await_start(service, following)
    return taken


def stop_in_time(deployment: Deployment, ledger: Ledger, chance: Random, number: int) -> None:
    """The same on a machine that is busy with nothing else."""
    assert stop_politely(deployment, ledger, chance, number) <= POLITE, number


def await_some(ledger: Ledger, chance: Random, most: int = MOST_BEFORE_KILL) -> None:
    """Let a few more events be recorded."""
    wanted = ledger.recorded + chance.randint(0, most)
    until(lambda: ledger.recorded >= wanted, PATIENCE)


# ── What must hold ───────────────────────────────────────────────────────────────────────────────────────────────


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


def suffer(deployment: Deployment, harm: Harm, times: int, tally: Tally, row: str, seed: int | None = None) -> None:
    """Do harm so often under load from four senders; then ledger, figures and rebuilt views must agree."""
    seed = drawn(seed)
    ledger, chance = Ledger(), Random(seed)
    with load(deployment, ledger, seed, (*SERVICES, "meetings")) as senders:
        for number in range(times):
            harm(deployment, ledger, chance, number)
    found = faults(deployment, ledger, senders)
    tally(row, times, len(found), seed)
    assert found == [], f"seed {seed}"


def test_every_named_point_is_among_those_at_which_somebody_dies() -> None:
    here = {point for points in POINTS.values() for point in points}
    assert here | {*OF_A_REBUILD} == set(get_args(Point))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_kill_at_every_named_point_loses_and_doubles_nothing(
    killed: Deployment, tally: Tally, seed: int | None
) -> None:
    seed, ledger = drawn(seed), Ledger()
    with load(killed, ledger, seed, SERVICES) as senders:
        died = kill_at_points(killed, POINTS, Random(seed))
    found = faults(killed, ledger, senders)
    tally("R-02", died, len(found), seed)
    assert found == [], f"seed {seed}"


def test_kills_at_random_lose_and_double_nothing(killed: Deployment, tally: Tally) -> None:
    suffer(killed, kill_one, 3, tally, "R-01", SEED)


def test_kills_at_random_lose_and_double_nothing_on_postgres(on_postgres: Deployment, tally: Tally) -> None:
    suffer(on_postgres, kill_intake, 2, tally, "R-01", SEED)


def test_polite_stops_under_load_lose_nothing(killed: Deployment, tally: Tally) -> None:
    suffer(killed, stop_politely, 2, tally, "R-26", SEED)


def test_a_courier_killed_and_emptied_loses_nothing(killed: Deployment, tally: Tally) -> None:
    suffer(killed, wipe, 2, tally, "R-05", SEED)


@pytest.mark.battery
@pytest.mark.parametrize(
    ("harm", "times", "row"),
    [(kill_one, 200, "R-01"), (kill_intake, 1_000, "R-01"), (wipe, 50, "R-05"), (stop_in_time, 200, "R-26")],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_again_and_again(killed: Deployment, tally: Tally, harm: Harm, times: int, row: str) -> None:
    for _ in range(times // 50):
        suffer(killed, harm, 50, tally, row)


@pytest.mark.battery
def test_again_and_again_on_postgres(on_postgres: Deployment, tally: Tally) -> None:
    for _ in range(20):
        suffer(on_postgres, kill_intake, 50, tally, "R-01")


@pytest.mark.battery
def test_again_and_again_at_every_point(killed: Deployment, tally: Tally) -> None:
    for _ in range(20):
        test_a_kill_at_every_named_point_loses_and_doubles_nothing(killed, tally, None)
