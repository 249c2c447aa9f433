"""What can be asked of duty? `/v1/duties`: what is open on a day under a unit: list, sheet, calendar, letter."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from services.duty.domain.calendar import written
from services.duty.domain.obligation import ONE_DAY, Obligation
from services.duty.domain.wording import NAMELESS, STATES, day_of, letter, what
from services.duty.projections.due import obligations, unit_above
from shared.contracts.event import plausible
from shared.sheets.process import write_book
from shared.sheets.tables import Book, Column, Page
from shared.units.projection import titles
from shared.units.rights import Right
from shared.web.access import Reached
from shared.web.listing import MEDIA
from shared.web.problem import TurnedAway
from shared.web.reading_service import Reading
from shared.web.upkeep import positions_within

TEXTS: Final = {"ics": "text/calendar; charset=utf-8", "txt": "text/plain; charset=utf-8"}
COLUMNS: Final = [
    Column(heading="Việc", width=30),
    Column(heading="Đơn vị", width=44),
    Column(heading="Tình trạng"),
    Column(heading="Hạn"),
    Column(heading="Còn lại"),
]
Asked = Annotated[UUID, Query(description="Đơn vị hoặc địa bàn · Unit or place")]
On = Annotated[dt.date | None, Query(description="Vào ngày; không nêu: hôm nay · On this day; none: today")]
As = Annotated[Literal["json", "xlsx", "csv", "ics", "txt"], Query(alias="as", description="Dạng · Form")]
_encode = msgspec.json.Encoder().encode


def duties_router(reading: Reading) -> APIRouter:
    """`GET /v1/duties`; for cron: `as=txt` is the week's letter, `as=ics` what a calendar subscribes to."""
    router, runner = reading.router("duties", Right.EVENTS), reading.runner

    @router.get("/v1/duties", summary="Việc đến hạn · What is due")
    def due(reach: Reached, unit: Asked, on: On = None, form: As = "json") -> Response:
        day = _plausible(on or reach.today)
        reach.require_figure(unit, day, day + ONE_DAY)
        position = positions_within(reach, runner.position())
        found = obligations(runner, unit, day)
        above = unit_above(runner, unit, day)
        senders = {each.sender for each in found if each.sender is not None}
        named = titles(runner, {unit, *([above] if above else ()), *(each.unit for each in found), *senders})
        if form == "json":
            told = {"unit": unit, "on": day, "duties": [_told(each) for each in found], "titles": named}
            body = _encode({**told, "incomplete": runner.parked_count(), "position": position})
            return Response(body, media_type="application/json")
        if form == "ics":
            return Response(written(found, named, day), media_type=TEXTS[form])
        if form == "txt":
            return Response(letter(found, named, str(unit), day, named.get(str(above), "")), media_type=TEXTS[form])
        return Response(write_book(_book(found, named, str(unit), day), form), media_type=MEDIA[form])

    return router


def _told(each: Obligation) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "state": each.state,
        "unit": each.unit,
        "until": each.until,
        "person": each.person,
        "left": each.left,
        "step": each.step,
        "axis": each.axis,
        "period": None if each.period is None else each.period.model_dump(mode="json"),
        "matter": each.matter,
        "sender": each.sender,
        "standing": each.standing,
        "persons": list(each.persons) or None,
    }


def _book(found: list[Obligation], named: dict[str, str], unit: str, on: dt.date) -> Book:
    rows = [
        [
            what(each, named),
            named.get(str(each.unit), NAMELESS),
            STATES[each.state],
            "" if each.until is None else day_of(each.until),
            "" if each.left is None else str(each.left),
        ]
        for each in found
    ]
    banner = [f"Việc đến hạn – {named.get(unit, NAMELESS)}", f"Tính đến ngày {day_of(on)}"]
    return Book(pages=[Page(title="duties", columns=COLUMNS, rows=rows, banner=banner)])


def _plausible(day: dt.date) -> dt.date:
    try:
        return plausible(day)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", "on") from None


ROUTERS = (duties_router,)
