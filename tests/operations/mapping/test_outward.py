"""Does a list come out in the form that a template asks for, and only what has changed since?"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from shared.operations.mapping.layout import MappingFault
from shared.operations.mapping.outward import book, changed, filled, keep, read_template, rows_of
from shared.sheets.process import read_tables, write_book
from tests.support.sources import ROOT

SAMPLE = (ROOT / "docs" / "examples" / "mappings" / "province-form-sample.out.toml").read_text(encoding="utf-8")
TEMPLATE = read_template(SAMPLE)
EAST = "00000000-0000-4000-8000-00000000000b"
LISTED: dict[str, Any] = {
    "titles": {EAST: "Chi đoàn ấp 1"},
    "listed": [
        {"person": person, "branch": EAST, "since": f"2020-0{n}-01", "entered": True, "states": []}
        for n, person in enumerate(("p-teo", "p-hoa", "p-quen"), 1)
    ],
}
PERSONS: list[dict[str, Any]] = [
    {"person": "p-teo", "details": {"full_name": "Trần Văn Tèo", "sex": "male"}},
    {"person": "p-hoa", "details": {"full_name": "Nguyễn Thị Hoa", "birth_date": "2006-07-05", "sex": "female"}},
    {"person": "p-quen", "forgotten": True},
]
ROWS = rows_of(LISTED, PERSONS)


def test_rows_stand_by_given_name_in_the_columns_of_the_template() -> None:
    assert TEMPLATE.sample
    assert filled(TEMPLATE, ROWS) == [
        ["1", "", "", "", "Chi đoàn ấp 1", "01/03/2020", ""],
        ["2", "Nguyễn Thị Hoa", "05/07/2006", "Nữ", "Chi đoàn ấp 1", "01/02/2020", ""],
        ["3", "Trần Văn Tèo", "", "Nam", "Chi đoàn ấp 1", "01/01/2020", ""],
    ]


def test_the_workbook_has_title_headings_and_rows_and_no_cell_is_a_formula() -> None:
    rows = [{**ROWS[1], "full_name": '=HYPERLINK("x")'}]
    (table,) = read_tables(write_book(book(TEMPLATE, filled(TEMPLATE, rows))))
    assert table.name == "Biểu 02"
    assert table.rows[0] == ["DANH SÁCH ĐOÀN VIÊN, HỘI VIÊN"]
    assert table.rows[1][:3] == ["TT", "Họ và tên", "Ngày sinh"]
    assert table.rows[2][1] == '=HYPERLINK("x")'


def test_only_changed_rows_come_again_and_who_left_is_named(tmp_path: Path) -> None:
    file = tmp_path / "last.json"
    first, gone, last = changed(file, TEMPLATE, ROWS)
    assert (len(first), gone) == (3, [])
    keep(file, last)
    assert changed(file, TEMPLATE, list(reversed(ROWS)))[:2] == ([], [])
    moved = [ROWS[0], {**ROWS[1], "phone": "0900"}, {**ROWS[2], "since": "2024-01-01"}]
    fresh, gone, _ = changed(file, TEMPLATE, moved)
    assert ([row["person"] for row in fresh], gone) == (["p-teo"], [])
    assert changed(file, TEMPLATE, ROWS[1:])[1] == ["p-quen"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Hoa" not in file.read_text()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('value = "{sex}"', 'value = "{sexx}"', "a row says nothing called 'sexx'"),
        ('value = "{branch}"', 'value = "{religion}"', "'religion' is sensitive"),
        ("width = 6", 'width = "6"', "Expected"),
        ('kind = "day"\n\n[[columns]]\nheading = "Giới', 'kind = "dy"\n\n[[columns]]\nheading = "Giới', "Invalid enum"),
    ],
)
def test_a_fault_is_named_with_its_line(right: str, wrong: str, said: str) -> None:
    assert SAMPLE.count(right) == 1
    text = SAMPLE.replace(right, wrong)
    line = text[: text.index(wrong)].count("\n") + 1
    with pytest.raises(MappingFault) as caught:
        read_template(text)
    assert [each for each in caught.value.faults if each.startswith(f"line {line}: ") and said in each], (
        caught.value.faults
    )
