"""Is a list of members imported as if it had been typed, come back with its errors, known again, and taken back?"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.sheets.process import read_tables, write_book
from shared.sheets.tables import Book, Column, Page
from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, register, says
from tests.system.reached import Json
from tests.system.typed import typed

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATIENCE = 120.0
HEADINGS = ["STT", "Họ và tên", "Ngày sinh", "Ngày vào Hội", "Kết nạp mới", "Chi hội", "Mã hội viên"]
SEE_LATER, GONE = 503, 410
ENDED = {"done", "failed", "undone"}


class Desk:
    """Who imports: an organisation's recorder."""

    def __init__(self, deployment: Deployment, line: Line) -> None:
        self.deployment, self.line = deployment, line
        self.client = deployment.client(line.key)

    def url(self, path: str = "") -> str:
        return self.deployment.url("membership", f"/v1/imports{path}")

    def send(self, data: bytes, media: str = WORKBOOK, **parameters: str) -> httpx.Response:
        return self.client.post(self.url(), params=parameters, content=data, headers={"Content-Type": media})

    def ended(self, id: str) -> Json:
        def look() -> Json | None:
            told: Json = self.client.get(self.url(f"/{id}")).raise_for_status().json()
            return told if told["state"] in ENDED else None

        return until(look, PATIENCE) or {}

    def imported(self, data: bytes, **parameters: str) -> Json:
        answer = self.send(data, **parameters)
        assert answer.status_code == 202, answer.text
        return self.ended(answer.json()["id"])

    def undone(self, id: str) -> Json:
        assert self.client.post(self.url(f"/{id}/undo")).status_code == 202
        return self.ended(id)

    def heads(self) -> int:
        """How many events the organisation's log holds."""
        answer = self.client.get(self.deployment.url("membership", "/v1/heads")).json()
        return int(answer["heads"][self.line.organisation]["sequence"])


@pytest.fixture
def desk(deployment: Deployment, line: Line) -> Desk:
    return Desk(deployment, line)


def workbook(rows: list[list[str]], headings: list[str] = HEADINGS) -> bytes:
    columns = [Column(heading=each) for each in headings]
    return write_book(Book(pages=[Page(title="Danh sách", columns=columns, rows=rows)]))


def person(number: int, **changes: str) -> list[str]:
    cells = {
        "STT": str(number),
        "Họ và tên": f"Nguyễn Thị Hoa {number}",
        "Ngày sinh": f"{1 + number % 28}/7/1980",
        "Ngày vào Hội": "2005",
        "Kết nạp mới": "",
        "Chi hội": "Chi hội ấp 1",
        "Mã hội viên": f"M{number}",
    } | changes
    return [cells[each] for each in HEADINGS]


def counts(told: Json) -> dict[str, int]:
    return {action: told[action] for action in ("add", "change", "same", "refuse")}


def test_the_template_is_filled_in_and_comes_in(desk: Desk) -> None:
    answer = desk.client.get(desk.url("/template"))
    assert answer.headers["content-type"] == WORKBOOK
    sheet, explanation, lists = read_tables(answer.content)
    assert [row[0] for row in sheet.rows[:2]] == ["DANH SÁCH HỘI VIÊN", "Hội LHPN tỉnh Đồng Tháp"]
    label = lists.rows[1][0]
    assert label.startswith("Chi hội ấp 1 – Hội LHPN tỉnh Đồng Tháp [")
    assert any("Dân tộc, Tôn giáo, Ghi chú" in row[0] for row in explanation.rows)
    headings = sheet.rows[2]
    filled = dict.fromkeys(headings, "") | {"Họ và tên": "Nguyễn Thị Hoa", "Chi hội": label, "Ngày sinh": "1980"}
    told = desk.imported(workbook([list(filled.values())], headings))
    assert counts(told) == {"add": 1, "change": 0, "same": 0, "refuse": 0}


def test_a_trial_records_nothing_and_an_import_what_the_trial_said(desk: Desk) -> None:
    rows = [person(n) for n in range(40)]
    rows[7] = person(7, **{"Chi hội": "Chi hội ấp 99"})
    rows[8] = person(8, **{"Kết nạp mới": "Có", "Ngày vào Hội": "1/1/2019"})
    rows[9] = person(9, **{"Kết nạp mới": "Có", "Ngày vào Hội": "1/1/2021"})
    data, before = workbook(rows), desk.heads()
    tried = desk.imported(data, dry_run="true")
    assert desk.heads() == before
    assert counts(tried) == {"add": 38, "change": 0, "same": 0, "refuse": 2}
    done = desk.imported(data)
    assert counts(done) == counts(tried)
    assert desk.heads() == before + 38
    answer = desk.client.get(desk.url(f"/{done['id']}/result.xlsx"))
    returned = read_tables(answer.content)[0].rows
    assert returned[0] == [*HEADINGS, "Lỗi", "Kết quả"]
    assert [row[: len(HEADINGS)] for row in returned[1:]] == [[*row[:-1], row[-1]] for row in rows]
    wrong = {place: row[7] for place, row in enumerate(returned[1:]) if row[7]}
    assert wrong[7] == "Chi hội: không có trong danh mục của tổ chức"
    # A rule of the intake, not of the sheet: the branch was founded on the first day of 2020.
    assert wrong[8] == "Chi hội: Ngày đó đơn vị hoặc địa bàn chưa thành lập hoặc đã kết thúc"
    assert sorted(wrong) == [7, 8]
    assert Counter(row[8] for row in returned[1:]) == {"Đã thêm": 38, "Từ chối": 2}


def test_who_was_met_before_is_known_again_and_only_what_differs_is_changed(desk: Desk) -> None:
    rows = [person(n, **({} if n % 2 else {"Mã hội viên": ""})) for n in range(10)]
    assert counts(desk.imported(workbook(rows)))["add"] == 10
    before = desk.heads()
    assert counts(desk.imported(workbook(rows))) == {"add": 0, "change": 0, "same": 10, "refuse": 0}
    # By name and birth without accents and in capitals; by the outside key whatever the name.
    spelt = [person(0, **{"Mã hội viên": "", "Họ và tên": "NGUYEN THI HOA 0"}), person(1, **{"Họ và tên": "Tên khác"})]
    assert counts(desk.imported(workbook(spelt)))["add"] == 0
    changed = [person(2, **{"Mã hội viên": "", "Ngày vào Hội": "2006"}), person(2, **{"Mã hội viên": ""})]
    told = desk.imported(workbook(changed))
    assert counts(told) == {"add": 0, "change": 1, "same": 0, "refuse": 1}
    # Two names spelt another way are described anew; one day of admission is corrected.
    assert desk.heads() == before + 3
    assert desk.undone(told["id"])["undone"] == 1
    assert counts(desk.imported(workbook([person(2, **{"Mã hội viên": ""})])))["same"] == 1


def test_whoever_is_described_anew_and_taken_back_is_known_still(desk: Desk) -> None:
    told = [person(n, **{"Mã hội viên": ""}) for n in range(2)]
    assert counts(desk.imported(workbook(told)))["add"] == 2
    spelt = [person(0, **{"Mã hội viên": "", "Họ và tên": "NGUYEN THI HOA 0"}), told[1]]
    changed = desk.imported(workbook(spelt))
    assert (counts(changed)["change"], desk.undone(changed["id"])["undone"]) == (1, 1)
    again = counts(desk.imported(workbook(spelt)))
    assert again == {"add": 0, "change": 1, "same": 1, "refuse": 0}, "what was taken back is no longer said"


def test_a_successor_knows_whom_it_took_over_and_enters_nobody_a_second_time(deployment: Deployment) -> None:
    """Closed on 1 July 2025; later the branch merges: the list of the next office is held against the same people."""
    names = ("Bình Thuận", "Lâm Đồng", "Ninh Thuận")
    old, heir, other = (register(deployment, f"Hội LHPN tỉnh {name}") for name in names)
    east, west = old.found("Chi hội khu phố Đông"), old.found("Chi hội khu phố Tây")
    before, desk, beside = (Desk(deployment, line) for line in (old, heir, other))

    def rows(branch: str, *numbers: int, **changes: str) -> list[list[str]]:
        return [
            person(each, **{"Chi hội": branch, **({"Mã hội viên": ""} if each % 2 else {}), **changes})
            for each in numbers
        ]

    everybody = rows("Chi hội khu phố Đông", *range(4)) + rows("Chi hội khu phố Tây", 4, 5)
    assert counts(before.imported(workbook(everybody)))["add"] == 6
    closing = {
        "successors": [heir.organisation, other.organisation],
        "portions": [{"unit": west, "successor": other.organisation}],
        "effective": "2025-07-01",
    }
    old.post("membership", says("membership.log-closed", old.organisation, closing, "2025-07-01")).raise_for_status()
    old.has_in_its_views()

    label = next(row[0] for row in template_lists(desk) if "khu phố Đông" in row[0])
    assert not any("khu phố Tây" in row[0] for row in template_lists(desk))
    assert any("khu phố Tây" in row[0] for row in template_lists(beside))
    told = desk.imported(workbook(rows(label, *range(4), 7)))
    assert counts(told) == {"add": 1, "change": 0, "same": 4, "refuse": 0}
    assert counts(beside.imported(workbook(rows("Chi hội khu phố Tây", 4, 5))))["same"] == 2
    # With the same outside key as somebody who went elsewhere: another person, for all that is known here.
    assert counts(desk.imported(workbook(rows(label, 4)), dry_run="true"))["add"] == 1
    corrected = desk.imported(workbook(rows(label, 0, 1, **{"Ngày vào Hội": "2007"})))
    assert counts(corrected) == {"add": 0, "change": 2, "same": 0, "refuse": 0}, "the heir puts right what was entered"
    assert desk.undone(corrected["id"])["undone"] == 2
    assert counts(desk.imported(workbook(rows(label, 0, 1))))["same"] == 2

    merged = says(
        "membership.unit-merged",
        heir.found("Chi hội hợp nhất"),
        {"sources": [east], "effective": "2025-09-01"},
        "2025-09-01",
    )
    answer = heir.post("membership", merged).raise_for_status()
    assert [each["status"] for each in answer.json()["outcomes"]] == [201], answer.text
    heir.has_in_its_views()
    again = desk.imported(workbook(rows("Chi hội hợp nhất", *range(4), 7)))
    assert counts(again) == {"add": 0, "change": 0, "same": 5, "refuse": 0}


def template_lists(desk: Desk) -> list[list[str]]:
    """What there is to choose from in the template."""
    return [row for row in read_tables(desk.client.get(desk.url("/template")).content)[2].rows if row and row[0]]


def test_what_is_personal_is_sealed_and_who_was_forgotten_is_known_no_more(desk: Desk) -> None:
    told = desk.imported(workbook([person(1), person(2)]))
    posted = [each for each in log_of(desk) if each.get("correlation") == told["id"]]
    assert all("personal" in each["data"] and "Hoa" not in json.dumps(each, ensure_ascii=False) for each in posted)
    renamed = person(1, **{"Họ và tên": "Nguyễn Thị Hoa Mới"})
    assert counts(desk.imported(workbook([renamed])))["change"] == 1
    gone = says("membership.person-forgotten", posted[0]["subject"], {"ground": "purpose-done"}, told["day"])
    desk.line.post("membership", gone).raise_for_status()
    until(lambda: desk.client.get(desk.url(f"/{told['id']}/result.xlsx")).status_code == GONE, PATIENCE)
    assert counts(desk.imported(workbook([renamed, person(2)]))) == {"add": 1, "change": 0, "same": 1, "refuse": 0}


def test_the_same_import_sent_twice_is_done_once(desk: Desk) -> None:
    id, data = fresh(), workbook([person(1)])
    assert desk.imported(data, id=id)["add"] == 1
    before = desk.heads()
    assert desk.send(data, id=id).status_code == 202
    assert desk.send(workbook([person(2)]), id=id).json()["code"] == "import-taken"
    assert desk.heads() == before


def test_an_import_is_taken_back_but_for_what_something_rests_on(desk: Desk) -> None:
    told = desk.imported(workbook([person(n) for n in range(5)]))
    rows = desk.client.get(desk.url(f"/{told['id']}/rows"), params={"action": "add"}).json()
    assert rows["total"] == 5
    events = log_of(desk)
    posted = [each for each in events if each.get("correlation") == told["id"]]
    assert len(posted) == 5
    struck = says(
        "membership.member-struck-off",
        posted[2]["subject"],
        {"branch": desk.line.branches[0], "cause": "not-attending"},
        told["day"],
    )
    desk.line.post("membership", struck).raise_for_status()
    undone = desk.undone(told["id"])
    assert (undone["undone"], undone["kept"]) == (4, 1)
    kept = desk.client.get(desk.url(f"/{told['id']}/kept")).json()["rows"]
    assert kept == [{"sheet": 0, "row": 4, "reason": "Có sự việc khác về người này; hãy hủy sự việc đó trước."}]
    assert desk.client.post(desk.url(f"/{told['id']}/undo")).json()["code"] == "nothing-to-undo"
    again = desk.imported(workbook([person(n) for n in range(5)]))
    assert counts(again)["add"] == 5


def test_a_book_is_opened_by_the_signed_count_and_not_by_another(desk: Desk) -> None:
    told = desk.imported(workbook([person(n) for n in range(4)]))
    unit, book = desk.line.root, desk.deployment.url("membership", f"/v1/openings/{desk.line.root}")
    signed = {"docnumber": "12/BB-BTV", "docissuer": "Hội LHPN xã", "docdate": told["day"]}

    def opened(members: int, **document: str) -> httpx.Response:
        fact = {"unit": unit, "opened_on": told["day"], "members": members}
        opening = says("membership.book-opened", unit, fact, told["day"], **document)
        answers: list[httpx.Response] = []

        def judged() -> bool:
            answers.append(desk.line.post("membership", opening))
            return answers[-1].status_code != SEE_LATER

        until(judged, PATIENCE)
        return answers[-1]

    until(lambda: desk.client.get(book).json()["members"] == 4, PATIENCE)
    before = desk.client.get(book).json()
    assert (before["marks"], before["openings"]) == (["from-opening-only"], [])
    members = desk.deployment.url("ratings", "/v1/figures/members")
    asked = {"unit": unit, "start": told["day"], "end": str(dt.date.fromisoformat(told["day"]) + dt.timedelta(days=1))}
    until(lambda: desk.client.get(members, params=asked).json().get("marks") == ["from-opening-only"], PATIENCE)
    assert opened(4).json()["outcomes"][0]["problem"]["code"] == "book-not-signed"
    problem = opened(5, **signed).json()["outcomes"][0]["problem"]
    assert (problem["code"], problem["signed"], problem["on_book"]) == ("count-differs", "5", "4")
    assert opened(4, **signed).status_code == 201
    until(lambda: bool(desk.client.get(book).json()["openings"]), PATIENCE)
    after = desk.client.get(book).json()
    assert (after["marks"], after["branches_opened"]) == ([], after["branches"])
    until(lambda: desk.client.get(members, params=asked).json().get("marks") == [], PATIENCE)


def log_of(desk: Desk) -> list[dict[str, Any]]:
    answer = desk.client.get(desk.deployment.url("membership", f"/v1/log/{desk.line.organisation}"))
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("data", "media", "status", "code"),
    [
        (b"", WORKBOOK, 422, "sheet-empty-sheet"),
        (b"PK\x03\x04" + b"\0" * 100, WORKBOOK, 422, "sheet-broken"),
        (b"ten;tuoi\nHoa;3\n", "text/html", 415, "no-list-of-members"),
        (b"a" * (8 * 2**20 + 1), WORKBOOK, 413, "body-too-large"),
    ],
)
def test_what_is_no_list_is_refused_at_the_door(desk: Desk, data: bytes, media: str, status: int, code: str) -> None:
    answer = desk.send(data, media)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_list_without_headings_fails_by_name(desk: Desk) -> None:
    told = desk.imported(b"mot;hai\nba;bon\n")
    assert (told["state"], told["problem"]["code"]) == ("failed", "no-headings")


def test_nobody_sees_or_undoes_the_import_of_another(desk: Desk, deployment: Deployment) -> None:
    told = desk.imported(workbook([person(1)]))
    operator = deployment.client(deployment.operator)
    for method, path in (("GET", ""), ("GET", "/rows"), ("POST", "/undo"), ("GET", "/kept")):
        answer = operator.request(method, desk.url(f"/{told['id']}{path}"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-import")
    assert operator.get(desk.url(f"/{told['id']}/result.xlsx")).json()["code"] == "role-may-not"
    assert operator.get(desk.url("/template")).json()["code"] == "no-organisation"


def test_an_import_goes_on_after_the_service_was_killed(tmp_path: Path) -> None:
    with Deployment(tmp_path) as own:
        desk = Desk(own, register(own))
        rows = [person(n) for n in range(3_000)]
        before = desk.heads()
        id = desk.send(workbook(rows)).json()["id"]
        until(lambda: desk.heads() > before, PATIENCE)
        number = own.kill("membership")
        own.await_start("membership", number)
        desk = Desk(own, desk.line)
        told = desk.ended(id)
        assert counts(told) == {"add": 3_000, "change": 0, "same": 0, "refuse": 0}
        assert desk.heads() == before + 3_000


def test_the_import_is_typed(desk: Desk, deployment: Deployment, tmp_path: Path) -> None:
    file, result = tmp_path / "danh-sach.xlsx", tmp_path / "ket-qua.xlsx"
    file.write_bytes(workbook([person(1), person(2, **{"Chi hội": "?"})]))
    data = ("--data", str(deployment.data), "--key", desk.line.key)
    tried = typed("import", "file", str(file), *data, "--dry-run", "--json")
    assert (tried.returncode, json.loads(tried.stdout)["refuse"]) == (1, 1)
    done = typed("import", "file", str(file), *data, "--result", str(result), "--json")
    assert done.returncode == 1
    assert read_tables(result.read_bytes())[0].rows[2][7] == "Chi hội: không có trong danh mục của tổ chức"
    undone = typed("import", "undo", json.loads(done.stdout)["id"], *data, "--json")
    assert (undone.returncode, json.loads(undone.stdout)["undone"]) == (0, 1)
    template = tmp_path / "mau.xlsx"
    by_operator = typed("import", "template", str(template), *data[:2], "--organisation", desk.line.organisation)
    assert by_operator.returncode == 0, by_operator.stderr
    assert read_tables(template.read_bytes())[0].name == "Danh sách"
    listed = json.loads(typed("import", "list", *data, "--json").stdout)["imports"]
    assert [(each["state"], each["dry_run"]) for each in listed] == [("undone", False), ("done", True)]
