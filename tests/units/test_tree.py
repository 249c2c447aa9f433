"""Does the tree of a day say what the definitions say?"""

from __future__ import annotations

import datetime as dt

import pytest

from shared.contracts.event import FIRST_DAY
from shared.contracts.membership import Level, UnitFounded, UnitSplit
from shared.units.tree import Span, Tree
from tests.units.story import LONG_AGO, Story, named

BEFORE, DAY, AFTER = dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2025, 7, 2)


@pytest.fixture
def story() -> Story:
    """Two communes of a district with a hamlet each, and the Youth Union's line in them."""
    story = Story()
    province = story.place("tỉnh", level=Level.PROVINCE)
    district = story.place("huyện", province, level=Level.DISTRICT)
    root = story.unit("tỉnh đoàn", territory=province, kind="province-body")
    for name in ("A", "B"):
        commune = story.place(f"xã {name}", district)
        hamlet = story.place(f"thôn {name}", commune, level=Level.LOCALITY)
        base = story.unit(f"đoàn xã {name}", root, territory=commune, kind="base-unit")
        story.unit(f"chi đoàn {name}", base, territory=hamlet)
    return story


def test_a_unit_lives_from_its_founding_to_before_its_end(story: Story) -> None:
    unit = story.unit("chi đoàn mới", named("đoàn xã A"), BEFORE)
    story.dissolve(unit, AFTER)
    alive = [story.tree.alive(unit, day) for day in (dt.date(2025, 6, 29), BEFORE, DAY, AFTER)]
    assert alive == [False, True, True, False]


def test_what_was_never_founded_is_not_known_and_stands_nowhere(story: Story) -> None:
    nobody = named("không có")
    assert not story.tree.known(nobody)
    assert story.tree.above(nobody, DAY) == ()
    assert (story.tree.kind(nobody), story.tree.owner(nobody, DAY), story.tree.title(nobody, DAY)) == (None, None, None)


def test_a_place_is_of_the_kind_that_was_last_told_on_a_day(story: Story) -> None:
    commune = named("xã A")
    story.reclassify(commune, "phuong", DAY)
    story.dissolve(commune, AFTER)
    story.reclassify(commune, "dac-khu", AFTER)
    days = (FIRST_DAY, LONG_AGO, BEFORE, DAY, AFTER, dt.date.max)
    assert [story.tree.kind_on(commune, day) for day in days] == ["xa", "xa", "xa", "phuong", "phuong", "phuong"]
    assert story.tree.kind(commune) == "xa"
    assert story.tree.kind_on(named("không có"), DAY) is None


def test_what_was_taken_out_of_a_place_and_where_it_went_in_the_end_are_its_heirs(story: Story) -> None:
    parts = [story.place(f"xã {name}", named("huyện"), BEFORE) for name in ("C", "D", "E")]
    taken = story.tell(UnitSplit(parts=(parts[0],), whole=False, effective=BEFORE), named("xã A"), BEFORE)
    ended = story.tell(UnitSplit(parts=tuple(parts[1:]), whole=True, effective=DAY), named("xã A"), DAY)
    story.tell(UnitSplit(parts=(named("xã B"),), whole=False, effective=AFTER), named("xã A"), AFTER)
    tree = story.tree
    assert tree.heirs(named("xã A")) == [(parts[0], taken), (parts[1], ended), (parts[2], ended)]
    assert tree.heirs(parts[0]) == tree.heirs(named("không có")) == []
    assert tree.renamed(parts[0]) == {BEFORE}


def test_kind_level_and_owner_are_those_of_the_founding(story: Story) -> None:
    tree = story.tree
    assert (tree.kind(named("đoàn xã A")), tree.level(named("đoàn xã A"))) == ("base-unit", None)
    assert (tree.kind(named("xã A")), tree.level(named("xã A"))) == ("xa", Level.COMMUNE)
    assert tree.owner(named("chi đoàn A"), DAY) == story.organisation
    assert tree.is_place(named("xã A"))
    assert not tree.is_place(named("đoàn xã A"))


def test_a_name_holds_from_its_day_on(story: Story) -> None:
    story.rename(named("xã A"), "phường A", DAY)
    assert [story.tree.title(named("xã A"), day) for day in (FIRST_DAY, BEFORE, DAY)] == ["xã A", "xã A", "phường A"]


def test_above_a_branch_stand_its_line_and_the_places_in_which_it_works(story: Story) -> None:
    tree, branch = story.tree, named("chi đoàn A")
    assert tree.line(branch, DAY) == (named("đoàn xã A"), named("tỉnh đoàn"))
    assert tree.places(branch, DAY) == tuple(map(named, ("thôn A", "xã A", "huyện", "tỉnh")))
    assert tree.above(branch, DAY) == tree.line(branch, DAY) + tree.places(branch, DAY)
    assert tree.above(named("thôn A"), DAY) == tuple(map(named, ("xã A", "huyện", "tỉnh")))
    assert tree.line(named("thôn A"), DAY) == ()


def test_a_subtree_holds_its_root_and_all_below_in_line_or_territory(story: Story) -> None:
    tree, branch = story.tree, named("chi đoàn A")
    assert all(tree.under(branch, named(root), DAY) for root in ("chi đoàn A", "đoàn xã A", "thôn A", "huyện"))
    assert not any(tree.under(branch, named(root), DAY) for root in ("chi đoàn B", "đoàn xã B", "thôn B"))


def test_a_unit_without_a_place_works_where_the_unit_above_works(story: Story) -> None:
    unit = story.unit("phân đoàn", named("chi đoàn A"), kind="sub-branch")
    assert story.tree.territory(unit, DAY) == named("thôn A")
    story.move(named("chi đoàn A"), named("đoàn xã A"), DAY, territory=named("xã A"))
    assert story.tree.territory(unit, DAY) == named("xã A")


def test_the_parent_is_the_last_one_stated(story: Story) -> None:
    branch = named("chi đoàn A")
    story.move(branch, named("đoàn xã B"), AFTER)
    story.move(branch, named("tỉnh đoàn"), DAY)
    parents = [story.tree.parent(branch, day) for day in (BEFORE, DAY, AFTER)]
    assert parents == [named("đoàn xã A"), named("tỉnh đoàn"), named("đoàn xã B")]


def test_to_move_a_unit_under_a_place_is_to_let_it_work_there(story: Story) -> None:
    branch = named("chi đoàn A")
    story.move(branch, named("thôn B"), DAY)
    assert story.tree.parent(branch, DAY) == named("đoàn xã A")
    assert story.tree.territory(branch, DAY) == named("thôn B")


def test_children_follow_a_merger_without_facts_of_their_own(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    tree, target = story.tree, named("đoàn xã B")
    assert tree.line(named("chi đoàn A"), BEFORE) == (named("đoàn xã A"), named("tỉnh đoàn"))
    assert tree.line(named("chi đoàn A"), DAY) == (target, named("tỉnh đoàn"))
    assert set(tree.children(target, DAY)) == {named("chi đoàn A"), named("chi đoàn B")}
    assert tree.children(target, BEFORE) == (named("chi đoàn B"),)


def test_who_works_in_a_place_that_merges_works_in_the_new_one(story: Story) -> None:
    story.merge([named("xã A"), named("xã B")], story.place("xã AB", named("tỉnh"), DAY), DAY)
    story.dissolve(named("huyện"), DAY)
    assert story.tree.places(named("chi đoàn A"), DAY) == tuple(map(named, ("thôn A", "xã AB", "tỉnh")))
    assert story.tree.territory(named("đoàn xã B"), DAY) == named("xã AB")


def test_children_of_a_dissolved_unit_fall_to_its_last_parent(story: Story) -> None:
    story.move(named("đoàn xã A"), named("đoàn xã B"), BEFORE)
    story.dissolve(named("đoàn xã A"), DAY)
    assert story.tree.parent(named("chi đoàn A"), DAY) == named("đoàn xã B")


def test_an_ended_unit_stands_where_it_went_on(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    assert story.tree.parent(named("đoàn xã A"), DAY) == named("đoàn xã B")
    assert story.tree.territory(named("đoàn xã A"), DAY) == named("xã B")


def test_a_child_that_names_its_side_goes_to_that_part(story: Story) -> None:
    parts = [story.place(title, named("tỉnh"), DAY) for title in ("phường 1", "phường 2")]
    story.split(named("xã A"), parts, DAY, sides=[(named("thôn A"), parts[0]), (named("đoàn xã A"), parts[1])])
    tree = story.tree
    assert tree.parent(named("thôn A"), DAY) == parts[0]
    assert tree.territory(named("đoàn xã A"), DAY) == parts[1]
    assert tree.parent(named("đoàn xã A"), DAY) == named("tỉnh đoàn")
    assert tree.held_back_from(named("chi đoàn A"), DAY) == frozenset()


def test_a_child_that_names_no_side_waits_above_the_parts_until_it_is_moved(story: Story) -> None:
    parts = [story.place(title, named("huyện"), DAY) for title in ("phường 1", "phường 2")]
    story.split(named("xã A"), parts, DAY)
    story.move(named("thôn A"), parts[1], AFTER)
    tree, hamlet, branch = story.tree, named("thôn A"), named("chi đoàn A")
    assert tree.parent(hamlet, BEFORE) == named("xã A")
    assert tree.parent(hamlet, DAY) == named("huyện")
    assert tree.held_back_from(hamlet, DAY) == frozenset(parts)
    assert tree.held_back_from(branch, DAY) == frozenset(parts)
    assert hamlet in tree.children(named("huyện"), DAY)
    assert tree.parent(hamlet, AFTER) == parts[1]
    assert tree.held_back_from(branch, AFTER) == frozenset()


def test_who_waits_is_held_back_from_all_that_holds_only_some_of_the_parts(story: Story) -> None:
    districts = [story.place(title, named("tỉnh"), DAY) for title in ("khu vực 1", "khu vực 2")]
    parts = [story.place(f"phường {number}", district, DAY) for number, district in enumerate(districts)]
    story.split(named("xã A"), parts, DAY)
    assert story.tree.parent(named("thôn A"), DAY) == named("tỉnh")
    assert story.tree.held_back_from(named("thôn A"), DAY) == frozenset(parts + districts)


def test_who_waits_in_the_line_without_a_place_is_held_back_from_the_places_of_the_parts(story: Story) -> None:
    unit = story.unit("chi đoàn lưu động", named("đoàn xã A"))
    parts = [
        story.unit(f"đoàn mới {name}", named("tỉnh đoàn"), DAY, territory=named(name)) for name in ("xã A", "xã B")
    ]
    story.split(named("đoàn xã A"), parts, DAY)
    assert story.tree.above(unit, DAY) == (named("tỉnh đoàn"), named("tỉnh"))
    assert story.tree.held_back_from(unit, DAY) == {*parts, *map(named, ("xã A", "xã B", "huyện"))}
    assert story.tree.held_back_from(named("chi đoàn A"), DAY) == frozenset(parts)


def test_parts_that_end_up_in_one_unit_hold_back_nothing(story: Story) -> None:
    parts = [story.place(title, named("huyện"), DAY) for title in ("phường 1", "phường 2")]
    story.split(named("xã A"), parts, DAY)
    story.merge(parts, named("xã B"), AFTER)
    assert story.tree.parent(named("thôn A"), AFTER) == named("xã B")
    assert story.tree.held_back_from(named("thôn A"), AFTER) == frozenset()


def test_what_is_taken_out_of_a_living_unit_leaves_the_rest_in_it(story: Story) -> None:
    part = story.place("xã C", named("huyện"), DAY)
    taken = story.place("thôn C", named("xã A"), level=Level.LOCALITY)
    story.split(named("xã A"), [part], DAY, whole=False, sides=[(taken, part)])
    tree = story.tree
    assert tree.alive(named("xã A"), DAY)
    assert (tree.parent(taken, DAY), tree.parent(named("thôn A"), DAY)) == (part, named("xã A"))
    assert tree.held_back_from(named("thôn A"), DAY) == frozenset()


def test_above_a_unit_stands_nothing_that_is_not_founded_yet(story: Story) -> None:
    commune = story.place("xã mới", named("huyện"), AFTER)
    story.move(named("thôn A"), commune, DAY)
    assert [story.tree.parent(named("thôn A"), day) for day in (DAY, AFTER)] == [named("huyện"), commune]


def test_the_first_end_counts_and_what_is_said_of_the_ended_changes_nothing(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    story.dissolve(named("đoàn xã A"), AFTER)
    story.move(named("đoàn xã A"), named("tỉnh đoàn"), AFTER)
    assert story.tree.parent(named("chi đoàn A"), AFTER) == named("đoàn xã B")


def test_a_unit_founded_twice_is_the_first_one(story: Story) -> None:
    other = Story("Hội khác")
    other.tell(UnitFounded(title="khác", kind="branch", effective=AFTER), named("chi đoàn A"), AFTER)
    tree = story.tree.with_facts(other.facts)
    assert tree.owner(named("chi đoàn A"), DAY) == story.organisation
    assert tree.parent(named("chi đoàn A"), AFTER) == named("đoàn xã A")
    assert tree.title(named("chi đoàn A"), AFTER) == "chi đoàn A"


def test_spans_name_all_that_ever_stood_above(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    places = tuple(map(named, ("thôn A", "xã A", "huyện", "tỉnh")))
    assert story.tree.spans(named("chi đoàn A")) == [
        Span(FIRST_DAY, LONG_AGO, (), frozenset()),
        Span(LONG_AGO, DAY, (named("đoàn xã A"), named("tỉnh đoàn"), *places), frozenset()),
        Span(DAY, None, (named("đoàn xã B"), named("tỉnh đoàn"), *places), frozenset()),
    ]


def test_roots_are_what_an_organisation_founded_under_nothing(story: Story) -> None:
    assert set(story.tree.roots(story.organisation)) == {named("tỉnh"), named("tỉnh đoàn")}
    assert story.tree.roots(named("ai đó")) == ()


def test_mergers_join_units_over_many_steps_and_in_both_directions(story: Story) -> None:
    story.merge([named("chi đoàn A")], named("chi đoàn B"), DAY)
    story.merge([named("chi đoàn B")], story.unit("chi đoàn AB", named("đoàn xã A"), AFTER), AFTER)
    family = set(map(named, ("chi đoàn A", "chi đoàn B", "chi đoàn AB")))
    assert all(story.tree.merged_with([unit]) == family for unit in family)
    assert story.tree.merged_with([named("đoàn xã A"), named("không có")]) == set(
        map(named, ("đoàn xã A", "không có")),
    )


# ── Contradictions never hang, and are told before they are said ─────────────────────────────────────────────────


def test_a_unit_would_cycle_under_itself_and_under_all_below_it(story: Story) -> None:
    tree = story.tree
    assert tree.would_cycle(named("đoàn xã A"), named("đoàn xã A"), DAY)
    assert tree.would_cycle(named("tỉnh đoàn"), named("chi đoàn A"), DAY)
    assert not tree.would_cycle(named("chi đoàn A"), named("đoàn xã B"), DAY)


def test_in_a_ring_the_statement_that_closes_it_is_left_out(story: Story) -> None:
    story.move(named("đoàn xã A"), named("đoàn xã B"), BEFORE)
    story.move(named("đoàn xã B"), named("chi đoàn A"), DAY)
    tree = story.tree
    assert tree.line(named("đoàn xã A"), DAY) == (named("đoàn xã B"),)
    assert tree.line(named("đoàn xã B"), DAY) == ()
    assert tree.line(named("chi đoàn A"), DAY) == (named("đoàn xã A"), named("đoàn xã B"))


def test_a_merger_into_what_stands_below_counts_as_a_dissolution(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("chi đoàn A"), DAY)
    assert story.tree.line(named("chi đoàn A"), DAY) == (named("tỉnh đoàn"),)


def test_such_a_merger_is_one_again_once_its_target_is_moved_away(story: Story) -> None:
    other = story.unit("chi đoàn A khác", named("đoàn xã A"))
    story.merge([named("đoàn xã A")], named("chi đoàn A"), DAY)
    story.move(named("chi đoàn A"), named("đoàn xã B"), AFTER)
    tree = story.tree
    assert tree.parent(other, DAY) == named("tỉnh đoàn")
    assert tree.parent(other, AFTER) == named("chi đoàn A")


def test_a_division_into_parts_below_itself_counts_as_a_dissolution(story: Story) -> None:
    parts = [story.place(title, named("xã A"), DAY) for title in ("phường 1", "phường 2")]
    story.split(named("xã A"), parts, DAY)
    assert story.tree.parent(parts[0], DAY) == named("huyện")
    assert story.tree.parent(named("thôn A"), DAY) == named("huyện")


def test_mergers_in_a_ring_do_not_hang(story: Story) -> None:
    story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    story.merge([named("đoàn xã B")], named("đoàn xã A"), DAY)
    assert story.tree.line(named("chi đoàn A"), DAY) == (named("tỉnh đoàn"),)


def test_a_very_deep_line_does_not_hang(story: Story) -> None:
    parent = named("chi đoàn A")
    for number in range(3000):
        parent = story.unit(f"tổ {number}", parent)
    assert len(story.tree.line(parent, DAY)) == 3002


def test_divisions_in_a_very_long_row_do_not_hang(story: Story) -> None:
    unit = named("chi đoàn A")
    for number in range(200):
        parts = [story.unit(f"tổ {number}.{part}", named("đoàn xã A")) for part in range(2)]
        story.split(unit, parts, DAY)
        unit = parts[1]
    child = story.unit("tổ cuối", named("chi đoàn A"))
    assert story.tree.parent(child, DAY) == named("đoàn xã A")


# ── A tree never changes; new facts give another ─────────────────────────────────────────────────────────────────


def test_new_facts_leave_the_old_tree_as_it_was(story: Story) -> None:
    old = story.tree
    new = old.with_facts([story.move(named("chi đoàn A"), named("đoàn xã B"), DAY)])
    assert old.parent(named("chi đoàn A"), DAY) == named("đoàn xã A")
    assert new.parent(named("chi đoàn A"), DAY) == named("đoàn xã B")


def test_a_voided_fact_is_as_if_it_had_not_been_said(story: Story) -> None:
    said = story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    tree = story.tree.without([(said.organisation, said.event)])
    assert tree.parent(named("chi đoàn A"), DAY) == named("đoàn xã A")
    assert tree.alive(named("đoàn xã A"), DAY)


def test_a_corrected_fact_stands_in_the_old_ones_place(story: Story) -> None:
    said = story.merge([named("đoàn xã A")], named("đoàn xã B"), DAY)
    tree = story.tree.with_facts([said._replace(day=AFTER)])
    assert tree.alive(named("đoàn xã A"), DAY)
    assert not tree.alive(named("đoàn xã A"), AFTER)


def test_the_same_facts_again_give_the_same_tree(story: Story) -> None:
    tree = story.tree
    assert tree.with_facts(story.facts) is tree
    assert tree.without([(named("ai đó"), named("không có"))]) is tree
    assert Tree.empty().with_facts([]).known(named("xã A")) is False
