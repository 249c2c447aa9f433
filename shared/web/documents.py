"""How is a scan filed and read again? `POST /v1/documents` answers what facts name; `GET` gives it to those who may."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from shared.personal.documents import MEDIA, DocumentDamaged, Filed
from shared.units.reach import OutOfReach
from shared.units.rights import Right
from shared.web.access import Access, Caller, Needs, may_post
from shared.web.body import Budget, drain, read_body
from shared.web.personal import Asked, Reader
from shared.web.problem import TurnedAway
from shared.web.rights import MARK

HELD: Final = 64 * 2**20
"""Bytes of scans that one process holds at once."""
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Person = Annotated[UUID | None, Query(description="Bản chụp của riêng một người. · Whose scan it is, if one person's.")]
_BODY: Final[dict[str, Any]] = {
    MARK: Right.POST.value,
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA},
    },
}
_encode = msgspec.json.Encoder().encode


def _posters(poster: Caller) -> None:
    """Whoever posts facts of any kind may file what they name."""
    may_post(poster)


def documents_router(reader: Reader, access: Access) -> APIRouter:
    """`/v1/documents`: a scan is filed once for each organisation, encrypted, and named by its SHA-256."""
    router = APIRouter(tags=["documents"], dependencies=[Depends(access)])
    budget = Budget(HELD)

    @router.post(
        "/v1/documents",
        dependencies=[Depends(_posters)],
        openapi_extra=_BODY,
        summary="Nộp bản chụp văn bản · File the scan of a document",
    )
    async def file(request: Request, poster: Caller, person: Person = None) -> Response:
        media = request.headers.get("content-type", "").strip().lower()
        if media not in MEDIA:
            await drain(request)
            raise TurnedAway(415, "unknown-media-type", "Content-Type")
        with budget.reserve() as reservation:
            content = await read_body(request, reservation)
            if not content.startswith(MEDIA[media]):
                raise TurnedAway(422, "not-that-media", "Content-Type")
            documents = reader.custody.documents
            filed = await asyncio.to_thread(documents.file, poster.organisation, content, media, person)
        return Response(_encode(_named(filed)), 201 if filed.new else 200, media_type="application/json")

    @router.get(
        "/v1/documents/{sha256}",
        dependencies=[Depends(Needs(Right.PERSONAL))],
        summary="Xem bản chụp · Read a scan again; the reading is recorded",
    )
    def read(sha256: Sha256, poster: Caller, why: Asked) -> Response:
        owner, filed = reader.scan(poster, sha256)
        if filed is None or (poster.roots and (filed.person is None or not reader.sees(poster, filed.person))):
            raise OutOfReach("sha256")
        reader.record(poster, [] if filed.person is None else [filed.person], why, "document", sha256)
        try:
            content = reader.custody.documents.open(owner, sha256)
        except DocumentDamaged:
            raise TurnedAway(410, "document-damaged", "sha256") from None
        return Response(
            content,
            media_type=filed.media,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": "attachment",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return router


def _named(filed: Filed) -> dict[str, str | int]:
    """As facts name it."""
    return {"docmedia": filed.media, "doclength": filed.length, "docsha256": filed.sha256}
