"""Which places has Viet Nam had, from when to when, under what names, made of what? The rows of the reference file.

A row is a span in which nothing of a place changed; the rows of one place follow each other in time. A place is named
by its code in the catalogue of the statistics office; places that the reform of 2025 formed bear the year behind it,
because the catalogue gave them the code of one of those that they were made of.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).parent / "territory.tsv"
COLUMNS: Final = ("place", "level", "kind", "title", "parent", "from", "to", "origins", "decree")
PART: Final = "*"
"""Behind a place in `origins`: only a part of it; how large a part no source says."""


class Act(NamedTuple):
    """A legal act: its number, who issued it, when."""

    number: str
    issuer: str
    date: dt.date


class Origin(NamedTuple):
    """An earlier place of which a place was made, the whole of it or a part."""

    place: str
    whole: bool


class Row(NamedTuple):
    """A place in a span in which nothing of it changed."""

    place: str
    level: str
    kind: str
    title: str
    parent: str
    """The place around it; nothing for a province."""
    start: dt.date | None
    """None: it stood on the list when the record begins; the file does not know since when."""
    end: dt.date | None
    origins: tuple[Origin, ...]
    decree: str
    """The number of the act by which this span began; nothing where the record begins."""

    @property
    def code(self) -> str:
        """Its code in the catalogue of the statistics office."""
        return self.place.partition("-")[0]


@dataclass(frozen=True)
class Territory:
    """The whole file, or a part of it that is closed: with a place comes all that was ever above it or made of it."""

    acts: Mapping[str, Act]
    districts_ended_by: str
    """The number of the act that ended the district level."""
    rows: tuple[Row, ...]

    @cached_property
    def places(self) -> Mapping[str, tuple[Row, ...]]:
        """The spans of each place, earliest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.place].append(row)
        return {place: tuple(rows) for place, rows in found.items()}

    @cached_property
    def successors(self) -> Mapping[str, tuple[tuple[str, bool], ...]]:
        """In which places each one went on, and whether all of it did."""
        found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for row in self.rows:
            for origin in row.origins:
                found[origin.place].append((row.place, origin.whole))
        return {place: tuple(went) for place, went in found.items()}

    def province(self, place: str) -> str:
        """The province of today in whose hands a place lies."""
        row = self.places[place][-1]
        if row.level != "province":
            return self.province(row.parent)
        onto = self.successors.get(place)
        return place if onto is None else onto[0][0]

    def within(self, provinces: Iterable[str]) -> Territory:
        """What lies in these provinces of today, given by code; with all that they were made of."""
        wanted = set(provinces)
        rows = tuple(row for row in self.rows if self.places[self.province(row.place)][-1].code in wanted)
        return Territory(self.acts, self.districts_ended_by, rows)


def read(file: Path = FILE) -> Territory:
    """Read the file. ValueError when a line is none of its lines."""
    acts: dict[str, Act] = {}
    districts_ended_by = ""
    rows: list[Row] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        match line.split("\t"):
            case ["#", number, issuer, date]:
                acts[number] = Act(number, issuer, dt.date.fromisoformat(date))
            case ["#districts", number]:
                districts_ended_by = number
            case [*words] if tuple(words) == COLUMNS:
                continue
            case [place, level, kind, title, parent, start, end, origins, decree]:
                spans = (_day(start), _day(end), tuple(_origins(origins)))
                rows.append(Row(place, level, kind, title, parent, *spans, decree))
            case _:
                raise ValueError(line)
    return Territory(acts, districts_ended_by, tuple(rows))


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _origins(text: str) -> Iterator[Origin]:
    for each in text.split(",") if text else ():
        yield Origin(each.removesuffix(PART), whole=not each.endswith(PART))
