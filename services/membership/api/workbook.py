"""How is a branch's book printed? One workbook, a sheet a table, A4 upright, as an office files it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from services.membership.api.naming import with_names
from services.membership.api.wording import ANSWERED_ELSEWHERE, NUMBERED, Wording
from services.membership.projections.asking import Row
from services.membership.projections.book import Column, Filled
from shared.sheets.office import DAY, NUMBER, OPTIONS, office_sheet
from shared.units.calendar import NO_DATA, Language

HEADING_ROW: Final = 3
WIDTH: Final = 84
"""Characters of one line between the margins."""
WIDE: Final = frozenset({"person", "unit", "destination", "origin", "home", "cause", "programme"})


def written(unit: Row, year: int, tables: Sequence[Filled], wording: Wording) -> bytes:
    """The workbook of a branch's year: the same bytes for the same book."""
    stored = BytesIO()
    paper = _Paper(xlsxwriter.Workbook(stored, OPTIONS), wording)
    paper.cover(unit, year, tables)
    for number, filled in enumerate(tables, start=1):
        paper.table(number, filled, f"{unit['title']} – năm {year}")
    paper.close(dt.datetime(year, 12, 31, tzinfo=dt.UTC))
    return stored.getvalue()


class _Paper:
    """The workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, wording: Wording) -> None:
        self._book = book
        self._wording = wording
        font = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        cell = {**font, "border": 1, "text_wrap": True}
        self._text = book.add_format(cell)
        self._number = book.add_format({**cell, "num_format": NUMBER})
        self._day = book.add_format({**cell, "num_format": DAY, "align": "left"})
        self._heading = book.add_format({**cell, "bold": True, "align": "center", "valign": "vcenter"})
        self._title = book.add_format({**font, "bold": True, "font_size": 14})
        self._plain = book.add_format(font)

    def close(self, created: dt.datetime) -> None:
        """Finish; the day of the book stands for the moment of writing, which nobody needs."""
        self._book.set_properties({"title": "Sổ chi đoàn, chi hội", "created": created.replace(tzinfo=None)})
        self._book.close()

    def cover(self, unit: Row, year: int, tables: Sequence[Filled]) -> None:
        """Whose book, of which year, and what stands in it."""
        sheet = office_sheet(self._book, "Bìa")
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, 1, WIDTH - 24)
        sheet.set_column(2, 2, 16)
        sheet.write_string(0, 0, "SỔ CHI ĐOÀN, CHI HỘI", self._title)
        sheet.write_string(1, 0, f"{unit['title']} – năm {year}", self._title)
        for column, heading in enumerate((NUMBERED, "Bảng", "Số dòng")):
            sheet.write_string(HEADING_ROW, column, heading, self._heading)
        for number, filled in enumerate(tables, start=1):
            row = HEADING_ROW + number
            sheet.write_number(row, 0, number, self._number)
            sheet.write_string(row, 1, filled.table.vi, self._text)
            if filled.rows is None:
                sheet.write_string(row, 2, NO_DATA[Language.VIETNAMESE], self._text)
            else:
                sheet.write_number(row, 2, len(filled.rows), self._number)
        sheet.repeat_rows(HEADING_ROW)

    def table(self, number: int, filled: Filled, whose: str) -> None:
        """One table on its sheet."""
        columns = with_names(filled.table.columns, self._wording.named)
        sheet = office_sheet(self._book, f"{number}. {filled.table.vi}"[:31])
        sheet.write_string(0, 0, f"{number}. {filled.table.vi}", self._title)
        sheet.write_string(1, 0, whose, self._plain)
        sheet.set_column(0, 0, 5)
        for place, (column, width) in enumerate(zip(columns, _widths(columns), strict=True), start=1):
            sheet.set_column(place, place, width)
            sheet.write_string(HEADING_ROW, place, column.vi, self._heading)
        sheet.write_string(HEADING_ROW, 0, NUMBERED, self._heading)
        sheet.repeat_rows(HEADING_ROW)
        sheet.freeze_panes(HEADING_ROW + 1, 0)
        if filled.rows is None:
            missing = ANSWERED_ELSEWHERE if filled.table.told_by else NO_DATA[Language.VIETNAMESE]
            sheet.write_string(HEADING_ROW + 1, 0, missing, self._plain)
            return
        for place, row in enumerate(filled.rows, start=1):
            sheet.write_number(HEADING_ROW + place, 0, place, self._number)
            for at, column in enumerate(columns, start=1):
                self._cell(sheet, HEADING_ROW + place, at, self._wording.value(column, row))
        if filled.table.total is not None:
            self._total(sheet, HEADING_ROW + len(filled.rows) + 1, filled)

    def _total(self, sheet: Worksheet, row: int, filled: Filled) -> None:
        names = [column.name for column in with_names(filled.table.columns, self._wording.named)]
        sheet.write_string(row, 1, "Cộng", self._heading)
        at = 1 + names.index(filled.table.total or "")
        if filled.total is None:
            sheet.write_string(row, at, NO_DATA[Language.VIETNAMESE], self._text)
        else:
            sheet.write_number(row, at, filled.total, self._number)

    def _cell(self, sheet: Worksheet, row: int, at: int, value: Any) -> None:  # noqa: ANN401
        """A number as a number, a day as a day, all else as text."""
        match value:
            case None:
                sheet.write_blank(row, at, None, self._text)
            case dt.date():
                sheet.write_datetime(row, at, dt.datetime.combine(value, dt.time()), self._day)
            case int() if not isinstance(value, bool):
                sheet.write_number(row, at, value, self._number)
            case _:
                sheet.write_string(row, at, str(value), self._text)


def _widths(columns: Sequence[Column]) -> list[float]:
    """The line shared out: ids, names and reasons get twice what days and numbers get."""
    shares = [2 if column.name in WIDE else 1 for column in columns]
    return [WIDTH * share / sum(shares) for share in shares]
