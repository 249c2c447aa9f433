"""What does a branch's book answer? The branch's card, and its thirteen tables as JSON, as one workbook or one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from services.membership.api.answering import ONE_DAY, On, Year, answer, day_of, require_unit, router_behind
from services.membership.api.naming import NOT_STORED, PERSON, Stated, look_up, same
from services.membership.api.page import Page
from services.membership.api.wording import Wording
from services.membership.api.workbook import written
from services.membership.projections.asking import Reading, Row, reading
from services.membership.projections.book import Filled, book
from services.membership.projections.branches import card
from shared.eventsourcing.runner import Runner
from shared.units.calendar import NO_DATA, Language
from shared.units.member_rules import member_rules
from shared.units.projection import titles
from shared.units.reach import Reach
from shared.units.world import BRANCH_KINDS
from shared.web.access import Reached
from shared.web.personal import Reader
from shared.web.problem import TurnedAway
from shared.web.producer import Producer

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    """How the book is given."""

    JSON = "json"
    XLSX = "xlsx"
    HTML = "html"


def books_router(runner: Runner, producer: Producer, reader: Reader) -> APIRouter:
    """`/v1/branches/{branch}`, and `/v1/branches/{branch}/book`: persons are ids unless a purpose is stated."""
    router, page = router_behind(producer), Page()

    @router.get("/v1/branches/{branch}", summary="Phiếu chi đoàn, chi hội · The card of a branch")
    def branch_card(branch: UUID, reach: Reached, on: On = None) -> Response:
        day = day_of(on)
        with reading(runner) as views:
            unit = _branch(views, branch, reach, day, day + ONE_DAY)
            known = reach.knowledge
            unit = {**unit, "organisation": known.tree.owner(branch, day) or unit["organisation"]}
            rules = member_rules(known.tree, known.directory, unit["organisation"], day)
            told = card(views, unit, day, None if rules is None else rules.least_members)
        units = [branch, told["organisation"], *told["above"], *told["sub_branches"]]
        return answer(runner, reach, told, units)

    @router.get("/v1/branches/{branch}/book", summary="Sổ chi đoàn, chi hội một năm · The book of a branch for a year")
    def branch_book(branch: UUID, year: Year, reach: Reached, why: Stated, format: Format = Format.JSON) -> Response:
        start, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        with reading(runner) as views:
            unit = _branch(views, branch, reach, start, end)
            tables = book(views, branch, year)
            persons = same(views, _persons(tables))
        named = None if why is None else look_up(reader, reach.poster, persons, why, ("book", branch))
        kept = {} if named is None else NOT_STORED
        units = set(_units(tables)) | {branch, unit["organisation"]}
        if format is Format.XLSX:
            name = {"Content-Disposition": f'attachment; filename="so-{branch}-{year}.xlsx"'}
            content = written(unit, year, tables, Wording(titles(runner, units), named))
            return Response(content, media_type=XLSX, headers=name | kept)
        if format is Format.HTML:
            told_page = page.of(unit, year, tables, Wording(titles(runner, units), named))
            told_page.headers.update(kept)
            return told_page
        told = {
            "branch": branch,
            "title": unit["title"],
            "year": year,
            "period": {"start": start, "end": end},
            "tables": [_told(each, branch, start, end) for each in tables],
        }
        if named is not None:
            told["persons"] = {str(person): each.shown() for person, each in named.items()}
        answered = answer(runner, reach, told, units)
        answered.headers.update(kept)
        return answered

    return router


def _branch(views: Reading, branch: UUID, reach: Reach, start: dt.date, end: dt.date) -> Row:
    unit = require_unit(views, branch, reach, start, end)
    if unit["kind"] not in BRANCH_KINDS:
        raise TurnedAway(404, "unknown-branch", "branch")
    return unit


def _told(filled: Filled, branch: UUID, start: dt.date, end: dt.date) -> dict[str, Any]:
    table = filled.table
    address = table.told_by and table.told_by.format(branch=branch, start=start, end=end)
    missing = {each.value: NO_DATA[each] for each in Language} if filled.rows is None else None
    return {
        "name": table.name,
        "vi": table.vi,
        "en": table.en,
        "columns": [{"name": each.name, "vi": each.vi, "en": each.en} for each in table.columns],
        "rows": None if filled.rows is None else [_row(filled, row) for row in filled.rows],
        "count": None if filled.rows is None else len(filled.rows),
        "total": filled.total,
        "no_data": missing,
        "told_by": address,
    }


def _row(filled: Filled, row: Row) -> dict[str, Any]:
    """The columns, and the fact behind them where one stands behind the line."""
    told = {column.name: row.get(column.name) for column in filled.table.columns}
    return told | ({"event": f"{row['log']}/{row['event']}"} if "event" in row else {})


def _persons(tables: list[Filled]) -> set[UUID]:
    """Persons who stand in a line."""
    return {row[PERSON] for filled in tables for row in filled.rows or () if isinstance(row.get(PERSON), UUID)}


def _units(tables: list[Filled]) -> Iterator[UUID]:
    """Units that a line names."""
    for filled in tables:
        for row in filled.rows or ():
            for name in ("unit", "destination", "origin", "home"):
                if isinstance(row.get(name), UUID):
                    yield row[name]
