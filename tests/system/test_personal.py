"""Does what is said of a person stay with those who may see it, and does it go when it must?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.personal.keys import Holding
from shared.personal.master import FILE, MasterKeys
from tests.contracts.verifier import verify
from tests.support.traces import files_with, secret_forms, spelled
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.lines import Line, corrects, fresh, issue, says
from tests.system.reached import PATIENCE, Json
from tests.system.typed import typed

FAMILY = ("Huỳnh", "Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
GIVEN = ("Ngọc Lan", "Thị Hoa", "Văn Đức", "Quốc Ấn", "Mỹ Lệ", "Hữu Ích", "Thúy Ái", "Xuân Ơn", "Kim Ửng", "Bảo Yến")
PDF = b"%PDF-1.7\n"


def details(number: int) -> Json:
    """Somebody whose name and telephone nobody else has."""
    name = f"{FAMILY[number % 10]} {GIVEN[number // 10 % 10]} {chr(ord('A') + number % 26)}ỹ{number:03}"
    return {"full_name": name, "phone": f"0939 417 {number:03}", "ethnicity": "Khmer", "birth_date": "1927-03-08"}


def entered(line: Line, person: str, personal: Json | None = None, on: str = "2021-03-08") -> Json:
    """Somebody on the book of the line's branch."""
    event = says("membership.member-entered", person, {"branch": line.branches[0]}, on)
    if personal is not None:
        event["data"]["personal"] = {person: personal}
    return event


def described(line: Line, person: str, personal: Json, on: str) -> Json:
    event = says("membership.person-described", person, {"branch": line.branches[0]}, on)
    event["data"]["personal"] = {person: personal}
    return event


def forgotten(person: str, ground: str = "at-own-request", on: str = "2026-01-05") -> Json:
    return says("membership.person-forgotten", person, {"ground": ground}, on)


def read(line: Line, person: str, key: str | None = None, **asked: Any) -> Json:
    url = line.deployment.url("membership", f"/v1/persons/{person}/details")
    params = {"purpose": "card-printing", **asked}
    found: Json = line.deployment.client(key or line.key).get(url, params=params).json()
    return found


def outcome(line: Line, event: Json) -> Json:
    """What became of one posted event."""
    found: Json = line.post("membership", event, Prefer="handling=lenient").json()["outcomes"][0]
    return found


# ── A search of every file ───────────────────────────────────────────────────────────────────────────────────────────


def keys_of(data: Path, organisation: str, persons: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    """The keys of these persons in clear, and as they lie in the store."""
    store = sqlite3.connect(f"file:{data / 'membership' / 'keys.sqlite'}?mode=ro", uri=True)
    rows = store.execute("SELECT organisation, person, wrapped, master FROM person_key").fetchall()
    store.close()
    told = [(UUID(row[0]), UUID(row[1]), *row[2:]) for row in rows]
    return keys_in(told, MasterKeys.read(data / FILE), organisation, persons)


def keys_in(
    rows: Iterable[Sequence[Any]], master: MasterKeys, organisation: str, persons: Sequence[str]
) -> tuple[list[bytes], list[bytes]]:
    """The same of rows that were read already."""
    ours = [row for row in rows if row[0] == UUID(organisation) and str(row[1]) in persons]
    clear = [master.of(row[3]).unwrap(bytes(row[2]), Holding(row[0], row[1]).bound_to) for row in ours]
    return clear, [bytes(row[2]) for row in ours]


@dataclass
class Village:
    """Members with names, and what must be found nowhere of them."""

    line: Line
    persons: list[str] = field(default_factory=list)
    needles: set[bytes] = field(default_factory=set)
    posted: list[Json] = field(default_factory=list)

    def settle(self, count: int) -> None:
        """Enter so many, describe each anew."""
        for number in range(count):
            person, personal = fresh(), details(number)
            self.persons.append(person)
            later = {"phone": f"0277 385 {number:03}"}
            self.posted += [entered(self.line, person, personal), described(self.line, person, later, "2022-01-05")]
            self.needles |= {
                form for text in (personal["full_name"], personal["phone"], later["phone"]) for form in spelled(text)
            }
        self.line.post("membership", *self.posted).raise_for_status()


def totals(line: Line) -> list[Json]:
    """How many members the branch has, as ratings counts them."""
    asked = {"unit": line.branches[0], "on": "2026-02-01"}
    return line.deployment.figure("members", key=line.key, **asked)


def forgets(deployment: Deployment, line: Line, count: int) -> tuple[int, list[str]]:
    """Forget so many people of a running system; how many were, and all that is wrong afterwards."""
    village = Village(line)
    village.settle(count)
    deployment.settle()
    before, head = totals(line), deployment.heads("membership")[line.organisation]
    operator = deployment.client(deployment.operator)
    operator.post(deployment.url("membership", "/v1/archive/seal")).raise_for_status()
    operator.post(deployment.url("membership", "/v1/checkpoints")).raise_for_status()
    wrong = [f"in clear before: {each}" for each in files_with(deployment.data, village.needles)]
    assert read(line, village.persons[0])["details"]["phone"] == "0277 385 000"
    clear, wrapped = keys_of(deployment.data, line.organisation, village.persons)
    assert len(clear) == len(wrapped) == count
    wrong += [f"key in clear: {each}" for each in files_with(deployment.data, set().union(*map(secret_forms, clear)))]
    assert files_with(deployment.data, wrapped[:1]), "a search that finds nothing proves nothing"

    line.post("membership", *map(forgotten, village.persons)).raise_for_status()
    secrets = {form for each in (*clear, *wrapped, *(each[12:44] for each in wrapped)) for form in secret_forms(each)}
    wrong += [f"key after: {each}" for each in files_with(deployment.data, secrets)]
    wrong += [f"in clear after: {each}" for each in files_with(deployment.data, village.needles)]
    wrong += [
        person for person in village.persons if read(line, person).get("mark") != {"vi": "đã xóa", "en": "erased"}
    ]
    deployment.settle()
    if totals(line) != before or before[0]["numerator"] < count:
        wrong.append("totals moved")
    lines = deployment.log("membership", line.organisation)
    end = verify(lines, "membership", line.organisation)
    if verify(lines[: head[0]], "membership", line.organisation) != head or end[0] != head[0] + count:
        wrong.append("the chain")
    return count, wrong


def test_people_are_forgotten_in_every_file_and_no_figure_moves(deployment: Deployment, line: Line) -> None:
    assert forgets(deployment, line, 6) == (6, [])


@pytest.mark.battery
def test_a_hundred_people_are_forgotten_in_every_file(deployment: Deployment, line: Line, tally: Tally) -> None:
    count, wrong = forgets(deployment, line, 100)
    rebuilt = deployment.rebuilt("membership")
    tally("P-04", 1, int(bool(wrong) or bool(rebuilt.get("reason"))))
    assert (count, wrong) == (100, [])


# ── Who reads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_details_are_read_by_those_who_may_for_a_purpose_and_each_reading_is_one_record(
    deployment: Deployment, line: Line, tally: Tally
) -> None:
    person, personal = fresh(), details(7)
    line.post("membership", entered(line, person, personal)).raise_for_status()
    auditor = issue(deployment, line.organisation, "auditor")

    def record() -> list[Json]:
        url = deployment.url("membership", "/v1/access-log")
        found: list[Json] = deployment.client(auditor).get(url).raise_for_status().json()["readings"]
        return found

    shown = read(line, person)
    assert shown["details"] == {name: value for name, value in personal.items() if name != "ethnicity"}
    assert shown["withheld"] == ["ethnicity"]
    assert read(line, person, sensitive=True)["details"] == personal
    assert [(each["scope"], each["sensitive"]) for each in record()] == [(person, False), (person, True)]

    for role in ("reader", "auditor", "operator"):
        key = deployment.operator if role == "operator" else issue(deployment, line.organisation, role)
        assert read(line, person, key)["code"] == "role-may-not"
    elsewhere = issue(deployment, line.organisation, "recorder", roots=[line.found("Chi hội ấp 2")])
    until(lambda: read(line, person, elsewhere).get("code") != "unauthorised", PATIENCE)
    assert read(line, person, elsewhere)["code"] == "out-of-reach"
    assert read(line, fresh())["code"] == "out-of-reach"
    assert read(line, person, purpose="in thẻ")["code"] == "bad-format"
    assert len(record()) == 2

    line.has_in_its_views()
    url = deployment.url("membership", f"/v1/branches/{line.branches[0]}/persons")
    listed = deployment.client(line.key).get(url, params={"purpose": "annual-review"}).raise_for_status().json()
    assert [each["person"] for each in listed["persons"]] == [person]
    assert (record()[-1]["what"], record()[-1]["persons"], record()[-1]["purpose"]) == ("branch", 1, "annual-review")

    filed = deployment.client(line.key).post(
        deployment.url("membership", f"/v1/documents?person={person}"),
        content=PDF + b"Huynh",
        headers={"Content-Type": "application/pdf"},
    )
    scan = filed.json()
    place = deployment.url("membership", f"/v1/documents/{scan['docsha256']}")
    assert (filed.status_code, scan["docmedia"], scan["doclength"]) == (201, "application/pdf", len(PDF) + 5)
    assert deployment.client(line.key).get(place, params={"purpose": "inspection"}).content == PDF + b"Huynh"
    assert record()[-1]["scope"] == scan["docsha256"]
    assert files_with(deployment.data, [PDF + b"Huynh"]) == {}

    (kept,) = (deployment.data / "membership" / "documents").rglob("*.enc")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    assert deployment.client(line.key).get(place, params={"purpose": "inspection"}).status_code == 410
    assert len(record()) == 5, "what fails half-way was read all the same"
    kept.write_bytes(whole)
    line.post("membership", forgotten(person)).raise_for_status()
    assert deployment.client(line.key).get(place, params={"purpose": "inspection"}).status_code == 403
    assert not kept.exists()
    tally("P-07", 1)


# ── Holds, and what comes late ───────────────────────────────────────────────────────────────────────────────────────


def erasures(line: Line, rounds: int) -> tuple[int, list[str]]:
    """Four cases a round: under a hold, twice, unknown, and what comes late; how many, and what was wrong."""
    wrong: list[str] = []
    for number in range(rounds):
        person, first = fresh(), details(number)
        event = entered(line, person, first)
        hold = says("membership.hold-placed", person, {"ground": "inspection"}, "2026-01-04")
        line.post("membership", event, hold).raise_for_status()
        refused = outcome(line, forgotten(person))["problem"]
        if (refused["code"], refused["hold"]) != ("under-hold", hold["id"]) or read(line, person)["forgotten"]:
            wrong.append("hold")
        line.post("membership", says("membership.hold-released", person, {"hold": hold["id"]}, "2026-01-04"))
        once, twice = outcome(line, forgotten(person)), outcome(line, forgotten(person, "retention-over", "2026-01-06"))
        if (once["status"], twice["status"]) != (201, 200) or once["receipt"] != twice["receipt"]:
            wrong.append("twice")
        if outcome(line, forgotten(fresh()))["problem"]["code"] != "person-unknown":
            wrong.append("unknown")
        late = described(line, person, first, "2025-06-01")
        without = {**event, "data": {"fact": event["data"]["fact"]}}
        statuses = [outcome(line, each)["status"] for each in (late, event, without)]
        stored = line.deployment.get("membership", f"/v1/events/{late['id']}", organisation=line.organisation).json()
        if statuses != [201, 200, 200] or "personal" in stored["event"]["data"] or not read(line, person)["forgotten"]:
            wrong.append(f"late {statuses}")
    return 4 * rounds, wrong


def test_holds_refuse_by_name_and_what_comes_late_has_no_personal_part(line: Line) -> None:
    assert erasures(line, 2) == (8, [])


@pytest.mark.battery
def test_forty_erasures(line: Line, tally: Tally) -> None:
    cases, wrong = erasures(line, 10)
    tally("P-03", cases, len(wrong))
    assert (cases, wrong) == (40, [])


def test_killed_between_the_fact_and_the_key_the_key_goes_at_the_next_start(deployment: Deployment, line: Line) -> None:
    person = fresh()
    line.post("membership", entered(line, person, details(4))).raise_for_status()
    deployment.arm("membership", "intake.after-commit")
    deployment.await_start("membership", deployment.kill("membership"))
    number = deployment.supervisor.services["membership"].child.starts
    with pytest.raises(httpx.TransportError):
        line.post("membership", forgotten(person))
    deployment.await_start("membership", number + 1)
    until(lambda: read(line, person).get("forgotten"), PATIENCE)
    with sqlite3.connect(f"file:{deployment.data / 'membership' / 'keys.sqlite'}?mode=ro", uri=True) as keys:
        (left,) = keys.execute("SELECT count(*) FROM person_key WHERE person = ?", (UUID(person).hex,)).fetchone()
    assert left == 0


def test_the_same_details_are_already_said_and_a_correction_keeps_them(line: Line) -> None:
    person, personal = fresh(), details(3)
    event = entered(line, person, personal)
    assert outcome(line, event)["status"] == 201
    assert outcome(line, event)["status"] == 200
    assert outcome(line, {**event, "id": fresh()})["status"] == 200
    other = entered(line, person, {**personal, "phone": "0911 000 111"})
    assert outcome(line, {**other, "id": event["id"]})["problem"]["code"] == "id-taken"
    assert "0911" not in str(outcome(line, {**other, "id": event["id"]}))
    changed = corrects(event, event, line.organisation, {"branch": line.branches[0], "admitted_year": 2001})
    assert outcome(line, changed)["status"] == 201
    assert read(line, person, sensitive=True)["details"] == personal


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_forget_hold_list_and_rotate(
    deployment: Deployment, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, request = fresh(), fresh()
    line.post("membership", entered(line, person, details(9))).raise_for_status()
    own = ("--data", str(deployment.data), "--key", line.key)
    for name in ("NENNEP_MASTER_KEY", "NENNEP_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)

    before = (deployment.data / FILE).read_text()
    assert typed("person", "rotate", "--data", str(deployment.data)).returncode == 0
    assert (deployment.data / FILE).read_text() != before
    shown = typed("person", "show", person, "--purpose", "card-printing", *own)
    assert details(9)["full_name"] in shown.stdout

    held = typed("person", "hold", person, "--ground", "inspection", *own)
    placed = held.stdout.split()[-1]
    refused = typed("person", "forget", person, "--ground", "at-own-request", *own)
    assert (refused.returncode, "under-hold" in refused.stderr) == (1, True)
    assert typed("person", "release", person, placed, *own).returncode == 0
    assert typed("person", "forget", person, "--ground", "at-own-request", *own).returncode == 0
    assert "đã xóa" in typed("person", "show", person, "--purpose", "card-printing", *own).stdout

    asked = {"person": person, "kind": "erasure", "received_on": "2026-03-02"}
    line.post("membership", says("membership.person-request-received", request, asked, "2026-03-02")).raise_for_status()
    until(lambda: request in typed("person", "requests", "--day", "2026-03-03", *own).stdout, PATIENCE)
    assert typed("person", "requests", "--day", "2026-03-03", *own).returncode == 0
    late = typed("person", "requests", "--day", "2026-03-30", *own)
    assert (late.returncode, "late" in late.stdout, "chưa có" in late.stdout) == (1, True, False)
    earlier = {**asked, "received_on": "2025-12-22"}
    line.post("membership", says("membership.person-request-received", fresh(), earlier, "2025-12-22"))
    unknown = until(lambda: typed("person", "requests", "--day", "2025-12-23", *own).stdout, PATIENCE)
    assert "lịch nghỉ 2025 chưa có" in (unknown or "")
