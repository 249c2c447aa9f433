"""How does evidence leave a service over HTTP? Checkpoints and keys for everybody with a key; proofs for their owners."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from shared.contracts.envelope import recorded_text
from shared.contracts.membership import Role
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.lease import LeaseLost
from shared.history.evidence.checkpoint import ASKED
from shared.history.evidence.keys import Ending
from shared.history.evidence.ledger import Checkpoints, NotCovered, Published
from shared.history.evidence.note import NoNote, Signature
from shared.history.evidence.witnesses import UnknownWitness, Witnesses
from shared.web.access import Access, Caller, Operator
from shared.web.after import AfterSeen
from shared.web.problem import TurnedAway

NOTE: Final = "text/plain; charset=utf-8"
NDJSON: Final = "application/x-ndjson"
MOST: Final = 500
LARGEST_COSIGNATURE: Final = 16 * 1024
_FARTHEST: Final = 2**62
_encode = msgspec.json.Encoder().encode

Number = Annotated[int | None, Query(ge=1, le=_FARTHEST)]
Size = Annotated[int, Query(ge=0, le=_FARTHEST)]


def evidence_router(checkpoints: Checkpoints, witnesses: Witnesses, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/checkpoints…`, `/v1/keys`, `/v1/proofs/…`, `/v1/cosignatures`."""
    router = APIRouter(tags=["evidence"], dependencies=[Depends(access), Depends(after)])

    @router.get("/v1/checkpoints", summary="Các điểm kiểm đã công bố · Checkpoints that were published")
    def every(after: Size = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> Response:
        found = [_told(each, witnesses) for each in checkpoints.all(after, limit)]
        return _json({"origin": checkpoints.keys.origin, "checkpoints": found, "refused": witnesses.refused()})

    @router.get("/v1/checkpoints/latest", summary="Điểm kiểm mới nhất · The latest checkpoint, a signed note")
    def latest() -> Response:
        return Response(str(_latest(checkpoints).note), media_type=NOTE)

    @router.get("/v1/checkpoints/{number}", summary="Một điểm kiểm · One checkpoint, a signed note")
    def one(number: int) -> Response:
        return Response(str(_numbered(checkpoints, number).note), media_type=NOTE)

    @router.get("/v1/checkpoints/{number}/chains", summary="Các chuỗi của một điểm kiểm · The chains that it covers")
    def chains(number: int) -> Response:
        return Response(checkpoints.companion(_numbered(checkpoints, number)), media_type=NOTE)

    @router.post("/v1/checkpoints", summary="Công bố ngay · Publish now, for the operator")
    def publish(_: Operator) -> Response:
        try:
            published = checkpoints.publish(ASKED)
        except LeaseLost as error:
            raise Busy from error
        if published is None:
            raise TurnedAway(404, "not-found")
        witnesses.ask()
        return _json(_told(_numbered(checkpoints, published.checkpoint.number), witnesses))

    @router.get("/v1/keys", summary="Các khóa ký và thời hạn · Keys that sign, with their validity")
    def keys() -> Response:
        return Response(checkpoints.keys.lines, media_type=NDJSON)

    @router.post("/v1/keys", summary="Thay khóa ký · Begin a new key, for the operator")
    def rotate(_: Operator, why: Ending) -> Response:
        try:
            published = checkpoints.rotate(why)
        except LeaseLost as error:
            raise Busy from error
        return _json(
            {
                "key": str(checkpoints.keys.signer.verifier),
                "checkpoint": None if published is None else published.checkpoint.number,
            }
        )

    @router.get("/v1/proofs/inclusion", summary="Chứng minh một biên nhận · Prove a receipt")
    def inclusion(
        reader: Caller,
        organisation: UUID,
        sequence: Annotated[int, Query(ge=1, le=_FARTHEST)],
        checkpoint: Number = None,
    ) -> Response:
        _may_read(reader, organisation)
        try:
            return Response(
                checkpoints.inclusion(organisation, sequence, checkpoint).encode(), media_type="application/json"
            )
        except NotCovered as error:
            raise TurnedAway(404, "not-covered-yet") from error

    @router.get("/v1/proofs/consistency", summary="Chứng minh sổ chỉ nối dài · Prove that a chain only grew")
    def consistency(
        reader: Caller, organisation: UUID, from_: Annotated[int, Query(alias="from", ge=0, le=_FARTHEST)], to: Size
    ) -> Response:
        _may_read(reader, organisation)
        try:
            return _json(msgspec.to_builtins(checkpoints.consistency(organisation, from_, to)))
        except NotCovered as error:
            raise TurnedAway(404, "not-covered-yet") from error

    @router.post("/v1/cosignatures", summary="Nhận chữ ký chứng kiến · Take cosignatures of witnesses")
    async def cosign(request: Request, number: Annotated[int, Query(ge=1, le=_FARTHEST)]) -> Response:
        return _json({"new": _cosigned(checkpoints, witnesses, number, await _lines(request))})

    @router.post("/v1/witnesses", summary="Nhận lại bên chứng kiến · Let a refused witness in again, for the operator")
    def readmit(_: Operator, name: Annotated[str, Query(max_length=200)]) -> Response:
        try:
            witnesses.readmit(name)
        except UnknownWitness as error:
            raise TurnedAway(422, "unknown-witness") from error
        except LeaseLost as error:
            raise Busy from error
        return _json({"refused": witnesses.refused()})

    return router


def _may_read(reader: Poster, organisation: UUID) -> None:
    """An organisation's own receipts, or everybody's for auditors and the operator; else as if there were nothing."""
    if reader.organisation != organisation and reader.role not in {Role.AUDITOR, Role.OPERATOR}:
        raise TurnedAway(404, "not-found")


def _latest(checkpoints: Checkpoints) -> Published:
    latest = checkpoints.latest()
    if latest is None:
        raise TurnedAway(404, "not-found")
    return latest


def _numbered(checkpoints: Checkpoints, number: int) -> Published:
    if not 1 <= number <= _FARTHEST:
        raise TurnedAway(404, "not-found")
    try:
        return checkpoints.numbered(number)
    except NotCovered as error:
        raise TurnedAway(404, "not-found") from error


def _told(published: Published, witnesses: Witnesses) -> dict[str, Any]:
    checkpoint = published.checkpoint
    return {
        "number": checkpoint.number,
        "for": checkpoint.why,
        "published": recorded_text(checkpoint.published),
        "seals": checkpoint.size,
        "chains": checkpoint.chains,
        "events": published.events,
        "sha256": checkpoint.digest.hex(),
        "witnessed": dict(witnesses.standing(published)),
    }


async def _lines(request: Request) -> list[Signature]:
    """The signature lines of a body. TurnedAway when it is anything else."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_COSIGNATURE:
            raise TurnedAway(413, "body-too-large")
    try:
        signatures = [Signature.parse(line) for line in body.decode().splitlines()]
    except (NoNote, UnicodeDecodeError) as error:
        raise TurnedAway(400, "not-a-cosignature") from error
    if not signatures:
        raise TurnedAway(400, "empty")
    return signatures


def _cosigned(checkpoints: Checkpoints, witnesses: Witnesses, number: int, signatures: list[Signature]) -> int:
    _numbered(checkpoints, number)
    try:
        return witnesses.accept(number, signatures)
    except UnknownWitness as error:
        raise TurnedAway(422, "unknown-witness") from error
    except LeaseLost as error:
        raise Busy from error


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
