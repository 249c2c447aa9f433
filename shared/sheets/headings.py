"""Which column is which? The row of headings is looked for, and its words are compared without accents and case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.sheets.cells import folded, tidy

FIRST_ROWS: Final = 20
LEAST: Final = 2
"""Headings that a row must hold to be taken for the row of headings."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a field may be called in a heading."""

    field: str
    called: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Where the headings stand, and what each column means."""

    row: int
    first: int
    """The first row below them."""
    places: Mapping[str, int]
    """Field → column."""
    strange: tuple[str, ...]
    """Headings that mean nothing here, as they stand."""
    said: Mapping[str, str]
    """Field → its heading as it stands, to be named in errors."""


def find_headings(rows: Sequence[Sequence[str]], fields: Iterable[Words], needed: str) -> Found | None:
    """The best row of headings among the first twenty that names the needed field; none where there is none.

    A heading spread over two rows (birth by sex: nam, nữ) is read from both.
    """
    words = {folded(each): known.field for known in fields for each in known.called}
    best: Found | None = None
    for number, row in enumerate(rows[:FIRST_ROWS]):
        found = _read(number, row, words)
        if needed in found.places and len(found.places) >= LEAST and (best is None or _better(found, best)):
            best = found
    return best and _with_second_row(best, rows)


def _better(found: Found, best: Found) -> bool:
    return len(found.places) > len(best.places)


def _read(number: int, row: Sequence[str], words: Mapping[str, str]) -> Found:
    places: dict[str, int] = {}
    said: dict[str, str] = {}
    strange: list[str] = []
    for column, cell in enumerate(row):
        if not (shown := tidy(cell)):
            continue
        field = meaning(shown, words)
        if field is None:
            strange.append(shown)
        elif field not in places:
            places[field], said[field] = column, shown
    return Found(number, number + 1, places, tuple(strange), said)


def meaning(heading: str, words: Mapping[str, str]) -> str | None:
    """The field of a heading: by all its words, by those before a bracket, by those inside it."""
    before, _, inside = heading.replace("[", "(").partition("(")
    for part in (heading, before, inside):
        if field := words.get(folded(part)):
            return field
    return None


def _with_second_row(found: Found, rows: Sequence[Sequence[str]]) -> Found:
    """Below “Ngày sinh” may stand “Nam” and “Nữ”: two columns, of which one is filled."""
    below = rows[found.row + 1] if found.row + 1 < len(rows) else ()
    under = {column: folded(cell) for column, cell in enumerate(below) if cell}
    column = found.places.get("birth")
    if column is None or (under.get(column), under.get(column + 1)) != ("nam", "nu"):
        return found
    places = {field: place for field, place in found.places.items() if field != "birth"}
    places |= {"birth-male": column, "birth-female": column + 1}
    said = {**found.said, "birth-male": found.said["birth"], "birth-female": found.said["birth"]}
    return Found(found.row, found.row + 2, places, found.strange, said)
