"""What do readers see while views are rebuilt? The old answers, then the new ones; never half of either."""

from __future__ import annotations

import random
import threading

import pytest

from tests.support.seeds import SEED, drawn
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.ledger import Ledger
from tests.system.lines import Line, meeting
from tests.system.load import Pace, load, settled
from tests.system.reached import PATIENCE
from tests.system.reading import YEAR, at_rest, crowd, reading, rebuilt, serving, start_rebuild

POINTS = ("rebuild.filled", "rebuild.before-switch", "rebuild.after-switch")
"""Where a rebuild is killed, beside any other place."""
FIFTY = Pace(every=0.26)
"""Two senders of 6.5 lines on average: 50 events a second. Without a pace so many rebuilds never end: history grows."""
LONG = 900
"""Seconds within which the last of fifty rebuilds, which has the longest history, ends on a machine that is busy."""


def rebuild_under_load(deployment: Deployment, line: Line, rebuilds: int, reads: int, seed: int) -> tuple[int, int]:
    """Rebuild so often beside live traffic, every third one killed; how many reads there were, how many were wrong."""
    ledger, chance = Ledger(), random.Random(seed)
    with load(deployment, ledger, seed, ("meetings", "membership"), FIFTY), crowd(line, (80, 100), 4) as readers:
        for number in range(rebuilds):
            if number % 3 == 2:
                until(lambda: at_rest(deployment) and start_rebuild(deployment) == 202, LONG)
                pause = threading.Event()
                pause.wait(chance.random())
                deployment.await_start("ratings", deployment.kill("ratings"))
            else:
                ended = rebuilt(deployment, LONG)
                assert ended["result"] == "switched", ended
                assert ended["tables"] == {}, ended
        until(lambda: sum(reader.reads for reader in readers) >= reads, timeout=PATIENCE + reads / 10)
    settled(deployment, ledger)
    assert all(reader.reads for reader in readers)
    return sum(reader.reads for reader in readers), sum(len(reader.wrong) for reader in readers)


def test_beside_live_traffic_readers_see_whole_views_only(deployment: Deployment, told: Line, tally: Tally) -> None:
    _, wrong = rebuild_under_load(deployment, told, 3, 100, SEED)
    tally("R-18", 3, wrong, SEED)
    assert wrong == 0
    ended = rebuilt(deployment)
    assert (ended["result"], ended["tables"], ended["answers"]) == ("switched", {}, {})


@pytest.mark.battery
def test_beside_live_traffic_fifty_rebuilds_show_whole_views_only(
    deployment: Deployment, told: Line, tally: Tally
) -> None:
    seed = drawn()
    reads, wrong = rebuild_under_load(deployment, told, 50, 100_000, seed)
    tally("R-18", 50, wrong, seed)
    assert reads >= 100_000
    assert wrong == 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_a_rebuild_goes_on_by_itself(deployment: Deployment, told: Line, point: str) -> None:
    with reading(told, (80, 100)) as reader:
        until(lambda: at_rest(deployment), PATIENCE)
        before = serving(deployment)
        deployment.arm("ratings", point)
        deployment.await_start("ratings", deployment.kill("ratings"))
        number = deployment.supervisor.services["ratings"].child.starts + 1
        assert start_rebuild(deployment) == 202
        deployment.await_start("ratings", number)
        until(lambda: at_rest(deployment) and serving(deployment) > before, PATIENCE)
    assert reader.wrong == []
    assert rebuilt(deployment)["tables"] == {}


def test_a_second_rebuild_is_refused_while_one_runs(deployment: Deployment, told: Line) -> None:
    until(lambda: at_rest(deployment) and start_rebuild(deployment) == 202, PATIENCE)
    statuses = {start_rebuild(deployment) for _ in range(3)}
    until(lambda: not deployment.standing("ratings")["running"], PATIENCE)
    assert statuses <= {202, 409}
    assert told.deployment.standing("ratings")["last_rebuild"]["result"] == "switched"


def test_a_rebuild_from_an_emptied_courier_never_serves_half_a_history(deployment: Deployment, told: Line) -> None:
    """Right after FLUSHALL the streams are empty: what cannot be read to the present must not be switched to."""
    with reading(told, (80, 100)) as reader:
        for _ in range(3):
            deployment.empty_courier()
            start_rebuild(deployment)
            until(lambda: not deployment.standing("ratings")["running"], PATIENCE)
    assert reader.wrong == []
    until(lambda: rebuilt(deployment).get("tables") == {}, PATIENCE)


def test_the_former_views_serve_again_after_a_roll_back_and_catch_up(deployment: Deployment, told: Line) -> None:
    assert rebuilt(deployment)["result"] == "switched"
    told.post("meetings", meeting(told.branches[0], 0, 100)).raise_for_status()
    client, url = deployment.client(deployment.operator), deployment.url("ratings", "/v1/projections/rollback")
    assert client.post(url).status_code == 200
    deployment.settle()
    row = deployment.figure("attendance", unit=told.branches[0], **YEAR)[0]
    assert (row["numerator"], row["denominator"]) == (80, 200)
