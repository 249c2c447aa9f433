"""How does the operator give a key? Made here once, shown once, kept nowhere."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, Field

from shared.contracts.envelope import Content
from shared.contracts.event import Event, Part
from shared.contracts.fields import Day
from shared.contracts.membership import Body, CredentialIssued, IdentityAdmitted, OrganisationRegistered, Role
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.service import Service
from shared.eventsourcing.submission import Receipt
from shared.units.owned_ground import OwnedGround
from shared.units.rights import Right
from shared.web.access import Access, Needs, Operator, Pepper, new_key
from shared.web.oidc import LONGEST_SUBJECT, Issuer
from shared.web.problem import TurnedAway
from shared.web.producer import today

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


class Admitted(Wanted):
    """The person who may sign on."""

    subject: Annotated[str, Field(min_length=1, max_length=LONGEST_SUBJECT)]
    """As the issuer names the person in `sub`; kept nowhere."""


def credentials_router(service: Service, access: Access, pepper: Pepper, issuer: Issuer | None = None) -> APIRouter:
    """`POST /v1/credentials`: the operator issues a key. It is revoked by the fact `credential-revoked`.

    `POST /v1/identities`: the operator lets a person sign on, where an issuer is trusted; ended by the same fact.
    """
    router = APIRouter(tags=["access"], dependencies=[Depends(access), Depends(Needs(Right.ADMINISTER))])

    @router.post(
        "/v1/credentials",
        status_code=201,
        max_body_size=MOST_BYTES,
        summary="Cấp khóa truy cập · Issue a key, shown once",
    )
    async def issue(wanted: Wanted, poster: Operator) -> Response:
        key, draft = _credential(wanted, pepper)
        return _json({"key": key, **await _recorded(service, poster, draft)}, 201)

    @router.post(
        "/v1/identities",
        status_code=201,
        max_body_size=MOST_BYTES,
        summary="Cho một người đăng nhập · Let a person sign on",
    )
    async def admit(wanted: Admitted, poster: Operator) -> Response:
        if issuer is None:
            raise TurnedAway(409, "no-issuer")
        identity = pepper.hash(issuer.identity(wanted.subject))
        return _json(await _recorded(service, poster, _admission(wanted, identity)), 201)

    return router


async def _recorded(service: Service, poster: Poster, draft: Draft) -> dict[str, Any]:
    outcomes = await asyncio.wrap_future(service.submit(poster, [draft], lenient=False))
    receipt = _receipt(outcomes[0])
    return {
        "credential": str(draft.content.subject),
        "receipt": {
            "service": service.name,
            "organisation": str(receipt.organisation),
            "sequence": receipt.sequence,
            "hash": receipt.hash.hex(),
        },
    }


def _admission(wanted: Admitted, identity: bytes) -> Draft:
    fact = IdentityAdmitted(
        organisation=wanted.organisation,
        role=wanted.role,
        roots=wanted.roots,
        identity_hash=identity.hex(),
        valid_from=wanted.valid_from or today(),
        valid_to=wanted.valid_to,
    )
    return _draft(fact, uuid4(), today())


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
