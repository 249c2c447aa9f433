"""Does the tree hold under every history? Against a clerk who keeps it by hand, and against plain nonsense."""

from __future__ import annotations

import random
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.eventsourcing.decider import Said
from shared.units.life import spoken_of
from shared.units.lineage import carried
from shared.units.tree import Tree
from tests.units.daily import Picture
from tests.units.histories import HORIZON, all_histories, any_histories, sound_histories


def _told(facts: list[Said]) -> Tree:
    return Tree.empty().with_facts(facts)


def _everything(tree: Tree, facts: list[Said]) -> object:
    """All that a tree can be asked about the units of a history."""
    units = sorted({said.subject for said in facts})
    return [
        (unit, tree.spans(unit), [tree.children(unit, day) for day in HORIZON], tree.title(unit, HORIZON[-1]))
        for unit in units
    ]


@given(sound_histories)
@settings(max_examples=200, deadline=None)
def test_above_and_under_are_what_a_clerk_would_keep_day_by_day(facts: list[Said]) -> None:
    tree = _told(facts)
    for day in HORIZON:
        picture = Picture.of(facts, day)
        for unit, card in picture.cards.items():
            above = picture.above(unit)
            assert set(tree.above(unit, day)) == above
            assert {each for each in picture.cards if tree.under(unit, each, day)} == above | {unit}
            assert tree.alive(unit, day) == card.alive


@given(sound_histories)
@settings(max_examples=200, deadline=None)
def test_whoever_waits_is_held_back_from_just_what_may_hold_it(facts: list[Said]) -> None:
    tree = _told(facts)
    for day in HORIZON:
        picture = Picture.of(facts, day)
        for unit, card in picture.cards.items():
            held = {each for each in tree.held_back_from(unit, day) if tree.is_place(each) == card.place}
            assert held == picture.waits_between(unit)


@given(any_histories, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_any_order_of_telling_gives_the_same_tree(facts: list[Said], shuffle: random.Random) -> None:
    whole = _everything(_told(facts), facts)
    shuffled = list(facts)
    shuffle.shuffle(shuffled)
    one_by_one = Tree.empty()
    for said in shuffled:
        one_by_one = one_by_one.with_facts([said])
        one_by_one.spans(said.subject)
    assert _everything(one_by_one, facts) == whole


@given(any_histories, st.data())
@settings(max_examples=100, deadline=None)
def test_voided_facts_leave_the_tree_that_never_heard_of_them(facts: list[Said], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(facts) if facts else st.nothing(), max_size=4).map(list)) if facts else []
    left = [said for said in facts if said not in gone]
    tree = _told(facts).without((said.organisation, said.event) for said in gone)
    assert _everything(tree, facts) == _everything(_told(left), facts)


@given(all_histories)
@settings(max_examples=100, deadline=None)
def test_spans_say_for_every_day_what_stands_above(facts: list[Said]) -> None:
    tree = _told(facts)
    fresh = {day: _told(facts) for day in HORIZON}
    for unit in {said.subject for said in facts}:
        spans = tree.spans(unit)
        assert all(left.end == right.start for left, right in pairwise(spans))
        assert spans[-1].end is None
        for day in HORIZON:
            span = next(each for each in reversed(spans) if each.start <= day)
            assert (span.above, span.held_back_from) == (
                fresh[day].above(unit, day),
                fresh[day].held_back_from(unit, day),
            )


@given(all_histories)
@settings(max_examples=100, deadline=None)
def test_children_are_the_living_whose_parent_it_is_and_nothing_stands_above_itself(facts: list[Said]) -> None:
    tree = _told(facts)
    units = sorted(tree.units())
    for day in HORIZON:
        for unit in units:
            living = {each for each in units if tree.alive(each, day) and tree.parent(each, day) == unit}
            assert set(tree.children(unit, day)) == living
            assert unit not in tree.line(unit, day) + tree.places(unit, day)
            assert all(tree.alive(each, day) for each in tree.above(unit, day))
            assert len(set(tree.above(unit, day))) == len(tree.above(unit, day))
            assert tree.held_back_from(unit, day).isdisjoint(tree.above(unit, day))


@given(all_histories, st.data())
@settings(max_examples=100, deadline=None)
def test_what_a_fact_may_change_is_affected(facts: list[Said], data: st.DataObject) -> None:
    if not facts:
        return
    late = data.draw(st.sampled_from(facts))
    before = _told([said for said in facts if said is not late])
    after = before.with_facts([late])
    units = {said.subject for said in facts} | set(after.units())
    changed = {unit for unit in units if before.spans(unit) != after.spans(unit)}
    assert changed <= after.affected(spoken_of(late))


@given(all_histories, st.data())
@settings(max_examples=100, deadline=None)
def test_all_bases_reconcile_to_the_same_total(facts: list[Said], data: st.DataObject) -> None:
    tree = _told(facts)
    units = sorted(tree.units())
    seen = st.tuples(st.sampled_from(units), st.sampled_from(HORIZON)) if units else st.nothing()
    counted = data.draw(st.lists(seen, max_size=12)) if units else []
    for tree_day in (None, HORIZON[0], HORIZON[4], HORIZON[-1]):
        cells: dict[UUID | None, int] = {}
        for unit, day in counted:
            on = day if tree_day is None else tree_day
            at = carried(tree, unit, day, on).unit
            assert at is None or tree.alive(at, on)
            top = at
            while top is not None and (parent := tree.parent(top, on)) is not None:
                top = parent
            cells[top] = cells.get(top, 0) + 1
        assert sum(cells.values()) == len(counted)


@given(all_histories)
@settings(max_examples=100, deadline=None)
def test_a_living_unit_is_carried_to_itself_on_the_same_day(facts: list[Said]) -> None:
    tree = _told(facts)
    for day in HORIZON:
        for unit in tree.units():
            if tree.alive(unit, day):
                at = carried(tree, unit, day, day)
                assert (at.unit, at.held_back_from) == (unit, tree.held_back_from(unit, day))
