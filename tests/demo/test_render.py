"""Is the table shown as it should be? In a terminal of two widths, as a page, as a spreadsheet.

The texts are held against `snapshots/`. After a wanted change: `python -m tests.demo.shown`, and read the diff.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import openpyxl
import pytest

from shared.operations.demo.calibration import Calibration, Words
from shared.operations.demo.render import page, write_page, write_workbook
from shared.operations.demo.table import Table
from shared.operations.demo.texts import HEADINGS
from tests.demo.printed import as_printed, with_a_difference
from tests.demo.shown import FOLDER, SHOWN, terminal


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_table_looks_as_it_did(name: str, calibration: Calibration) -> None:
    assert SHOWN[name](calibration) == (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int, calibration: Calibration) -> None:
    assert max(map(len, terminal(as_printed(calibration), width).splitlines())) <= width


def test_the_banner_stands_first_in_both_languages(calibration: Calibration) -> None:
    for shown in (terminal(as_printed(calibration), 200), page(as_printed(calibration))):
        first = shown.index(calibration.banner.vi)
        assert first < shown.index(calibration.banner.en) < shown.index(calibration.row[0].figure.vi)


def test_a_difference_and_missing_data_are_said_in_words(calibration: Calibration) -> None:
    shown = page(with_a_difference(calibration))
    assert shown.count("✗ LỆCH") == 2
    assert "không có dữ liệu" in shown
    assert "21/23 dòng" in shown


class Tags(HTMLParser):
    """Every tag of a page, and whether they nest."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.attributes.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes the last one."""
        assert self.open.pop() == tag


def test_the_page_asks_for_nothing_outside_of_itself(calibration: Calibration, tmp_path: Path) -> None:
    write_page(as_printed(calibration), tmp_path / "page.html")
    shown = (tmp_path / "page.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(shown)
    assert tags.open == []
    assert {tag for tag, _ in tags.attributes} & {"script", "link", "img", "iframe", "object"} == set()
    links = [attributes["href"] or "" for _, attributes in tags.attributes if "href" in attributes]
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"https?:|//|@import|url\(|src=", shown)


def test_the_page_is_vietnamese_and_can_be_read_on_a_phone_and_by_a_screen_reader(calibration: Calibration) -> None:
    shown = page(as_printed(calibration))
    for needed in (
        '<html lang="vi">',
        'name="viewport"',
        "prefers-color-scheme: dark",
        "max-width: 600px",
        "<caption",
        'scope="col"',
        'scope="row"',
        'lang="en"',
        'class="skip"',
    ):
        assert needed in shown


def test_the_page_names_units_in_words_and_shows_no_id(calibration: Calibration) -> None:
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", page(as_printed(calibration)))


def test_the_spreadsheet_can_be_opened_and_holds_every_line_and_no_formula(
    calibration: Calibration, tmp_path: Path
) -> None:
    file = tmp_path / "demo.xlsx"
    write_workbook(as_printed(calibration), file)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Đối chiếu", "Từng con số"]
    lines = book["Đối chiếu"]
    assert lines.freeze_panes == "C5"
    assert [cell.value for cell in lines[4]] == [heading.vi for heading in HEADINGS.values()]
    articles = [row[0].value for row in lines.iter_rows(min_row=5, max_row=4 + len(calibration.row))]
    assert articles == [row.article for row in calibration.row]
    assert all(lines.column_dimensions[column].width > 5 for column in "ABCDEFGHIJKLMN")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert lines["A2"].value == calibration.banner.vi


def test_numbers_stand_in_the_spreadsheet_as_numbers_and_in_the_vietnamese_form(
    calibration: Calibration, tmp_path: Path
) -> None:
    file = tmp_path / "demo.xlsx"
    write_workbook(as_printed(calibration), file)
    book = openpyxl.load_workbook(file)
    visits = [row for row in book["Từng con số"].iter_rows() if row[3].value == 26140]
    assert [cell.number_format for cell in visits[0][3:4]] == ["[$-42A]#,##0"]
    texts = [cell.value for row in book["Đối chiếu"].iter_rows() for cell in row]
    assert "26.140" in texts
    assert "65,7 %" in texts


@pytest.mark.parametrize("text", ["=1+1", "+84", "-3", "@cmd", "\tx", "http://example", "0012"])
def test_a_cell_stays_the_text_that_it_is(text: str, calibration: Calibration, tmp_path: Path) -> None:
    first = as_printed(calibration).lines[0]
    row = msgspec.structs.replace(first.row, figure=Words(vi=text, en=text))
    file = tmp_path / "demo.xlsx"
    write_workbook(Table(calibration, (replace(first, row=row),)), file)
    cell = openpyxl.load_workbook(file)["Đối chiếu"]["B5"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)
