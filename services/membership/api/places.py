"""Which places bear a name, and what became of each? For every key."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.membership.projections.places import Gazetteer, found
from shared.contracts.membership import Level
from shared.eventsourcing.service import Service
from shared.units.rights import Right
from shared.web.access import Needs, Reached
from shared.web.days import plausible_day
from shared.web.problem import TurnedAway
from shared.web.producer import Producer

_encode: Final = msgspec.json.Encoder().encode


def places_router(service: Service, producer: Producer) -> APIRouter:
    """`/v1/places`: places that bear a name on a day, accents or none; and what became of each. For every key."""
    door = [Depends(producer.access), Depends(Needs(Right.PLACES)), Depends(producer.after)]
    router = APIRouter(prefix="/v1/places", tags=["places"], dependencies=door)

    def gazetteer(reach: Reached) -> Gazetteer:
        log = service.log
        return Gazetteer(reach.knowledge.tree, lambda *root: None if log is None else log.event(*root))

    @router.get("", summary="Tìm địa bàn theo tên, không cần dấu · Find places by name, with or without accents")
    def search(
        reach: Reached,
        q: Annotated[str, Query(min_length=1, max_length=200, description="Words of the name, from their beginning")],
        level: Level | None = None,
        day: dt.date | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        on = plausible_day(day or reach.today, "day")
        places = found(service.runner, q, level, on, limit + 1)
        lines = [gazetteer(reach).line(place, on) for place in places[:limit]]
        return _json({"day": on.isoformat(), "places": lines, "more": len(places) > limit})

    @router.get("/{place}", summary="Một địa bàn: cấp trên, tiền thân, nay thuộc đâu · A place and what became of it")
    def one(place: UUID, reach: Reached, day: dt.date | None = None) -> Response:
        if not reach.knowledge.tree.is_place(place):
            raise TurnedAway(404, "unknown-place", "place")
        on = plausible_day(day or reach.today, "day")
        return _json({"day": on.isoformat(), **gazetteer(reach).whole(place, on, reach.today)})

    return router


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
