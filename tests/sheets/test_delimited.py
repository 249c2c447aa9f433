"""Are CSV and JSON lines read whatever stands between their cells and however they are encoded; is the rest named?"""

from __future__ import annotations

import json

import pytest

from shared.sheets.delimited import RISKY, read_delimited, shielded
from shared.sheets.errors import SheetRefused
from shared.sheets.process import read_tables, write_book
from shared.sheets.tables import Book, Column, Page

ROWS = [["Họ và tên", "Ngày sinh"], ["Nguyễn Thị Hoa, con ông Tư", "05/07/2006"], ['Trần "Tèo" Văn', "2006"]]


def as_csv(separator: str) -> str:
    return "\r\n".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in ROWS)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_separator_in_every_encoding(separator: str, encoding: str) -> None:
    assert read_delimited(as_csv(separator).encode(encoding)).rows == ROWS


def test_json_lines_are_rows_under_the_names_of_their_fields() -> None:
    lines = "\n".join([json.dumps({"full_name": "Hoa", "birth": 2006}), json.dumps({"full_name": "Tư", "phone": None})])
    rows = read_delimited(lines.encode()).rows
    assert rows == [["full_name", "birth", "phone"], ["Hoa", "2006", ""], ["Tư", "", ""]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("Họ và tên;Nguyễn Thị Hường;Trần Văn Tèo".encode("cp1258", errors="ignore") + b"\xcc\xec\xd2", "windows-1258"),
        (bytes(range(0x80, 0x100)) * 4, "unknown-encoding"),
        (b"ho ten;abc\x00def;xyz;more text here that is long enough for sampling", "unknown-encoding"),
        (b'{"a": 1}\n{"a": ', "unreadable-line"),
        (b'{"a": [1]}', "unreadable-line"),
        (b'{"a": NaN}', "unreadable-line"),
        (b'{"a":' + b"[" * 100_000, "unreadable-line"),
        (b"a;b\n" * 50_001, "too-many-rows"),
        (b";" * 300, "too-many-columns"),
        (b"\n\n", "empty-sheet"),
        (b"%PDF-1.7", "broken"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old-excel"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(SheetRefused, match=reason):
        read_tables(data)


def test_no_cell_of_a_written_csv_begins_a_formula_and_all_come_back() -> None:
    cells = [[f"{sign}1+1", f"x{sign}", f"'{sign}"] for sign in RISKY]
    data = write_book(Book(pages=[Page(title="A", columns=[Column(heading=h) for h in "abc"], rows=cells)]), "csv")
    assert all(shielded(cell)[0] not in RISKY for row in cells for cell in row)
    assert read_delimited(data).rows[1:] == cells
