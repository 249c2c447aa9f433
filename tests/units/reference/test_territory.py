"""Is the reference file what the law says there is? Counted and followed by hand from its lines, not by its reader."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from shared.units.reference.territory import FILE, read

BEFORE, REFORM = "2025-06-30", "2025-07-01"
DIGEST = "b5c834847d318c068232b3b424dff1d0a97a4312de3b011b0eb3d7ed5ee0407b"
DEPTH = {"province": 0, "district": 1, "commune": 2}
Line = Mapping[str, str]


@cache
def lines() -> list[Line]:
    text = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def alive(line: Line, day: str) -> bool:
    return line["from"] <= day and (not line["to"] or day < line["to"])


def on(day: str, level: str) -> Counter[str]:
    """Kinds at a level on a day."""
    return Counter(line["kind"] for line in lines() if line["level"] == level and alive(line, day))


def test_the_file_is_the_one_that_the_script_made() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == DIGEST
    assert len(FILE.read_bytes()) < 1_000_000


def test_63_provinces_696_districts_and_10035_communes_until_the_reform() -> None:
    assert on(BEFORE, "province") == {"tinh": 57, "thanh-pho": 6}
    assert on(BEFORE, "district") == {"huyen": 508, "quan": 49, "thanh-pho": 87, "thi-xa": 52}
    assert on(BEFORE, "commune").total() == 10_035
    assert on("2024-12-31", "province") == {"tinh": 58, "thanh-pho": 5}


def test_34_provinces_no_district_and_3321_communes_from_the_reform_on() -> None:
    assert on(REFORM, "province") == {"tinh": 28, "thanh-pho": 6}
    assert on(REFORM, "district") == {}
    assert on(REFORM, "commune") == {"xa": 2_621, "phuong": 687, "dac-khu": 13}


@pytest.mark.parametrize(
    ("day", "cities", "wards"),
    [("2026-04-29", 6, 687), ("2026-04-30", 7, 697), ("2026-09-01", 8, 697), ("2026-09-20", 9, 709)],
)
def test_what_became_a_city_or_a_ward_in_2026(day: str, cities: int, wards: int) -> None:
    assert on(day, "province")["thanh-pho"] == cities
    assert (on(day, "commune")["phuong"], on(day, "commune").total()) == (wards, 3_321)


def test_the_ten_communes_of_dong_nai() -> None:
    found = {line["title"] for line in lines() if line["decree"] == "237/NQ-UBTVQH16"}
    names = "Dầu Giây, Đồng Phú, Long Thành, Lộc Ninh, Nhơn Trạch, Tân Khai, Tân Phú, Trảng Bom, Trị An, Xuân Lộc"
    assert found == {f"Phường {name}" for name in names.split(", ")}


def test_every_span_follows_the_one_before_and_has_a_place_of_a_higher_level_above_it_all_the_time() -> None:
    spans: dict[str, list[Line]] = defaultdict(list)
    for line in lines():
        spans[line["place"]].append(line)
    for place, rows in spans.items():
        assert len({row["level"] for row in rows}) == 1, place
        for old, new in pairwise(rows):
            assert old["to"] == new["from"] > old["from"], place
            assert [old[field] for field in ("kind", "title", "parent")] != [
                new[field] for field in ("kind", "title", "parent")
            ], place
            assert new["decree"], place
    for line in lines():
        if line["level"] == "province":
            assert not line["parent"]
            continue
        above = spans[line["parent"]]
        assert DEPTH[above[0]["level"]] < DEPTH[line["level"]], line
        assert above[0]["from"] <= line["from"], line
        assert not above[-1]["to"] or line["to"] <= above[-1]["to"] != "", line


def test_every_place_that_began_came_out_of_something_and_every_one_that_ended_went_somewhere() -> None:
    first: dict[str, Line] = {}
    last: dict[str, Line] = {}
    for line in lines():
        first.setdefault(line["place"], line)
        last[line["place"]] = line
    onto: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for place, line in first.items():
        assert bool(line["from"]) == bool(line["origins"]) == bool(line["decree"]), place
        for origin in filter(None, line["origins"].split(",")):
            onto[origin.removesuffix("*")].append((place, not origin.endswith("*")))
    assert [line for line in lines() if line["origins"] and line is not first[line["place"]]] == []
    for place, line in last.items():
        went = onto[place]
        if line["level"] == "district":
            assert line["to"] == REFORM, place
        else:
            assert bool(line["to"]) == bool(went), place
        whole = [whole for _, whole in went]
        assert whole == [True] or (len(whole) != 1 and not any(whole)), place
        assert {first[new]["from"] for new, _ in went} <= {line["to"]}, place
        assert len({new for new, _ in went}) == len(went), place
    assert sum(len(went) > 1 for went in onto.values()) == 471, "divided communes"
    assert sum(line["level"] == "district" for place, line in last.items() if onto[place]) == 5, "islands"


def test_communes_stay_within_what_their_province_became() -> None:
    last = {line["place"]: line for line in lines()}
    merged = {origin: line["place"] for line in lines() if line["level"] == "province" for origin in words(line)}

    def province(place: str) -> str:
        while last[place]["level"] != "province":
            place = last[place]["parent"]
        return merged.get(place, place)

    for line in lines():
        for origin in words(line):
            assert province(origin.removesuffix("*")) == province(line["place"]), line


def words(line: Line) -> list[str]:
    return list(filter(None, line["origins"].split(",")))


def test_names_are_composed_and_begin_with_the_word_for_their_kind() -> None:
    written: dict[str, set[str]] = defaultdict(set)
    for line in lines():
        title = line["title"]
        assert title == unicodedata.normalize("NFC", title) == " ".join(title.split())
        assert not set(title) - set("'-()") - {char for char in title if char.isalnum() or char == " "}, title
        kind = next(word for word in WORDS if title.startswith(f"{word} "))
        written[line["kind"]].add(kind)
    assert written == {code: {word} for word, code in WORDS.items()}


WORDS = {
    "Tỉnh": "tinh",
    "Thành phố": "thanh-pho",
    "Quận": "quan",
    "Huyện": "huyen",
    "Thị xã": "thi-xa",
    "Thị trấn": "thi-tran",
    "Phường": "phuong",
    "Xã": "xa",
    "Đặc khu": "dac-khu",
}


def test_every_act_that_a_line_names_is_known_with_issuer_and_day() -> None:
    territory = read()
    named = {line["decree"] for line in lines()} - {""}
    assert named | {territory.districts_ended_by} == set(territory.acts)
    assert all(act.date < dt.date(2026, 10, 10) for act in territory.acts.values())
    assert {number for number in named if number.endswith("UBTVQH15")} == {
        f"{number}/NQ-UBTVQH15" for number in range(1654, 1688)
    }


def test_a_line_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "territory.tsv"
    file.write_text("01\tprovince\ttinh\n", encoding="utf-8")
    with pytest.raises(ValueError, match="01"):
        read(file)


def test_a_part_of_the_file_holds_all_that_its_provinces_were_made_of() -> None:
    part = read().within(["82"])
    titles = {row.title for row in part.rows if row.level == "province"}
    assert titles == {"Tỉnh Đồng Tháp", "Tỉnh Tiền Giang"}
    known = set(part.places)
    assert {origin.place for row in part.rows for origin in row.origins} <= known
    assert {row.parent for row in part.rows} - {""} <= known
