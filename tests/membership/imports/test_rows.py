"""Does a row say what it means, and is each cell that cannot be read named with its column and what to write?"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from services.membership.imports.branches import Branches
from services.membership.imports.layout import YOUTH_UNION, wording
from services.membership.imports.rows import Reading, Row, read_sheets
from shared.contracts.membership import UnitFounded
from shared.eventsourcing.decider import Said
from shared.sheets.errors import SheetRefused
from shared.sheets.tables import Table
from shared.units.tree import Tree

DAY = dt.date(2026, 6, 30)
ORGANISATION, ROOT, FIRST, SECOND, TWIN = (UUID(int=n << 96) for n in (0xA1, 0xB1, 0xC1, 0xC2, 0xC3))


def founded(unit: UUID, title: str, kind: str, parent: UUID | None, sequence: int) -> Said:
    fact = UnitFounded(title=title, kind=kind, parent=parent, territory=None, effective=dt.date(2020, 1, 1))
    return Said(fact, unit, ORGANISATION, unit, sequence, dt.date(2020, 1, 1))


TREE = Tree.empty().with_facts(
    [
        founded(ROOT, "Hội LHPN xã", "base-unit", None, 1),
        founded(FIRST, "Chi hội ấp 1", "branch", ROOT, 2),
        founded(SECOND, "Chi hội ấp 2", "branch", ROOT, 3),
        founded(TWIN, "Chi hội Ấp 2", "branch", ROOT, 4),
    ]
)
BRANCHES = Branches(TREE, ORGANISATION, (), DAY)


def read(*rows: list[str], kind: str = "womens-union", only: UUID | None = None) -> list[Row]:
    reading = Reading(BRANCHES, DAY, wording(kind), only)
    return read_sheets([Table("Danh sách", [list(row) for row in rows])], reading)[0].rows


def one(**cells: str) -> Row:
    """A row that is well but for these cells."""
    every = {"Họ và tên": "Nguyễn Thị Hoa", "Ngày sinh": "5/7/1980", "Chi hội": "Chi hội ấp 1"} | cells
    return read(list(every), list(every.values()))[0]


def test_a_row_becomes_what_will_be_posted() -> None:
    row = one(**{
        "Giới tính": "NỮ",
        "Điện thoại": "912345678",
        "CMND/CCCD": "79080000123",
        "Ngày vào Hội": "2005",
        "Mã hội viên": "YUM-1",
        "Tôn giáo": "Không",
    })  # fmt: skip
    assert row.errors == []
    assert (row.branch, row.admitted, row.key, row.joined) == (FIRST, 2005, "YUM-1", False)
    assert row.details == {
        "full_name": "Nguyễn Thị Hoa",
        "birth_date": "1980-07-05",
        "sex": "female",
        "phone": "0912345678",
        "identity_number": "079080000123",
        "religion": "Không",
    }


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Họ và tên": ""}, "Họ và tên: chưa ghi"),
        ({"Họ và tên": "x" * 201}, "Họ và tên: dài quá 200 ký tự"),
        ({"Họ và tên": "Hoa\x07"}, "Họ và tên: có ký tự điều khiển"),
        ({"Ngày sinh": "31/2/1980"}, "Ngày sinh: không có ngày này trong lịch"),
        ({"Ngày sinh": "1/1/2027"}, "Ngày sinh: ở tương lai"),
        ({"Ngày sinh": "1891"}, "Ngày sinh: quá 120 tuổi"),
        ({"Giới tính": "không rõ"}, "Giới tính: hãy ghi Nam, Nữ hoặc Khác"),
        ({"Điện thoại": "gọi nhà"}, "Điện thoại: phải là 8 đến 15 chữ số"),
        ({"Email": "hoa"}, "Email: không phải địa chỉ thư điện tử"),
        ({"CCCD": "123"}, "CCCD: phải có 9 hoặc 12 chữ số"),
        ({"Chi hội": ""}, "Chi hội: chưa ghi"),
        ({"Chi hội": "Chi hội ấp 9"}, "Chi hội: không có trong danh mục"),
        ({"Chi hội": "Chi hội ấp 2"}, "Chi hội: có 2 nơi cùng tên"),
        ({"Chi hội": "Chi hội ấp 1 [ffff]"}, "Chi hội: mã ngắn"),
        ({"Ngày vào Hội": "1/7/2026"}, "Ngày vào Hội: sau ngày lập danh sách"),
        ({"Ngày vào Hội": "1920"}, "Ngày vào Hội: trước năm 1930"),
        ({"Ngày vào Hội": "1980"}, "Ngày vào Hội: không thể trước hoặc trong năm sinh"),
        ({"Ngày vào Hội": "2005", "Kết nạp mới": "có"}, "kết nạp mới phải ghi đủ ngày"),
        ({"Kết nạp mới": "chắc vậy"}, "Kết nạp mới: hãy ghi Có hoặc Không"),
        ({"Ngày rời": "1/1/2026"}, "ghi cả ngày thôi và lý do"),
        ({"Ngày rời": "1/1/2026", "Lý do": "chán"}, "Lý do: hãy chọn trong danh mục"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_column(cells: dict[str, str], says: str) -> None:
    assert any(says in error for error in one(**cells).errors), one(**cells).errors


def test_every_error_of_a_row_is_told_at_once() -> None:
    assert len(one(**{"Ngày sinh": "x", "Giới tính": "x", "Chi hội": "x"}).errors) == 3


def test_a_branch_is_found_by_label_name_and_accentless_name() -> None:
    for cell in (BRANCHES.label(SECOND), "chi hoi ap 1", "Chi hội ấp 1", "CHI HỘI ẤP 1 – Hội LHPN xã"):
        assert one(**{"Chi hội": cell}).branch in {FIRST, SECOND}
    assert one(**{"Chi hội": BRANCHES.label(SECOND)}).branch == SECOND
    assert one(**{"Chi hội": BRANCHES.label(TWIN)}).branch == TWIN


def test_totals_signatures_and_blank_rows_are_no_members() -> None:
    rows = read(
        ["DANH SÁCH HỘI VIÊN"],
        ["STT", "Họ và tên", "Chi hội"],
        ["1", "Hoa", "Chi hội ấp 1"],
        [],
        ["2", "Mai", "Chi hội ấp 1"],
        ["", "Tổng cộng: 2 người", ""],
        ["", "", "Ngày 5 tháng 7 năm 2026"],
        ["", "", "Người lập biểu"],
    )
    assert [row.details["full_name"] for row in rows] == ["Hoa", "Mai"]
    assert [row.place for row in rows] == [2, 4]


def test_birth_by_sex_in_two_columns() -> None:
    rows = read(
        ["Họ và tên", "Năm sinh", "", "Chi hội"],
        ["", "Nam", "Nữ", ""],
        ["Hoa", "", "1970", "Chi hội ấp 1"],
        ["Tèo", "1981", "", "Chi hội ấp 1"],
    )
    assert [(row.details["sex"], row.details["birth_year"]) for row in rows] == [("female", 1970), ("male", 1981)]


def test_without_a_column_of_branches_the_only_one_is_meant() -> None:
    rows = read(["Họ và tên", "Năm sinh"], ["Hoa", "1970"], only=FIRST)
    assert [row.branch for row in rows] == [FIRST]
    assert read(["Họ và tên", "Năm sinh"], ["Hoa", "1970"])[0].errors == ["Chi hội: chưa ghi"]


def test_words_are_those_of_the_organisation() -> None:
    row = read(["Họ và tên", "Năm sinh"], ["Hoa", "1990"], kind=YOUTH_UNION)[0]
    assert row.errors == ["Chi đoàn: chưa ghi"]


def test_a_file_without_headings_is_refused() -> None:
    with pytest.raises(SheetRefused, match="no-headings"):
        read(["một", "hai"], ["ba", "bốn"])
