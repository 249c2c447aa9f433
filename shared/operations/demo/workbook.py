"""How does the table look in a spreadsheet? Two sheets: the lines as on paper, and every number by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.operations.demo.table import Table
from shared.operations.demo.texts import HEADINGS, TITLE, Texts, say, source, summary, texts
from shared.operations.demo.wording import Language

OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""No text becomes a formula, a link or a number, whatever it begins with."""
NUMBER: Final = "[$-42A]#,##0"
"""Whole numbers, grouped as the Vietnamese locale does."""
WIDTHS: Final = {
    "article": 7,
    "figure": 30,
    "words": 38,
    "comparator": 10,
    "subject": 26,
    "rater": 24,
    "period": 24,
    "scope": 26,
    "fraction": 20,
    "computed": 24,
    "equal": 16,
    "basis": 12,
    "beside": 44,
    "care": 60,
}
PARTS: Final = (
    ("Bài", 7),
    ("Chỉ số", 34),
    ("Con số", 34),
    ("Tử số", 12),
    ("Mẫu số", 12),
    ("Đã công bố", 14),
    ("Trên tổng số đã công bố", 22),
)
HEADER_ROW: Final = 3


class Workbook:
    """An XLSX file being written."""

    def __init__(self, file: Path, language: Language) -> None:
        self._book = xlsxwriter.Workbook(str(file), OPTIONS)
        self._language = language
        font = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        self._text = self._book.add_format({**font, "text_wrap": True, "border": 1})
        self._number = self._book.add_format({**font, "num_format": NUMBER, "border": 1})
        self._plain = self._book.add_format(font)
        self._title = self._book.add_format({**font, "bold": True, "font_size": 14})
        self._banner = self._book.add_format({**font, "bold": True, "font_color": "#9C0006"})
        self._heading = self._book.add_format(
            {**font, "bold": True, "text_wrap": True, "border": 1, "bg_color": "#D9E2F3"}
        )
        self._verdicts = {
            True: self._book.add_format({**font, "border": 1, "bg_color": "#E2EFDA", "text_wrap": True}),
            False: self._book.add_format({**font, "border": 1, "bg_color": "#FFC7CE", "bold": True, "text_wrap": True}),
            None: self._text,
        }

    def write(self, table: Table) -> None:
        """Write both sheets and close the file."""
        self._book.set_properties({"title": say(TITLE, self._language), "comments": table.calibration.banner.vi})
        self._lines(table)
        self._parts(table)
        self._book.close()

    def _sheet(self, name: str, table: Table, widths: list[int]) -> Worksheet:
        """A sheet with title, banner and frozen header row, ready for printing on landscape A4."""
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, say(TITLE, self._language), self._title)
        sheet.write_string(1, 0, table.calibration.banner.vi, self._banner)
        sheet.write_string(2, 0, table.calibration.banner.en, self._banner)
        sheet.freeze_panes(HEADER_ROW + 1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        return sheet

    def _lines(self, table: Table) -> None:
        sheet = self._sheet("Đối chiếu", table, list(WIDTHS.values()))
        for column, name in enumerate(WIDTHS):
            sheet.write_string(HEADER_ROW, column, say(HEADINGS[name], self._language), self._heading)
        row = HEADER_ROW
        for row, line in enumerate(table.lines, start=HEADER_ROW + 1):
            said = texts(line, self._language)
            for column, name in enumerate(WIDTHS):
                cell_format: Format = self._verdicts[said.verdict] if name == "equal" else self._text
                sheet.write_string(row, column, _cell(said, name), cell_format)
        sheet.autofilter(HEADER_ROW, 0, row, len(WIDTHS) - 1)
        sheet.write_string(row + 2, 0, summary(table, self._language), self._title)
        for offset, article in enumerate(table.calibration.article, start=row + 3):
            sheet.write_string(offset, 0, f"{article}: {source(table, article)}", self._plain)

    def _parts(self, table: Table) -> None:
        """Every number as a number, so that the sheet can be reckoned with."""
        sheet = self._sheet("Từng con số", table, [width for _, width in PARTS])
        for column, (heading, _) in enumerate(PARTS):
            sheet.write_string(HEADER_ROW, column, heading, self._heading)
        row = HEADER_ROW
        for line in table.lines:
            for counted in (*line.parts, *line.beside):
                row += 1
                label = say(counted.part.label, self._language)
                for column, text in enumerate((line.row.article, say(line.row.figure, self._language), label)):
                    sheet.write_string(row, column, text, self._text)
                numbers = (counted.numerator, counted.denominator, counted.part.value, counted.part.of)
                for column, value in enumerate(numbers, start=3):
                    if value is None:
                        sheet.write_blank(row, column, None, self._text)
                    else:
                        sheet.write_number(row, column, value, self._number)
                if counted.part.percent is not None:
                    sheet.write_string(row, 5, f"{line.row.comparator} {counted.part.percent} %", self._text)


def _cell(said: Texts, name: str) -> str:
    value: str | tuple[str, ...] = getattr(said, name)
    return value if isinstance(value, str) else "\n".join(value)
