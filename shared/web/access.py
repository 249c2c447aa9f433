"""Who speaks? API keys: made once, stored as an HMAC under the deployment's pepper, compared in constant time."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from shared.eventsourcing.draft import Draft, Poster
from shared.units.directory import Credential, RoleMayNot
from shared.units.knowledge import Knowledge
from shared.units.reach import Reach
from shared.units.rights import Right, rights_of
from shared.units.signing import require_signature
from shared.web.oidc import Issuer, NoToken
from shared.web.problem import TurnedAway
from shared.web.rates import Rates

KEY: Final = re.compile(r"nn_(?P<id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")
"""An API key: `nn_<credential id>_<32 random bytes in base64url>`."""

_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] (?P<key>[!-~]{1,200})")
_TOKEN: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] (?P<token>[A-Za-z0-9_.-]{1,11500})")
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
_LEAST_CHARACTERS: Final = 32
_LEAST_VARIETY: Final = 10
_PLACEHOLDERS: Final = ("change", "default", "example", "placeholder", "password", "pepper", "secret", "0123456789")
"""Words that stand in peppers which nobody chose."""
_NOBODY: Final = (UUID(int=0), bytes(32))


class PepperRefused(ValueError):
    """The deployment's pepper is empty, short, or one that everybody knows. It is never shown."""


class Pepper:
    """The deployment's secret under which keys are stored: at least 32 characters, chosen at random."""

    __slots__ = ("_bytes",)

    def __init__(self, text: str) -> None:
        if len(text) < _LEAST_CHARACTERS or len(set(text)) < _LEAST_VARIETY:
            message = "NENNEP_PEPPER needs at least 32 characters, chosen at random"
            raise PepperRefused(message)
        if any(word in text.lower() for word in _PLACEHOLDERS):
            message = "NENNEP_PEPPER is a placeholder: choose 32 characters at random"
            raise PepperRefused(message)
        self._bytes = text.encode(errors="surrogateescape")

    def __repr__(self) -> str:
        return "Pepper(…)"

    def hash(self, secret: bytes) -> bytes:
        """What is stored of a secret: HMAC-SHA256 under this pepper; useless as a key."""
        return hmac.digest(self._bytes, secret, hashlib.sha256)


def new_key(credential: UUID) -> tuple[str, bytes]:
    """A key for a credential: its text, shown once and kept nowhere, and the secret inside, to be hashed."""
    secret = secrets.token_bytes(32)
    return f"nn_{credential.hex}_{_text(secret)}", secret


@dataclass(frozen=True, slots=True)
class Door:
    """What is set for the doors of a process."""

    rates: Rates = field(default_factory=Rates)
    issuer: Issuer | None = None
    allowed: frozenset[str] = frozenset()
    """Hosts of the own network to which events may be sent, over http too: `host` or `host:port`."""


class Access(SecurityBase):
    """The door of a service, used as a dependency: gives the poster whose key the request bears, else 401.

    Unknown, wrong, malformed, expired and revoked keys are answered alike, after the same work.
    """

    def __init__(
        self,
        pepper: Pepper,
        knowledge: Callable[[], Knowledge],
        today: Callable[[], dt.date],
        *,
        rates: Rates | None = None,
        issuer: Issuer | None = None,
    ) -> None:
        self.model = HTTPBearer()
        self._rates = rates or Rates()
        self._issuer = issuer
        self.scheme_name = "key"
        self._pepper = pepper
        self._knowledge = knowledge
        self._today = today

    async def __call__(self, request: Request) -> Poster:
        """The poster; also kept as `request.state.poster`, and as `request.state.reach` what tells how far he reads.

        TurnedAway: 401 when nobody is proved, 429 when he, or his organisation, knocks too often.
        """
        authorization = request.headers.getlist("authorization")
        if self._issuer is not None and _is_token(authorization):
            poster = await asyncio.to_thread(self.poster, authorization)
        else:
            poster = self.poster(authorization)
        self._rates.take(poster)
        request.state.poster = poster
        request.state.reach = lambda: Reach(poster, self._knowledge(), self._today())
        return poster

    def poster(self, authorization: list[str]) -> Poster:
        """The poster that the Authorization header proves: by a key, or by a token where an issuer is trusted.

        TurnedAway (401) when there is not exactly one, and a good one.
        """
        if self._issuer is not None and _is_token(authorization):
            return self._person(self._issuer, authorization[0])
        credential_id, secret = _NOBODY
        if len(authorization) == 1:
            credential_id, secret = _read(authorization[0])
        credential = self._knowledge().directory.credential(credential_id)
        stored = None if credential is None else credential.key_hash
        equal = hmac.compare_digest(self._pepper.hash(secret), stored or _NOBODY[1])
        if not equal or stored is None or credential is None or not credential.valid_on(self._today()):
            raise TurnedAway(401, "unauthorised", headers=_CHALLENGE)
        return _poster(credential)

    def _person(self, issuer: Issuer, header: str) -> Poster:
        """Whom a token names, as an admission in the log lets him act."""
        try:
            subject = issuer.subject(header.partition(" ")[2])
        except NoToken:
            raise TurnedAway(401, "unauthorised", headers=_CHALLENGE) from None
        identity = self._pepper.hash(issuer.identity(subject))
        credential = self._knowledge().directory.identity(identity, self._today())
        if credential is None:
            raise TurnedAway(401, "unauthorised", headers=_CHALLENGE)
        return _poster(credential)

    def require_signature(self, poster: Poster, draft: Draft) -> None:
        """Raise why a draft's signature, or its lack of one, does not do; by the keys that are known now."""
        personal = None if draft.clear is None else draft.clear.values
        require_signature(poster, draft, self._knowledge().directory, self._today(), personal)


def caller(request: Request) -> Poster:
    """A dependency of routes behind an `Access`: whose key the request bears."""
    poster: Poster = request.state.poster
    return poster


Caller = Annotated[Poster, Depends(caller)]


async def reach(request: Request) -> Reach:
    """A dependency of routes behind an `Access`: how far the caller reads, by what is known when the route begins.

    The request may have waited at the door for what it names in `Nennep-After`; his reach is judged by that too.
    """
    found: Reach = request.state.reach()
    return found


Reached = Annotated[Reach, Depends(reach)]


class Needs:
    """A dependency that declares the right which a route asks for. RoleMayNot (403) for roles without it.

    Every route under `/v1` names one, behind the `Access` of its router; `create_app` refuses an application with a
    route that does not, and the API description shows it as `x-right`:

        router = APIRouter(dependencies=[Depends(access), Depends(Needs(Right.FIGURES))])

    The right says whether the caller may ask at all. What of it lies within reach is the route's to ask, of `Reached`:
    `reach.require_figure(unit, start, end, tree)` before a count, `reach.opens(organisation)` before a book,
    `reach.sees(event, log.event)` before an event is shown.
    """

    def __init__(self, right: Right) -> None:
        self.right = right

    def __call__(self, poster: Caller) -> Poster:
        """The caller, who has the right."""
        require_right(poster, self.right)
        return poster


def require_right(poster: Poster, *rights: Right) -> None:
    """Raise RoleMayNot for roles that have none of these rights."""
    if not rights_of(poster.role) & set(rights):
        raise RoleMayNot


Operator = Annotated[Poster, Depends(Needs(Right.ADMINISTER))]
"""The caller of a route that is for the operator alone."""


def may_post(poster: Poster) -> None:
    """Raise RoleMayNot for those who only read."""
    require_right(poster, Right.POST, Right.DECIDE)


def _poster(credential: Credential) -> Poster:
    return Poster(
        organisation=credential.organisation, credential=credential.id, role=credential.role, roots=credential.roots
    )


def _is_token(authorization: list[str]) -> bool:
    """Whether the one header looks like a token: three parts with dots between."""
    match = _TOKEN.fullmatch(authorization[0]) if len(authorization) == 1 else None
    return match is not None and match["token"].count(".") == 2  # noqa: PLR2004 — header, claims, signature


def _read(header: str) -> tuple[UUID, bytes]:
    """Credential id and secret in a header; those of nobody when it is not exactly a key in its one spelling."""
    bearer = _BEARER.fullmatch(header)
    match = None if bearer is None else KEY.fullmatch(bearer["key"])
    if match is None:
        return _NOBODY
    secret = base64.urlsafe_b64decode(match["secret"] + "=")
    return (UUID(hex=match["id"]), secret) if _text(secret) == match["secret"] else _NOBODY


def _text(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
