"""Which requests of persons are open, and which are late? A list by the terms of the law, with who asked as an id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from shared.contracts.event import Event
from shared.contracts.fields import Day
from shared.contracts.membership import (
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestReceived,
)
from shared.eventsourcing.service import Service
from shared.personal.clock import Request, Rules, State, requests
from shared.units.reach import OutOfReach
from shared.units.rights import Right
from shared.web.access import Access, Needs, Reached
from shared.web.after import AfterSeen

REQUEST_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {PersonRequestReceived, PersonRequestAcknowledged, PersonRequestExtended, PersonRequestAnswered}
)
_DONE: Final = {State.ANSWERED, State.ANSWERED_LATE}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Clock:
    """What the list rests upon: the facts, the terms and the day."""

    service: Service
    rules: Rules
    today: Callable[[], dt.date]

    def look(self, day: dt.date) -> list[Request]:
        """Every request as it stands on a day."""
        runner = self.service.runner
        with runner.generation.store.read() as connection:
            return requests(runner.facts.said(connection, REQUEST_FACTS), self.rules, day)


def requests_router(clock: Clock, access: Access, after: AfterSeen) -> APIRouter:
    """`GET /v1/person-requests`: those that wait, the most pressing first; with `all` the answered ones too."""
    router = APIRouter(tags=["personal"], dependencies=[Depends(access), Depends(after)])

    @router.get(
        "/v1/person-requests",
        dependencies=[Depends(Needs(Right.EVENTS))],
        summary="Yêu cầu của chủ thể dữ liệu · Requests of persons, with their terms",
    )
    def listed(
        reach: Reached,
        day: Day | None = None,
        *,
        every: Annotated[bool, Query(alias="all", description="Cả đã trả lời. · Answered ones too.")] = False,
    ) -> Response:
        if reach.poster.roots:
            raise OutOfReach
        found = [each for each in clock.look(day or clock.today()) if reach.opens(each.organisation)]
        late = sum(each.state is State.LATE for each in found)
        shown = [_shown(each) for each in found if every or each.state not in _DONE]
        return Response(_encode({"requests": shown, "late": late}), media_type="application/json")

    return router


def _shown(request: Request) -> dict[str, Any]:
    return {
        "request": str(request.id),
        "organisation": str(request.organisation),
        "person": str(request.person),
        "kind": request.kind.value,
        "state": request.state.value,
        "late": list(request.late),
        "received_on": request.received_on.isoformat(),
        "acknowledge_by": request.acknowledge_by.isoformat(),
        "acknowledged_on": None if request.acknowledged_on is None else request.acknowledged_on.isoformat(),
        "answer_by": request.answer_by.isoformat(),
        "extended": request.extended,
        "answered_on": None if request.answered_on is None else request.answered_on.isoformat(),
        "outcome": request.outcome,
        "provisional": request.provisional,
        "unknown_years": list(request.unknown_years),
    }
