"""How does evidence leave a service over HTTP? Checkpoints and keys for all who have a key; proofs for their owners."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.lease import LeaseLost
from shared.history.evidence.checkpoint import ASKED
from shared.history.evidence.keys import Ending
from shared.history.evidence.ledger import Checkpoints, NotCovered, Published
from shared.history.evidence.note import MOST_SIGNATURES, NoNote, Signature
from shared.history.evidence.witnesses import UnknownWitness, Witnesses
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator, Reached
from shared.web.after import AfterSeen
from shared.web.body import Budget, read_body
from shared.web.problem import TurnedAway

NOTE: Final = "text/plain; charset=utf-8"
NDJSON: Final = "application/x-ndjson"
MOST: Final = 500
_FARTHEST: Final = 2**62
_encode = msgspec.json.Encoder().encode

Number = Annotated[int, PathParameter(ge=1, le=_FARTHEST)]
Under = Annotated[int | None, Query(ge=1, le=_FARTHEST)]
Sequence = Annotated[int, Query(ge=1, le=_FARTHEST)]
Size = Annotated[int, Query(ge=0, le=_FARTHEST)]
From = Annotated[int, Query(alias="from", ge=0, le=_FARTHEST)]


def evidence_router(checkpoints: Checkpoints, witnesses: Witnesses, access: Access, after: AfterSeen) -> APIRouter:
    """`/v1/checkpoints…`, `/v1/keys`, `/v1/proofs/…`, `/v1/cosignatures`, `/v1/witnesses`."""
    router = APIRouter(tags=["evidence"], dependencies=[Depends(access), Depends(Needs(Right.PROOFS)), Depends(after)])
    _for_every_reader(router, checkpoints, witnesses)
    _for_owners(router, checkpoints)
    _for_the_operator(router, checkpoints, witnesses)
    _for_witnesses(router, checkpoints, witnesses)
    return router


def _for_every_reader(router: APIRouter, checkpoints: Checkpoints, witnesses: Witnesses) -> None:
    @router.get("/v1/checkpoints", summary="Các điểm kiểm đã công bố · Checkpoints that were published")
    def every(after: Size = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> Response:
        found = [_told(each, witnesses) for each in checkpoints.all(after, limit)]
        return _json({"origin": checkpoints.keys.origin, "checkpoints": found, "refused": witnesses.refused()})

    @router.get("/v1/checkpoints/latest", summary="Điểm kiểm mới nhất · The latest checkpoint, a signed note")
    def latest() -> Response:
        found = checkpoints.latest()
        if found is None:
            raise TurnedAway(404, "not-covered-yet")
        return Response(str(found.note), media_type=NOTE)

    @router.get("/v1/checkpoints/{number}", summary="Một điểm kiểm · One checkpoint, a signed note")
    def one(number: Number) -> Response:
        with _answers():
            return Response(str(checkpoints.numbered(number).note), media_type=NOTE)

    @router.get("/v1/checkpoints/{number}/chains", summary="Các chuỗi của một điểm kiểm · The chains that it covers")
    def chains(reader: Reached, number: Number) -> Response:
        _may_read(reader, None)
        with _answers():
            return Response(checkpoints.companion(checkpoints.numbered(number)), media_type=NOTE)

    @router.get("/v1/keys", summary="Các khóa ký và thời hạn · Keys that sign, with their validity")
    def keys() -> Response:
        return Response(checkpoints.keys.lines, media_type=NDJSON)


def _for_owners(router: APIRouter, checkpoints: Checkpoints) -> None:
    @router.get("/v1/proofs/inclusion", summary="Chứng minh một biên nhận · Prove a receipt")
    def inclusion(reader: Reached, organisation: UUID, sequence: Sequence, checkpoint: Under = None) -> Response:
        _may_read(reader, organisation)
        with _answers():
            proof = checkpoints.inclusion(organisation, sequence, checkpoint)
        return Response(proof.encode(), media_type="application/json")

    @router.get("/v1/proofs/consistency", summary="Chứng minh sổ chỉ nối dài · Prove that a chain only grew")
    def consistency(reader: Reached, organisation: UUID, from_: From, to: Size) -> Response:
        _may_read(reader, organisation)
        with _answers():
            growth = checkpoints.consistency(organisation, from_, to)
        return _json(msgspec.to_builtins(growth))


def _for_the_operator(router: APIRouter, checkpoints: Checkpoints, witnesses: Witnesses) -> None:
    @router.post("/v1/checkpoints", summary="Công bố ngay · Publish now, for the operator")
    def publish(_: Operator) -> Response:
        with _answers():
            published = checkpoints.publish(ASKED)
            if published is None:
                raise TurnedAway(404, "not-covered-yet")
            witnesses.ask()
            return _json(_told(checkpoints.numbered(published.checkpoint.number), witnesses))

    @router.post("/v1/keys", summary="Thay khóa ký · Begin a new key, for the operator")
    def rotate(_: Operator, why: Ending) -> Response:
        with _answers():
            published = checkpoints.rotate(why)
        number = None if published is None else published.checkpoint.number
        return _json({"key": str(checkpoints.keys.signer.verifier), "checkpoint": number})

    @router.post("/v1/witnesses", summary="Nhận lại bên chứng kiến · Let a refused witness in again, for the operator")
    def readmit(_: Operator, name: Annotated[str, Query(max_length=200)]) -> Response:
        with _answers():
            witnesses.readmit(name)
        return _json({"refused": witnesses.refused()})


def _for_witnesses(router: APIRouter, checkpoints: Checkpoints, witnesses: Witnesses) -> None:
    budget = Budget()

    def take(number: int, signatures: list[Signature]) -> int:
        with _answers():
            checkpoints.numbered(number)
            return witnesses.accept(number, signatures)

    @router.post("/v1/cosignatures", summary="Nhận chữ ký chứng kiến · Take cosignatures of witnesses")
    async def cosign(request: Request, number: Annotated[int, Query(ge=1, le=_FARTHEST)]) -> Response:
        with budget.reserve() as reservation:
            signatures = _signatures(await read_body(request, reservation))
        return _json({"new": await asyncio.to_thread(take, number, signatures)})


@contextmanager
def _answers() -> Iterator[None]:
    """What evidence says to itself becomes what is said to a reader."""
    try:
        yield
    except NotCovered as error:
        raise TurnedAway(404, "not-covered-yet") from error
    except UnknownWitness as error:
        raise TurnedAway(422, "unknown-witness") from error
    except LeaseLost as error:
        raise Busy from error


def _may_read(reader: Reach, organisation: UUID | None) -> None:
    """An organisation's own receipts, every chain's end (none) to who reads all; else as if there were nothing."""
    if not (reader.everything if organisation is None else reader.opens(organisation)):
        raise TurnedAway(404, "not-found")


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


def _signatures(body: bytes) -> list[Signature]:
    """The signature lines of a body. TurnedAway when it is anything else."""
    try:
        signatures = [Signature.parse(line) for line in body.decode().splitlines()]
    except (NoNote, UnicodeDecodeError) as error:
        raise TurnedAway(400, "not-a-cosignature") from error
    if not 1 <= len(signatures) <= MOST_SIGNATURES:
        raise TurnedAway(400, "not-a-cosignature")
    return signatures


def _json(content: dict[str, Any]) -> Response:
    return Response(_encode(content), media_type="application/json")
