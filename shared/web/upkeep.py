"""How are views looked after over HTTP? Positions, lag, rebuild and roll-back, for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Response

from shared.eventsourcing.comparing import Difference
from shared.eventsourcing.service import Service
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator, Reached
from shared.web.after import AfterSeen

_encode = msgspec.json.Encoder().encode


class Upkeep:
    """What is told of a service's views, and of the rebuild that runs or ran last."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def rebuild(self) -> None:
        """Start a rebuild in the background. RebuildRunning while one is under way; NotLeading on another replica."""
        self.service.renewal.start()

    @property
    def last(self) -> dict[str, Any] | None:
        """How the last one ended here: what differed, or why it failed."""
        ended = self.service.renewal.last
        if ended is None:
            return None
        if ended.difference is None:
            return {"result": "failed", "reason": ended.reason}
        return {"result": "switched", "longest_pause": round(ended.pause, 3)} | _told(ended.difference)

    def told(self, reach: Reach) -> dict[str, Any]:
        """Positions of the reader's books, lag, generations, projections, and the rebuild that runs or ran last.

        The rows that a rebuild found to differ are told to the operator only.
        """
        runner, progress = self.service.runner, self.service.rebuild.progress
        return {
            "service": self.service.name,
            "position": positions_within(reach, runner.position()),
            "lag": self.service.lag(),
            "head_age": round(min(self.service.subscription.status.head_age, 1e9), 3),
            "projections": [each.name for each in runner.generation.projections],
            "stopped": runner.stopped(),
            "parked": runner.parked_count(),
            "outdated": self.service.generations.outdated(),
            "stands_still": runner.stands_still,
            "generations": [asdict(each) for each in self.service.generations.listed()],
            "running": self.service.renewal.running,
            "rebuild": None
            if progress is None
            else {
                "step": progress.step,
                "done": progress.done,
                "total": progress.total,
                "rate": round(progress.rate),
                "seconds_left": round(progress.left, 1),
            },
            "last_rebuild": self.last if reach.everything else None,
        }


def upkeep_router(upkeep: Upkeep, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/projections`."""
    router = APIRouter(tags=["views"], dependencies=[Depends(access), Depends(Needs(Right.STANDING)), Depends(after)])
    service = upkeep.service

    @router.get("/v1/projections", summary="Tình trạng các bảng tổng hợp · How the views stand")
    def projections(reach: Reached) -> Response:
        return _json(upkeep.told(reach))

    @router.post("/v1/projections/rebuild", status_code=202, summary="Dựng lại từ sổ · Rebuild from history")
    def rebuild(_: Operator) -> Response:
        upkeep.rebuild()
        return _json({"started": True}, 202)

    @router.post("/v1/projections/rollback", summary="Dùng lại bản trước · Let the previous views serve again")
    def roll_back(_: Operator) -> Response:
        return _json({"generation": service.rebuild.roll_back()})

    return router


def positions_within(reach: Reach, ends: Mapping[str, Mapping[UUID, int]]) -> dict[str, dict[str, int]]:
    """How far views have come in the books that a reader may ask for: service → organisation → sequence."""
    return {
        service: {
            str(organisation): sequence for organisation, sequence in positions.items() if reach.opens(organisation)
        }
        for service, positions in ends.items()
    }


def _told(difference: Difference) -> dict[str, Any]:
    return {
        "tables": {
            table: {"only_before": before, "only_after": after}
            for table, (before, after) in difference.tables.items()
            if before or after
        },
        "examples": {table: list(keys) for table, keys in difference.examples.items()},
        "answers": {answer: list(things) for answer, things in difference.answers.items()},
        "complete": difference.complete,
    }


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
