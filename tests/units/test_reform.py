"""Does the tree hold what happened on 1 July 2025? Two provinces join, districts vanish, a ward is torn in two."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from shared.contracts.membership import Level
from shared.units.lineage import carried
from shared.units.tree import Tree
from tests.units.story import Story, named

BEFORE, DAY, AFTER = dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2025, 12, 31)
HA_GIANG_1 = ("phường Nguyễn Trãi", "xã Phương Thiện", "xã Phương Độ")
HA_GIANG_2 = ("phường Trần Phú", "phường Minh Khai", "phường Ngọc Hà", "xã Ngọc Đường")
NOTHING: frozenset[UUID] = frozenset()


def _ids(*names: str) -> set[UUID]:
    return {named(name) for name in names}


@pytest.fixture
def tree() -> Tree:
    """The territory as the operator declares it, and the women's branches of the torn ward."""
    story = Story("Ban vận hành")
    tuyen_quang = story.place("tỉnh Tuyên Quang", level=Level.PROVINCE)
    ha_giang = story.place("tỉnh Hà Giang", level=Level.PROVINCE)
    story.place("huyện Lâm Bình", tuyen_quang, level=Level.DISTRICT)
    story.place("xã Lăng Can", named("huyện Lâm Bình"))
    city = story.place("thành phố Hà Giang", ha_giang, level=Level.DISTRICT)
    for ward in (*HA_GIANG_1, *HA_GIANG_2, "phường Quang Trung"):
        story.place(ward, city)
    story.place("thôn Tiến Thắng", named("xã Phương Thiện"), level=Level.LOCALITY)
    for number in (1, 2, 3):
        story.place(f"tổ {number} Quang Trung", named("phường Quang Trung"), level=Level.LOCALITY)
    root = story.unit("Hội LHPN tỉnh Hà Giang", territory=ha_giang)
    base = story.unit("Hội LHPN phường Quang Trung", root, territory=named("phường Quang Trung"))
    for number in (1, 2, 3):
        story.unit(f"chi hội tổ {number}", base, territory=named(f"tổ {number} Quang Trung"))
    _reform(story)
    return story.tree


def _reform(story: Story) -> None:
    story.merge([named("tỉnh Hà Giang")], named("tỉnh Tuyên Quang"), DAY)
    wards = [story.place(f"phường Hà Giang {number}", named("tỉnh Tuyên Quang"), DAY) for number in (1, 2)]
    story.merge(map(named, HA_GIANG_1), wards[0], DAY)
    story.merge(map(named, HA_GIANG_2), wards[1], DAY)
    sides = [(named(f"tổ {number} Quang Trung"), wards[number - 1]) for number in (1, 2)]
    story.split(named("phường Quang Trung"), wards, DAY, sides=sides)
    for district in ("thành phố Hà Giang", "huyện Lâm Bình"):
        story.dissolve(named(district), DAY)


def test_districts_vanish_and_their_communes_stand_under_the_province(tree: Tree) -> None:
    commune = named("xã Lăng Can")
    assert tree.places(commune, BEFORE) == (named("huyện Lâm Bình"), named("tỉnh Tuyên Quang"))
    assert tree.places(commune, DAY) == (named("tỉnh Tuyên Quang"),)


def test_hamlets_of_merged_communes_follow_into_the_new_ward_of_the_new_province(tree: Tree) -> None:
    hamlet = named("thôn Tiến Thắng")
    assert set(tree.places(hamlet, BEFORE)) == _ids("xã Phương Thiện", "thành phố Hà Giang", "tỉnh Hà Giang")
    assert tree.places(hamlet, DAY) == (named("phường Hà Giang 1"), named("tỉnh Tuyên Quang"))


def test_hamlets_of_the_torn_ward_go_to_their_sides_and_the_shared_one_waits(tree: Tree) -> None:
    parents = [tree.parent(named(f"tổ {number} Quang Trung"), DAY) for number in (1, 2, 3)]
    assert parents == [named("phường Hà Giang 1"), named("phường Hà Giang 2"), named("tỉnh Tuyên Quang")]
    assert tree.held_back_from(named("chi hội tổ 3"), DAY) == _ids("phường Hà Giang 1", "phường Hà Giang 2")
    assert tree.held_back_from(named("chi hội tổ 1"), DAY) == NOTHING


def test_the_line_of_an_organisation_goes_on_until_it_is_changed_itself(tree: Tree) -> None:
    branch = named("chi hội tổ 1")
    assert tree.line(branch, DAY) == (named("Hội LHPN phường Quang Trung"), named("Hội LHPN tỉnh Hà Giang"))
    assert tree.places(named("Hội LHPN tỉnh Hà Giang"), DAY) == (named("tỉnh Tuyên Quang"),)


@pytest.mark.parametrize(
    ("unit", "seen_on", "tree_day", "to", "held_back_from"),
    [
        pytest.param("xã Lăng Can", BEFORE, AFTER, "xã Lăng Can", (), id="a living unit is itself"),
        pytest.param("phường Nguyễn Trãi", BEFORE, AFTER, "phường Hà Giang 1", (), id="forward, merged: its target"),
        pytest.param("tỉnh Hà Giang", BEFORE, AFTER, "tỉnh Tuyên Quang", (), id="forward, merged into a living one"),
        pytest.param("huyện Lâm Bình", BEFORE, AFTER, "tỉnh Tuyên Quang", (), id="forward, dissolved: last parent"),
        pytest.param("thành phố Hà Giang", BEFORE, AFTER, "tỉnh Tuyên Quang", (), id="forward, last parent merged"),
        pytest.param(
            *("phường Quang Trung", BEFORE, AFTER, "tỉnh Tuyên Quang", ("phường Hà Giang 1", "phường Hà Giang 2")),
            id="forward, split: the nearest above all parts",
        ),
        pytest.param(
            *("phường Hà Giang 1", AFTER, BEFORE, "thành phố Hà Giang", (*HA_GIANG_1, "phường Quang Trung")),
            id="backward, out of several: the nearest above all",
        ),
        pytest.param(
            *("tỉnh Tuyên Quang", AFTER, BEFORE, None, ("tỉnh Tuyên Quang", "tỉnh Hà Giang")),
            id="backward, what an existing target gained: nothing above both",
        ),
        pytest.param("chi hội tổ 1", AFTER, BEFORE, "chi hội tổ 1", (), id="backward, a living unit is itself"),
        pytest.param("phường Quang Trung", BEFORE, BEFORE, "phường Quang Trung", (), id="the same day"),
    ],
)
def test_a_fact_is_carried_to_the_tree_of_another_day(
    tree: Tree, unit: str, seen_on: dt.date, tree_day: dt.date, to: str | None, held_back_from: tuple[str, ...]
) -> None:
    unit_to = None if to is None else named(to)
    found = carried(tree, named(unit), seen_on, tree_day)
    assert (found.unit, found.held_back_from) == (unit_to, frozenset(_ids(*held_back_from)))
    assert found.comparable is not bool(held_back_from)
