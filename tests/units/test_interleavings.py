"""Do two logs that arrive in any order, batch by batch, give the rows that they give at once? Units and rosters.

The histories hold whatever contracts allow: branches founded after they merged, mergers put right and voided late,
persons whose facts name a branch that has gone on elsewhere by then. A failing history is told by its seed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.contracts import membership
from shared.contracts.closings import Portion
from shared.contracts.envelope import Recorded
from shared.contracts.event import Event
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Declaration, Generation
from shared.units.knowledge import UNIT_FACTS
from shared.units.projection import Rosters, Units
from shared.units.roster import ROSTER_FACTS
from tests.support.logs import Logs
from tests.support.tale import id_of

DECLARATION = Declaration("toy", UNIT_FACTS | ROSTER_FACTS, (Units, Rosters))
WOMEN, YOUTH = id_of("women"), id_of("youth")
BRANCHES: Final = [id_of(f"branch {number}") for number in range(4)]
PERSONS: Final = [id_of(f"person {number}") for number in range(3)]
FIRST: Final = dt.date(2022, 1, 1)
SHARE_REPLACED: Final = 0.35
SEEDS: Final = 150


def told(seed: int) -> Logs:
    """Two organisations speak of the same four branches and three persons; one may go on in the other at some time."""
    chance, logs = Random(seed), Logs()
    steps = chance.randint(4, 20)
    closing = chance.randrange(2 * steps)
    for step in range(steps):
        if step == closing:
            old, heir = chance.sample((WOMEN, YOUTH), 2)
            logs.close(old, heir, FIRST + dt.timedelta(days=chance.randrange(9)))
        by, on = logs.now(chance.choice((WOMEN, YOUTH))), FIRST + dt.timedelta(days=chance.randrange(9))
        unit = chance.random() < 0.5
        subject = chance.choice(BRANCHES if unit else PERSONS)
        logs.tell((_unit_fact if unit else _member_fact)(chance, on), subject, on.isoformat(), by)
        if any(each.standing and each.fact.correctable for each in logs.told) and chance.random() < SHARE_REPLACED:
            _replace(logs, chance)
    return logs


def _replace(logs: Logs, chance: Random) -> None:
    one = chance.choice([each for each in logs.told if each.standing and each.fact.correctable])
    on = FIRST + dt.timedelta(days=chance.randrange(9))
    for _ in range(40):
        fact = (_unit_fact if one.subject in BRANCHES else _member_fact)(chance, on)
        if type(fact) is type(one.fact) and chance.random() < 0.5:
            logs.correct(one, fact, on.isoformat())
            return
    logs.void(one)


def _unit_fact(chance: Random, on: dt.date) -> Event:
    some = tuple(chance.sample(BRANCHES, chance.randint(1, 2)))
    made: list[Callable[[], Event]] = [
        lambda: membership.UnitFounded(title="x", kind="branch", parent=None, effective=on),
        *[lambda: membership.UnitMerged(sources=some, effective=on)] * 3,
        lambda: membership.UnitSplit(parts=some, whole=chance.random() < 0.7, effective=on),
        lambda: membership.UnitDissolved(effective=on),
    ]
    return chance.choice(made)()


def _member_fact(chance: Random, _: dt.date) -> Event:
    branch, other = chance.sample(BRANCHES, 2)
    made: list[Event] = [
        *[membership.MemberJoined(branch=branch)] * 3,
        membership.MemberEntered(branch=branch),
        membership.TransferIntroduced(branch=branch, destination=other),
        membership.TransferReceived(branch=branch, origin=other),
        membership.TransferReceived(branch=branch),
        membership.MemberResigned(branch=branch),
        membership.MemberDied(branch=branch),
    ]
    return chance.choice(made)


class Slate:
    """Views that are wiped before each history: making their tables would take longer than all the rest."""

    def __init__(self, folder: Path, name: str) -> None:
        url = f"sqlite:///{folder / name}.sqlite"
        self._generation = Generation(1, DECLARATION, open_store(url, durability="NORMAL"))

    def rows(self, logs: Logs, chance: Random | None = None) -> dict[str, list[tuple[object, ...]]]:
        """The projections' rows after all logs came, whole or in any order and batching."""
        return self.after(logs.batches(chance))

    def after(self, batches: Iterable[tuple[str, Sequence[Recorded]]]) -> dict[str, list[tuple[object, ...]]]:
        """The projections' rows after these batches."""
        tables = self._generation.metadata.sorted_tables
        with self._generation.store.write() as connection:
            for table in tables:
                connection.execute(table.delete())
        for projection in self._generation.projections:
            projection.forget()
        runner = Runner(self._generation)
        for service, events in batches:
            runner.take(service, events)
        assert runner.parked() == []
        with self._generation.store.read() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.c))]
                for projection in self._generation.projections
                for table in projection.tables
            }

    def close(self) -> None:
        """Give the store back."""
        self._generation.store.close()


@pytest.fixture
def differing(tmp_path: Path) -> Iterator[Callable[[Iterable[int]], dict[int, list[str]]]]:
    """For each seed with any: the tables in which two ways through the same logs end in different rows."""
    whole, mixed = Slate(tmp_path, "whole"), Slate(tmp_path, "mixed")

    def among(seeds: Iterable[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for seed in seeds:
            logs = told(seed)
            expected, got = whole.rows(logs), mixed.rows(logs, Random(seed))
            if expected != got:
                found[seed] = [table for table in expected if expected[table] != got[table]]
        return found

    yield among
    whole.close()
    mixed.close()


Differing = Callable[[Iterable[int]], dict[int, list[str]]]


def test_every_interleaving_of_two_logs_gives_the_same_rows(differing: Differing) -> None:
    assert differing(range(SEEDS)) == {}


@pytest.mark.parametrize(("holder", "poster"), [(YOUTH, WOMEN), (WOMEN, YOUTH)], ids=["heir", "predecessor"])
def test_what_the_line_has_said_counts_when_the_closing_is_heard_last(
    tmp_path: Path, holder: UUID, poster: UUID
) -> None:
    """A death that one posted ends a membership that the other opened: one took the branch over from the other."""
    logs, (branch, *_), (person, *_) = Logs(), BRANCHES, PERSONS
    logs.tell(membership.UnitFounded(title="x", kind="branch", parent=None, effective=FIRST), branch, str(FIRST), YOUTH)
    logs.tell(membership.MemberJoined(branch=branch), person, str(FIRST), holder)
    died = FIRST + dt.timedelta(days=5)
    logs.tell(membership.MemberDied(branch=branch), person, str(died), poster)
    logs.close(YOUTH, WOMEN, FIRST + dt.timedelta(days=3))
    slate = Slate(tmp_path, "late")
    old, heir = (logs.chains["membership", each] for each in (YOUTH, WOMEN))
    rows = slate.after([("membership", old[:-1]), ("membership", heir), ("membership", old[-1:])])
    assert died in rows["roster"][0]
    assert rows == slate.rows(logs)
    slate.close()


def test_a_founding_that_is_taken_away_takes_the_line_with_it(tmp_path: Path) -> None:
    """Whoever took over a branch that was never founded took nothing over, and ends no membership in it."""
    logs, (branch, *_), (person, *_) = Logs(), BRANCHES, PERSONS
    founded = membership.UnitFounded(title="x", kind="branch", parent=None, effective=FIRST)
    founding = logs.tell(founded, branch, str(FIRST), YOUTH)
    assert founding is not None
    logs.tell(membership.MemberJoined(branch=branch), person, str(FIRST), YOUTH)
    logs.close(YOUTH, WOMEN, FIRST + dt.timedelta(days=3))
    died = FIRST + dt.timedelta(days=5)
    logs.tell(membership.MemberDied(branch=branch), person, str(died), WOMEN)
    logs.void(founding)
    slate = Slate(tmp_path, "voided")
    old, heir = (logs.chains["membership", each] for each in (YOUTH, WOMEN))
    rows = slate.after([("membership", old), ("membership", heir[:1]), ("membership", heir[1:])])
    assert died not in rows["roster"][0]
    assert rows == slate.rows(logs)
    slate.close()


def test_a_move_heard_last_gives_a_branch_to_another_heir(tmp_path: Path) -> None:
    """A closing divides an organisation by its units: under which of them a branch stood says whose it is."""
    logs, (branch, upper, *_), (person, *_) = Logs(), BRANCHES, PERSONS
    other, on = id_of("farmers"), FIRST + dt.timedelta(days=3)
    for unit, kind in ((upper, "base-unit"), (branch, "branch")):
        founded = membership.UnitFounded(title="x", kind=kind, parent=None, effective=FIRST)
        logs.tell(founded, unit, str(FIRST), YOUTH)
    logs.tell(membership.MemberJoined(branch=branch), person, str(FIRST), YOUTH)
    closing = membership.MembershipLogClosed(
        successors=(other, WOMEN), portions=(Portion(unit=upper, successor=WOMEN),), effective=on
    )
    logs.tell(closing, YOUTH, str(on), YOUTH)
    died = FIRST + dt.timedelta(days=5)
    logs.tell(membership.MemberDied(branch=branch), person, str(died), WOMEN)
    moved = FIRST + dt.timedelta(days=1)
    logs.tell(membership.UnitMoved(parent=upper, effective=moved), branch, str(moved), WOMEN)
    slate = Slate(tmp_path, "moved")
    old, heir = (logs.chains["membership", each] for each in (YOUTH, WOMEN))
    rows = slate.after([("membership", old), ("membership", heir[:1]), ("membership", heir[1:])])
    assert died in rows["roster"][0]
    assert rows == slate.rows(logs)
    slate.close()


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_every_interleaving_of_many_more(differing: Differing) -> None:
    first = Random().randrange(10**9)
    print("seeds", first, "to", first + 100 * SEEDS - 1)  # noqa: T201 — a failed seed becomes a fixed test
    assert differing(range(first, first + 100 * SEEDS)) == {}
