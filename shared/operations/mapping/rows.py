"""Which facts does a row of a foreign export make? Events as any sender posts them, with ids that a repeat repeats."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from shared.operations.mapping.layout import GAP, Column, Layout, Said
from shared.sheets.cells import folded, tidy
from shared.sheets.days import NotADay, read_day
from shared.sheets.headings import FIRST_ROWS
from shared.sheets.tables import Table

Values = Mapping[str, str | int]
Event = dict[str, Any]
_GONE: Final = object()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be read: the row as the spreadsheet numbers it, the heading, and what is wrong in both."""

    row: int
    heading: str
    vi: str

    def __str__(self) -> str:
        return f"dòng / row {self.row}, “{self.heading}”: {self.vi}"


class NoSuchTable(Exception):
    """No sheet has a row of headings that the mapping knows."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file makes."""

    events: list[Event]
    wrong: list[Wrong]
    rows: int
    strange: tuple[str, ...]
    """Headings that the mapping does not know, as they stand; their columns are passed over."""


def mapped(tables: Sequence[Table], layout: Layout, day: dt.date) -> Found:
    """The facts of a file, as of the day of the export. NoSuchTable when no sheet fits.

    A row with a cell that cannot be read makes no fact at all.
    """
    table, top, places = _fitting(tables, layout)
    known = set(places.values())
    strange = tuple(tidy(cell) for n, cell in enumerate(table.rows[top]) if tidy(cell) and n not in known)
    events: list[Event] = []
    wrong: list[Wrong] = []
    rows = 0
    for number, row in enumerate(table.rows[top + 1 :], top + 2):
        if not any(tidy(cell) for cell in row):
            continue
        rows += 1
        cells = {name: row[place] if place < len(row) else "" for name, place in places.items()}
        values, faults = _values(layout, cells, number)
        wrong += faults
        if not faults:
            events += _events(layout, {**values, "day": day.isoformat()})
    return Found(events, wrong, rows, strange)


def fits(tables: Sequence[Table], layout: Layout) -> bool:
    """Whether the file has a table that the mapping is for."""
    try:
        _fitting(tables, layout)
    except NoSuchTable:
        return False
    return True


def _fitting(tables: Sequence[Table], layout: Layout) -> tuple[Table, int, dict[str, int]]:
    """The first table with a row of headings that names every required column, that row, and where each column is."""
    names = {folded(heading): name for name, column in layout.columns.items() for heading in column.headings}
    needed = {name for name, column in layout.columns.items() if column.required}
    for table in tables:
        if layout.sheet is not None and folded(table.name) != folded(layout.sheet):
            continue
        for number, row in enumerate(table.rows[:FIRST_ROWS]):
            places: dict[str, int] = {}
            for place, cell in enumerate(row):
                if (name := names.get(folded(cell))) is not None:
                    places.setdefault(name, place)
            if places and needed <= places.keys():
                return table, number, places
    raise NoSuchTable(layout.name)


def _values(layout: Layout, cells: Mapping[str, str], number: int) -> tuple[dict[str, str | int], list[Wrong]]:
    values: dict[str, str | int] = {}
    wrong: list[Wrong] = []
    for name, column in layout.columns.items():
        try:
            value = _value(column, tidy(cells.get(name, "")))
        except _Bad as bad:
            wrong.append(Wrong(number, column.headings[0], str(bad)))
        else:
            if value is not None:
                values[name] = value
    for name, parts in layout.ids.items():
        if all(each in values for each in parts):
            said = json.dumps([values[each] for each in parts], ensure_ascii=False)
            values[name] = str(uuid5(UUID(layout.namespace), f"{name}/{said}"))
    return values, wrong


class _Bad(Exception):
    """What is wrong with a cell, in Vietnamese."""


def _value(column: Column, cell: str) -> str | int | None:
    text = cell or column.default or ""
    if not text:
        if column.required:
            message = "còn trống / is empty"
            raise _Bad(message)
        return None
    if column.words:
        meant = {folded(word): value for word, value in column.words.items()}.get(folded(text))
        if meant is None:
            message = "không có trong danh mục của tệp ánh xạ / is none of the mapping's words"
            raise _Bad(message)
        text = meant
    return _typed(column, text)


def _typed(column: Column, text: str) -> str | int:
    try:
        match column.kind:
            case "day":
                day = read_day(text)
                if isinstance(day, int):
                    message = "chỉ có năm, cần đủ ngày/tháng/năm / a year alone"
                    raise _Bad(message)
                return day.isoformat()
            case "year":
                year = read_day(text)
                return year if isinstance(year, int) else year.year
            case "integer":
                return int(text.replace(".", "").replace(",", ""))
            case "id":
                return str(UUID(text))
            case _:
                return text
    except NotADay as error:
        raise _Bad(str(error)) from None
    except ValueError:
        message = "không phải số hay mã / neither a number nor an id"
        raise _Bad(message) from None


def _events(layout: Layout, values: Values) -> Iterator[Event]:
    for said in layout.facts:
        if all(name in values for name in said.given) and not any(name in values for name in said.missing):
            yield _event(layout, said, values)


def _event(layout: Layout, said: Said, values: Values) -> Event:
    """The event; its id is made from all that it says: the same row gives it again, a changed one another."""
    subject = str(_filled(said.subject, values))
    data: dict[str, Any] = {"fact": _filled(said.fact, values)}
    if personal := _filled(said.personal, values):
        data["personal"] = {subject: personal}
    event = {
        "specversion": "1.0",
        "source": layout.source,
        "type": said.type,
        "subject": subject,
        "occurred": _filled(said.occurred, values),
        "data": data,
    }
    content = json.dumps(event, ensure_ascii=False, sort_keys=True)
    return {"id": str(uuid5(UUID(layout.namespace), content)), **event}


def _filled(value: Any, values: Values) -> Any:  # noqa: ANN401 — whatever TOML can hold
    """The value with its gaps filled; a text that is one gap becomes what stands there, and goes where nothing does."""
    if isinstance(value, str):
        if match := GAP.fullmatch(value):
            return values.get(match[1], _GONE)
        return GAP.sub(lambda match: str(values.get(match[1], "")), value)
    if isinstance(value, Mapping):
        pairs = {name: _filled(each, values) for name, each in value.items()}
        return {name: each for name, each in pairs.items() if each is not _GONE}
    if isinstance(value, list):
        return [each for each in (_filled(item, values) for item in value) if each is not _GONE]
    return value.isoformat() if isinstance(value, dt.date) else value
