"""How is the sealed archive seen over HTTP? Its sealing records; and the operator may ask to seal what is there."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Response

from shared.history.archive.archive import Archive
from shared.history.archive.sealer import Sealer
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator, Reached
from shared.web.after import AfterSeen


def archive_router(sealer: Sealer, archive: Archive, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/archive`."""
    router = APIRouter(
        prefix="/v1/archive",
        tags=["archive"],
        dependencies=[Depends(access), Depends(Needs(Right.PROOFS)), Depends(after)],
    )

    @router.get("", summary="Các đoạn sổ đã niêm phong · Sealed segments, in their order")
    def seals(reach: Reached) -> Response:
        within = (seal for seal in archive.seals() if reach.opens(seal.organisation))
        return _json({"seals": [msgspec.to_builtins(seal) for seal in within]})

    @router.post("/seal", summary="Niêm phong ngay · Seal now all that is recorded")
    def seal(_: Operator) -> Response:
        return _json({"segments": sealer.seal_all()})

    return router


def _json(content: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
