"""What has been read of a file, and what is to be written? Plain text in rows, passed between two processes."""

from __future__ import annotations

from typing import Literal

import msgspec

MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 4_000
"""Of one cell; what is longer is cut there and will be refused as too long."""


class Table(msgspec.Struct, frozen=True):
    """One sheet as text: every row of it, each as long as its last filled cell."""

    name: str
    rows: list[list[str]]


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """Why nothing was read."""

    reason: str


class Content(msgspec.Struct, frozen=True, tag="content"):
    """All that was read."""

    tables: list[Table]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a sheet that is written."""

    heading: str
    width: float = 16
    day: bool = False
    """A day that people type: shown as dd/mm/yyyy, checked by the spreadsheet."""
    choices: str | None = None
    """The name of the list whose words may be chosen."""
    strict: bool = True
    """Whether only words of the list are taken."""
    hint: str = ""
    """Shown beside the cell that is being filled."""
    sensitive: bool = False
    required: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet that is written: rows of text under headings."""

    title: str
    columns: list[Column]
    rows: list[list[str]] = []
    marked: list[int] = []
    """Places of the rows that are shown in red."""
    banner: list[str] = []
    """Lines above the headings."""
    bold: list[int] = []
    """Places of the rows that are headings."""
    bare: bool = False
    """Whether the rows bring their own headings with them."""
    blank: int = 0
    """Empty rows to be filled, beyond those above; the headings are then protected."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook that is written."""

    pages: list[Page]
    lists: dict[str, list[str]] = {}
    """Words to be chosen from, by the name of their list."""
    text: list[str] = []
    """The lines of a page of explanation; none: no such page."""


Form = Literal["xlsx", "csv"]
