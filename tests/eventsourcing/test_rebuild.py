"""Can a rebuild be trusted? It goes on after a kill, compares in the open, names what differs, refuses forgeries."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table

from shared.eventsourcing import comparing
from shared.eventsourcing.lease import LeaseLost
from shared.eventsourcing.progress import Progress
from shared.eventsourcing.rebuild import Interrupted, NotLeading, Rebuild, RebuildRunning
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.shadow import HistoryContradicts, HistoryIncomplete
from shared.eventsourcing.views import Generations
from tests.support.history import Chronicle
from tests.support.releases import FIRST, Told, everything, replayed, rows

A, B = UUID(int=1), UUID(int=2)
EAST, WEST, NORTH = UUID(int=11), UUID(int=12), UUID(int=13)
WAIT = 90


@pytest.fixture
def chronicle() -> Chronicle:
    """Two organisations, three branches."""
    told = Chronicle()
    for number in range(12):
        told.meet((A, B)[number % 2], (EAST, WEST, NORTH)[number % 3], UUID(int=100 + number), number)
    return told


@pytest.fixture
def generations(store: str) -> Iterator[Generations]:
    """Views on each kind of store."""
    generations = Generations(FIRST, store)
    yield generations
    generations.close()


@pytest.fixture
def runner(generations: Generations, chronicle: Chronicle) -> Iterator[Runner]:
    """A runner that has taken all of it."""
    runner = Runner(generations.serving())
    runner.take("meetings", chronicle.events())
    yield runner
    runner.generation.store.close()


def plant(runner: Runner, branch: UUID, held: int = 99) -> None:
    """Falsify one row of the serving views."""
    table = runner.generation.metadata.tables["held"]
    with runner.generation.store.write() as connection:
        connection.execute(table.update().where(table.c.branch == branch).values(held=held))


def units(table: Table, row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What a service would say: which of its figures read a table, and for which unit."""
    figures = {"held": ("meetings-held",), "fact_meetings_meeting_held": ("meetings-held", "attendance")}
    return [(figure, str(row["branch"])) for figure in figures.get(table.name, ())]


# ── After a kill ─────────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is gone in the middle."""


def test_an_interrupted_rebuild_goes_on_where_it_was(
    runner: Runner, generations: Generations, chronicle: Chronicle, store: str
) -> None:
    def die(progress: Progress) -> None:
        if progress.done >= 6:
            raise Killed

    with pytest.raises(Killed):
        Rebuild(generations, runner, lambda: [Told(chronicle)]).run(told=die)
    assert generations.unfinished()
    later = Generations(FIRST, store)
    seen: list[tuple[str, int, int]] = []
    rebuild = Rebuild(later, runner, lambda: [Told(chronicle)])
    assert rebuild.run(told=lambda each: seen.append((each.step, each.before, each.done))).empty
    assert seen[0] == ("filling", 6, 6), "what stood in the shadow was not filled again"
    assert runner.generation.number == 2
    assert not later.unfinished()
    later.close()


def test_a_rebuild_that_is_asked_to_stop_ends_soon_and_leaves_its_shadow(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    with pytest.raises(Interrupted):
        rebuild.run(told=lambda _: rebuild.stop())
    assert generations.unfinished()
    assert rows(runner.generation, "held") == [(EAST, 4), (WEST, 4), (NORTH, 4)]


# ── Two at once, and who may ─────────────────────────────────────────────────────────────────────────────────────


def test_a_process_that_does_not_lead_neither_rebuilds_nor_rolls_back(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    def lost(_: Connection) -> None:
        raise LeaseLost

    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)], check=lost)
    with pytest.raises(NotLeading):
        rebuild.run()
    with pytest.raises(NotLeading):
        rebuild.roll_back()
    assert NotLeading.status == 409
    assert [each.state for each in generations.listed()] == ["serving"]


def test_a_process_that_loses_its_lease_neither_fills_on_nor_switches(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    held = [True]

    def check(_: Connection) -> None:
        if not held[0]:
            raise LeaseLost

    def lose(progress: Progress) -> None:
        held[0] = progress.step != "switching"

    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)], check=check)
    with pytest.raises(NotLeading):
        rebuild.run(told=lose)
    assert runner.generation.number == 1
    assert generations.unfinished()


def test_neither_a_second_rebuild_nor_a_roll_back_begins_beside_one(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    refused: list[type[Exception]] = []

    def ask(_: Progress) -> None:
        for each in (rebuild.run, rebuild.roll_back):
            with pytest.raises(RebuildRunning):
                each()
            refused.append(RebuildRunning)

    rebuild.run(told=ask)
    assert len(refused) >= 2


# ── The comparison ───────────────────────────────────────────────────────────────────────────────────────────────


def test_while_it_compares_traffic_goes_on_and_does_not_count_as_a_difference(
    runner: Runner, generations: Generations, chronicle: Chronicle, tmp_path: Path
) -> None:
    posted: list[bool] = []

    def post(progress: Progress) -> None:
        if progress.step != "comparing" or posted:
            return
        event = chronicle.meet(A, EAST, UUID(int=200), 5)
        thread = threading.Thread(target=lambda: runner.take("meetings", [event]))
        thread.start()
        thread.join(WAIT)
        posted.append(not thread.is_alive())

    difference = Rebuild(generations, runner, lambda: [Told(chronicle)]).run(told=post)
    assert posted == [True], "the serving views did not stand still"
    assert difference.empty, difference
    assert runner.generation.number == 2
    assert rows(runner.generation, "held") == [(EAST, 5), (WEST, 4), (NORTH, 4)]
    fresh = f"sqlite:///{tmp_path / 'fresh' / 'views.sqlite'}"
    assert everything(runner.generation) == replayed(FIRST, chronicle.events(), fresh)


def test_the_difference_names_exactly_the_units_that_change_and_the_figures_that_read_them(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    plant(runner, WEST)
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    rebuild.named = units
    difference = rebuild.run()
    assert {table: each for table, each in difference.tables.items() if any(each)} == {"held": (1, 1)}
    assert difference.answers == {"meetings-held": [str(WEST)]}
    assert difference.complete


def test_unchanged_views_differ_in_nothing(runner: Runner, generations: Generations, chronicle: Chronicle) -> None:
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    rebuild.named = units
    difference = rebuild.run()
    assert difference.empty
    assert difference.answers == {}
    assert difference.examples == {}
    assert difference.tables.keys() >= {"correction", "fact_meetings_meeting_held", "held", "position"}


@pytest.mark.parametrize("chunk", [1, 2, 5, 1_000])
def test_pages_of_any_size_find_the_same_differences(
    runner: Runner, generations: Generations, chronicle: Chronicle, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(comparing, "CHUNK", chunk)
    held = runner.generation.metadata.tables["held"]
    facts = runner.generation.metadata.tables["fact_meetings_meeting_held"]
    with runner.generation.store.write() as connection:
        connection.execute(held.insert(), [{"branch": UUID(int=each), "held": 1} for each in (1, 14)])
        connection.execute(held.delete().where(held.c.branch == WEST))
        connection.execute(facts.delete().where(facts.c.poster_sequence.in_([1, 2, 6])))
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    rebuild.named = units
    difference = rebuild.run(switch=False)
    assert difference.tables["held"] == (2, 1)
    assert difference.tables["fact_meetings_meeting_held"] == (0, 6)
    assert difference.examples["held"] == [str((each,)) for each in (UUID(int=1), WEST, UUID(int=14))]
    assert set(difference.answers["attendance"]) == {str(each) for each in (EAST, WEST, NORTH)}


def test_without_a_switch_nothing_is_left_to_go_on_with(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    plant(runner, EAST)
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    assert not rebuild.run(switch=False).empty
    assert runner.generation.number == 1
    assert not generations.unfinished()
    assert not rebuild.run().empty


def test_what_is_too_much_to_name_is_said_to_be_incomplete(
    runner: Runner, generations: Generations, chronicle: Chronicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_NAMED", 2)
    for branch in (EAST, WEST, NORTH):
        plant(runner, branch)
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    rebuild.named = units
    difference = rebuild.run()
    assert difference.answers == {"meetings-held": [str(EAST), str(WEST)]}
    assert not difference.complete


# ── Another history ──────────────────────────────────────────────────────────────────────────────────────────────


def test_another_history_is_refused_and_the_first_mismatch_named(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    forged = Chronicle()
    for number, event in enumerate(chronicle.events()):
        organisation = event.envelope.organisation
        present = 1 if organisation == A and event.envelope.sequence == 3 else number
        forged.meet(organisation, EAST, event.envelope.content.subject, present)
    with pytest.raises(HistoryContradicts) as told:
        Rebuild(generations, runner, lambda: [Told(forged)]).run()
    assert told.value.values == {"service": "meetings", "organisation": str(A), "sequence": "6"}
    assert runner.generation.number == 1


def test_a_history_that_ends_too_early_is_refused_and_the_first_missing_event_named(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    del chronicle.chains[B][4:]
    with pytest.raises(HistoryIncomplete) as told:
        Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
    assert told.value.values == {"service": "meetings", "organisation": str(B), "sequence": "5"}


def test_an_unfinished_shadow_does_not_go_on_with_another_history(
    runner: Runner, generations: Generations, chronicle: Chronicle
) -> None:
    def die(progress: Progress) -> None:
        if progress.done >= 4:
            raise Killed

    with pytest.raises(Killed):
        Rebuild(generations, runner, lambda: [Told(chronicle)]).run(told=die)
    forged = Chronicle()
    for event in chronicle.events():
        forged.meet(event.envelope.organisation, WEST, event.envelope.content.subject, 0)
    with pytest.raises(Exception, match="does not follow"):
        Rebuild(generations, runner, lambda: [Told(forged)]).run()
    assert runner.generation.number == 1
    assert not generations.unfinished(), "nothing good can come of it"
    assert Rebuild(generations, runner, lambda: [Told(chronicle)]).run().empty
