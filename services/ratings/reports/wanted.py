"""What does somebody want a review report of? A unit, a period, how it is headed; as known when, under which tree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from shared.units.calendar import day_text

YEARS_AT_MOST = 10


class Span(NamedTuple):
    """A stretch of the period: a calendar year, or as much of it as lies within."""

    start: dt.date
    end: dt.date

    @property
    def text(self) -> str:
        """`2022`, or `08/02–31/12/2018`."""
        if (self.start.month, self.start.day, self.end.month, self.end.day) == (1, 1, 1, 1):
            last = self.end.year - 1
            return f"{self.start.year}" if last == self.start.year else f"{self.start.year}–{last}"
        until = self.end - dt.timedelta(days=1)
        return f"{self.start.day:02}/{self.start.month:02}–{day_text(until)}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The question that a report answers."""

    unit: UUID
    start: dt.date
    end: dt.date
    """start ≤ day < end."""
    until: dt.date
    """Decisions on ratings before this day."""
    issuer: UUID
    """The unit or organisation that hands the report in."""
    title: str = ""
    number: str = ""
    place: str = ""
    day: dt.date | None = None
    directive: UUID | None = None
    known: int | None = None
    tree: dt.date | None = None

    @property
    def whole(self) -> Span:
        """The period as one."""
        return Span(self.start, self.end)

    @property
    def years(self) -> list[Span]:
        """The period year by year."""
        return list(self._years())

    def _years(self) -> Iterator[Span]:
        for year in range(self.start.year, (self.end - dt.timedelta(days=1)).year + 1):
            yield Span(max(self.start, dt.date(year, 1, 1)), min(self.end, dt.date(year + 1, 1, 1)))
