"""Is a place found by the words of its name on a day, on each kind of store, late and put right too?"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from services.membership.projections.places import Places, found
from shared.contracts.membership import (
    Level,
    PlaceReclassified,
    UnitDissolved,
    UnitMerged,
    UnitRenamed,
    UnitSplit,
)
from shared.eventsourcing.views import Declaration
from shared.units.knowledge import UNIT_FACTS
from shared.units.projection import Units
from tests.support.tale import Tale, day, id_of
from tests.support.views import Views

BEFORE, REFORM = "2025-06-30", "2025-07-01"


@pytest.fixture
def views(store: str) -> Iterator[Views]:
    views = Views(store, Declaration("toy", UNIT_FACTS, (Units, Places)), {})
    yield views
    views.close()


def country() -> Tale:
    """A province with three communes of a district: one merges, one is divided, one goes on as a ward."""
    tale = Tale()
    tale.place("Tỉnh Châu Thành", Level.PROVINCE)
    tale.place("Huyện Châu Thành", Level.DISTRICT, "Tỉnh Châu Thành")
    for name in ("Xã An Hòa", "Xã Bình Hoà", "Xã Đăk R'Lấp"):
        tale.place(name, Level.COMMUNE, "Huyện Châu Thành")
    for name in ("Xã Mới A", "Xã Mới B"):
        tale.place(name, Level.COMMUNE, "Tỉnh Châu Thành", REFORM)
    on = day(REFORM)
    merged = UnitMerged(sources=(id_of("Xã An Hòa"),), effective=on)
    tale.say(merged, "Xã Mới A", REFORM, "operator")
    parts = (id_of("Xã Mới A"), id_of("Xã Mới B"))
    tale.say(UnitSplit(parts=parts, whole=True, effective=on), "Xã Bình Hoà", REFORM, "operator")
    tale.say(PlaceReclassified(kind="phuong", effective=on), "Xã Đăk R'Lấp", REFORM, "operator")
    tale.say(UnitRenamed(title="Phường Đắk R’Lấp 100%", effective=on), "Xã Đăk R'Lấp", REFORM, "operator")
    return tale


def named(views: Views, words: str, on: str, level: Level | None = None, most: int = 10) -> list[str]:
    ids = {id_of(name): name for name in (*NAMES, "Xã Mới A", "Xã Mới B")}
    return [ids[place] for place in found(views.runner, words, level, day(on), most)]


NAMES = ("Tỉnh Châu Thành", "Huyện Châu Thành", "Xã An Hòa", "Xã Bình Hoà", "Xã Đăk R'Lấp")


@pytest.mark.parametrize("seed", range(3))
def test_places_are_found_by_the_names_of_the_day(views: Views, seed: int) -> None:
    views.feed(country().logs, Random(seed))
    for words in ("hoa", "HÒA", "hoà"):
        assert named(views, words, BEFORE) == ["Xã An Hòa", "Xã Bình Hoà"]
        assert named(views, words, REFORM) == []
    assert named(views, "chau thanh", BEFORE) == ["Tỉnh Châu Thành", "Huyện Châu Thành"]
    assert named(views, "chau thanh", BEFORE, Level.DISTRICT) == ["Huyện Châu Thành"]
    assert named(views, "xa", BEFORE, most=2) == ["Xã An Hòa", "Xã Bình Hoà"]
    assert named(views, "xa dak rlap", BEFORE) == ["Xã Đăk R'Lấp"]
    assert named(views, "xa dak", REFORM) == []
    assert named(views, "rlap 100%", REFORM) == named(views, "phuong", REFORM) == ["Xã Đăk R'Lấp"]
    for nothing in ("%", "_n hoa", "oa", ""):
        assert named(views, nothing, BEFORE) == [], nothing
    assert named(views, "xa", "2009-12-31") == []


def test_a_name_that_was_voided_is_not_found_any_more(views: Views) -> None:
    tale = country()
    ended = tale.say(UnitDissolved(effective=day("2026-01-01")), "Xã Mới B", "2026-01-01", "operator")
    renamed = tale.say(UnitRenamed(title="Xã Khác", effective=day("2025-08-01")), "Xã Mới B", "2025-08-01", "operator")
    views.feed(tale.logs)
    assert (named(views, "khac", "2025-12-31"), named(views, "khac", "2026-01-01")) == (["Xã Mới B"], [])
    for told in (ended, renamed):
        tale.logs.void(told)
    views.feed(tale.logs)
    assert (named(views, "khac", "2025-12-31"), named(views, "moi b", "2026-01-01")) == ([], ["Xã Mới B"])
