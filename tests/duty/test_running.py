"""Does duty answer when everything runs? Courier, producers and this service, asked over HTTP."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.contracts.fields import Period
from shared.contracts.meetings import Every, MeetingHeld, MeetingKind, PeriodicitySet, Roll
from shared.contracts.membership import Reporting, ReportingSet, ReportSent
from shared.operations.office import Office, Registered, office
from tests.system.typed import typed


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("office"), "duty") as running:
        yield running


@pytest.fixture(scope="module")
def body(here: Office) -> Registered:
    """An organisation whose one branch owes a meeting each month and met once, as duty may read."""
    registered = here.registers("Hội LHPN tỉnh Đồng Tháp")
    here.grants("duty", of=["membership", "meetings"])
    rule = PeriodicitySet(unit_kind="branch", every=Every.MONTH, starts=dt.date(2020, 1, 1))
    here.posts(registered, "meetings", rule, on="2020-01-01", subject=registered.organisation)
    fact = MeetingHeld(branch=registered.branch, kind=MeetingKind.REGULAR, roll=Roll(expected=20, present=20))
    here.posts(registered, "meetings", fact, on="2025-03-04")
    return registered


def test_what_is_due_is_answered_as_a_list_a_sheet_a_calendar_and_a_letter(here: Office, body: Registered) -> None:
    asked = {"unit": body.root, "on": "2025-04-10"}
    due = {"kind": "meeting", "state": "due", "unit": str(body.branch), "until": "2025-04-30"}
    told = here.asks("duty", "/v1/duties", key=body.key, **asked).raise_for_status().json()
    nothing = dict.fromkeys(("person", "left", "step", "axis", "period", "matter", "sender", "standing", "persons"))
    assert told["duties"][0] == {**due, **nothing}
    assert [each["kind"] for each in told["duties"]] == ["meeting", "rating", "report"]
    sheet = here.asks("duty", "/v1/duties", key=body.key, **asked, **{"as": "csv"}).text.splitlines()
    assert sheet[1] == "Sinh hoạt định kỳ;Chi hội 1;đến hạn;30/04/2025;"
    calendar = here.asks("duty", "/v1/duties", key=body.key, **asked, **{"as": "ics"})
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20250430\r\n" in calendar.text
    letter = here.asks("duty", "/v1/duties", key=body.key, **asked, **{"as": "txt"}).text
    assert letter.startswith(
        "Tiêu đề: Việc đến hạn, tuần 07/04/2025 – 13/04/2025 – Hội LHPN tỉnh Đồng Tháp\n\nKính gửi: "
    )
    assert "- Sinh hoạt định kỳ – Chi hội 1: đến hạn, hạn 30/04/2025" in letter
    of_branch = here.asks("duty", "/v1/duties", key=body.key, **(asked | {"unit": body.branch, "as": "txt"})).text
    assert "xin liên hệ: Hội LHPN tỉnh Đồng Tháp." in of_branch


def test_reminders_are_files_of_each_unit_that_owes_something(here: Office, body: Registered, tmp_path: Path) -> None:
    here.asks("duty", "/v1/duties", key=body.key, unit=body.root, on="2025-04-10").raise_for_status()
    words = ("reminders", "--unit", str(body.root), "--below", "--on", "2025-04-10", "--out", str(tmp_path / "thu"))
    asked = (*words, "--data", str(here.folder), "--key", body.key)
    told = typed(*asked, "--json")
    assert told.returncode == 0, told.stderr
    files = {Path(each).name: Path(each).read_bytes() for each in json.loads(told.stdout)["files"]}
    assert set(files) == {
        *(f"2025-04-10-{unit}.txt" for unit in (body.root, body.branch)),
        *(f"{unit}.ics" for unit in (body.root, body.branch)),
    }
    assert files[f"2025-04-10-{body.branch}.txt"].decode().startswith("Tiêu đề: Việc đến hạn, tuần 07/04/2025")
    assert b"DTSTART;VALUE=DATE:20250430\r\n" in files[f"{body.branch}.ics"]
    assert typed(*asked).returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "thu").iterdir()} == files
    assert typed(*words, "--data", str(tmp_path)).returncode == 2
    assert typed(*words[:5], "1900-01-01", *words[6:], "--data", str(here.folder)).returncode == 2
    wrong = typed(*words, "--data", str(here.folder), "--key", "nn_none")
    assert wrong.returncode == 1, wrong.stderr


@pytest.mark.usefixtures("body")
def test_a_report_is_due_by_the_organisations_rule_until_it_is_sent(here: Office) -> None:
    body = here.registers("Hội Nông dân tỉnh Đồng Tháp")
    fields = {"unit_kind": "branch", "matter": "activity", "every": Reporting.QUARTER, "within": 10}
    rule = ReportingSet.model_validate(fields | {"starts": dt.date(2025, 1, 1)})
    here.posts(body, "membership", rule, on="2025-01-01", subject=body.organisation)
    asked = {"unit": body.root, "on": "2025-04-11"}

    def told(form: str) -> httpx.Response:
        return here.asks("duty", "/v1/duties", key=body.key, **asked, **{"as": form}).raise_for_status()

    first = {"start": "2025-01-01", "end": "2025-04-01"}
    late = {"kind": "report", "state": "missed", "unit": str(body.branch), "until": "2025-04-10", "matter": "activity"}
    reports = [each for each in told("json").json()["duties"] if each["kind"] == "report"]
    assert reports == [
        {**dict.fromkeys(("person", "left", "step", "axis", "sender", "standing", "persons")), **late, "period": first}
    ]
    assert "- Báo cáo quý I/2025 – Chi hội 1: quá hạn, hạn 10/04/2025" in told("txt").text
    assert "DTSTART;VALUE=DATE:20250410\r\n" in told("ics").text
    assert "Báo cáo quý I/2025;Chi hội 1;quá hạn;10/04/2025;" in told("csv").text.splitlines()
    quarter = Period(start=dt.date(2025, 1, 1), end=dt.date(2025, 4, 1))
    sent = ReportSent(unit=body.branch, matter="activity", period=quarter, recipient=body.root)
    here.posts(body, "membership", sent, on="2025-04-11")
    assert "report" not in {each["kind"] for each in told("json").json()["duties"]}
    assert "Báo cáo" not in told("txt").text


def test_it_says_how_it_fares_and_what_can_be_asked(here: Office, body: Registered) -> None:
    assert here.asks("duty", "/readyz").json()["status"] == "ready"
    assert "nennep_lag_events" in here.asks("duty", "/metrics").text
    assert "/v1/duties" in here.asks("duty", "/openapi.json").json()["paths"]
    assert here.asks("duty", "/v1/projections", key=body.key).json()["parked"] == 0
    wrong = here.asks("duty", "/v1/duties", key=body.key, unit=body.root, on="1900-01-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "year-out-of-range")


def test_whoever_is_registered_is_known_everywhere(here: Office) -> None:
    for number in range(3):
        registered = here.registers(f"Hội Nông dân tỉnh {number}")
        assert here.asks("duty", "/v1/projections", key=registered.key).status_code == 200
