"""Which services may hear what others record? Every grant that ever was, for the operator to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Response

from shared.units.directory import ReaderGrant
from shared.units.knowledge import Knowledge
from shared.units.rights import Right
from shared.web.access import Access, Needs

_encode = msgspec.json.Encoder().encode


def readers_router(knowledge: Callable[[], Knowledge], access: Access, today: Callable[[], dt.date]) -> APIRouter:
    """`GET /v1/readers`. Grants are given and revoked by facts: `reader-granted`, `reader-revoked`."""
    router = APIRouter(tags=["access"], dependencies=[Depends(access), Depends(Needs(Right.ADMINISTER))])

    @router.get("/v1/readers", summary="Dịch vụ được cấp quyền đọc · Services that may read")
    def listed() -> Response:
        grants = [_told(grant, today()) for grant in knowledge().directory.readers]
        return Response(_encode({"readers": grants}), media_type="application/json")

    return router


def _told(grant: ReaderGrant, day: dt.date) -> dict[str, Any]:
    return {
        "id": grant.id,
        "service": grant.service,
        "producers": sorted(grant.producers),
        "organisations": sorted(grant.organisations),
        "sensitive": grant.sensitive,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
        "revoked": grant.revoked,
        "counts": grant.valid_on(day),
    }
