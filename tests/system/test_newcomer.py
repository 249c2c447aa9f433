"""Can a service join a product that runs, from anywhere, without anybody noticing? And does it know all of history?"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, corrects, fresh, meeting, register, says, voids
from tests.system.newcomer import NAME, Newcomer, filled_in, product, recounted, untouched
from tests.system.reached import PATIENCE
from tests.system.typed import typed

POSTED = 1_000
"""Events in one post."""
SOON = 10.0
"""Seconds within which a new service shows 100,000 events of history."""


MEETINGS = 12
"""Of a branch in its year."""


def history(deployment: Deployment, organisations: int, events: int, seed: int) -> list[Line]:
    """A year of meetings of so many organisations; a few of each are put right or voided."""
    chance, lines = Random(seed), []
    for number in range(organisations):
        line = register(deployment, f"Hội LHPN tỉnh {number}")
        found_many(line, events // organisations // MEETINGS)
        line.heard_of("meetings")
        lines.append(line)
        told = [
            meeting(chance.choice(line.branches), chance.randint(0, 30), chance.randint(0, 9), day(chance))
            for _ in range(events // organisations - 4)
        ]
        for start in range(0, len(told), POSTED):
            line.post("meetings", *told[start : start + POSTED]).raise_for_status()
        first, second, third = told[:3]
        other = meeting(line.branches[0], 7, 3)["data"]["fact"]
        once = corrects(first, first, line.organisation, other)
        twice = corrects(first, once, line.organisation, {**other, "branch": line.branches[1]})
        line.post("meetings", once, twice).raise_for_status()
        line.post("meetings", voids(second, second, line.organisation)).raise_for_status()
        line.post("meetings", corrects(third, third, line.organisation, other)).raise_for_status()
    deployment.settle(600)
    return lines


def found_many(line: Line, count: int) -> None:
    """Found so many branches, a post for each thousand; the last one by itself, for its receipt."""
    fact = {"title": "Chi hội ấp 2", "kind": "branch", "parent": line.root, "territory": line.hamlet}
    ids = [fresh() for _ in range(count)]
    events = [says("membership.unit-founded", each, {**fact, "effective": "2020-01-01"}) for each in ids]
    for start in range(0, count, POSTED):
        line.post("membership", *events[start : start + POSTED]).raise_for_status()
    line.branches += ids
    line.found()


def day(chance: Random) -> str:
    return f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def joins(deployment: Deployment, newcomer: Newcomer, events: int, seed: int) -> tuple[float, float]:
    """The whole story; after how many seconds, by clock and of processor, it showed history as the recount has it."""
    lines = history(deployment, 5, events, seed)
    wanted = recounted(deployment, lines)
    granted = typed(
        "reader", "grant", NAME, *("--of", "membership", "--of", "meetings"), "--data", str(deployment.data)
    )
    assert granted.returncode == 0, granted.stderr
    deployment.settle()
    before = untouched(deployment)
    begun = time.monotonic()
    with newcomer:
        until(lambda: newcomer.has_caught_up(lines[0]), PATIENCE)
        until(lambda: newcomer.shows(lines) == wanted, PATIENCE)
        taken = time.monotonic() - begun, newcomer.processor
        assert untouched(deployment) == before
        for politely in (True, False, True):
            newcomer.stop(politely=politely)
            newcomer.start()
            until(lambda: newcomer.shows(lines) == wanted, PATIENCE)
        deployment.empty_courier()
        deployment.settle()
        assert untouched(deployment) == before
        until(lambda: newcomer.shows(lines) == wanted, PATIENCE)

        pid = newcomer.pid
        lines += history(deployment, 1, 40, seed + 1)
        root = meeting(lines[0].branches[0], 4, 4, "2024-05-05")
        lines[0].post("meetings", root).raise_for_status()
        put_right = corrects(root, root, lines[0].organisation, meeting(lines[0].branches[1], 5, 5)["data"]["fact"])
        lines[0].post("meetings", put_right).raise_for_status()
        person = fresh()
        entered = says("membership.member-entered", person, {"branch": lines[1].branches[0]})
        gone = says("membership.person-forgotten", person, {"ground": "at-own-request"}, "2026-01-05")
        lines[1].post("membership", entered).raise_for_status()
        lines[1].post("membership", gone).raise_for_status()
        after = recounted(deployment, lines)
        assert set(after) > set(wanted)
        until(lambda: newcomer.shows(lines) == after, PATIENCE)
        assert newcomer.pid == pid
        kept = {name: value for name, value in before.items() if not name.endswith(".sqlite")}
        assert {name: untouched(deployment)[name] for name in kept} == kept
        answers_for_sheets(newcomer, lines[0])
        revoked(deployment, newcomer, lines[0])
    return taken


def answers_for_sheets(newcomer: Newcomer, line: Line) -> None:
    sheet = newcomer.ask(line, **{"as": "csv"})
    assert sheet.headers["content-type"].startswith("text/csv")
    assert len(sheet.text.splitlines()) == 1 + len(line.branches)
    assert newcomer.ask(line, **{"as": "xlsx"}).content.startswith(b"PK")


def revoked(deployment: Deployment, newcomer: Newcomer, line: Line) -> None:
    """Without its grant it answers nothing, and what it heard is gone from its files."""
    assert typed("reader", "revoke", NAME, "--data", str(deployment.data)).returncode == 0
    until(lambda: newcomer.ask(line).status_code == 503, PATIENCE)
    assert newcomer.ask(line).json()["code"] == "reading-not-granted"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty folder in which the service was begun and filled in."""
    filled_in(tmp_path)
    return tmp_path


def test_a_service_joins_a_running_product_and_nothing_else_moves(deployment: Deployment, elsewhere: Path) -> None:
    newcomer = Newcomer(deployment, product(), {"NENNEP_SERVICES": str(elsewhere)}, elsewhere)
    joins(deployment, newcomer, 400, 7)


@pytest.mark.battery
def test_a_service_shows_a_hundred_thousand_events_within_ten_seconds(
    tmp_path_factory: pytest.TempPathFactory, elsewhere: Path
) -> None:
    with Deployment(tmp_path_factory.mktemp("deployment")) as deployment:
        newcomer = Newcomer(deployment, product(), {"NENNEP_SERVICES": str(elsewhere)}, elsewhere)
        taken, processor = joins(deployment, newcomer, 100_000, 11)
    print(f"100,000 events shown {taken:.1f} s after the start, {processor:.1f} s of processor")  # noqa: T201 — measured
    assert taken <= SOON


def test_without_a_grant_it_is_well_and_answers_nothing(deployment: Deployment, elsewhere: Path, line: Line) -> None:
    newcomer = Newcomer(deployment, product(), {"NENNEP_SERVICES": str(elsewhere)}, elsewhere)
    with newcomer:
        client = deployment.client(line.key)
        until(lambda: client.get(f"{newcomer.url}/readyz").is_success, PATIENCE)
        until(lambda: newcomer.ask(line).status_code == 503, PATIENCE)
        assert newcomer.ask(line).json()["code"] == "reading-not-granted"
        assert client.get(f"{newcomer.url}/v1/projections").json()["lag"].keys() == {"membership", "meetings"}
