"""How is a text file read as a table? CSV with comma, semicolon or tab, in UTF-8 or UTF-16; JSON lines."""

from __future__ import annotations

import csv
import io
import json
from typing import Final

from shared.sheets.cells import text_of
from shared.sheets.errors import SheetRefused
from shared.sheets.tables import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Table

SEPARATORS: Final = "\t;,|"
RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""
SHIELD: Final = "'"
"""Stands before such a cell in the CSV files that are written here, and is taken off again when they are read."""
_MARKS: Final = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
"""The accents that Windows-1258 writes as letters of their own."""
_LETTERS: Final = set("ăâđêôơưĂÂĐÊÔƠƯ")
_SAMPLE: Final = 64


def read_delimited(data: bytes) -> Table:
    """The table of a CSV file or of JSON lines. SheetRefused when its encoding or form is not taken."""
    text = decoded(data)
    if text.lstrip()[:1] == "{":
        return Table("", _json_rows(text))
    return Table("", _csv_rows(text))


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16, with or without byte order mark. SheetRefused for all else, by name."""
    encoding = "utf-8-sig"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    elif data[1:_SAMPLE:2].count(0) > len(data[:_SAMPLE]) // 4:
        encoding = "utf-16-le"
    elif data[0:_SAMPLE:2].count(0) > len(data[:_SAMPLE]) // 4:
        encoding = "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise SheetRefused(_foreign(data)) from None
    if "\0" in text:
        raise SheetRefused("unknown-encoding")
    return text


def _foreign(data: bytes) -> str:
    """Vietnamese of the nineties has its accents as letters of their own; that is told apart from the rest."""
    text = data.decode("cp1258", errors="replace")
    marks = sum(text.count(mark) for mark in _MARKS)
    letters = sum(1 for char in text if char in _LETTERS)
    strange = sum(1 for char in text if not char.isascii()) - marks - letters
    return "windows-1258" if marks and marks + letters >= strange else "unknown-encoding"


def _csv_rows(text: str) -> list[list[str]]:
    csv.field_size_limit(2**20)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)):
            _room(len(rows), len(row))
            rows.append([_unshielded(cell)[:MOST_CHARACTERS] for cell in row])
    except csv.Error:
        raise SheetRefused("unreadable-line") from None
    return rows


def separator(text: str) -> str:
    """What stands between the cells: of the first lines' candidates the one found most often outside quotes."""
    sample = "\n".join(text[: 2**16].split("\n")[:_SAMPLE])
    outside = "".join(sample.split('"')[::2])
    return max(SEPARATORS, key=lambda each: (outside.count(each), -SEPARATORS.index(each)))


def shielded(cell: str) -> str:
    """The cell as it stands in a CSV file that spreadsheets open."""
    return SHIELD + cell if cell.startswith((SHIELD, *RISKY)) else cell


def _unshielded(cell: str) -> str:
    return cell[1:] if cell[:1] == SHIELD and cell[1:].startswith((SHIELD, *RISKY)) else cell


def _json_rows(text: str) -> list[list[str]]:
    """Each line an object; the headings are the names in the order in which they are met."""
    said: list[dict[str, str]] = []
    headings: dict[str, None] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise SheetRefused("unreadable-line") from None
        if not isinstance(value, dict) or any(isinstance(each, dict | list) for each in value.values()):
            raise SheetRefused("unreadable-line")
        headings |= dict.fromkeys(value)
        _room(len(said), len(headings))
        said.append({name: text_of(each)[:MOST_CHARACTERS] for name, each in value.items()})
    return [list(headings), *([row.get(name, "") for name in headings] for row in said)]


def _no_number(_text: str) -> float:
    raise ValueError


def _room(rows: int, columns: int) -> None:
    if rows >= MOST_ROWS:
        raise SheetRefused("too-many-rows")
    if columns > MOST_COLUMNS:
        raise SheetRefused("too-many-columns")
