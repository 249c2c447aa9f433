"""Does the oracle's tree follow the definitions? Units on a day, what ends, what waits, and who owns it."""

from __future__ import annotations

from tests.oracle import Closing
from tests.oracle.meetings import held, met
from tests.oracle.story import Story, date, land
from tests.oracle.tree import Dimension

LINE, TERRITORY = Dimension.LINE, Dimension.TERRITORY
START, LATER = "2020-01-01", "2022-06-15"
YEARS = (date("2020-01-01"), date("2024-01-01"))


def line(story: Story, unit: str, on: str) -> tuple[str, ...]:
    """The unit and all above it in its line."""
    return story.recount().tree.chain(unit, date(on), LINE).nodes


def places(story: Story, node: str, on: str) -> tuple[str, ...]:
    """The places of a unit, or a place and all above it."""
    return story.recount().tree.chain(node, date(on), TERRITORY).nodes


def test_a_unit_lives_from_its_founding_to_the_day_before_its_end() -> None:
    """Unit on a day: founded 1 Jan 2020, dissolved 15 June 2022: lives 1 Jan 2020 … 14 June 2022."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.say("unit-dissolved", "x", LATER, effective=LATER)
    tree = story.recount().tree
    days = ("2019-12-31", START, "2022-06-14", LATER)
    assert [tree.lives("x", date(day)) for day in days] == [False, True, True, False]


def test_the_parent_is_the_last_stated() -> None:
    """Unit on a day: x stands under b1, from 15 June 2022 under b2; its place stays h1 until a place is stated."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.say("unit-moved", "x", LATER, parent="b2", effective=LATER)
    assert line(story, "x", "2022-06-14") == ("x", "b1", "u1", "root")
    assert line(story, "x", LATER) == ("x", "b2", "u1", "root")
    assert places(story, "x", LATER) == ("h1", "c1", "d1", "p")
    story.say("unit-moved", "x", "2023-01-01", parent="b2", territory="h3", effective="2023-01-01")
    assert places(story, "x", "2023-01-01") == ("h3", "c2", "d1", "p")


def test_an_ended_parent_is_replaced_by_where_it_was_carried() -> None:
    """Unit on a day: b1 merges into b2: x follows without a fact; then b2 is dissolved: x hangs under u1."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.merge("b2", ["b1"], LATER)
    story.say("unit-dissolved", "b2", "2023-01-01", effective="2023-01-01")
    assert line(story, "x", LATER) == ("x", "b2", "u1", "root")
    assert line(story, "x", "2023-01-01") == ("x", "u1", "root")


def test_a_unit_without_a_place_works_where_the_unit_above_works() -> None:
    """Unit on a day: a branch of b3 for which no place was stated is in c3; below it a sub-branch is too."""
    story = land()
    story.unit("x", "branch", "b3", None, on=START)
    story.unit("s", "sub-branch", "x", None, on=START)
    assert places(story, "x", START) == places(story, "s", START) == ("c3", "d2", "p")


def test_a_fact_counts_above_as_the_tree_was_on_its_day() -> None:
    """As it was then: x met in May under b1 and in July under b2: one meeting each, two at u1 and in the province."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.say("unit-moved", "x", LATER, parent="b2", territory="h3", effective=LATER)
    story.met("x", "2022-05-10")
    story.met("x", "2022-07-10")
    history = story.recount()
    expected = {
        "x": 2,
        "b1": 1,
        "b2": 1,
        "u1": 2,
        "root": 2,
        "h1": 1,
        "h3": 1,
        "c1": 1,
        "c2": 1,
        "d1": 2,
        "p": 2,
        "d2": 0,
    }
    assert {unit: held(history, unit, *YEARS).numerator for unit in expected} == expected


def test_a_merge_carries_children_of_places_too() -> None:
    """As it was then: on 1 July 2025 p and p2 merge into q: a meeting before counts in p, one after in q."""
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.place("p2", "province", on=START)
    story.place("q", "province", on="2025-07-01")
    story.merge("q", ["p", "p2"], "2025-07-01", by="operator")
    story.met("x", "2025-06-30")
    story.met("x", "2025-07-01")
    history = story.recount()
    period = (date("2025-01-01"), date("2026-01-01"))
    assert {unit: held(history, unit, *period).numerator for unit in ("p", "p2", "q", "d1")} == {
        "p": 1,
        "p2": 0,
        "q": 1,
        "d1": 2,
    }


def test_a_child_that_names_its_side_goes_to_the_part() -> None:
    """Waiting unit: u1 splits into v (under root) and w (under root); b1 names v, b2 nothing: b2 waits under root."""
    story = _split()
    assert line(story, "b1", LATER) == ("b1", "v", "root")
    assert line(story, "b2", LATER) == ("b2", "root")


def test_what_waits_marks_the_parts_until_it_is_moved() -> None:
    """Waiting unit: while b2 waits, v and w are marked; a unit-moved ends the waiting."""
    story = _split()
    assert story.recount().tree.chain("b2", date(LATER), LINE).held == {"v", "w"}
    story.say("unit-moved", "b2", "2023-01-01", parent="w", effective="2023-01-01")
    moved = story.recount().tree.chain("b2", date("2023-01-01"), LINE)
    assert moved.nodes == ("b2", "w", "root")
    assert moved.held == frozenset()


def _split() -> Story:
    story = land()
    story.unit("v", "district-body", "root", on=LATER)
    story.unit("w", "district-body", "root", on=LATER)
    story.split("u1", ["v", "w"], LATER, {"b1": "v"})
    return story


def test_a_unit_that_goes_on_keeps_the_children_that_name_no_side() -> None:
    """Waiting unit: v is taken out of u1, which goes on: b1 goes to v, b2 stays, because its parent has not ended."""
    story = land()
    story.unit("v", "district-body", "root", on=LATER)
    story.split("u1", ["v"], LATER, {"b1": "v"}, whole=False)
    assert line(story, "b1", LATER) == ("b1", "v", "root")
    assert line(story, "b2", LATER) == ("b2", "u1", "root")
    assert story.recount().tree.chain("b2", date(LATER), LINE).held == frozenset()


def test_a_place_may_split_and_name_a_side_for_a_hamlet() -> None:
    """Waiting unit: c1 splits into e and f, both of d1; h1 goes to e, h2 waits at d1; a branch in h2 waits with it."""
    story = land()
    story.unit("x", "branch", "b1", "h2", on=START)
    for part in ("e", "f"):
        story.place(part, "commune", "d1", on=LATER)
    fact = {"parts": ["e", "f"], "whole": True, "sides": [{"child": "h1", "part": "e"}], "effective": LATER}
    story.say("unit-split", "c1", LATER, by="operator", **fact)
    assert places(story, "h1", LATER) == ("h1", "e", "d1", "p")
    assert places(story, "x", LATER) == ("h2", "d1", "p")
    assert story.recount().tree.chain("x", date(LATER), TERRITORY).held == {"e", "f"}
    assert line(story, "x", LATER) == ("x", "b1", "u1", "root")


def test_what_has_nothing_above_counts_under_the_dash() -> None:
    """No unit: a meeting of a unit that nobody founded, and one of a unit that was split for good: 2 under "-"."""
    story = Story()
    story.met("nowhere", "2022-05-10")
    for unit in ("lone", "one", "two"):
        story.unit(unit, "branch", on=START)
    story.split("lone", ["one", "two"], LATER)
    story.met("lone", "2022-07-10")
    history = story.recount()
    assert held(history, "-", *YEARS).numerator == 2
    assert held(history, "one", *YEARS).numerator == 0


def test_the_founder_owns_a_unit_until_its_organisation_closes() -> None:
    """Owner of a unit: org founded x; from 1 July 2025 its successor heir owns it, and heir's periodicity holds.

    org: monthly, heir: quarterly. Due in 2025: January to June monthly = 6; July stands under heir, whose quarters are
    due in September and December = 2; together 8. Met: the meetings of 10 March and of 10 August = 2.
    """
    story = land()
    story.unit("x", "branch", "b1", "h1", on=START)
    story.say("periodicity-set", "org", unit_kind="branch", every="month", starts="2010-01-01")
    story.say("periodicity-set", "heir", by="heir", unit_kind="branch", every="quarter", starts="2010-01-01")
    story.closed["org"] = Closing(date("2025-07-01"), "heir")
    story.met("x", "2025-03-10")
    story.met("x", "2025-08-10")
    history = story.recount()
    assert [history.tree.owner("x", date(day)) for day in ("2025-06-30", "2025-07-01")] == ["org", "heir"]
    figure = met(history, "p", date("2025-01-01"), date("2026-01-01"))
    assert (figure.numerator, figure.denominator) == (2, 8)


def test_the_successor_merges_the_old_root_into_its_own() -> None:
    """Root of a closed organisation: old's root merges into heir's on 1 July 2025: June counts at old, July at heir."""
    story = Story()
    story.unit("old", "province-body", on=START, by="org")
    story.unit("x", "branch", "old", on=START, by="org")
    story.unit("new", "province-body", on=START, by="heir")
    story.merge("new", ["old"], "2025-07-01", by="heir")
    story.met("x", "2025-06-10")
    story.met("x", "2025-07-10")
    history = story.recount()
    year = (date("2025-01-01"), date("2026-01-01"))
    assert {unit: held(history, unit, *year).numerator for unit in ("old", "new", "x")} == {"old": 1, "new": 1, "x": 2}
