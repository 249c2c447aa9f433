"""Can a province's places be loaded by one command, twice, and found by everybody who has a key?"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.units.reference.facts import place_id
from tests.system.deployment import Deployment
from tests.system.lines import Line, issue
from tests.system.reached import PATIENCE
from tests.system.typed import typed

DONG_THAP, FACTS = "82", 568
Json = dict[str, Any]


@pytest.fixture(scope="module")
def loaded(deployment: Deployment) -> Deployment:
    answer = load(deployment)
    assert answer == {"recorded": FACTS, "already": 0}
    deployment.settle()
    return deployment


def load(deployment: Deployment, *more: str) -> Json:
    words = ("territory", "load", "--provinces", DONG_THAP, "--json", "--data", str(deployment.data), *more)
    done = typed(*words)
    assert done.returncode == 0, done.stderr
    answer: Json = json.loads(done.stdout)
    return answer


def places(deployment: Deployment, **asked: Any) -> list[Json]:
    answer = deployment.get("membership", "/v1/places", **asked).raise_for_status()
    found: list[Json] = answer.json()["places"]
    return found


def place(deployment: Deployment, code: str, day: str) -> Json:
    answer = deployment.get("membership", f"/v1/places/{place_id(code)}", day=day).raise_for_status()
    told: Json = answer.json()
    return told


def test_loaded_again_nothing_is_recorded(loaded: Deployment) -> None:
    assert load(loaded) == {"recorded": 0, "already": FACTS}


def test_loaded_with_other_days_it_is_refused(loaded: Deployment) -> None:
    done = typed("territory", "load", "--provinces", DONG_THAP, "--from", "2004-01-01", "--data", str(loaded.data))
    assert done.returncode == 1
    assert "409" in done.stderr
    assert "dòng / line 1" in done.stderr


def test_a_province_that_is_none_is_wrong_use(loaded: Deployment) -> None:
    done = typed("territory", "load", "--provinces", "87", "--data", str(loaded.data))
    assert (done.returncode, "87" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", ["chau thanh", "Châu Thành", "HUYEN CHAU"])
def test_a_place_is_found_by_words_of_its_name_on_a_day(loaded: Deployment, words: str) -> None:
    found = places(loaded, q=words, level="district", day="2021-06-16")
    loaded_ones = [each for each in found if each["code"] is not None]
    known = {each["code"]: (each["title"], [above["title"] for above in each["above"]]) for each in loaded_ones}
    assert known == {
        "nso-821": ("Huyện Châu Thành", ["Tỉnh Tiền Giang"]),
        "nso-877": ("Huyện Châu Thành", ["Tỉnh Đồng Tháp"]),
    }
    later = places(loaded, q=words, level="district", day="2025-07-01")
    assert [each for each in later if each["code"] is not None] == []


def test_what_is_asked_for_is_no_pattern_and_begins_with_a_word(loaded: Deployment) -> None:
    for words in ("hau phu", "ch_u", "ch%nh", "%", "…"):
        assert places(loaded, q=words, day="2021-06-16") == [], words
    answer = loaded.get("membership", "/v1/places", q="xa", limit=5).json()
    assert (len(answer["places"]), answer["more"]) == (5, True)


def test_a_place_is_found_under_its_name_of_the_day(loaded: Deployment) -> None:
    before, after = (places(loaded, q="thanh binh", level="commune", day=day) for day in ("2025-06-30", "2025-07-01"))
    commune, town = ("Xã Thanh Bình", "xa"), ("Thị trấn Thanh Bình", "thi-tran")
    assert [(each["title"], each["kind"]) for each in before] == [commune, town]
    assert [(each["title"], each["kind"]) for each in after] == [commune]


def test_a_divided_commune_tells_its_parts_and_their_act(loaded: Deployment) -> None:
    """Tân Thạnh in the district of Thanh Bình; Resolution 1663/NQ-UBTVQH15."""
    told = place(loaded, "30157", "2023-09-21")
    assert [each["title"] for each in told["above"]] == ["Huyện Thanh Bình", "Tỉnh Đồng Tháp"]
    assert {(each["title"], each["whole"], each["day"]) for each in told["successors"]} == {
        ("Xã Tân Thạnh", False, "2025-07-01"),
        ("Xã Thanh Bình", False, "2025-07-01"),
    }
    act = {"number": "1663/NQ-UBTVQH15", "issuer": "Ủy ban Thường vụ Quốc hội", "date": "2025-06-16"}
    assert [each["document"] for each in told["successors"]] == [act, act]
    assert told["today"]["place"]["title"] == "Tỉnh Đồng Tháp"
    assert not told["today"]["comparable"]
    ward = place(loaded, "30130-2025", "2026-11-01")
    assert {(each["title"], each["whole"]) for each in ward["predecessors"]} == {
        ("Thị trấn Thanh Bình", True),
        ("Xã Tân Mỹ", True),
        ("Xã Tân Phú", True),
        ("Xã Tân Thạnh", False),
    }


def test_a_district_tells_what_lay_in_it_and_where_that_is_today(loaded: Deployment) -> None:
    told = place(loaded, "874", "2023-09-21")
    assert len(told["below"]) == 13
    assert (told["successors"], told["end"]) == ([], "2025-07-01")
    assert told["today"]["place"]["title"] == "Tỉnh Đồng Tháp"
    assert len(place(loaded, f"{DONG_THAP}-2025", "2026-11-01")["below"]) == 102


def test_every_key_may_look_up_places(loaded: Deployment, line: Line) -> None:
    for role in ("reader", "auditor", "recorder", "decider", "territorial-reader"):
        roots = {"roots": [str(place_id("877"))]} if role == "territorial-reader" else {}
        key = issue(loaded, line.organisation, role, **roots)
        answer = loaded.get("membership", "/v1/places", key=key, q="huyen chau thanh", day="2021-06-16")
        assert (answer.status_code, len(answer.json()["places"])) == (200, 2), role
    nobody = httpx.get(loaded.url("membership", "/v1/places"), params={"q": "x"}, timeout=PATIENCE, trust_env=False)
    assert nobody.status_code == 401


@pytest.mark.parametrize(
    ("path", "asked", "status", "code"),
    [
        ("", {}, 422, "required"),
        ("", {"q": "x" * 201}, 422, "too-long"),
        ("", {"q": "x", "level": "region"}, 422, "not-in-list"),
        ("", {"q": "x", "day": "1900-01-01"}, 422, "year-out-of-range"),
        ("", {"q": "x", "day": "2021-6-16"}, 422, "bad-format"),
        ("", {"q": "x", "limit": "201"}, 422, "out-of-range"),
        (f"/{UUID(int=7)}", {}, 404, "unknown-place"),
        ("/nowhere", {}, 422, "bad-format"),
    ],
)
def test_what_cannot_be_asked_is_said(loaded: Deployment, path: str, asked: Json, status: int, code: str) -> None:
    answer = loaded.get("membership", f"/v1/places{path}", **asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
