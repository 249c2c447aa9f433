"""How does a list go out in somebody else's form? The form's columns come with the question, the sheet goes back.

A whole base unit at once, or one branch. Names are read for a stated purpose, and the reading is recorded before.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import and_, select

from services.membership.api.answering import ONE_DAY, On, day_of
from services.membership.api.likeness import MOST, TooManyPersons
from services.membership.api.naming import NOT_STORED
from services.membership.projections.asking import Row, reading
from shared.eventsourcing.errors import Busy, Refused
from shared.eventsourcing.runner import Runner
from shared.operations.mapping.layout import MappingFault
from shared.operations.mapping.outward import Template, book, filled, read_template, rows_of
from shared.personal.details import known
from shared.sheets.process import write_book
from shared.sheets.tables import Form
from shared.units.lasting import lasting
from shared.units.projection import titles
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Needs, Reached, require_right
from shared.web.body import Budget, read_body
from shared.web.personal import Purpose, Reader, Remark, Why, reason
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.turns import Turns

MOST_BYTES: Final = 64 * 2**10
"""Of one form."""
HELD: Final = 4 * 2**20
"""Bytes of forms that one process reads at once."""
PATIENCE: Final = 20.0
"""Seconds for which a second list waits for the first."""
MEDIA: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/toml": {"schema": {"type": "string"}}}}
}
_LINE: Final = re.compile(r"line (\d+)")


class FormUnsound(Refused):
    """The form's file is not right; `lines` names where. `docs/formats/mapping.md` says what may stand in it."""

    vi = "Tệp mẫu cột chưa đúng; xem các dòng được nêu."


def exports_router(runner: Runner, producer: Producer, reader: Reader) -> APIRouter:
    """`POST /v1/exports/members`."""
    door = [Depends(producer.access), Depends(Needs(Right.PERSONAL)), Depends(producer.after)]
    router = APIRouter(tags=["members"], dependencies=door)
    writing, budget = Turns(1, PATIENCE), Budget(HELD)

    @router.post(
        "/v1/exports/members",
        openapi_extra=_BODY,
        summary="Danh sách theo mẫu khác · A list of members in somebody else's form",
    )
    async def listed(  # noqa: PLR0913, PLR0917 — one parameter a query parameter
        request: Request,
        unit: UUID,
        reach: Reached,
        purpose: Purpose,
        remark: Remark = None,
        on: On = None,
        format: Annotated[Form, Query()] = "xlsx",
    ) -> Response:
        day = day_of(on)
        reach.require_figure(unit, day, day + ONE_DAY)
        with budget.reserve() as reservation:
            template = _template(await read_body(request, reservation))
        if template.sensitive:
            require_right(reach.poster, Right.SENSITIVE)
        why = reason(reach.poster, purpose, remark, sensitive=template.sensitive)

        def work() -> Response:
            rows = _rows(runner, reader, reach, (unit, day), why)
            with writing:
                content = write_book(book(template, filled(template, rows)), format)
            name = f'attachment; filename="danh-sach-{unit}.{format}"'
            return Response(content, media_type=MEDIA[format], headers={"Content-Disposition": name, **NOT_STORED})

        return await asyncio.to_thread(work)

    return router


def _template(body: bytes) -> Template:
    """The form that a body says. TurnedAway (413); FormUnsound."""
    if len(body) > MOST_BYTES:
        raise TurnedAway(413, "body-too-large")
    try:
        return read_template(body.decode())
    except UnicodeDecodeError:
        raise FormUnsound("body") from None
    except MappingFault as fault:
        raise FormUnsound("body", lines=" ".join(_LINE.findall(" ".join(fault.faults)))) from None


def _rows(runner: Runner, reader: Reader, reach: Reach, scope: tuple[UUID, dt.date], why: Why) -> list[Row]:
    """Everybody on a book under the unit on the day, in each branch once. TooManyPersons; Busy."""
    log, (unit, day) = reader.service.log, scope
    if log is None:
        raise Busy
    with reading(runner) as views:
        roster, above = views.tables["roster"], views.tables["unit_above"]
        query = (
            select(roster.c.person, roster.c.branch, roster.c.start_day, roster.c.entered)
            .join(above, and_(above.c.unit == roster.c.branch, lasting(above, day)))
            .where(above.c.above == unit, lasting(roster, day))
            .order_by(roster.c.start_day.desc())
            .limit(MOST + 1)
        )
        found = {(row["person"], row["branch"]): row for row in views.rows(query)}
    if len(found) > MOST:
        raise TooManyPersons("unit")
    persons = sorted({person for person, _ in found})
    holders = reader.record(reach.poster, persons, why, "export", str(unit))
    details = known(log, reader.custody.keys, holders, sensitive=why.sensitive)
    listed = [
        {
            "person": str(person),
            "branch": str(branch),
            "since": str(row["start_day"]),
            "entered": row["entered"],
        }
        for (person, branch), row in found.items()
    ]
    named = titles(runner, {branch for _, branch in found})
    return rows_of({"titles": named, "listed": listed}, [each.shown() for each in details])
