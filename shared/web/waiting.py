"""Which units wait for a word after a division? What a service says of them: above which parts, and by which fact.

Asked as known at a past moment, the list is that of then; who may see a unit is a question of today.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.runner import Runner
from shared.history.replay.moments import moment
from shared.history.tree_then import tree_then
from shared.units.projection import titles
from shared.units.reach import OutOfReach, Reach
from shared.units.rights import Right
from shared.units.waiting import Waiting, waiting
from shared.web.access import Needs, Reached
from shared.web.days import plausible_day
from shared.web.problem import TurnedAway
from shared.web.producer import Producer
from shared.web.turns import Turns

ONE_DAY: Final = dt.timedelta(days=1)


def waiting_router(runner: Runner, producer: Producer) -> APIRouter:
    """`/v1/units/waiting`: what a division left open, as far as the caller may count there."""
    door = [Depends(producer.access), Depends(Needs(Right.FIGURES)), Depends(producer.after)]
    router, one = APIRouter(tags=["units"], dependencies=door), Turns()

    @router.get(
        "/v1/units/waiting",
        summary="Đơn vị, địa bàn chờ phân về sau khi chia tách · Units and places that a division left waiting",
    )
    def listed(
        reach: Reached,
        day: Annotated[dt.date | None, Query(description="On this day; else today")] = None,
        known: Annotated[
            str | None,
            Query(min_length=10, max_length=40, description="As known by the end of a day, or by an instant; else now"),
        ] = None,
    ) -> Response:
        on = plausible_day(day or reach.today, "day")
        then = None if known is None else _moment(known)
        if then is None:
            tree = reach.knowledge.tree
        else:
            with one:
                tree = tree_then(runner, then)
        found = [each for each in waiting(tree, on) if _within(reach, each, on)]
        units = {id for each in found for id in (each.unit, each.split.subject, *each.parts)}
        told = {
            "day": on.isoformat(),
            "known": None if then is None else recorded_text(then),
            "waiting": [_told(each) for each in found],
            "titles": titles(runner, units),
        }
        return Response(msgspec.json.encode(told), media_type="application/json")

    return router


def _moment(text: str) -> int:
    try:
        return moment(text)
    except ValueError:
        raise TurnedAway(422, "bad-format", "known") from None


def _within(reach: Reach, each: Waiting, day: dt.date) -> bool:
    try:
        reach.require_figure(each.unit, day, day + ONE_DAY)
    except OutOfReach:
        return False
    return True


def _told(each: Waiting) -> dict[str, Any]:
    return {
        "unit": str(each.unit),
        "above": None if each.above is None else str(each.above),
        "parts": [str(part) for part in each.parts],
        "split": {
            "unit": str(each.split.subject),
            "organisation": str(each.split.organisation),
            "event": str(each.split.event),
            "day": each.split.day.isoformat(),
        },
    }
