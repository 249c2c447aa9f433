"""Does the whole reference file become a tree that membership accepts, and where do the articles' places lie today?"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NoReturn
from uuid import UUID

import pytest

from services.membership.domain import DECIDERS
from shared.contracts.event import contract, decode
from shared.contracts.membership import Level
from shared.eventsourcing.decider import Said
from shared.eventsourcing.stream import Stream
from shared.units.knowledge import Knowledge
from shared.units.lineage import carried
from shared.units.reference.facts import SINCE, Posted, Telling, place_id
from shared.units.reference.territory import read
from shared.units.tree import Tree
from shared.units.world import World

OPERATOR = UUID(int=1)
BEFORE, REFORM, TODAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2026, 11, 1)


@pytest.fixture(scope="module")
def facts() -> list[Posted]:
    return list(Telling(read()).facts())


@pytest.fixture(scope="module")
def tree(facts: list[Posted]) -> Tree:
    """Every fact judged by the rules, one after another, as in the log of the operator."""
    knowledge = Knowledge()
    for said in sayings(facts):
        world = World(knowledge.tree, knowledge.directory, nobody, Stream)
        DECIDERS[type(said.fact)].decide(None, said, world)
        knowledge = knowledge.told([said])
    return knowledge.tree


def sayings(facts: list[Posted]) -> Iterator[Said]:
    for sequence, posted in enumerate(facts, 1):
        cls = contract(posted["type"])
        assert cls is not None
        fact = decode(cls, json.dumps(posted["data"]["fact"]).encode())
        day = fact.effect_day(posted["occurred"])
        yield Said(fact, UUID(posted["subject"]), OPERATOR, UUID(posted["id"]), sequence, day)


def nobody(_person: UUID, _branch: UUID, _day: dt.date) -> NoReturn:
    raise AssertionError


def living(tree: Tree, day: dt.date) -> Counter[Level | None]:
    return Counter(tree.level(place) for place in tree.units() if tree.alive(place, day))


def test_each_fact_has_an_id_of_its_own_and_the_same_at_every_run(facts: list[Posted]) -> None:
    assert len({fact["id"] for fact in facts}) == len(facts) == 18_539
    assert facts == list(Telling(read()).facts())
    assert str(place_id("82-2025")) == "f06cc46d-806d-582b-949b-fb3ba53685c3"


def test_a_fact_of_an_act_bears_its_document_and_does_not_lie_ahead_of_it(facts: list[Posted]) -> None:
    without = Counter(fact["type"].split(".")[3] for fact in facts if "docnumber" not in fact)
    assert without == {"territory-declared": 63 + 696 + 10_035}
    assert all(fact["occurred"] == fact["docdate"] for fact in facts if "docnumber" in fact)
    assert {fact["occurred"] for fact in facts if "docnumber" not in fact} == {str(SINCE)}


def test_the_whole_country_is_accepted(tree: Tree) -> None:
    province, district, commune = list(Level)[:3]
    assert living(tree, SINCE) == living(tree, BEFORE) == {province: 63, district: 696, commune: 10_035}
    assert living(tree, REFORM) == living(tree, TODAY) == {province: 34, commune: 3_321}


def test_every_place_is_carried_into_a_province_of_today(tree: Tree) -> None:
    provinces = {place for place in tree.units() if tree.alive(place, TODAY) and tree.level(place) is Level.PROVINCE}
    for place in tree.units():
        found = carried(tree, place, BEFORE, TODAY)
        assert found.unit is not None
        assert provinces.intersection((found.unit, *tree.above(found.unit, TODAY))), tree.title(place, BEFORE)


# ── The places of the five articles ──────────────────────────────────────────────────────────────────────────────


def titles(tree: Tree, places: tuple[UUID, ...], day: dt.date) -> list[str | None]:
    return [tree.title(place, day) for place in places]


def today(tree: Tree, place: UUID, day: dt.date) -> str | None:
    """The province of today in which a place of that day lies."""
    found = carried(tree, place, day, TODAY).unit
    assert found is not None
    return tree.title((found, *tree.above(found, TODAY))[-1], TODAY)


@pytest.mark.parametrize(
    ("code", "day", "title", "above", "now"),
    [
        ("877", dt.date(2021, 6, 16), "Huyện Châu Thành", ["Tỉnh Đồng Tháp"], "Tỉnh Đồng Tháp"),
        ("874", dt.date(2023, 9, 21), "Huyện Thanh Bình", ["Tỉnh Đồng Tháp"], "Tỉnh Đồng Tháp"),
        ("84", dt.date(2015, 12, 31), "Tỉnh Trà Vinh", [], "Tỉnh Vĩnh Long"),
        ("071", dt.date(2020, 6, 23), "Huyện Lâm Bình", ["Tỉnh Tuyên Quang"], "Tỉnh Tuyên Quang"),
        ("60", dt.date(2022, 12, 31), "Tỉnh Bình Thuận", [], "Tỉnh Lâm Đồng"),
    ],
)
def test_an_articles_place_is_known_on_its_day_and_found_today(
    tree: Tree, code: str, day: dt.date, title: str, above: list[str], now: str
) -> None:
    place = place_id(code)
    assert tree.alive(place, day)
    assert not tree.alive(place, TODAY)
    assert tree.title(place, day) == title
    assert titles(tree, tree.above(place, day), day) == above
    assert today(tree, place, day) == now


def test_the_communes_of_a_district_are_followed_one_by_one(tree: Tree) -> None:
    """Thanh Bình's communes of 2023, and where they lie today; Tân Thạnh went partly into each of two."""
    day, onto = dt.date(2023, 9, 21), defaultdict(set)
    for commune in tree.children(place_id("874"), day):
        found = carried(tree, commune, day, TODAY)
        assert found.unit is not None
        onto[tree.title(found.unit, TODAY)].add(tree.title(commune, day))
    assert onto == {
        "Xã Thanh Bình": {"Xã Tân Mỹ", "Xã Tân Phú", "Thị trấn Thanh Bình"},
        "Xã Tân Long": {"Xã Tân Huề", "Xã Tân Long", "Xã Tân Bình", "Xã Tân Hòa", "Xã Tân Quới"},
        "Xã Bình Thành": {"Xã Bình Tấn", "Xã Bình Thành"},
        "Xã An Long": {"Xã An Phong"},
        "Xã Tân Thạnh": {"Xã Phú Lợi"},
        "Tỉnh Đồng Tháp": {"Xã Tân Thạnh"},
    }


def test_a_divided_commune_counts_above_its_parts(tree: Tree) -> None:
    """Quang Trung of Hà Giang went partly into each of two wards; no source says how much of it into which."""
    (ward,) = (
        place
        for place in tree.units()
        if tree.title(place, BEFORE) == "Phường Quang Trung"
        and titles(tree, tree.above(place, BEFORE), BEFORE) == ["Thành phố Hà Giang", "Tỉnh Hà Giang"]
    )
    ending = tree.ending(ward)
    assert ending is not None
    parts = {tree.title(part, TODAY) for part in ending.fact.model_dump()["parts"]}
    assert parts == {"Phường Hà Giang 1", "Phường Hà Giang 2"}
    found = carried(tree, ward, BEFORE, TODAY)
    assert found.unit is not None
    assert tree.title(found.unit, TODAY) == "Tỉnh Tuyên Quang"
    assert {tree.title(place, TODAY) for place in found.held_back_from} == parts


def test_what_goes_on_by_itself_stays_one_place(tree: Tree) -> None:
    """Thổ Châu was a commune of Phú Quốc and is a special zone; Krông Na is Buôn Đôn now."""
    for code, names, kinds in (
        ("31105", ["Xã Thổ Châu", "Đặc khu Thổ Châu"], ["xa", "dac-khu"]),
        ("24235", ["Xã Krông Na", "Xã Buôn Đôn"], ["xa", "xa"]),
    ):
        place, days = place_id(code), (BEFORE, REFORM)
        assert [tree.title(place, day) for day in days] == names
        assert [tree.kind_on(place, day) for day in days] == kinds
        assert [len(tree.above(place, day)) for day in days] == [2, 1]


def test_an_island_district_is_a_special_zone(tree: Tree) -> None:
    found = carried(tree, place_id("498"), BEFORE, TODAY).unit
    assert found is not None
    assert (tree.title(found, TODAY), tree.level(found)) == ("Đặc khu Hoàng Sa", Level.COMMUNE)
    assert titles(tree, tree.above(found, TODAY), TODAY) == ["Thành phố Đà Nẵng"]


def test_dong_nai_became_a_city_and_ten_communes_wards(tree: Tree) -> None:
    province, ward = place_id("75-2025"), place_id("26248-2025")
    for day, words in (
        (dt.date(2026, 4, 29), [("Tỉnh Đồng Nai", "tinh"), ("Xã Trảng Bom", "xa")]),
        (dt.date(2026, 4, 30), [("Thành phố Đồng Nai", "thanh-pho"), ("Phường Trảng Bom", "phuong")]),
    ):
        assert [(tree.title(place, day), tree.kind_on(place, day)) for place in (province, ward)] == words
