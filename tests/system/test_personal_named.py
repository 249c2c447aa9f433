"""Are persons named in the book and the work lists for a purpose, to whom it is open, with each reading on record?"""

from __future__ import annotations

import html
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from shared.sheets.process import read_tables
from tests.support.sources import ROOT
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, issue, register, says
from tests.system.reached import Json
from tests.system.test_personal import details, entered, forgotten
from tests.system.typed import typed

MARKUP = "Huỳnh <b>Ngọc</b> & Lan"
PHONE = "0939 417 001"
APRIL = "2021-04-01"


@dataclass
class Office:
    """A branch with somebody who stays, somebody forgotten, and somebody introduced elsewhere; who reads."""

    line: Line
    lan: str
    gone: str
    leaving: str
    keys: dict[str, str]

    def get(self, path: str, key: str = "recorder", **asked: Any) -> httpx.Response:
        return self.line.deployment.client(self.keys[key]).get(
            self.line.deployment.url("membership", path), params=asked
        )

    def book(self, key: str = "recorder", **asked: Any) -> httpx.Response:
        return self.get(f"/v1/branches/{self.line.branches[0]}/book", key, year=2021, **asked)

    def record(self) -> list[Json]:
        found: list[Json] = self.get("/v1/access-log", "auditor").raise_for_status().json()["readings"]
        return found


@pytest.fixture(scope="module")
def office(deployment: Deployment) -> Office:
    line = register(deployment, "Hội LHPN tỉnh Vĩnh Long")
    branch, lan, gone, leaving = line.branches[0], fresh(), fresh(), fresh()
    named = {"full_name": MARKUP, "birth_date": "1990-03-08", "phone": PHONE, "ethnicity": "Khmer"}
    posts = [
        *(entered(line, *told) for told in ((lan, named), (gone, details(1)), (leaving, details(2)))),
        says("membership.branch-head-took-office", branch, {"branch": branch, "person": lan, "title": "head"}, APRIL),
        says("membership.transfer-introduced", leaving, {"branch": branch}, "2021-05-01"),
    ]
    line.post("membership", *posts).raise_for_status()
    line.post("membership", forgotten(gone)).raise_for_status()
    roles = ("auditor", "reader", "recorder")
    keys = {role: issue(deployment, line.organisation, role) for role in roles} | {"operator": deployment.operator}
    line.has_in_its_views()
    return Office(line, lan, gone, leaving, keys)


def personal_in(answer: httpx.Response) -> bool:
    """Whether anything of a person stands in an answer, whatever its form."""
    text = answer.content.decode(errors="replace")
    if answer.headers["content-type"].startswith("application/vnd"):
        sheets = openpyxl.load_workbook(BytesIO(answer.content)).worksheets
        text = " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    spelled = (MARKUP, html.escape(MARKUP), PHONE, str(details(2)["full_name"]), "Năm sinh", "Khmer")
    return any(each in text for each in spelled)


@pytest.mark.parametrize("format", ["json", "xlsx", "html"])
def test_without_a_purpose_nobody_is_named_and_nothing_recorded(office: Office, format: str) -> None:
    before = len(office.record())
    for key in ("recorder", "reader", "auditor"):
        answer = office.book(key, format=format).raise_for_status()
        assert not personal_in(answer)
    assert len(office.record()) == before


@pytest.mark.parametrize("format", ["json", "xlsx", "html"])
def test_a_purpose_opens_nothing_to_those_without_the_right(office: Office, format: str) -> None:
    before = len(office.record())
    for key in ("reader", "auditor", "operator"):
        answer = office.book(key, format=format, purpose="annual-review")
        assert (answer.status_code, answer.json()["code"]) == (403, "role-may-not")
        work = office.get("/v1/work/transfers", key, unit=office.line.root, purpose="annual-review")
        assert (work.status_code, work.json()["code"]) == (403, "role-may-not")
    assert office.book(purpose="in sổ").json()["code"] == "bad-format"
    assert len(office.record()) == before


def test_with_a_purpose_the_book_names_its_persons_and_is_one_record(office: Office) -> None:
    answer = office.book(purpose="book-printing", remark="in sổ cuối năm").raise_for_status()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["persons"] == {
        office.lan: {"full_name": MARKUP, "birth_year": 1990, "phone": PHONE},
        office.gone: {"forgotten": True, "mark": {"vi": "đã xóa", "en": "erased"}},
        office.leaving: {"full_name": details(2)["full_name"], "birth_year": 1927, "phone": details(2)["phone"]},
    }
    told = office.record()[-1]
    assert {name: told[name] for name in ("what", "scope", "persons", "sensitive", "purpose", "remark")} == {
        "what": "book",
        "scope": office.line.branches[0],
        "persons": 3,
        "sensitive": False,
        "purpose": "book-printing",
        "remark": "in sổ cuối năm",
    }


def test_the_workbook_has_names_years_and_telephones_as_text_on_a4(office: Office) -> None:
    before = len(office.record())
    answer = office.book(format="xlsx", purpose="book-printing").raise_for_status()
    assert answer.headers["cache-control"] == "no-store"
    book = openpyxl.load_workbook(BytesIO(answer.content))
    members = {row[1]: row for row in book.worksheets[1].iter_rows(min_row=5, values_only=True)}
    assert [cell.value for cell in book.worksheets[1][4]][:4] == ["TT", "Đoàn viên, hội viên", "Năm sinh", "Điện thoại"]
    assert members[MARKUP][2:4] == ("1990", PHONE)
    assert members["đã xóa"][2:4] == (None, None)
    committee = next(book.worksheets[13].iter_rows(min_row=5, values_only=True))
    assert committee[1:4] == (MARKUP, "1990", PHONE)
    assert {(sheet.page_setup.orientation, sheet.page_setup.paperSize) for sheet in book.worksheets} == {
        ("portrait", 9)
    }
    assert len(office.record()) == before + 1


def test_the_page_escapes_what_people_are_called_and_prints_on_a4(office: Office) -> None:
    answer = office.book(format="html", purpose="book-printing").raise_for_status()
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert html.escape(MARKUP) in answer.text
    assert "<b>" not in answer.text
    assert "@page { size: A4 portrait" in answer.text
    assert answer.text.count("<section>") == 13
    assert "đã xóa" in answer.text
    assert "http" not in answer.text


def test_work_lists_name_who_waits(office: Office) -> None:
    plain = office.get("/v1/work/transfers", unit=office.line.root).raise_for_status()
    assert "persons" not in plain.json()
    answer = office.get("/v1/work/transfers", unit=office.line.root, purpose="follow-up").raise_for_status()
    assert answer.json()["waiting"] == plain.json()["waiting"]
    assert answer.json()["persons"][office.leaving]["phone"] == details(2)["phone"]
    told = office.record()[-1]
    assert (told["what"], told["scope"], told["persons"]) == ("work-transfers", office.line.root, 1)


def test_another_subtree_and_another_line_are_told_nothing(office: Office) -> None:
    deployment, before = office.line.deployment, len(office.record())
    office.line.found("Chi hội ấp 2")
    stranger = register(deployment, "Hội LHPN tỉnh Bến Tre")
    elsewhere = issue(deployment, office.line.organisation, roots=[office.line.branches[1]])
    for key in (stranger.key, elsewhere):
        for format in ("json", "xlsx", "html"):
            url = deployment.url("membership", f"/v1/branches/{office.line.branches[0]}/book")
            asked = {"year": 2021, "format": format, "purpose": "curiosity"}
            answer = deployment.client(key).get(url, params=asked)
            assert (answer.status_code, answer.json()["code"]) == (403, "out-of-reach")
            assert not personal_in(answer)
    assert len(office.record()) == before


# ── In somebody else's form ──────────────────────────────────────────────────────────────────────────────────────────

FORM = (ROOT / "docs" / "examples" / "mappings" / "province-form-sample.out.toml").read_text(encoding="utf-8")


def exported(office: Office, key: str = "recorder", form: str = FORM, **asked: str) -> httpx.Response:
    wanted = {"unit": office.line.root, "purpose": "nop-mau-tinh", "on": "2026-02-01", **asked}
    deployment = office.line.deployment
    url = deployment.url("membership", "/v1/exports/members")
    return deployment.client(office.keys[key]).post(url, params=wanted, content=form.encode())


def test_a_whole_unit_goes_out_in_a_foreign_form_and_is_one_record(office: Office, tmp_path: Path) -> None:
    answer = exported(office)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
    (sheet,) = read_tables(answer.content)
    names = {row[1]: row for row in sheet.rows[2:]}
    assert set(names) == {MARKUP, details(2)["full_name"], ""}
    assert names[MARKUP][2:6:2] == ["08/03/1990", "Chi hội ấp 1"]
    told = office.record()[-1]
    assert (told["what"], told["scope"], told["persons"], told["purpose"]) == (
        "export",
        office.line.root,
        3,
        "nop-mau-tinh",
    )
    assert MARKUP in exported(office, format="csv").text
    file, form = tmp_path / "bieu.csv", tmp_path / "form.toml"
    form.write_text(FORM, encoding="utf-8")
    words = ("export", "members", str(file), "--mapping", str(form), "--unit", office.line.root)
    more = ("--purpose", "nop-mau-tinh", "--data", str(office.line.deployment.data), "--key", office.line.key)
    assert typed(*words, *more).returncode == 0
    assert MARKUP in file.read_text(encoding="utf-8-sig")
    assert typed(*words, *more, "--branch", office.line.branches[0]).returncode == 2


def test_a_form_opens_nothing_to_those_without_the_right_and_is_never_echoed(office: Office) -> None:
    before = len(office.record())
    for key in ("reader", "auditor", "operator"):
        assert exported(office, key).json()["code"] == "role-may-not"
    assert exported(office, unit=fresh()).json()["code"] == "out-of-reach"
    unsound = exported(office, form=FORM.replace("{sex}", "{sexx}"))
    assert (unsound.status_code, unsound.json()["code"], unsound.json()["lines"]) == (422, "form-unsound", "26")
    assert "sexx" not in unsound.text
    assert exported(office, form=FORM.replace("{sex}", "{ethnicity}")).json()["code"] == "form-unsound"
    assert exported(office, form="# " + "x" * 70_000).status_code == 413
    assert len(office.record()) == before
    sensitive = "sensitive = true\n" + FORM.replace("{sex}", "{ethnicity}")
    assert "Khmer" in exported(office, form=sensitive, format="csv").text
    assert office.record()[-1]["sensitive"]
