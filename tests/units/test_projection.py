"""Do the rows say where units stand and who is a member where? Also late, put right, and rolled back half-way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import inspect

from shared.contracts import membership
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld
from shared.contracts.membership import Level, OrganisationRegistered
from shared.eventsourcing.views import Declaration
from shared.units.knowledge import UNIT_FACTS
from shared.units.projection import Rosters, Units, titles
from shared.units.roster import ROSTER_FACTS
from tests.support.happenings import BEGINNING, DAYS
from tests.support.recounting import recounted
from tests.support.sayings import history
from tests.support.tale import Tale, day, id_of, land
from tests.support.views import Views

HEARD: frozenset[type[Event]] = UNIT_FACTS | ROSTER_FACTS | {MeetingHeld, OrganisationRegistered}
DECLARATION = Declaration("toy", HEARD, (Units, Rosters))
FOR_GOOD = None
LONG_AGO = day("2010-01-01")


@pytest.fixture
def views(store: str) -> Iterator[Views]:
    """Views of units and members only, on each kind of store."""
    views = Views(store, DECLARATION, {})
    yield views
    views.close()


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Views]:
    """The same on SQLite only."""
    views = Views(sqlite_url, DECLARATION, {})
    yield views
    views.close()


def above(views: Views, unit: str, other: str) -> list[tuple[dt.date, dt.date | None]]:
    """From when to when a unit counts in another."""
    rows = views.rows("unit_above")
    return [
        (row["start_day"], row["end_day"]) for row in rows if (row["unit"], row["above"]) == (id_of(unit), id_of(other))
    ]


def stays(views: Views, person: str) -> list[tuple[str, str, str | None]]:
    """One person's (branch, first day, day no longer), for the branches of `land`."""
    names = {id_of(name): name for name in ("x", "y", "z", "w", "s")}
    return sorted(
        (names[row["branch"]], str(row["start_day"]), None if row["end_day"] is None else str(row["end_day"]))
        for row in views.rows("roster")
        if row["person"] == id_of(person)
    )


def test_a_unit_counts_in_itself_while_it_lives_and_then_where_it_was_carried(views: Views) -> None:
    tale = land()
    tale.unit("v", "branch", "b1", "h1", on="2022-03-01")
    tale.merge("z", "v", on="2022-06-01")
    views.feed(tale.logs)
    assert above(views, "v", "v") == [(day("2022-03-01"), day("2022-06-01"))]
    assert above(views, "v", "b1") == above(views, "v", "h1") == [(day("2022-03-01"), day("2022-06-01"))]
    assert above(views, "v", "z") == above(views, "v", "b2") == above(views, "v", "h3") == [(day("2022-06-01"), None)]
    assert above(views, "v", "d1") == [(day("2022-03-01"), FOR_GOOD)], "one row where nothing changes"


def test_what_stands_below_moves_with_what_it_stands_on(views: Views) -> None:
    tale = land()
    moved = tale.say(membership.UnitMoved(parent=id_of("u2"), effective=day("2022-05-01")), "b1", "2022-05-01")
    views.feed(tale.logs)
    assert above(views, "s", "u1") == [(LONG_AGO, day("2022-05-01"))]
    assert above(views, "s", "u2") == [(day("2022-05-01"), FOR_GOOD)]
    tale.logs.void(moved)
    views.feed(tale.logs)
    assert above(views, "s", "u1") == [(LONG_AGO, FOR_GOOD)]
    assert above(views, "s", "u2") == []


@pytest.mark.parametrize("seed", range(12))
def test_the_closure_is_the_recounts_tree_on_every_day(quick: Views, seed: int) -> None:
    told = history(seed)
    quick.feed(told.logs, Random(seed))
    tree, rows = recounted(told.logs).tree, quick.rows("unit_above")
    for number in range(0, DAYS, 15):
        on = BEGINNING + dt.timedelta(days=number)
        found: dict[UUID, set[str]] = {unit: set() for unit in told.country.every()}
        for row in rows:
            if row["start_day"] <= on and (row["end_day"] is None or on < row["end_day"]):
                found[row["unit"]].add(str(row["above"]))
        for unit, standing in found.items():
            assert standing == tree.above(str(unit), on) - {"-"}, (seed, unit, on)


def test_a_sub_branch_belongs_to_the_branch_above_it_at_the_time(views: Views) -> None:
    tale = land()
    tale.unit("t", "sub-branch", "s", "h1", on="2022-01-01")
    tale.say(membership.UnitMoved(parent=id_of("y"), effective=day("2022-05-01")), "s", "2022-05-01")
    tale.merge("z", "y", on="2022-09-01")
    views.feed(tale.logs)
    spans = {
        name: [
            (row["branch"], row["start_day"], row["end_day"])
            for row in views.rows("sub_branch")
            if row["unit"] == id_of(name)
        ]
        for name in ("s", "t", "x")
    }
    later = [
        (id_of("y"), day("2022-05-01"), day("2022-09-01")),
        (id_of("z"), day("2022-09-01"), FOR_GOOD),
    ]
    assert spans["s"] == [(id_of("x"), LONG_AGO, day("2022-05-01")), *later]
    assert spans["t"] == [(id_of("x"), day("2022-01-01"), day("2022-05-01")), *later]
    assert spans["x"] == []


def joined(tale: Tale, branch: str, on: str) -> None:
    """Lan is entered in a branch, beside those in which she is."""
    tale.say(membership.MemberEntered(branch=id_of(branch)), "lan", on)


def test_a_membership_rests_on_each_way_into_the_branches_that_made_its_branch(views: Views) -> None:
    tale = land()
    for branch, on in (("x", "2022-01-01"), ("y", "2022-01-02"), ("z", "2022-01-03")):
        joined(tale, branch, on)
    tale.merge("y", "x", on="2022-03-01")
    tale.merge("z", "y", on="2022-06-01")
    tale.say(membership.MemberResigned(branch=id_of("x")), "lan", "2022-09-01")
    views.feed(tale.logs)
    assert stays(views, "lan") == [
        ("x", "2022-01-01", "2022-03-01"),
        ("y", "2022-01-02", "2022-06-01"),
        ("y", "2022-03-01", "2022-06-01"),
        ("z", "2022-01-03", "2022-09-01"),
        ("z", "2022-06-01", "2022-09-01"),
        ("z", "2022-06-01", "2022-09-01"),
    ]
    assert len({row["opened_by"] for row in views.rows("roster") if row["branch"] == id_of("z")}) == 3


def test_a_merger_told_late_and_then_voided_moves_members_there_and_back(views: Views) -> None:
    tale = land()
    joined(tale, "x", "2022-01-01")
    views.feed(tale.logs)
    merger = tale.merge("y", "x", on="2022-03-01")
    views.feed(tale.logs)
    assert stays(views, "lan") == [("x", "2022-01-01", "2022-03-01"), ("y", "2022-03-01", None)]
    tale.logs.void(merger)
    views.feed(tale.logs)
    assert stays(views, "lan") == [("x", "2022-01-01", None)]


def test_a_branch_that_had_ended_before_its_merger_takes_nobody_along(views: Views) -> None:
    tale = land()
    joined(tale, "x", "2022-01-01")
    tale.merge("y", "x", on="2022-03-01")
    views.feed(tale.logs)
    late = tale.dissolve("x", "2022-02-01")
    views.feed(tale.logs)
    assert stays(views, "lan") == [("x", "2022-01-01", None)]
    tale.logs.void(late)
    views.feed(tale.logs)
    assert stays(views, "lan") == [("x", "2022-01-01", "2022-03-01"), ("y", "2022-03-01", None)]


def test_a_batch_that_was_rolled_back_leaves_no_trace_in_what_comes_after(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    tale = land()
    views.feed(tale.logs)
    joined(tale, "x", "2022-01-01")
    tale.merge("y", "x", on="2022-03-01")

    def crash(_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shared.eventsourcing.runner.reach", crash)
        with pytest.raises(KeyboardInterrupt):
            views.feed(tale.logs)
    assert stays(views, "lan") == []
    assert above(views, "x", "y") == []
    views.feed(tale.logs)
    assert stays(views, "lan") == [("x", "2022-01-01", "2022-03-01"), ("y", "2022-03-01", None)]


def test_titles_are_those_of_now_of_units_places_and_organisations(views: Views) -> None:
    tale = land()
    tale.say(membership.UnitRenamed(title="Chi hội 1", effective=day("2022-05-01")), "x", "2022-05-01")
    views.feed(tale.logs)
    crowd = [UUID(int=number) for number in range(1_000)]
    wanted = {id_of("x"): "Chi hội 1", id_of("h1"): "h1", id_of("women"): "women"}
    assert titles(views.runner, [*wanted, *crowd]) == {str(each): title for each, title in wanted.items()}


def test_facts_are_found_by_the_units_that_they_name(views: Views) -> None:
    generation = views.runner.generation
    found: dict[str, list[Any]] = {
        table: [index["column_names"] for index in inspect(generation.store.reader).get_indexes(table)]
        for table in ("fact_meetings_meeting_held", "fact_membership_unit_founded")
    }
    assert ["branch", "day"] in found["fact_meetings_meeting_held"]
    assert not any("day" in columns for columns in found["fact_membership_unit_founded"])


def test_places_keep_their_level_and_units_have_none(views: Views) -> None:
    views.feed(land().logs)
    levels = {row["id"]: row["level"] for row in views.rows("unit")}
    assert (levels[id_of("h1")], levels[id_of("x")]) == (Level.LOCALITY.value, None)
