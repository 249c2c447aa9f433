"""How does the file come back? Every cell as it was, as text, and beside each row what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.membership.imports.layout import ERRORS
from services.membership.imports.planning import Step
from shared.sheets.headings import Found
from shared.sheets.tables import Book, Column, Page, Table

OUTCOME: Final = "Kết quả"
DONE: Final = {"add": "Đã thêm", "change": "Đã sửa", "same": "Không đổi", "refuse": "Từ chối"}
WOULD: Final = {"add": "Sẽ thêm", "change": "Sẽ sửa", "same": "Không đổi", "refuse": "Từ chối"}
_WIDE: Final = 60


def returned(tables: Sequence[Table], founds: Mapping[int, Found], steps: Iterable[Step], *, dry_run: bool) -> Book:
    """The book that was sent, with what became of each row, and the rows that were refused in red."""
    by_place = {(step.sheet, step.place): step for step in steps}
    words = WOULD if dry_run else DONE
    pages = [_page(number, table, founds.get(number), by_place, words) for number, table in enumerate(tables)]
    return Book(pages=pages)


def _page(
    number: int, table: Table, found: Found | None, steps: Mapping[tuple[int, int], Step], words: Mapping[str, str]
) -> Page:
    width = max((len(row) for row in table.rows), default=1)
    rows = [list(row) for row in table.rows]
    marked: list[int] = []
    if found is not None:
        wrong = found.places.get("errors", width)
        outcome = max(width, wrong + 1)
        for place, row in enumerate(rows):
            step = steps.get((number, place))
            if place != found.row and step is None:
                continue
            row.extend([""] * (outcome + 1 - len(row)))
            row[wrong] = ERRORS if step is None else "; ".join(step.errors)
            row[outcome] = OUTCOME if step is None else words[step.action]
            if step is not None and step.errors:
                marked.append(place)
        width = outcome + 1
    columns = [Column(heading="", width=_WIDE if found and place >= width - 2 else 16) for place in range(width)]
    title = table.name or "Danh sách"
    return Page(
        title=title, columns=columns, rows=rows, marked=marked, bare=True, bold=[] if found is None else [found.row]
    )
