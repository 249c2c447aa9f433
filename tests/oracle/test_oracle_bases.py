"""Do the trees of other dates carry facts as the definitions say, and do all bases give one total?"""

from __future__ import annotations

import random

import pytest

from tests.oracle import Item
from tests.oracle.bases import Cell, cells, placed, reconciled, total
from tests.oracle.meetings import held_items
from tests.oracle.membership import member_items
from tests.oracle.story import Story, branches, date, land
from tests.oracle.tree import Dimension

LINE, TERRITORY = Dimension.LINE, Dimension.TERRITORY
BEFORE, CHANGE, AFTER = "2021-06-01", "2022-01-01", "2022-06-01"


def where(story: Story, unit: str, happened: str, on: str, way: Dimension = LINE) -> tuple[tuple[str, ...], set[str]]:
    """Under the tree of a date: where what happened counts, and what it was held back from."""
    chain = placed(story.recount().tree, unit, date(happened), date(on), way)
    return chain.nodes, set(chain.held)


def test_forward_a_living_unit_is_itself_where_it_stands_on_the_date() -> None:
    """Tree of a date, forward: x met under b1 in 2021 and moved to b2 in 2022: under 2022's tree it counts at b2."""
    story = branches()
    story.say("unit-moved", "x", CHANGE, parent="b2", territory="h3", effective=CHANGE)
    assert where(story, "x", BEFORE, AFTER) == (("x", "b2", "u1", "root"), set())
    assert where(story, "x", BEFORE, AFTER, TERRITORY) == (("h3", "c2", "d1", "p"), set())
    assert where(story, "x", BEFORE, BEFORE) == (("x", "b1", "u1", "root"), set())


def test_forward_a_merged_unit_is_its_target() -> None:
    """Tree of a date, forward: x merged into z, which is in h3 under b2: x's facts of 2021 count there."""
    story = branches()
    story.merge("z", ["x"], CHANGE)
    assert where(story, "x", BEFORE, AFTER) == (("z", "b2", "u1", "root"), set())
    assert where(story, "x", BEFORE, AFTER, TERRITORY) == (("h3", "c2", "d1", "p"), set())


def test_forward_a_dissolved_unit_is_its_last_parent() -> None:
    """Tree of a date, forward: x moved to b2, then dissolved without successor: its facts count at b2, and in h1."""
    story = branches()
    story.say("unit-moved", "x", CHANGE, parent="b2", effective=CHANGE)
    story.say("unit-dissolved", "x", "2022-03-01", effective="2022-03-01")
    assert where(story, "x", BEFORE, AFTER) == (("b2", "u1", "root"), set())
    assert where(story, "x", BEFORE, AFTER, TERRITORY) == (("h1", "c1", "d1", "p"), set())


def test_forward_a_split_unit_is_the_nearest_unit_above_all_parts() -> None:
    """Tree of a date, forward: b1 splits into e (under u1) and f (under u2): its own facts are held at root.

    Held back from e and f, and from u1 and u2 which stand between. In the territory both parts are in d1: held there.
    """
    story = branches()
    story.unit("e", "base-unit", "u1", "c1", on=CHANGE)
    story.unit("f", "base-unit", "u2", "c2", on=CHANGE)
    story.split("b1", ["e", "f"], CHANGE, {"x": "e"})
    assert where(story, "b1", BEFORE, AFTER) == (("root",), {"e", "f", "u1", "u2"})
    assert where(story, "b1", BEFORE, AFTER, TERRITORY) == (("d1", "p"), {"c1", "c2"})
    assert where(story, "x", BEFORE, AFTER) == (("x", "e", "u1", "root"), set())


def test_forward_the_changes_follow_each_other() -> None:
    """Tree of a date, forward: x into y, y into z: x's facts count at z; parts merged again hold nothing back."""
    story = branches()
    story.merge("y", ["x"], CHANGE)
    story.merge("z", ["y"], "2022-02-01")
    assert where(story, "x", BEFORE, AFTER) == (("z", "b2", "u1", "root"), set())
    story = branches()
    for part in ("e", "f", "g"):
        story.unit(part, "branch", "b1", "h1", on=CHANGE)
    story.split("x", ["e", "f"], CHANGE)
    story.merge("g", ["e", "f"], "2022-02-01")
    assert where(story, "x", BEFORE, "2022-01-15")[0] == ("b1", "u1", "root")
    assert where(story, "x", BEFORE, AFTER) == (("g", "b1", "u1", "root"), set())


def test_backward_a_part_of_a_split_is_its_source() -> None:
    """Tree of a date, backward: e, split from b1 in 2022, met in 2022: under 2021's tree that counts at b1."""
    story = branches()
    for part in ("e", "f"):
        story.unit(part, "base-unit", "u2", "c3", on=CHANGE)
    story.split("b1", ["e", "f"], CHANGE)
    assert where(story, "e", AFTER, BEFORE) == (("b1", "u1", "root"), set())
    assert where(story, "e", AFTER, BEFORE, TERRITORY) == (("c1", "d1", "p"), set())


def test_backward_a_unit_founded_later_is_its_first_parent() -> None:
    """Tree of a date, backward: n, founded under b1 in h1, moved to b2 since: under 2021's tree it is b1's, in h1."""
    story = branches()
    story.unit("n", "branch", "b1", "h1", on=CHANGE)
    story.say("unit-moved", "n", "2022-02-01", parent="b2", territory="h3", effective="2022-02-01")
    assert where(story, "n", AFTER, BEFORE) == (("b1", "u1", "root"), set())
    assert where(story, "n", AFTER, BEFORE, TERRITORY) == (("h1", "c1", "d1", "p"), set())


def test_backward_the_result_of_a_merge_is_the_nearest_unit_above_all_sources() -> None:
    """Tree of a date, backward: x (b1) and z (b2) merged into n: under 2021's tree n's facts are held at u1.

    Held back from x, z, b1 and b2; in the territory at d1, held back from h1, c1, h3 and c2.
    """
    story = branches()
    story.unit("n", "branch", "b1", "h1", on=CHANGE)
    story.merge("n", ["x", "z"], CHANGE)
    assert where(story, "n", AFTER, BEFORE) == (("u1", "root"), {"x", "z", "b1", "b2"})
    assert where(story, "n", AFTER, BEFORE, TERRITORY) == (("d1", "p"), {"h1", "c1", "h3", "c2"})


def test_backward_an_existing_target_cannot_tell_what_it_gained() -> None:
    """Tree of a date, backward: z absorbed x: under 2021's tree what z did in 2022 is held at u1, in 2021 it is z's."""
    story = branches()
    story.merge("z", ["x"], CHANGE)
    assert where(story, "z", AFTER, BEFORE) == (("u1", "root"), {"x", "b1", "z", "b2"})
    assert where(story, "z", "2021-08-01", BEFORE) == (("z", "b2", "u1", "root"), set())


def test_backward_a_unit_that_absorbed_its_own_child_holds_it_itself() -> None:
    """Tree of a date, backward: b1 absorbed its branch x: what b1 does in 2022 stays b1's, held back from x alone."""
    story = branches()
    story.merge("b1", ["x"], CHANGE)
    assert where(story, "b1", AFTER, BEFORE) == (("b1", "u1", "root"), {"x"})


def test_backward_through_several_changes() -> None:
    """Tree of a date, backward: x and y merged into n, which absorbed z in March: what n did in June is held at u1.

    What it did in February, before it had z, is held at b1, above x and y.
    """
    story = branches()
    story.unit("n", "branch", "b1", "h1", on=CHANGE)
    story.merge("n", ["x", "y"], CHANGE)
    story.merge("n", ["z"], "2022-03-01")
    assert where(story, "n", AFTER, BEFORE) == (("u1", "root"), {"x", "y", "b1", "z", "b2"})
    assert where(story, "n", "2022-02-01", BEFORE) == (("b1", "u1", "root"), {"x", "y"})
    assert where(story, "n", AFTER, "2022-02-01") == (("u1", "root"), {"n", "b1", "z", "b2"})


def test_backward_through_several_changes_of_one_day() -> None:
    """Tree of a date, backward: on one day x and y became n, and n and z became m: m's facts are held at u1."""
    story = branches()
    for unit in ("n", "m"):
        story.unit(unit, "branch", "b1", "h1", on=CHANGE)
    story.merge("n", ["x", "y"], CHANGE)
    story.merge("m", ["n", "z"], CHANGE)
    assert where(story, "m", AFTER, BEFORE) == (("u1", "root"), {"x", "y", "b1", "z", "b2"})


def test_what_names_an_ended_unit_means_it_where_it_lives() -> None:
    """Tree of a date, backward: x ended in 2022 and is named in June: that counts at b1, and at x under 2021's tree."""
    story = branches()
    story.say("unit-dissolved", "x", CHANGE, effective=CHANGE)
    assert where(story, "x", AFTER, AFTER) == (("b1", "u1", "root"), set())
    assert where(story, "x", AFTER, BEFORE) == (("x", "b1", "u1", "root"), set())


def test_one_source_is_what_it_went_on_in_and_one_part_is_read_to_the_letter() -> None:
    """Not comparable: x goes on in n alone, so n was x; y is split into o alone: above the one is above all, b1."""
    story = branches()
    for unit in ("n", "o"):
        story.unit(unit, "branch", "b1", "h1", on=CHANGE)
    story.merge("n", ["x"], CHANGE)
    story.split("y", ["o"], CHANGE)
    assert where(story, "n", AFTER, BEFORE) == (("x", "b1", "u1", "root"), set())
    assert where(story, "y", BEFORE, AFTER) == (("b1", "u1", "root"), {"o"})


def test_backward_a_place_made_of_wholes_and_a_part() -> None:
    """Tree of a date, backward: n is made of c1 and a part of c2, as wards were in 2025: held at d1 before.

    The branch x, which lived on through the change, is itself in its line and in h1, so nothing of it is held back.
    """
    story = branches()
    for ward in ("n", "o"):
        story.place(ward, "commune", "p", on=CHANGE)
    story.merge("n", ["c1"], CHANGE, by="operator")
    story.say("unit-split", "c2", CHANGE, by="operator", parts=["n", "o"], whole=True, effective=CHANGE)
    assert where(story, "n", AFTER, BEFORE, TERRITORY) == (("d1", "p"), {"c1", "c2"})
    assert where(story, "o", AFTER, BEFORE, TERRITORY) == (("c2", "d1", "p"), set())
    assert where(story, "x", AFTER, BEFORE, TERRITORY) == (("h1", "c1", "d1", "p"), set())
    assert where(story, "x", BEFORE, AFTER, TERRITORY) == (("h1", "n", "p"), set())
    assert where(story, "z", BEFORE, AFTER, TERRITORY) == (("h3", "p"), {"n", "o"})


def test_cells_from_which_something_was_held_back_are_marked() -> None:
    """Not comparable: x met twice in 2021 and split into e and f; e met once in 2022. Under 2022's tree, by hand.

    b1 and above 3, e 1 and f 0; e and f are marked, b1 is not; the figure of 2022 alone marks nothing.
    """
    story = branches()
    for part in ("e", "f"):
        story.unit(part, "branch", "b1", "h1", on=CHANGE)
    story.split("x", ["e", "f"], CHANGE)
    story.met("x", BEFORE)
    story.met("x", "2021-07-01")
    story.met("e", AFTER)
    history = story.recount()
    both = held_items(history, date("2021-01-01"), date("2023-01-01"))
    assert cells(history.tree, both, date(AFTER), LINE) == {
        "root": Cell(3, 0, comparable=True),
        "u1": Cell(3, 0, comparable=True),
        "b1": Cell(3, 0, comparable=True),
        "e": Cell(1, 0, comparable=False),
        "f": Cell(0, 0, comparable=False),
    }
    late = held_items(history, date(CHANGE), date("2023-01-01"))
    assert all(cell.comparable for cell in cells(history.tree, late, date(AFTER), LINE).values())


def test_what_has_no_unit_keeps_the_totals_equal() -> None:
    """No unit: x, alone, splits for good: under 2022's tree its 2 meetings stand under "-", and the total stays 2."""
    story = Story()
    for unit, on in {"x": "2010-01-01", "e": CHANGE, "f": CHANGE}.items():
        story.unit(unit, "branch", on=on)
    story.split("x", ["e", "f"], CHANGE)
    story.met("x", BEFORE)
    story.met("x", "2021-07-01")
    history = story.recount()
    items = held_items(history, date("2021-01-01"), date("2023-01-01"))
    assert cells(history.tree, items, date(AFTER), LINE)["-"].numerator == 2
    assert total(history.tree, items, date(AFTER), LINE) == (2, 0)
    assert total(history.tree, items, date(AFTER), TERRITORY) == (2, 0)
    assert reconciled(history.tree, items, [date(BEFORE), date(AFTER)])


def troubled(seed: int) -> tuple[Story, list[str]]:
    """A random history of the line of `land`: branches founded, moved, merged, split and dissolved month by month."""
    chance = random.Random(seed)
    story = branches()
    living, known = ["x", "y", "z"], ["x", "y", "z"]
    for month in range(1, 25):
        day = f"{2020 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-01"
        fresh = [f"n{month}{letter}" for letter in "ab"]
        change = chance.choice(("found", "move", "merge", "absorb", "split", "dissolve"))
        parent, unit = chance.choice(("b1", "b2", "b3")), chance.choice(living)
        for name in fresh[: {"found": 1, "merge": 1, "split": 2}.get(change, 0)]:
            story.unit(name, "branch", parent, chance.choice(("h1", "h2", "h3", "h4", None)), on=day)
            living.append(name)
        known = list(dict.fromkeys((*known, *living)))
        if change == "move":
            story.say("unit-moved", unit, day, parent=parent, territory=chance.choice(("h1", "h4")), effective=day)
        elif change in ("merge", "absorb") and len(living) > len(fresh) + 1:
            target = fresh[0] if change == "merge" else next(other for other in living if other != unit)
            sources = [unit] if change == "absorb" else chance.sample([b for b in living if b != target], 2)
            story.merge(target, sources, day)
            living = [branch for branch in living if branch not in sources]
        elif change == "split":
            story.split(unit, fresh, day)
            living.remove(unit)
        elif change == "dissolve" and len(living) > len(fresh):
            story.say("unit-dissolved", unit, day, effective=day)
            living.remove(unit)
        for branch in living:
            story.met(branch, f"{day[:7]}-15")
            story.say("member-entered", f"person-{month}", f"{day[:7]}-15", branch=branch)
    return story, known


@pytest.mark.parametrize("seed", range(12))
def test_all_bases_reconcile(seed: int) -> None:
    """As it was then: whatever happened to the units, every tree holds every meeting and member exactly once."""
    story, _ = troubled(seed)
    history = story.recount()
    dates = [date(day) for day in ("2019-01-01", "2020-06-20", "2021-01-20", "2030-01-01")]
    meetings = held_items(history, date("2020-01-01"), date("2022-01-01"))
    assert len(meetings) == sum(event["type"].endswith("meeting-held.v1") for event in story.events)
    assert reconciled(history.tree, meetings, dates)
    assert reconciled(history.tree, member_items(history, date("2021-06-20")), dates)


@pytest.mark.parametrize("seed", range(6))
def test_a_cell_is_its_own_facts_and_the_cells_below_it(seed: int) -> None:
    """As it was then: under any tree a unit's cell is what was placed at it and the cells of its children."""
    story, _ = troubled(seed)
    history = story.recount()
    tree, on = history.tree, date("2021-01-20")
    items = held_items(history, date("2020-01-01"), date("2022-01-01"))
    found = cells(tree, items, on, LINE)
    for unit in tree.living(on):
        below = [node for node in tree.living(on) if tree.chain(node, on, LINE).nodes[1:2] == (unit,)]
        own = [item for item in items if placed(tree, item.unit, item.day, on, LINE).nodes[:1] == (unit,)]
        expected = len(own) + sum(found[child].numerator for child in below if child in found)
        assert (found[unit].numerator if unit in found else 0) == expected


def test_items_of_a_place_have_no_line() -> None:
    """No unit: a commendation in d1 counts in the territory; in the line it stands under "-"."""
    tree = land().recount().tree
    items = [Item("d1", date(BEFORE))]
    assert set(cells(tree, items, None, TERRITORY)) == {"d1", "p"}
    assert set(cells(tree, items, None, LINE)) == {"-"}
    assert reconciled(tree, items, [date(AFTER)])
