"""Is what is written text, whatever it begins with; in Excel's own readers and in LibreOffice?"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from shared.sheets.process import read_tables, write_book
from shared.sheets.tables import Book, Column, Page

BEGINNINGS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "＝",
    "'",
    '"',
    "\n",
    "=cmd|'/c calc'!A1 ",
    "@SUM(",
    "+84 ",
    "_x0041_",
    " ",
]
ENDS = ["1+1", "A1", '"x"', "Nguyễn Thị Đào", "a\nb", "a;b,c", 'HYPERLINK("http://x")', "2", "''", "1e5"]


def soffice() -> str | None:
    """LibreOffice, where this machine has it."""
    return shutil.which("soffice")


def cells() -> list[list[str]]:
    """500 cells: every beginning before every end, in different columns."""
    every = [f"{beginning}{end}" for beginning in BEGINNINGS for end in ENDS]
    many = [f"{cell} {number}" for number in range(4) for cell in every][:500]
    return [many[start : start + 5] for start in range(0, 500, 5)]


def written() -> tuple[list[list[str]], bytes]:
    """The cells, and the file that holds them."""
    rows = cells()
    return rows, write_book(Book(pages=[Page(title="Thử", columns=[Column(heading=h) for h in "abcde"], rows=rows)]))


def test_every_cell_is_text_to_openpyxl_and_calamine(record_property: Callable[[str, object], None]) -> None:
    rows, data = written()
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Thử"]
    found = [list(row) for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for row in found for cell in row} == {"s"}
    assert seen([[str(cell.value) for cell in row] for row in found]) == seen(rows)
    assert seen(read_tables(data)[0].rows[1:]) == seen(rows)
    record_property("battery", ["S-15", 500, 0, ""])


def seen(rows: list[list[str]]) -> list[list[str]]:
    """The cells with every sort of line end as one."""
    return [[cell.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "\n") for cell in row] for row in rows]


@pytest.mark.skipif(soffice() is None, reason="no LibreOffice (soffice) on this machine")
def test_libreoffice_computes_nothing_and_shows_every_cell(tmp_path: Path) -> None:
    rows, data = written()
    (tmp_path / "in.xlsx").write_bytes(data)
    through_libreoffice(tmp_path / "in.xlsx", tmp_path / "out")
    again = openpyxl.load_workbook(tmp_path / "out" / "in.xlsx")["Thử"]
    found = [list(row) for row in again.iter_rows(min_row=2, max_col=5)]
    assert [cell.coordinate for row in found for cell in row if cell.data_type == "f"] == []
    assert seen([[str(cell.value) for cell in row] for row in found]) == seen(rows)


def through_libreoffice(file: Path, out: Path, form: str = "xlsx") -> None:
    """Open a file in LibreOffice and save it again."""
    profile = f"-env:UserInstallation=file://{out.parent / 'profile'}"
    words = [soffice() or "soffice", profile, "--headless", "--convert-to", form, "--outdir", str(out), str(file)]
    subprocess.run(words, check=True, capture_output=True, timeout=300)


def test_a_page_to_be_filled_has_its_lists_and_only_its_headings_protected() -> None:
    columns = [
        Column(heading="Họ và tên", required=True),
        Column(heading="Ngày sinh", day=True, hint="Ghi ngày/tháng/năm."),
        Column(heading="Giới tính", choices="Giới tính"),
    ]
    book = Book(
        pages=[Page(title="Danh sách", columns=columns, blank=10, banner=["DANH SÁCH"])],
        lists={"Giới tính": ["Nam", "Nữ"]},
        text=["Cách ghi"],
    )
    made = openpyxl.load_workbook(io.BytesIO(write_book(book)))
    sheet = made["Danh sách"]
    assert [cell.value for cell in sheet[2]] == ["Họ và tên", "Ngày sinh", "Giới tính"]
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not sheet.column_dimensions["A"].protection.locked
    assert sheet.column_dimensions["B"].number_format == "dd/mm/yyyy"
    assert sheet["A2"].font.name == "Times New Roman"
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert [rule.formula1 for rule in lists] == ["'Danh mục'!$A$2:$A$3"]
    assert made.sheetnames == ["Danh sách", "Hướng dẫn", "Danh mục"]
