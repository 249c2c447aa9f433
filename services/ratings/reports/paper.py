"""What does a report consist of, whatever it is written as? Titles, sentences, tables of numbers, charts; no layout.

A number stays a number until it is printed: a share keeps its numerator and denominator, and where nothing gives a
denominator it says so, never 0 and never 100 %.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.ratings.reports.layouts import Letterhead
from shared.units.calendar import NO_DATA, Language, number_text, percent_text

NOTHING: Final = NO_DATA[Language.VIETNAMESE]
NATIONAL: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập – Tự do – Hạnh phúc")
"""The national title and motto (quốc hiệu, tiêu ngữ)."""


def roman(number: int) -> str:
    """`IX`, of numbers below forty."""
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def plain(text: str) -> str:
    """Composed characters, as fonts draw them; without what no printer can show."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    numerator: int
    denominator: int | None

    @property
    def number(self) -> str:
        """`123/144`."""
        return NOTHING if not self.denominator else f"{number_text(self.numerator)}/{number_text(self.denominator)}"

    @property
    def percent(self) -> str:
        """`85,4 %`; nothing where there is none."""
        return percent_text(self.numerator, self.denominator) if self.denominator else ""

    def __str__(self) -> str:
        """`123/144 (85,4 %)`."""
        return f"{self.number} ({self.percent})" if self.denominator else NOTHING


Cell: TypeAlias = str | int | Share | None
"""A text, a number, a share; nothing where there are no data."""


def cell_text(cell: Cell) -> str:
    """As it is printed."""
    match cell:
        case None:
            return NOTHING
        case int():
            return number_text(cell)
        case _:
            return str(cell)


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered title."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence, or some."""

    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """Lines in which people write."""

    lines: int


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers under headings. The first column is text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    wide: frozenset[int] = frozenset()
    """Columns of running text."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One unit's ratings, grade by grade."""

    label: str
    parts: Sequence[int]

    @property
    def total(self) -> int:
        """How many were rated."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars: each unit's ratings by grade, best first."""

    title: str
    grades: Sequence[str]
    bars: Sequence[Bar]
    counts: str
    """What is counted: `đơn vị` or `đơn vị–năm`."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A grade's share, period by period; nothing where the scale did not hold."""

    label: str
    points: Sequence[Share | None]


@dataclass(frozen=True, slots=True)
class Slopes:
    """Lines from period to period. Between two periods that do not compare there is none."""

    title: str
    periods: Sequence[str]
    lines: Sequence[Slope]
    joined: Sequence[str]
    """Between each period and the next: `yes` a full line, `limited` a broken one, `no` none."""


Block: TypeAlias = Heading | Text | Blank | Table | Bars | Slopes


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report."""

    letterhead: Letterhead
    issuer: str
    superior: str
    """The body above the issuer; empty where there is none."""
    number: str
    place: str
    day: dt.date | None
    title: str
    abstract: str
    blocks: Sequence[Block]
    moment: dt.datetime
    """Stands in the file's own fields for the time of writing: the end of the period."""

    @property
    def dated(self) -> str:
        """`Cao Lãnh, ngày 21 tháng 9 năm 2023`; days and months below ten with a nought, blanks where not known."""
        where = self.place or "…………"
        if self.day is None:
            return f"{where}, ngày … tháng … năm ……"
        month = f"{self.day.month:02}" if self.day.month < 3 else str(self.day.month)  # noqa: PLR2004 — January, February
        return f"{where}, ngày {self.day.day:02} tháng {month} năm {self.day.year}"

    @property
    def numbered(self) -> str:
        """`Số: 29-BC/ĐTN`."""
        return self.letterhead.number.format(number=self.number or "……")
