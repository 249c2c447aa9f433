"""How are views looked after over HTTP? Positions, lag, rebuild and roll-back, parked events: for the operator."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import Any

import msgspec
import structlog
from fastapi import APIRouter, Depends, Response

from shared.eventsourcing.rebuild import Difference, RebuildRunning
from shared.eventsourcing.service import Service
from shared.web.access import Access, Operator
from shared.web.after import AfterSeen

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)


class Upkeep:
    """Rebuilds in the background, one at a time, and remembers how the last one ended."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.last: dict[str, Any] | None = None
        self._thread: threading.Thread | None = None

    def rebuild(self) -> None:
        """Start a rebuild. RebuildRunning while one is under way."""
        if self._thread is not None and self._thread.is_alive():
            raise RebuildRunning
        self._thread = threading.Thread(target=self._run, name=f"{self.service.name}-rebuild", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.last = {"result": "switched"} | _told(self.service.rebuild.run())
        except Exception as error:  # noqa: BLE001 — whatever ends a rebuild is told; the old views serve on
            _log.exception("rebuild failed")
            self.last = {"result": "failed", "reason": type(error).__name__}

    def told(self) -> dict[str, Any]:
        """Positions, lag, generations, projections, and the rebuild that runs or ran last."""
        runner, progress = self.service.runner, self.service.rebuild.progress
        return {
            "service": self.service.name,
            "position": {
                service: {str(organisation): sequence for organisation, sequence in positions.items()}
                for service, positions in runner.position().items()
            },
            "lag": self.service.lag(),
            "head_age": round(min(self.service.subscription.status.head_age, 1e9), 3),
            "projections": [each.name for each in runner.generation.projections],
            "stopped": runner.stopped(),
            "parked": runner.parked_count(),
            "outdated": self.service.generations.outdated(),
            "generations": [
                {"number": number, "state": state, "digest": digest}
                for number, state, digest in self.service.generations.listed()
            ],
            "running": self._thread is not None and self._thread.is_alive(),
            "rebuild": None
            if progress is None
            else {
                "done": progress.done,
                "total": progress.total,
                "rate": round(progress.rate),
                "seconds_left": round(progress.left, 1),
            },
            "last_rebuild": self.last,
        }


def upkeep_router(upkeep: Upkeep, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/projections` and `/v1/parked`."""
    router = APIRouter(tags=["views"], dependencies=[Depends(access), Depends(after)])
    service = upkeep.service

    @router.get("/v1/projections", summary="Tình trạng các bảng tổng hợp · How the views stand")
    def projections() -> Response:
        return _json(upkeep.told())

    @router.post("/v1/projections/rebuild", status_code=202, summary="Dựng lại từ sổ · Rebuild from history")
    def rebuild(_: Operator) -> Response:
        upkeep.rebuild()
        return _json({"started": True}, 202)

    @router.post("/v1/projections/rollback", summary="Dùng lại bản trước · Let the previous views serve again")
    def roll_back(_: Operator) -> Response:
        return _json({"generation": service.rebuild.roll_back()})

    @router.get("/v1/parked", summary="Sự việc để riêng · Parked events, and why")
    def parked(_: Operator) -> Response:
        return _json({"parked": [asdict(each) for each in service.runner.parked()]})

    @router.post("/v1/parked/retry", summary="Thử lại · Compute parked keys again")
    def retry(by: Operator, projection: str) -> Response:
        freed, left = service.runner.retry(projection)
        _log.info("parked events retried", projection=projection, by=str(by.credential), freed=freed, left=left)
        return _json({"freed": freed, "left": left})

    return router


def _told(difference: Difference) -> dict[str, Any]:
    return {
        "tables": {
            table: {"only_before": before, "only_after": after}
            for table, (before, after) in difference.tables.items()
            if before or after
        },
        "examples": {table: list(keys) for table, keys in difference.examples.items()},
    }


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
