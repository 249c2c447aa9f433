"""Is the service well? Alive, ready with its reasons, its version, and its figures for the watchman."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from shared.web.metrics import Metrics
from shared.web.readiness import Check, Readiness


class About(msgspec.Struct, frozen=True):
    """What runs here."""

    service: str
    title: str
    """The service's name in the users' words."""
    version: str


def health_router(about: About, checks: Mapping[str, Check], metrics: Metrics) -> APIRouter:
    """`/livez`, `/readyz`, `/metrics`, `/version`: open to everybody, because they say nothing of anybody."""
    router = APIRouter(tags=["health"])
    readiness = Readiness(checks)

    async def livez() -> Response:
        return _json({"status": "alive"})

    async def readyz() -> Response:
        found = await readiness.findings()
        if all(finding.well for finding in found.values()):
            return _json({"status": "ready", "checks": found})
        return _json({"status": "not-ready", "checks": found}, HTTPStatus.SERVICE_UNAVAILABLE)

    async def version() -> Response:
        return _json(about)

    def figures() -> Response:
        return Response(metrics.text(), media_type=metrics.media)

    red: dict[int | str, dict[str, Any]] = {
        503: {"description": "Chưa sẵn sàng, kèm lý do. Not ready, with the reasons."}
    }
    router.add_api_route("/livez", livez, summary="Đang chạy · Alive", response_description="Đang chạy. Alive.")
    router.add_api_route("/readyz", readyz, summary="Sẵn sàng phục vụ · Ready", responses=red)
    router.add_api_route(
        "/metrics",
        figures,
        summary="Số đo · Metrics (Prometheus)",
        response_class=Response,
        response_description="Số đo dạng văn bản. Figures as text.",
    )
    router.add_api_route(
        "/version",
        version,
        summary="Phiên bản · Version",
        response_description="Dịch vụ và phiên bản. Service and release.",
    )
    return router


_encode = msgspec.json.Encoder().encode


def _json(content: object, status: int = HTTPStatus.OK) -> Response:
    more = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(_encode(content), status_code=status, media_type="application/json", headers=more)
