"""How does a workbook become a file? A form and a `Book` come on standard input, the file leaves on standard output.

`python -m shared.sheets.writer`, a process of its own, for 20,000 rows are work for a whole core. Every cell is text:
whatever it begins with, no spreadsheet computes it. Started by `shared.sheets.process`.
"""

from __future__ import annotations

import csv
import io
import sys
from typing import Any, Final

import msgspec
import xlsxwriter

from shared.sheets.delimited import shielded
from shared.sheets.limits import SECONDS, WRITING, limit
from shared.sheets.office import A4, OPTIONS
from shared.sheets.tables import Book, Page

FONT: Final = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
"""What offices print with; it has every Vietnamese letter."""
LISTS: Final = "Danh mục"
TEXT: Final = "Hướng dẫn"
FIRST_DAY: Final = "01/01/1900"
MOST_CHARACTERS: Final = 32_767
"""Of one cell of Excel."""
_REQUIRED, _SENSITIVE, _PLAIN = "#FCE4D6", "#FFF2CC", "#D9E2F3"


def write_csv(book: Book) -> bytes:
    """The first page, in UTF-8 with the mark by which Excel knows it; separated by semicolons as Excel here expects."""
    page, file = book.pages[0], io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    if not page.bare:
        writer.writerow([shielded(column.heading) for column in page.columns])
    writer.writerows([shielded(cell.replace("\0", "")) for cell in row] for row in page.rows)
    return file.getvalue().encode("utf-8-sig")


class Workbook:
    """An XLSX file being written."""

    def __init__(self, file: io.BytesIO) -> None:
        self._book = xlsxwriter.Workbook(file, OPTIONS)
        cell = {**FONT, "border": 1, "num_format": "@"}
        self._formats = {
            "text": self._book.add_format({**cell, "text_wrap": True}),
            "wrong": self._book.add_format({**cell, "text_wrap": True, "bg_color": "#FFC7CE"}),
            "open": self._book.add_format({**cell, "locked": False}),
            "open-day": self._book.add_format({**cell, "locked": False, "num_format": "dd/mm/yyyy"}),
            "plain": self._book.add_format(FONT),
            "wide": self._book.add_format({**FONT, "text_wrap": True}),
            "title": self._book.add_format({**FONT, "bold": True, "font_size": 14}),
            **{
                colour: self._book.add_format({**cell, "bold": True, "text_wrap": True, "bg_color": colour})
                for colour in (_REQUIRED, _SENSITIVE, _PLAIN)
            },
        }
        self._ranges: dict[str, str] = {}

    def write(self, book: Book) -> None:
        """Write every page, then the lists that they choose from, and close the file."""
        for place, (name, words) in enumerate(book.lists.items()):
            letter = xlsxwriter.utility.xl_col_to_name(place)
            self._ranges[name] = f"='{LISTS}'!${letter}$2:${letter}${max(2, len(words) + 1)}"
        for page in book.pages:
            self._page(page)
        if book.text:
            self._explain(book.text)
        if book.lists:
            self._list(book.lists)
        self._book.close()

    def _page(self, page: Page) -> None:
        sheet = self._book.add_worksheet(page.title)
        for row, line in enumerate(page.banner):
            sheet.write_string(row, 0, line, self._formats["title" if row == 0 else "plain"])
        top = len(page.banner) - page.bare
        for place, column in enumerate(page.columns):
            colour = _REQUIRED if column.required else _SENSITIVE if column.sensitive else _PLAIN
            style = None if not page.blank else self._formats["open-day" if column.day else "open"]
            sheet.set_column(place, place, column.width, style)
            if not page.bare:
                _text(sheet, top, place, column.heading, self._formats[colour])
        for place in range(len(page.columns)):
            self._guide(sheet, page, place, top)
        styles = dict.fromkeys(page.bold, self._formats[_PLAIN]) | dict.fromkeys(page.marked, self._formats["wrong"])
        for number, cells in enumerate(page.rows):
            style = styles.get(number, self._formats["text"])
            for place, cell in enumerate(cells):
                _text(sheet, top + 1 + number, place, cell, style)
        headed = top + 1 + page.bold[0] if page.bare and page.bold else max(top, 0)
        sheet.freeze_panes(headed + 1, 0)
        _printed(sheet, headed)
        if page.blank:
            sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True, "insert_rows": True})
        elif page.rows and not page.bare:
            sheet.autofilter(top, 0, top + len(page.rows), len(page.columns) - 1)

    def _guide(self, sheet: Any, page: Page, place: int, top: int) -> None:  # noqa: ANN401 — the library ships no types
        """What may be chosen or typed in a column that is to be filled."""
        column, first, last = page.columns[place], top + 1, top + page.blank + len(page.rows)
        if not page.blank or not (column.choices or column.hint):
            return
        rule: dict[str, Any] = {"validate": "any", "input_title": column.heading[:32], "input_message": column.hint}
        if column.choices:
            rule |= {
                "validate": "list",
                "source": self._ranges[column.choices],
                "error_title": "Không có trong danh mục",
                "error_message": f"Hãy chọn trong trang “{LISTS}”.",
                "error_type": "stop" if column.strict else "warning",
            }
        sheet.data_validation(first, place, last, place, rule)

    def _explain(self, lines: list[str]) -> None:
        sheet = self._book.add_worksheet(TEXT)
        sheet.set_column(0, 0, 110)
        for row, line in enumerate(lines):
            _text(sheet, row, 0, line, self._formats["title" if row == 0 else "wide"])
        sheet.protect()
        _printed(sheet, 0)

    def _list(self, lists: dict[str, list[str]]) -> None:
        sheet = self._book.add_worksheet(LISTS)
        for place, (name, words) in enumerate(lists.items()):
            sheet.set_column(place, place, 44)
            _text(sheet, 0, place, name, self._formats[_PLAIN])
            for row, word in enumerate(words, 1):
                _text(sheet, row, place, word, self._formats["plain"])
        sheet.freeze_panes(1, 0)
        sheet.protect()


def _text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:  # noqa: ANN401 — the library ships no types
    """Write a cell as text; an empty one keeps its format."""
    if text:
        sheet.write_string(row, column, text[:MOST_CHARACTERS], style)
    else:
        sheet.write_blank(row, column, None, style)


def _printed(sheet: Any, top: int) -> None:  # noqa: ANN401 — the library ships no types
    """On A4, across, with the headings on every page."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def main() -> None:
    """Write one book."""
    limit(WRITING, 2 * SECONDS)
    form, _, data = sys.stdin.buffer.read().partition(b"\n")
    book = msgspec.msgpack.decode(data, type=Book)
    if form == b"csv":
        sys.stdout.buffer.write(write_csv(book))
        return
    file = io.BytesIO()
    Workbook(file).write(book)
    sys.stdout.buffer.write(file.getvalue())


if __name__ == "__main__":
    main()
