"""What has every answer of membership's views? A door with a right, names of units, what is missing, the position."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.membership.projections import PROJECTIONS
from services.membership.projections.asking import Reading, Row
from shared.eventsourcing.runner import Runner
from shared.units.projection import titles
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Needs
from shared.web.days import plausible_day
from shared.web.problem import TurnedAway
from shared.web.producer import Producer, today
from shared.web.upkeep import positions_within

Year = Annotated[int, Query(ge=1930, le=9997, description="Năm · A calendar year")]
On = Annotated[dt.date | None, Query(description="Vào ngày; không nêu: hôm nay · On this day; none: today")]
ONE_DAY: Final = dt.timedelta(days=1)
_NAMES: Final = frozenset(each.name for each in PROJECTIONS)
_encode = msgspec.json.Encoder().encode


def router_behind(producer: Producer) -> APIRouter:
    """A router for those who may read facts, held back until the positions that a request names are seen."""
    door = [Depends(producer.access), Depends(Needs(Right.EVENTS)), Depends(producer.after)]
    return APIRouter(tags=["books"], dependencies=door)


def day_of(on: dt.date | None) -> dt.date:
    """The asked day, or today. TurnedAway (422) for a day on which no fact may lie."""
    return plausible_day(on or today(), "on")


def require_unit(reading: Reading, unit: UUID, reach: Reach, start: dt.date, end: dt.date) -> Row:
    """A unit that the caller may read on every day of the period. OutOfReach, or TurnedAway (404) for who reads all."""
    reach.require_figure(unit, start, end)
    found = reading.unit(unit)
    if found is None:
        raise TurnedAway(404, "unknown-unit", "unit")
    return found


def answer(runner: Runner, reach: Reach, content: Mapping[str, Any], units: Iterable[object]) -> Response:
    """JSON with the names of units, what the views lack, and how far they have come in the caller's books."""
    named = {each for each in units if isinstance(each, UUID)}
    whole = {
        **content,
        "titles": titles(runner, named),
        "incomplete": runner.parked_count(_NAMES),
        "stopped": sorted(set(runner.stopped()) & _NAMES),
        "position": positions_within(reach, runner.position()),
    }
    return Response(_encode(whole), media_type="application/json")
