"""Which tables are in a file? It comes on standard input, they leave on standard output.

`python -m shared.sheets.reader` is a process of its own, with limits, without settings or secrets. Started by
`shared.sheets.process`.
"""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any, Final

import msgspec

from shared.sheets.cells import text_of
from shared.sheets.delimited import read_delimited
from shared.sheets.errors import SheetRefused
from shared.sheets.limits import READING, limit
from shared.sheets.parcel import MOST_SHEETS, check_parcel
from shared.sheets.tables import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Content, Refusal, Table

_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_REST: Final = ("%PDF", "{\\rtf", "<html", "<!DOCTYPE", "<?xml")


def read(data: bytes) -> list[Table]:
    """The tables of a file. SheetRefused says why there are none."""
    if data[:4] == _OLE:
        raise SheetRefused("encrypted" if b"E\0n\0c\0r\0y\0p\0t" in data else "old-excel")
    if data[:2] == _ZIP:
        check_parcel(data)
        tables = _workbook(data)
    elif data[:64].lstrip().startswith(tuple(each.encode() for each in _REST)):
        raise SheetRefused("broken")
    else:
        tables = [read_delimited(data)]
    if not any(any(row) for table in tables for row in table.rows):
        raise SheetRefused("empty-sheet")
    return tables


def _workbook(data: bytes) -> list[Table]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 — after the limits

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if len(shown) > MOST_SHEETS:
            raise SheetRefused("too-many-sheets")
        return [_table(name, book.get_sheet_by_name(name)) for name in shown]
    except CalamineError:
        raise SheetRefused("broken") from None


def _table(name: str, sheet: Any) -> Table:  # noqa: ANN401 — the library ships no types
    if sheet.total_height > MOST_ROWS:
        raise SheetRefused("too-many-rows")
    if sheet.total_width > MOST_COLUMNS:
        raise SheetRefused("too-many-columns")
    return Table(name, [_row(row) for row in sheet.to_python(skip_empty_area=False)])


def _row(cells: list[object]) -> list[str]:
    row = [cell[:MOST_CHARACTERS] if isinstance(cell, str) else text_of(cell) for cell in cells]
    while row and not row[-1]:
        row.pop()
    return row


def main() -> None:
    """Read, answer, end."""
    limit(READING)
    answer: Content | Refusal
    try:
        answer = Content(read(sys.stdin.buffer.read()))
    except SheetRefused as refused:
        answer = Refusal(refused.reason)
    except MemoryError:
        answer = Refusal("too-much-memory")
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    main()
