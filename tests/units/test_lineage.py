"""Where does a fact count under another day's tree? Line by line of the definitions."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from shared.units.lineage import carried
from tests.units.story import Story, named

EARLY, DAY, LATER, LATE = dt.date(2020, 1, 1), dt.date(2021, 1, 1), dt.date(2022, 1, 1), dt.date(2023, 1, 1)


@pytest.fixture
def story() -> Story:
    """A root with two base units, three branches in the first, one in the second."""
    story = Story()
    root = story.unit("tỉnh hội")
    for base in ("A", "B"):
        story.unit(base, root)
    for branch, base in (("A1", "A"), ("A2", "A"), ("A3", "A"), ("B1", "B")):
        story.unit(branch, named(base))
    return story


Place = tuple[UUID | None, frozenset[UUID]]
"""Where something counts, and what it is held back from."""


def _carried(story: Story, unit: str, seen_on: dt.date, tree_day: dt.date) -> Place:
    found = carried(story.tree, named(unit), seen_on, tree_day)
    return found.unit, found.held_back_from


def _at(unit: str | None, *held_back_from: str) -> Place:
    return None if unit is None else named(unit), frozenset(map(named, held_back_from))


def test_forward_along_a_chain_of_mergers_to_the_last_target(story: Story) -> None:
    story.merge([named("A1")], named("A2"), DAY)
    story.merge([named("A2")], named("B1"), LATER)
    assert _carried(story, "A1", EARLY, DAY) == _at("A2")
    assert _carried(story, "A1", EARLY, LATE) == _at("B1")


def test_forward_a_waiting_unit_is_itself_and_both_parts_are_marked(story: Story) -> None:
    parts = [story.unit(name, named("tỉnh hội"), DAY) for name in ("phần 1", "phần 2")]
    story.split(named("A"), parts, DAY)
    assert _carried(story, "A1", EARLY, LATE) == _at("A1", "phần 1", "phần 2")
    assert _carried(story, "A1", LATE, LATE) == _at("A1", "phần 1", "phần 2")
    assert _carried(story, "A1", LATE, EARLY) == _at("A1")


def test_backward_a_part_of_a_division_is_its_source(story: Story) -> None:
    parts = [story.unit(name, named("A"), DAY) for name in ("phần 1", "phần 2")]
    story.split(named("A1"), parts, DAY)
    assert _carried(story, "phần 1", LATE, EARLY) == _at("A1")


def test_backward_a_part_taken_out_of_a_living_unit_is_its_source_too(story: Story) -> None:
    story.split(named("A1"), [story.unit("phần", named("A"), DAY)], DAY, whole=False)
    assert _carried(story, "phần", LATE, EARLY) == _at("A1")
    assert _carried(story, "A1", LATE, EARLY) == _at("A1")


def test_backward_what_was_founded_later_is_its_first_parent(story: Story) -> None:
    story.unit("A4", named("A"), DAY)
    story.unit("A4.1", named("A4"), LATER)
    story.move(named("A4"), named("B"), LATE)
    assert _carried(story, "A4", LATE, EARLY) == _at("A")
    assert _carried(story, "A4.1", LATE, EARLY) == _at("A")
    assert _carried(story, "A4.1", LATE, DAY) == _at("A4")


def test_backward_what_was_founded_later_under_nothing_counts_nowhere(story: Story) -> None:
    story.unit("hội khác", None, DAY)
    assert _carried(story, "hội khác", LATE, EARLY) == _at(None)


def test_backward_the_result_of_a_merger_is_the_nearest_above_all_sources(story: Story) -> None:
    story.merge([named("A1"), named("A2")], story.unit("A12", named("A"), DAY), DAY)
    assert _carried(story, "A12", LATE, EARLY) == _at("A", "A1", "A2")
    story.merge([named("B1")], named("A12"), LATER)
    assert _carried(story, "A12", DAY, EARLY) == _at("A", "A1", "A2")
    assert _carried(story, "A12", LATE, EARLY) == _at("tỉnh hội", "A1", "A2", "A", "B1", "B")
    assert _carried(story, "A12", LATE, DAY) == _at("tỉnh hội", "A12", "A", "B1", "B")


def test_backward_what_an_existing_target_gained_is_above_it_and_its_sources(story: Story) -> None:
    story.merge([named("A1")], named("A2"), DAY)
    assert _carried(story, "A2", EARLY, LATE) == _at("A2")
    assert _carried(story, "A2", LATE, EARLY) == _at("A", "A1", "A2")


def test_backward_what_an_existing_part_gained_is_above_it_and_the_divided_unit(story: Story) -> None:
    story.split(named("A1"), [named("A2"), named("A3")], DAY)
    assert _carried(story, "A2", LATE, EARLY) == _at("A", "A1", "A2")


def test_backward_a_merger_that_changes_nothing_but_the_name_is_its_source(story: Story) -> None:
    story.merge([named("A1")], story.unit("A1 mới", named("A"), DAY), DAY)
    assert _carried(story, "A1 mới", LATE, EARLY) == _at("A1")
    assert _carried(story, "A1", EARLY, LATE) == _at("A1 mới")


def test_backward_what_first_stood_by_itself_and_then_gained_is_above_both(story: Story) -> None:
    story.unit("A4", named("A"), DAY)
    story.merge([named("B1")], named("A4"), LATER)
    assert _carried(story, "A4", DAY, EARLY) == _at("A")
    assert _carried(story, "A4", LATE, EARLY) == _at("tỉnh hội", "A", "B1", "B")


def test_backward_out_of_something_and_nothing_counts_nowhere_and_marks_the_something(story: Story) -> None:
    story.unit("hội khác", None, DAY)
    story.merge([named("B1")], named("hội khác"), LATER)
    assert _carried(story, "hội khác", LATE, EARLY) == _at(None, "B1", "B", "tỉnh hội")


def test_a_merger_that_did_not_end_its_source_carries_nothing_back(story: Story) -> None:
    story.dissolve(named("A1"), DAY)
    story.merge([named("A1")], named("A2"), LATER)
    assert _carried(story, "A2", LATE, EARLY) == _at("A2")
    assert _carried(story, "A1", EARLY, LATE) == _at("A")


def test_what_was_seen_before_the_founding_counts_nowhere_until_then(story: Story) -> None:
    story.unit("A4", named("A"), LATER)
    assert _carried(story, "A4", EARLY, DAY) == _at(None)
    assert _carried(story, "A4", LATER, DAY) == _at("A")
    assert _carried(story, "A4", EARLY, LATE) == _at("A4")


def test_of_a_unit_that_nobody_founded_nothing_is_carried(story: Story) -> None:
    assert _carried(story, "không có", EARLY, LATE) == _at(None)
