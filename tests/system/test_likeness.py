"""Are ids that may be one person named to those who may know, and is overlap a count that names nobody?"""

from __future__ import annotations

import pytest

from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, issue, register, says
from tests.system.reached import PATIENCE, Json

DAY = "2026-01-05"
NUMBERS = [f"0{number:011}" for number in range(9)]


def entered(branch: str, personal: Json) -> Json:
    person = fresh()
    event = says("membership.member-entered", person, {"branch": branch}, "2021-03-08")
    event["data"]["personal"] = {person: personal}
    return event


def asked(line: Line, path: str, key: str | None = None, **params: str) -> Json:
    url = line.deployment.url("membership", path)
    found: Json = line.deployment.client(key or line.key).get(url, params=params).json()
    return found


def overlap(line: Line, memberships: dict[str, int], **on: str) -> Json:
    """What the operator is told of the hamlet, once the views hold so many memberships."""
    found: list[Json] = []

    def told() -> bool:
        found.append(asked(line, "/v1/overlap", line.deployment.operator, place=line.hamlet, **on))
        return found[-1].get("memberships") == memberships

    until(told, PATIENCE)
    return found[-1]


@pytest.fixture
def neighbours(deployment: Deployment) -> tuple[Line, Line]:
    """Women and farmers of one hamlet."""
    women, farmers = register(deployment), register(deployment, "Hội Nông dân tỉnh Đồng Tháp", "farmers-union")
    farmers.hamlet = women.hamlet
    farmers.found("Chi hội nông dân ấp 1")
    return women, farmers


def test_ids_that_may_be_one_person_are_named_by_id_and_the_reading_is_recorded(line: Line) -> None:
    branch = line.branches[0]
    people = [
        entered(branch, {"full_name": "Huỳnh Thị Hòa", "birth_year": 1961}),
        entered(branch, {"full_name": "HUỲNH THỊ HOÀ", "birth_date": "1961-04-02"}),
        entered(branch, {"full_name": "Huỳnh Thị Hòa", "birth_year": 1974}),
        entered(branch, {"full_name": "Trần Văn Út", "birth_year": 1961}),
    ]
    line.post("membership", *people).raise_for_status()
    until(lambda: asked(line, "/v1/duplicates", unit=line.root, purpose="clean-lists")["compared"] == 4, PATIENCE)
    told = asked(line, "/v1/duplicates", unit=line.root, purpose="clean-lists")
    pair = sorted(each["subject"] for each in people[:2])
    assert (told["compared"], told["candidates"]) == (4, [{"persons": pair}])
    reading = asked(line, "/v1/access-log", issue(line.deployment, line.organisation, "auditor"))["readings"][-1]
    assert (reading["what"], reading["persons"], reading["purpose"]) == ("duplicates", 4, "clean-lists")
    merged = says("membership.persons-merged", pair[1], {"branch": branch, "into": pair[0]}, DAY)
    line.post("membership", merged).raise_for_status()
    until(lambda: not asked(line, "/v1/duplicates", unit=line.root, purpose="clean-lists")["candidates"], PATIENCE)


def test_duplicates_are_for_those_who_may_read_details(line: Line) -> None:
    reader = issue(line.deployment, line.organisation, "reader")
    assert asked(line, "/v1/duplicates", reader, unit=line.root, purpose="x")["status"] == 403
    assert asked(line, "/v1/duplicates", unit=line.root)["status"] == 422


def test_overlap_counts_persons_in_both_books_and_names_nobody(neighbours: tuple[Line, Line]) -> None:
    women, farmers = neighbours

    def told_of(line: Line, numbers: list[str]) -> list[Json]:
        return [entered(line.branches[-1], {"full_name": "Lê Thị Ba", "identity_number": each}) for each in numbers]

    women.post("membership", *told_of(women, NUMBERS[:6])).raise_for_status()
    farmers.post("membership", *told_of(farmers, NUMBERS[2:])).raise_for_status()
    nameless = entered(farmers.branches[-1], {"full_name": "Lê Thị Ba"})
    farmers.post("membership", nameless).raise_for_status()
    told = overlap(women, {women.organisation: 6, farmers.organisation: 8})
    both = sorted([women.organisation, farmers.organisation])
    assert told["overlap"] == [{"organisations": both, "persons": 4}]
    assert told["without_identity_number"] == 1
    assert not any(number in str(told) for number in NUMBERS)


def test_a_closed_organisation_and_its_successor_are_not_two(neighbours: tuple[Line, Line]) -> None:
    women, farmers = neighbours
    old = register(women.deployment, "Hội LHPN tỉnh Tiền Giang")
    old.hamlet = women.hamlet
    old.found("Chi hội phụ nữ ấp 1")
    in_both = [entered(old.branches[-1], {"identity_number": each}) for each in NUMBERS[:4]]
    again = [says("membership.member-entered", each["subject"], {"branch": women.branches[0]}) for each in in_both]
    old.post("membership", *in_both).raise_for_status()
    women.post("membership", *again, entered(women.branches[0], {"identity_number": NUMBERS[8]})).raise_for_status()
    told = [entered(farmers.branches[-1], {"identity_number": each}) for each in (*NUMBERS[1:4], NUMBERS[8])]
    farmers.post("membership", *told).raise_for_status()
    closing = {"successors": [women.organisation], "effective": "2025-07-01"}
    old.post("membership", says("membership.log-closed", old.organisation, closing, "2025-07-01")).raise_for_status()

    after = overlap(women, {women.organisation: 5, farmers.organisation: 4})
    assert after["overlap"] == [{"organisations": sorted([women.organisation, farmers.organisation]), "persons": 4}]
    assert after["without_identity_number"] == 0, "what the closed book knew of a person, its successor knows"
    counts = {old.organisation: 4, women.organisation: 5, farmers.organisation: 4}
    before = overlap(women, counts, on="2025-06-30")["overlap"]
    assert {"organisations": sorted(counts), "persons": 3} in before


def test_a_small_overlap_is_not_counted_out(neighbours: tuple[Line, Line]) -> None:
    women, farmers = neighbours
    for line in neighbours:
        line.post("membership", entered(line.branches[-1], {"identity_number": NUMBERS[0]})).raise_for_status()
    told = overlap(women, {women.organisation: 1, farmers.organisation: 1})["overlap"]
    both = sorted([women.organisation, farmers.organisation])
    assert told == [{"organisations": both, "persons": None, "fewer_than": 3}]


def test_no_organisation_counts_overlap_with_another(neighbours: tuple[Line, Line]) -> None:
    women, _ = neighbours
    assert asked(women, "/v1/overlap", place=women.hamlet)["code"] == "out-of-reach"
