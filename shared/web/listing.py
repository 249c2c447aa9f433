"""How is a table asked for? By unit and period, as far as the caller reads: as JSON, as Excel, or as CSV for a sheet.

A listing is declared once: rows at the grain of the day, what they are shown by, what is added up. The kit rolls them
up over the dated tree, names the units, and writes every cell of a sheet as plain text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import BigInteger, Select, cast, func, select

from shared.history.figures import MONTH, UNIT, Question, Relations
from shared.history.measures import scoped
from shared.sheets.cells import text_of
from shared.sheets.process import write_book
from shared.sheets.tables import MOST_ROWS, Book, Column, Page
from shared.units.projection import titles
from shared.units.reach import Reach
from shared.web.access import Reached
from shared.web.days import require_plausible
from shared.web.problem import TurnedAway
from shared.web.reading_service import MakeRouter, Reading
from shared.web.upkeep import positions_within

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
UNKNOWN: Final = "không rõ tên"
_encode = msgspec.json.Encoder().encode

Asked = Annotated[UUID, Query(description="Đơn vị hoặc địa bàn · Unit or place")]
Start = Annotated[dt.date, Query(description="Từ ngày · First day")]
End = Annotated[dt.date, Query(description="Đến trước ngày · First day no longer asked for")]
As = Annotated[Literal["json", "xlsx", "csv"], Query(alias="as", description="Dạng trả lời · Form of the answer")]


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a listing: its name in JSON, and its heading."""

    name: str
    vi: str
    width: float = 16


@dataclass(frozen=True, slots=True)
class Listing:
    """A table that is asked for under `/v1/<name>`."""

    name: str
    vi: str
    en: str
    rows: Callable[[Relations], Select[Any]]
    """Rows with `unit` and `day`, the columns in `by`, and the numbers in `sums`."""
    sums: tuple[Shown, ...]
    by: tuple[Shown, ...] = (Shown(UNIT, "Đơn vị", 44),)
    """What a line is shown by: `unit`, `month`, or columns of the rows."""

    def select(self, relations: Relations, limit: int, offset: int) -> Select[Any]:
        """The lines in a fixed order."""
        rows = scoped(self.rows(relations), relations)
        groups = [rows.c[each.name] for each in self.by]
        totals = [cast(func.sum(rows.c[each.name]), BigInteger).label(each.name) for each in self.sums]
        return select(*groups, *totals).group_by(*groups).order_by(*groups).limit(limit).offset(offset)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Every column."""
        return (*self.by, *self.sums)


def listing_router(listing: Listing) -> MakeRouter:
    """`GET /v1/<name>?unit=…&start=…&end=…&as=json|xlsx|csv`."""

    def make(reading: Reading) -> APIRouter:
        router, lister = reading.router(listing.name), _Lister(listing, reading)

        @router.get(f"/v1/{listing.name}", summary=f"{listing.vi} · {listing.en}")
        def asked(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
            reach: Reached,
            unit: Asked,
            start: Start,
            end: End,
            form: As = "json",
            limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
            offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        ) -> Response:
            question = _question(unit, start, end)
            reach.require_figure(unit, start, end)
            found = lister.found(question, limit, offset)
            if form == "json":
                return Response(_encode(lister.told(found, question, reach)), media_type="application/json")
            name = f"{listing.name}-{start}-{end}.{form}"
            told = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
            return Response(write_book(lister.book(found, question), form), media_type=MEDIA[form], headers=told)

        return router

    return make


@dataclass(frozen=True, slots=True)
class _Lister:
    """One listing of one service at work."""

    listing: Listing
    reading: Reading

    def found(self, question: Question, limit: int, offset: int) -> list[Mapping[str, Any]]:
        runner = self.reading.runner
        relations = Relations(runner.facts, runner.generation.metadata.tables, question, indexed=True)
        with runner.generation.store.read() as connection:
            rows = connection.execute(self.listing.select(relations, limit, offset)).mappings().all()
        return [dict(row) for row in rows]

    def told(self, found: list[Mapping[str, Any]], question: Question, reach: Reach) -> dict[str, Any]:
        runner = self.reading.runner
        return {
            "listing": self.listing.name,
            "vi": self.listing.vi,
            "en": self.listing.en,
            "unit": question.unit,
            "period": {"start": question.start, "end": question.end},
            "rows": found,
            "incomplete": runner.parked_count(),
            "titles": self._titles(found, question),
            "position": positions_within(reach, runner.position()),
        }

    def book(self, found: list[Mapping[str, Any]], question: Question) -> Book:
        named = self._titles(found, question)
        last = question.last_day
        banner = [
            self.listing.vi,
            f"{named.get(str(question.unit), UNKNOWN)}: {text_of(question.start)} – {text_of(last)}",
        ]
        columns = [Column(heading=each.vi, width=each.width) for each in self.listing.shown]
        rows = [[self._cell(row[each.name], named) for each in self.listing.shown] for row in found]
        return Book(pages=[Page(title=self.listing.name, columns=columns, rows=rows, banner=banner)])

    def _titles(self, found: list[Mapping[str, Any]], question: Question) -> dict[str, str]:
        ids = {value for row in found for value in row.values() if isinstance(value, UUID)}
        return titles(self.reading.runner, {question.unit, *ids})

    def _cell(self, value: object, named: Mapping[str, str]) -> str:
        return named.get(str(value), UNKNOWN) if isinstance(value, UUID) else text_of(value)


def _question(unit: UUID, start: dt.date, end: dt.date) -> Question:
    require_plausible(start=start, end=end)
    if start >= end:
        raise TurnedAway(422, "period-empty", "end")
    return Question(unit, start, end)


__all__ = ["MONTH", "UNIT", "Listing", "Shown", "listing_router"]
