"""How does a report become a workbook? The report as printed, its numbers as numbers, its charts as Excel's own.

Text is never a formula, a link or a number, whatever it begins with. The same report gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from services.ratings.reports.paper import (
    NATIONAL,
    Bars,
    Blank,
    Heading,
    Paper,
    Share,
    Slopes,
    Table,
    Text,
    cell_text,
    plain,
    roman,
)
from shared.sheets.office import NUMBER, OPTIONS, PERCENT, office_sheet

COLUMNS: Final = 8
"""The printed sheet is so many columns wide; tables take as many as they have."""
LONGEST: Final = 32_000
"""Characters that a cell holds."""
FILLS: Final[Sequence[dict[str, Any]]] = (
    {"fill": {"color": "#464646"}},
    {"fill": {"color": "#D7D7D7"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#1A1A1A", "bg_color": "#FFFFFF"}},
    {"pattern": {"pattern": "percent_20", "fg_color": "#1A1A1A", "bg_color": "#FFFFFF"}},
    {"pattern": {"pattern": "dark_horizontal", "fg_color": "#1A1A1A", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#FFFFFF"}},
)
"""Apart in black and white too."""
MARKERS: Final = ("circle", "square", "triangle", "diamond")


def xlsx(paper: Paper) -> bytes:
    """The whole report."""
    stored = BytesIO()
    writing = _Writing(xlsxwriter.Workbook(stored, OPTIONS), paper)
    writing.report()
    writing.numbers()
    for number, chart in enumerate((each for each in paper.blocks if isinstance(each, Bars | Slopes)), 1):
        writing.chart(number, chart)
    writing.close()
    return stored.getvalue()


class _Writing:
    """The workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, paper: Paper) -> None:
        self._book, self._paper = book, paper
        font = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", "text_wrap": True}
        cell = {**font, "border": 1}
        self._plain = book.add_format(font)
        self._middle = book.add_format({**font, "align": "center"})
        self._italic = book.add_format({**font, "align": "center", "italic": True})
        self._strong = book.add_format({**font, "align": "center", "bold": True})
        self._title = book.add_format({**font, "align": "center", "bold": True, "font_size": 14})
        self._heading = book.add_format({**font, "bold": True, "font_size": 13})
        self._column = book.add_format({**cell, "bold": True, "align": "center"})
        self._cell = book.add_format({**cell, "align": "center"})
        self._text = book.add_format(cell)
        self._number = book.add_format({**cell, "num_format": NUMBER})
        self._percent = book.add_format({**cell, "num_format": PERCENT})
        self._single = book.add_format({**cell, "text_wrap": False})
        self._note = book.add_format({**font, "text_wrap": False, "italic": True})
        self._top = book.add_format({**font, "text_wrap": False, "bold": True, "font_size": 13})
        self._write = book.add_format({**font, "bottom": 4})

    def close(self) -> None:
        """Finish; the end of the period stands for the moment of writing."""
        title, author = plain(self._paper.abstract)[:255], plain(self._paper.issuer)[:255]
        created = self._paper.moment.replace(tzinfo=None)
        self._book.set_properties({"title": title, "author": author, "created": created})
        self._book.close()

    def report(self) -> None:
        """The sheet to print: as the other formats have it, without the charts."""
        sheet = office_sheet(self._book, "Báo cáo")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, COLUMNS - 1, 12)
        row, number = self._head(sheet), 0
        for block in self._paper.blocks:
            match block:
                case Heading(text):
                    number += 1
                    row = self._line(sheet, row + 1, f"{roman(number)}. {text}", self._heading)
                case Text(text):
                    row = self._line(sheet, row, text, self._plain)
                case Blank(lines):
                    for _ in range(lines):
                        row = self._line(sheet, row, "", self._write)
                case Table():
                    row = self._table(sheet, row, block)
                case Bars() | Slopes():
                    row = self._line(sheet, row, f"{block.title}: xem trang biểu đồ.", self._plain)
        sheet.merge_range(row + 1, 4, row + 1, COLUMNS - 1, "", self._strong)
        sheet.write_string(row + 1, 4, plain(self._paper.letterhead.signer), self._strong)
        sheet.merge_range(row + 2, 4, row + 2, COLUMNS - 1, "", self._strong)
        sheet.write_string(row + 2, 4, plain(self._paper.letterhead.post), self._strong)

    def numbers(self) -> None:
        """The sheet to reckon with: a row a number, numerator and denominator apart, the rate from them."""
        sheet = office_sheet(self._book, "Số liệu")
        headings = ("Phần", "Bảng", "Dòng", "Cột", "Tử số", "Mẫu số", "Tỷ lệ")
        for column, (heading, width) in enumerate(zip(headings, (34, 34, 34, 16, 12, 12, 10), strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, self._column)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        for row, (texts, cell) in enumerate(_numbers(self._paper), 1):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, plain(text)[:LONGEST], self._single)
            whole = cell if isinstance(cell, Share) else Share(cell, None)
            sheet.write_number(row, 4, whole.numerator, self._number)
            if whole.denominator:
                sheet.write_number(row, 5, whole.denominator, self._number)
                sheet.write_number(row, 6, whole.numerator / whole.denominator, self._percent)
            else:
                sheet.write_blank(row, 5, None, self._text)
                sheet.write_blank(row, 6, None, self._text)

    def chart(self, number: int, chart: Bars | Slopes) -> None:
        """A sheet with a chart's numbers and the chart."""
        sheet = office_sheet(self._book, f"Biểu đồ {number}")
        sheet.set_landscape()
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, 12, 12)
        sheet.write_string(0, 0, plain(chart.title), self._top)
        if isinstance(chart, Bars):
            self._bars(sheet, chart)
        else:
            self._slopes(sheet, chart)

    def _bars(self, sheet: Worksheet, chart: Bars) -> None:
        drawn = self._book.add_chart({"type": "bar", "subtype": "percent_stacked"})
        self._headings(sheet, ("Đơn vị", *chart.grades))
        for row, bar in enumerate(chart.bars, 3):
            sheet.write_string(row, 0, plain(bar.label), self._text)
            for column, part in enumerate(bar.parts, 1):
                sheet.write_number(row, column, part, self._number)
        last = 2 + len(chart.bars)
        for column in range(1, len(chart.grades) + 1):
            drawn.add_series(
                {
                    "name": [sheet.name, 2, column],
                    "categories": [sheet.name, 3, 0, last, 0],
                    "values": [sheet.name, 3, column, last, column],
                    "border": {"color": "#1A1A1A"},
                    "gap": 40,
                    **FILLS[(column - 1) % len(FILLS)],
                }
            )
        drawn.set_y_axis({"reverse": True, "num_font": {"name": "Times New Roman"}})
        drawn.set_x_axis({"num_format": "0%", "major_gridlines": {"visible": True, "line": {"color": "#BFBFBF"}}})
        self._placed(sheet, drawn, chart.title, last, 60 + 24 * len(chart.bars))

    def _slopes(self, sheet: Worksheet, chart: Slopes) -> None:
        drawn = self._book.add_chart({"type": "line"})
        self._headings(sheet, ("Mức", *chart.periods))
        last = len(chart.periods)
        for row, line in enumerate(chart.lines, 3):
            sheet.write_string(row, 0, plain(line.label), self._text)
            for column, point in enumerate(line.points, 1):
                if point is None or not point.denominator:
                    sheet.write_blank(row, column, None, self._text)
                else:
                    sheet.write_number(row, column, point.numerator / point.denominator, self._percent)
            drawn.add_series(
                {
                    "name": [sheet.name, row, 0],
                    "categories": [sheet.name, 2, 1, 2, last],
                    "values": [sheet.name, row, 1, row, last],
                    "line": {"color": "#1A1A1A", "width": 1.5},
                    "marker": {"type": MARKERS[(row - 3) % len(MARKERS)], "size": 7, "fill": {"color": "#FFFFFF"}},
                    "points": [None, *(_joint(how) for how in chart.joined)],
                    "data_labels": {"value": True, "position": "above"},
                }
            )
        drawn.set_y_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": {"visible": True}})
        drawn.show_blanks_as("gap")
        self._placed(sheet, drawn, chart.title, 2 + len(chart.lines), 420)
        told = "Nét liền: so sánh được; nét đứt: hạn chế; không nối: không so sánh được."
        sheet.write_string(1, 0, told, self._note)

    def _headings(self, sheet: Worksheet, headings: Sequence[str]) -> None:
        for column, heading in enumerate(headings):
            sheet.write_string(2, column, plain(heading), self._column)

    def _placed(self, sheet: Worksheet, drawn: Any, title: str, last: int, height: int) -> None:  # noqa: ANN401 — any chart
        drawn.set_title({"name": plain(title), "name_font": {"name": "Times New Roman", "size": 12}})
        drawn.set_legend({"position": "bottom", "font": {"name": "Times New Roman"}})
        drawn.set_size({"width": 900, "height": max(320, height)})
        sheet.insert_chart(last + 2, 0, drawn, {"description": plain(title)})

    def _head(self, sheet: Worksheet) -> int:
        paper, head = self._paper, self._paper.letterhead
        left = [paper.superior.upper(), paper.issuer.upper(), head.mark, paper.numbered]
        right = [*(NATIONAL if head.national else (head.banner, "")), "", paper.dated]
        for row, (one, other) in enumerate(zip(left, right, strict=True)):
            sheet.merge_range(row, 0, row, 2, "", self._strong)
            sheet.write_string(row, 0, plain(one), self._strong if row == 1 else self._middle)
            sheet.merge_range(row, 3, row, COLUMNS - 1, "", self._strong)
            sheet.write_string(row, 3, plain(other), self._italic if row == len(left) - 1 else self._strong)
            sheet.set_row(row, _height(max(len(one) * 1.6, len(other)), 50))
        row = self._line(sheet, len(left) + 1, paper.title, self._title)
        return self._line(sheet, row, paper.abstract, self._title) + 1

    def _line(self, sheet: Worksheet, row: int, text: str, how: Any) -> int:  # noqa: ANN401 — a format
        sheet.merge_range(row, 0, row, COLUMNS - 1, "", how)
        sheet.write_string(row, 0, plain(text)[:LONGEST], how)
        sheet.set_row(row, _height(len(text), 100))
        return row + 1

    def _table(self, sheet: Worksheet, row: int, block: Table) -> int:
        if block.title:
            row = self._line(sheet, row + 1, block.title, self._heading)
        spans = _spans(block)
        for cells in (block.columns, *block.rows):
            heading = cells is block.columns
            for at, (cell, (first, last)) in enumerate(zip(cells, spans, strict=True)):
                running = at == 0 or at in block.wide
                how = self._column if heading else self._text if running else self._cell
                if first < last:
                    sheet.merge_range(row, first, row, last, "", how)
                if isinstance(cell, int):
                    sheet.write_number(row, first, cell, self._number)
                else:
                    sheet.write_string(row, first, plain(cell_text(cell))[:LONGEST], how)
            texts = zip(cells, spans, strict=True)
            lines = (
                len(cell_text(cell)) / (12 * (last - first + 1) + (14 if first == 0 else 0))
                for cell, (first, last) in texts
            )
            sheet.set_row(row, _height(max(lines), 0.9))
            row += 1
        for note in block.notes:
            row = self._line(sheet, row, note, self._plain)
        return row


def _numbers(paper: Paper) -> Iterator[tuple[tuple[str, str, str, str], int | Share]]:
    """(part, table, line, column) and the number that stands there."""
    part = ""
    for block in paper.blocks:
        if isinstance(block, Heading):
            part = block.text
        if isinstance(block, Table):
            for row in block.rows:
                for column, cell in zip(block.columns[1:], row[1:], strict=True):
                    if isinstance(cell, int | Share):
                        yield (part, block.title, cell_text(row[0]), column), cell


def _spans(block: Table) -> list[tuple[int, int]]:
    """First and last sheet column of each column of a table: running text takes what is left over."""
    number = len(block.columns)
    left = max(0, COLUMNS - number)
    wide = sorted(block.wide)
    extra = (
        {at: left // len(wide) + (1 if place < left % len(wide) else 0) for place, at in enumerate(wide)}
        if wide
        else {}
    )
    spans, first = [], 0
    for at in range(number):
        last = first + extra.get(at, 0)
        spans.append((first, last))
        first = last + 1
    return spans


def _height(length: float, line: float) -> float:
    """Points for a text that is broken into lines of so many characters."""
    return 16.0 * (1 + int(length / line)) if length else 16.0


def _joint(how: str) -> dict[str, Any] | None:
    """The line that leads to a point: full, broken, none."""
    if how == "yes":
        return None
    return (
        {"line": {"none": True}} if how == "no" else {"line": {"color": "#1A1A1A", "width": 1.5, "dash_type": "dash"}}
    )
