"""Does the bench run, and would it notice a wrong answer? Everything once; each guard shown what it must catch."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from subprocess import run

import pytest
from sqlalchemy import delete

from bench import guards
from bench.fold import fold
from bench.history import History
from bench.ours import OurIntake, with_drafts
from bench.rounds import Bitten, Case, Lap, NotRun, Report, compare
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.store import open_store
from tests.support.spoiling import spoil

POSTS = History(3).take(20)


def test_every_table_is_measured_and_every_guard_holds(tmp_path: Path) -> None:
    ended = run(
        [sys.executable, "-m", "bench", "--tiny", "--no-postgres", "--results", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 guards failed" in ended.stdout
    lines = [json.loads(line) for file in tmp_path.glob("*.jsonl") for line in file.read_text().splitlines()]
    assert {line["table"].split()[0] for line in lines} == {"A", "S", "C", "C2", "D", "E"}
    ours = [rates for line in lines if "rows" in line for name, rates in line["rows"].items() if "Nền Nếp" in name]
    assert ours
    assert all(each["rates"] for each in ours)


@pytest.fixture
def ours(tmp_path: Path) -> OurIntake:
    """An intake that has taken a few posts."""
    with OurIntake(f"sqlite:///{tmp_path / 'log.sqlite'}") as intake:
        for line in with_drafts(POSTS):
            intake.send(line)
    return intake


def test_an_acknowledged_fact_that_is_gone_is_noticed(ours: OurIntake) -> None:
    assert guards.all_acknowledged_stand(ours)
    last = max(ours.receipts, key=lambda receipt: receipt.sequence)
    with ours.log.store.write() as connection:
        lost = event_table.c.organisation == last.organisation, event_table.c.sequence == last.sequence
        spoil(connection, delete(event_table).where(*lost))
    with pytest.raises(Bitten, match="20 receipts"):
        guards.all_acknowledged_stand(ours)


def test_two_facts_at_one_place_are_noticed(ours: OurIntake) -> None:
    ours.receipts.append(ours.receipts[0])
    with pytest.raises(Bitten, match="one place"):
        guards.all_acknowledged_stand(ours)


def test_a_store_that_may_lose_commits_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(Bitten, match="synchronous=1"):
        guards.durable(open_store(f"sqlite:///{tmp_path / 'views.sqlite'}", durability="NORMAL"))


def test_sums_that_differ_are_noticed() -> None:
    sums = fold(POSTS)
    assert guards.equals_the_fold(sums, POSTS)
    with pytest.raises(Bitten, match="plain fold"):
        guards.equals_the_fold(fold(POSTS[1:]), POSTS)


@pytest.mark.parametrize(
    "seen",
    [
        {"moments": {"a": 1}, "order": [], "totals": None},
        {"moments": {"a": 1, "b": 1, "aagain": 2}, "order": [], "totals": None},
        {"moments": {"a": 1, "b": 1}, "order": [("one", 2), ("one", 1)], "totals": None},
        {"moments": {"a": 1, "b": 1}, "order": [("one", 1), ("one", 3)], "totals": None},
        {"moments": {"a": 1, "b": 1}, "order": [("one", 1)], "totals": []},
    ],
    ids=["lost", "doubled", "out of order", "left out", "other rows"],
)
def test_what_was_not_seen_once_and_in_order_is_noticed(seen: dict[str, object]) -> None:
    with pytest.raises(Bitten):
        guards.all_seen(POSTS, {"a": 0, "b": 0}, seen)


def test_a_guard_that_bites_makes_the_run_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(tmp_path / "results.jsonl")
    report.guard("sums", partial(guards.equals_the_fold, {}, POSTS))
    assert len(report.failures) == 1
    assert "guard failed" in capsys.readouterr().out


def test_what_cannot_run_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def absent() -> Lap:
        reason = "no such peer"
        raise NotRun(reason)

    def ready() -> Lap:
        return lambda: 1

    cases = [Case("there", ready), Case("peer", absent)]
    compare(Report(tmp_path / "results.jsonl"), "T", cases, rounds=1, reference="peer")
    assert "| peer | not run: no such peer |" in capsys.readouterr().out
