"""What has membership over HTTP beside facts? Keys, made here once, shown once, kept nowhere; and places by name."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import ConfigDict, Field

from services.membership.projections.places import Gazetteer, found
from shared.contracts.envelope import Content
from shared.contracts.event import Event, Part, plausible
from shared.contracts.fields import Day
from shared.contracts.membership import Body, CredentialIssued, Level, OrganisationRegistered, Role
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.intake import Intake, Receipt
from shared.eventsourcing.service import Service
from shared.units.ground import OwnedGround
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator, Pepper, Reached, new_key
from shared.web.problem import TurnedAway
from shared.web.producer import Producer, today

OPERATOR_KEY: Final = "operator.key"
"""File in the service's folder that holds the operator's first key, readable by its owner only."""
FIRST_START: Final = 0x6E6E6F70
"""The number under which replicas do it one after the other."""
MOST_BYTES: Final = 16 * 2**10
"""Of a body: it is read before anybody asks whose key it bears."""
_encode = msgspec.json.Encoder().encode


class Wanted(Part):
    """The key that is asked for."""

    model_config = ConfigDict(strict=False)

    organisation: UUID
    role: Role
    roots: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    valid_from: Day | None = None
    """None: today."""
    valid_to: Day | None = None


def credentials_router(service: Service, access: Access, pepper: Pepper) -> APIRouter:
    """`POST /v1/credentials`: the operator issues a key. It is revoked by the fact `credential-revoked`."""
    router = APIRouter(tags=["access"], dependencies=[Depends(access), Depends(Needs(Right.ADMINISTER))])

    @router.post(
        "/v1/credentials",
        status_code=201,
        max_body_size=MOST_BYTES,
        summary="Cấp khóa truy cập · Issue a key, shown once",
    )
    async def issue(wanted: Wanted, poster: Operator) -> Response:
        key, draft = _credential(wanted, pepper)
        outcomes = await asyncio.wrap_future(service.submit(poster, [draft], lenient=False))
        receipt = _receipt(outcomes[0])
        return _json(
            {
                "key": key,
                "credential": str(draft.content.subject),
                "receipt": {
                    "service": service.name,
                    "organisation": str(receipt.organisation),
                    "sequence": receipt.sequence,
                    "hash": receipt.hash.hex(),
                },
            },
            201,
        )

    return router


def places_router(service: Service, producer: Producer) -> APIRouter:
    """`/v1/places`: places that bear a name on a day, accents or none; and what became of each. For every key."""
    door = [Depends(producer.access), Depends(Needs(Right.PLACES)), Depends(producer.after)]
    router = APIRouter(prefix="/v1/places", tags=["places"], dependencies=door)

    def gazetteer(reach: Reached) -> Gazetteer:
        log = service.log
        return Gazetteer(reach.knowledge.tree, lambda *root: None if log is None else log.event(*root))

    @router.get("", summary="Tìm địa bàn theo tên, không cần dấu · Find places by name, with or without accents")
    def search(
        reach: Reached,
        q: Annotated[str, Query(min_length=1, max_length=200, description="Words of the name, from their beginning")],
        level: Level | None = None,
        day: dt.date | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        on = _day(day, reach.today)
        places = found(service.runner, q, level, on, limit + 1)
        lines = [gazetteer(reach).line(place, on) for place in places[:limit]]
        return _json({"day": on.isoformat(), "places": lines, "more": len(places) > limit}, 200)

    @router.get("/{place}", summary="Một địa bàn: cấp trên, tiền thân, nay thuộc đâu · A place and what became of it")
    def one(place: UUID, reach: Reached, day: dt.date | None = None) -> Response:
        if not reach.knowledge.tree.is_place(place):
            raise TurnedAway(404, "unknown-place", "place")
        on = _day(day, reach.today)
        return _json({"day": on.isoformat(), **gazetteer(reach).whole(place, on, reach.today)}, 200)

    return router


def _day(day: dt.date | None, today: dt.date) -> dt.date:
    """The day that is asked about; today where none is named."""
    try:
        return plausible(day or today)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", "day") from None


def _credential(wanted: Wanted, pepper: Pepper) -> tuple[str, Draft]:
    credential = uuid4()
    key, secret = new_key(credential)
    first = wanted.valid_from or today()
    fact = CredentialIssued(
        organisation=wanted.organisation,
        role=wanted.role,
        roots=wanted.roots,
        key_hash=pepper.hash(secret).hex(),
        valid_from=first,
        valid_to=wanted.valid_to,
    )
    return key, _draft(fact, credential, today())


def begin(service: Service, ground: OwnedGround, pepper: Pepper, folder: Path) -> None:
    """At the very first start the operator is registered with a first key; later the log is read only.

    Of replicas that start together on an empty log one does it. A log emptied behind its views is no first start.
    """
    if service.log is None or service.intake is None:
        return
    with service.log.store.alone(FIRST_START):
        if service.sound and not service.log.heads():
            _register_operator(service.intake, pepper, folder)
    ground.begin(service.log)


def _register_operator(intake: Intake, pepper: Pepper, folder: Path) -> None:
    operator = uuid4()
    key, issued = _credential(Wanted(organisation=operator, role=Role.OPERATOR), pepper)
    _write_private(folder / OPERATOR_KEY, key)
    registered = OrganisationRegistered(title="Vận hành hệ thống", kind="operator", body=Body.OPERATOR)
    poster = Poster(organisation=operator, credential=issued.content.subject, role=Role.OPERATOR)
    outcomes = intake.submit(poster, [_draft(registered, operator, today()), issued]).result()
    for outcome in outcomes:
        _receipt(outcome)


def _draft(fact: Event, subject: UUID, occurred: dt.date) -> Draft:
    raw = fact.model_dump_json(exclude_none=True).encode()
    content = Content(type=fact.name, subject=subject, occurred=occurred.isoformat(), fact=raw)
    return Draft(id=uuid4(), content=content, fact=fact)


def _receipt(outcome: Receipt | Answered) -> Receipt:
    if isinstance(outcome, Answered):
        raise outcome
    return outcome


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        os.fsync(file.fileno())


def _json(content: dict[str, Any], status: int) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
