"""Which columns does a foreign template want? A mapping the other way: rows of members become rows of its sheet.

The template is another program's, or the province's own form. `docs/formats/mapping.md` explains the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from shared.contracts.personal import SENSITIVE, PersonalDetails
from shared.operations.mapping.layout import GAP, Heading, MappingFault, Title, converted, line_of
from shared.sheets.cells import folded
from shared.sheets.tables import Book, Page
from shared.sheets.tables import Column as SheetColumn

OF_THE_BOOK: Final = frozenset({"number", "person", "branch", "branch_id", "since", "entered"})
"""What a row says beside the personal details: its number, the opaque id, the branch by name and by id, since when."""
_DAY_PARTS: Final = 3
Row = Mapping[str, Any]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column of the template."""

    heading: Heading
    value: str = ""
    """Text with `{name}` for what the row says; nothing: a column that is left empty."""
    kind: Literal["text", "day"] = "text"
    words: dict[str, str] = {}
    """What a row says → what the template wants to read."""
    width: Annotated[float, msgspec.Meta(ge=1, le=200)] = 18


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole template."""

    name: Title
    says: str = ""
    sample: bool = False
    sheet: Annotated[str, msgspec.Meta(min_length=1, max_length=31)] = "Danh sách"
    title: list[str] = []
    """Lines above the headings."""
    sensitive: bool = False
    """Whether it wants details that the law counts as sensitive."""
    columns: Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=200)]


def read_template(text: str) -> Template:
    """The template that a file holds. MappingFault with every line that is not right."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise MappingFault(["line ?: not TOML"]) from None
    template = converted(found, Template, text, ())
    known = OF_THE_BOOK | set(PersonalDetails.model_fields)
    faults: list[str] = []
    for number, column in enumerate(template.columns):
        line = line_of(text, ("columns", number, "value"))
        for gap in GAP.findall(column.value):
            if gap not in known:
                faults.append(f"line {line}: a row says nothing called {gap!r}")
            elif gap in SENSITIVE and not template.sensitive:
                faults.append(f"line {line}: {gap!r} is sensitive; say `sensitive = true`")
    if faults:
        raise MappingFault(faults)
    return template


def filled(template: Template, rows: Sequence[Row]) -> list[list[str]]:
    """The rows of the sheet."""
    return [
        [_cell(column, {**row, "number": number}) for column in template.columns] for number, row in enumerate(rows, 1)
    ]


def book(template: Template, cells: list[list[str]]) -> Book:
    """The workbook."""
    columns = [SheetColumn(heading=each.heading, width=each.width) for each in template.columns]
    return Book(pages=[Page(title=template.sheet, columns=columns, rows=cells, banner=list(template.title))])


def _cell(column: Wanted, row: Row) -> str:
    text = GAP.sub(lambda match: _said(column, row.get(match[1])), column.value)
    words = {folded(word): meant for word, meant in column.words.items()}
    return words.get(folded(text), text)


def _said(column: Wanted, value: object) -> str:
    text = "" if value is None else str(value)
    if column.kind == "day" and len(parts := text.split("-")) == _DAY_PARTS:
        return "/".join(reversed(parts))
    return text


# ── Only what has changed ────────────────────────────────────────────────────────────────────────────────────────


class Last(msgspec.Struct, frozen=True):
    """What the last export said, row by row: keyed hashes, from which nobody reads a name."""

    key: str
    rows: dict[str, str]


def changed(file: Path | None, template: Template, rows: Sequence[Row]) -> tuple[list[Row], list[str], Last]:
    """The rows that the last export did not have so, who is no longer among them, and what to keep of this one."""
    before = Last(os.urandom(32).hex(), {})
    if file is not None and file.exists():
        before = msgspec.json.decode(file.read_bytes(), type=Last)
    now = {str(row["person"]): _digest(before.key, template, row) for row in rows}
    fresh = [row for row in rows if before.rows.get(str(row["person"])) != now[str(row["person"])]]
    gone = sorted(before.rows.keys() - now.keys())
    return fresh, gone, Last(before.key, now)


def keep(file: Path, last: Last) -> None:
    """Write down what was exported; for its owner alone."""
    fresh = file.with_name(file.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(msgspec.json.encode(last))
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)


def _digest(key: str, template: Template, row: Row) -> str:
    """Of what the template shows of a row; its number does not count."""
    cells = [_cell(column, {**row, "number": ""}) for column in template.columns]
    said = json.dumps(cells, ensure_ascii=False).encode()
    return hmac.digest(bytes.fromhex(key), said, hashlib.sha256).hex()


def rows_of(branch: Mapping[str, Any], persons: Iterable[Mapping[str, Any]]) -> list[Row]:
    """A branch's rows, from its members and what is held of them, by name then id. Who was forgotten has no details."""
    known = {each["person"]: each.get("details", {}) for each in persons}
    titles = branch["titles"]
    rows = [
        {
            **known.get(each["person"], {}),
            "person": each["person"],
            "branch": titles.get(each["branch"], each["branch"]),
            "branch_id": each["branch"],
            "since": each["since"],
            "entered": each["entered"],
        }
        for each in branch["listed"]
    ]
    return sorted(rows, key=lambda row: (folded(str(row.get("full_name", ""))).split()[::-1], row["person"]))
