"""Does a successor read what its predecessor knew of those whom it took over, of nobody else, and forget it too?"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.system.deployment import Deployment
from tests.system.lines import Line, corrects, fresh, issue, register, says
from tests.system.reached import Json
from tests.system.test_personal import PDF, details, entered, forgotten, keys_of, outcome, read

CLOSED = "2025-07-01"
YEAR_BEFORE = "2024-06-01"


@dataclass
class Reform:
    """A line that was closed: its first branch went to the first successor, its second to the other."""

    old: Line
    first: Line
    second: Line
    stayed: str
    """Was and is in the first branch."""
    parted: str
    """Was and is in the second branch."""
    moved: str
    """Had gone from the first to the second."""
    scan: str
    """Of whoever stayed."""
    posts: dict[str, Json]


@pytest.fixture(scope="module")
def reform(deployment: Deployment) -> Reform:
    old, first, second = (register(deployment, f"Hội LHPN tỉnh {name}") for name in ("Bình Thuận", "Lâm Đồng", "Khác"))
    south = old.found("Chi hội ấp 2")
    stayed, parted, moved = fresh(), fresh(), fresh()
    posts = {person: entered(old, person, details(number)) for number, person in enumerate((stayed, parted, moved))}
    posts[parted]["data"]["fact"]["branch"] = south
    goes = [
        says("membership.transfer-introduced", moved, {"branch": old.branches[0], "destination": south}, "2023-01-01"),
        says("membership.transfer-received", moved, {"branch": south, "origin": old.branches[0]}, "2023-01-02"),
    ]
    old.post("membership", *posts.values(), *goes).raise_for_status()
    filed = deployment.client(old.key).post(
        deployment.url("membership", f"/v1/documents?person={stayed}"),
        content=PDF + b"so",
        headers={"Content-Type": "application/pdf"},
    )
    closing = {
        "successors": [first.organisation, second.organisation],
        "portions": [{"unit": south, "successor": second.organisation}],
        "effective": CLOSED,
    }
    old.post("membership", says("membership.log-closed", old.organisation, closing, CLOSED)).raise_for_status()
    deployment.settle()
    return Reform(old, first, second, stayed, parted, moved, filed.json()["docsha256"], posts)


def listed(line: Line, branch: str, day: str) -> Json:
    url = line.deployment.url("membership", f"/v1/branches/{branch}/persons")
    found: Json = line.deployment.client(line.key).get(url, params={"purpose": "handover", "day": day}).json()
    return found


def test_each_successor_reads_those_whom_it_took_over_and_it_is_written_down(reform: Reform) -> None:
    shown = read(reform.first, reform.stayed, sensitive=True)
    assert shown["details"] == details(0)
    assert [read(reform.second, each, sensitive=True).get("details") for each in (reform.parted, reform.moved)] == [
        details(1),
        details(2),
    ]
    for line, person in ((reform.first, reform.parted), (reform.first, reform.moved), (reform.second, reform.stayed)):
        assert read(line, person)["code"] == "out-of-reach"
    deployment = reform.first.deployment
    auditor = issue(deployment, reform.first.organisation, "auditor")
    (record,) = deployment.get("membership", "/v1/access-log", key=auditor).raise_for_status().json()["readings"]
    assert (record["scope"], record["purpose"], record["persons"], record["sensitive"], record["inherited"]) == (
        reform.stayed,
        "card-printing",
        1,
        True,
        [reform.old.organisation],
    )
    assert read(reform.old, reform.stayed, sensitive=True)["details"] == details(0), "as far as it was its own"


def test_the_list_of_a_branch_shows_whom_the_successor_has_and_no_other_branch(reform: Reform) -> None:
    north, south = reform.old.branches
    after, before = listed(reform.first, north, "2025-09-02"), listed(reform.first, north, "2022-01-01")
    assert [(each["person"], each["details"]["phone"]) for each in after["persons"]] == [
        (reform.stayed, details(0)["phone"])
    ]
    told = {each["person"]: each["details"] for each in before["persons"]}
    assert told == {reform.stayed: after["persons"][0]["details"], reform.moved: {}}
    for day in ("2025-09-02", YEAR_BEFORE):
        assert listed(reform.first, south, day)["code"] == "out-of-reach"
        assert details(1)["full_name"] not in str(listed(reform.first, south, day))


def test_scans_go_the_same_way(reform: Reform) -> None:
    def scan(line: Line) -> tuple[int, bytes]:
        url = line.deployment.url("membership", f"/v1/documents/{reform.scan}")
        answer = line.deployment.client(line.key).get(url, params={"purpose": "inspection"})
        return answer.status_code, answer.content

    assert scan(reform.first) == (200, PDF + b"so")
    assert scan(reform.second)[0] == 403


def test_what_the_successor_corrects_and_adds_lies_over_it_and_all_of_it_is_forgotten(reform: Reform) -> None:
    line, person, event = reform.first, reform.stayed, reform.posts[reform.stayed]
    branch = reform.old.branches[0]
    put_right = corrects(event, event, reform.old.organisation, {"branch": branch, "admitted_year": 2001})
    put_right["data"]["personal"] = {person: {**details(0), "residence": "Ấp 1, xã Hàm Thuận"}}
    added = says("membership.person-described", person, {"branch": branch}, "2025-09-02")
    added["data"]["personal"] = {person: {"phone": "0252 381 234"}}
    assert [outcome(line, each)["status"] for each in (put_right, added)] == [201, 201]
    now = read(line, person, sensitive=True)["details"]
    assert now == {**details(0), "residence": "Ấp 1, xã Hàm Thuận", "phone": "0252 381 234"}

    assert outcome(reform.second, forgotten(person, on="2026-01-05"))["problem"]["code"] == "person-unknown"
    data = line.deployment.data
    for own in (reform.old, line):
        assert len(keys_of(data, own.organisation, [person])[0]) == 1
    assert outcome(line, forgotten(person, on="2026-01-05"))["status"] == 201
    for own in (reform.old, line):
        assert keys_of(data, own.organisation, [person]) == ([], [])
    assert read(line, person)["mark"]["vi"] == "đã xóa"
    assert read(reform.old, person)["forgotten"]
    assert read(reform.second, reform.moved)["details"]["phone"] == details(2)["phone"]
