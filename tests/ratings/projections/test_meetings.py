"""Did branches meet, and who came? Counted by hand in a small country."""

from __future__ import annotations

import pytest

from shared.contracts.meetings import Every, MeetingKind
from tests.support.tale import id_of, land, roots, text
from tests.support.views import Views, asked

P = id_of("p")
IN_2022 = ("2022-01-01", "2023-01-01")
FIRST_QUARTER = ("2022-01-01", "2022-04-01")


def test_held_are_all_regular_meetings_and_those_of_a_sub_branch_are_the_branchs(views: Views) -> None:
    tale = land()
    held = [tale.met("x", "2022-01-05"), tale.met("x", "2022-01-25"), tale.met("s", "2022-02-05")]
    tale.met("x", "2022-02-07", kind=MeetingKind.CONGRESS)
    views.feed(tale.logs)
    given = views.ask("meetings-held", asked(P, *IN_2022, "branch", "month"))
    assert given.rows == {(*text("x"), "2022-01"): (2, None), (*text("x"), "2022-02"): (1, None)}
    assert given.events == roots(*held)


def test_a_month_due_is_met_by_one_meeting_and_more_do_not_add_up(views: Views) -> None:
    tale = land()
    tale.every("branch", Every.MONTH, "2022-01-01")
    behind = [tale.met("x", "2022-01-05"), tale.met("x", "2022-01-25"), tale.met("s", "2022-03-31")]
    views.feed(tale.logs)
    given = views.ask("meetings-met", asked(id_of("x"), *FIRST_QUARTER, "month"))
    assert given.rows == {("2022-01",): (1, 1), ("2022-02",): (0, 1), ("2022-03",): (1, 1)}
    assert given.events == roots(*behind)
    assert views.ask("meetings-met", asked(P, *FIRST_QUARTER)).rows == {(): (2, 12)}
    assert views.ask("meetings-met", asked(id_of("s"), *FIRST_QUARTER)).rows == {(): (0, None)}, "owes nothing itself"


def test_a_quarter_due_stands_in_its_last_month_whenever_in_it_the_branch_met(views: Views) -> None:
    tale = land()
    tale.every("branch", Every.QUARTER, "2022-03-01")
    january = tale.met("x", "2022-01-05")
    tale.unit("new", "branch", "b1", "h1", on="2022-01-02")
    views.feed(tale.logs)
    given = views.ask("meetings-met", asked(id_of("x"), *IN_2022, "month"))
    assert given.rows == {("2022-03",): (1, 1), ("2022-06",): (0, 1), ("2022-09",): (0, 1), ("2022-12",): (0, 1)}
    assert given.events == roots(january)
    assert views.ask("meetings-met", asked(id_of("x"), "2022-02-02", "2022-03-31")).rows == {(): (1, 1)}
    assert views.ask("meetings-met", asked(id_of("new"), *IN_2022)).rows == {(): (0, 3)}, "not there on the first day"


def test_due_is_what_was_last_set_by_the_first_of_the_month_where_the_branch_lives_all_along(views: Views) -> None:
    tale = land()
    tale.every("branch", Every.MONTH, "2022-02-01")
    tale.every("branch", Every.QUARTER, "2022-03-02")
    tale.unit("new", "branch", "b1", "h1", on="2022-02-02")
    tale.dissolve("w", "2022-03-31")
    views.feed(tale.logs)
    due = {unit: views.ask("meetings-met", asked(id_of(unit), *IN_2022, "month")).rows for unit in ("x", "new", "w")}
    quarters = {("2022-06",): (0, 1), ("2022-09",): (0, 1), ("2022-12",): (0, 1)}
    assert due["x"] == {("2022-02",): (0, 1), ("2022-03",): (0, 1)} | quarters
    assert due["new"] == {("2022-03",): (0, 1)} | quarters
    assert due["w"] == {("2022-02",): (0, 1)}


def test_without_a_periodicity_nothing_is_due(views: Views) -> None:
    tale = land()
    tale.met("x", "2022-01-05")
    views.feed(tale.logs)
    assert views.ask("meetings-met", asked(P, *IN_2022)).rows == {(): (0, None)}


def test_a_correction_counts_on_its_own_day_and_a_voided_meeting_not_at_all(views: Views) -> None:
    tale = land()
    tale.every("branch", Every.MONTH, "2022-01-01")
    moved, gone = tale.met("x", "2022-01-05"), tale.met("x", "2022-03-05")
    tale.logs.correct(moved, moved.fact, "2022-02-05")
    tale.logs.void(gone)
    views.feed(tale.logs)
    given = views.ask("meetings-met", asked(id_of("x"), *FIRST_QUARTER, "month"))
    assert given.rows == {("2022-01",): (0, 1), ("2022-02",): (1, 1), ("2022-03",): (0, 1)}
    assert given.events == roots(moved)


def test_attendance_is_present_out_of_expected_at_regular_meetings_and_guests_stand_apart(views: Views) -> None:
    tale = land()
    behind = [tale.met("x", "2022-01-05", present=3, absent=1), tale.met("z", "2022-01-06", present=10, absent=10)]
    tale.met("x", "2022-01-07", present=9, kind=MeetingKind.THEMATIC)
    views.feed(tale.logs)
    given = views.ask("attendance", asked(P, *IN_2022))
    assert given.rows == {(): (13, 24)}
    assert given.events == roots(*behind)
    assert views.ask("attendance", asked(id_of("b1"), *IN_2022)).rows == {(): (3, 4)}
    assert views.ask("attendance", asked(id_of("b3"), *IN_2022)).rows == {(): (0, None)}, "no data, not 0 %"


@pytest.mark.parametrize(("threshold", "regular"), [(0, 4), (50, 3), (51, 2), (100, 2)])
def test_who_attends_regularly_is_pooled_over_the_unit_by_the_threshold_asked(
    views: Views, threshold: int, regular: int
) -> None:
    tale = land()
    behind = [tale.roll("x", "2022-01-05", "lan hoa", "tam"), tale.roll("y", "2022-02-05", "lan", "hoa")]
    behind.append(tale.roll("z", "2022-03-05", "mai", ""))
    tale.roll("z", "2022-04-05", "", "mai")
    tale.met("x", "2022-02-06", present=3)
    views.feed(tale.logs)
    wanted = asked(P, "2022-01-01", "2022-04-01", threshold=threshold)
    # Lan came 2 of 2 times, Hoa 1 of 2, Tâm 0 of 1, Mai 1 of 1.
    given = views.ask("attending-regularly", wanted)
    assert given.rows == {(): (regular, 4)}
    assert given.events == roots(*behind)


def test_without_named_rolls_nobody_is_said_to_attend(views: Views) -> None:
    tale = land()
    tale.met("x", "2022-01-05", present=3)
    views.feed(tale.logs)
    assert views.ask("attending-regularly", asked(P, *IN_2022)).rows == {(): (0, None)}
