"""How does a test stand before the door of a service? With keys of every sort, and a log that is a plain function."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI

from shared.contracts.event import VIETNAM, Event
from shared.contracts.membership import Body, CredentialIssued, CredentialRevoked, OrganisationRegistered, Role
from shared.eventsourcing.decider import Said
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.submission import Outcome, Receipt
from shared.units.knowledge import Knowledge
from shared.web.access import Access, Pepper, new_key
from shared.web.after import After, AfterSeen
from shared.web.application import Parts, create_app
from shared.web.body import Budget
from shared.web.health import About
from shared.web.intake import Reception, intake_router
from shared.web.posting import Media

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=VIETNAM)
TODAY = NOW.date()
PEPPER = Pepper("9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s")
OPERATOR, ORGANISATION, OTHER = (UUID(int=number) for number in (0xA1, 0xB2, 0xC3))
NAMES = UUID(int=0xD4)

Json = dict[str, Any]


def named(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMES, name)


def told(fact: Event, subject: UUID, *, day: dt.date = dt.date(2020, 1, 1), organisation: UUID = OPERATOR) -> Said:
    """A standing fact of the operator's log, or of another's."""
    event = named(f"{type(fact).__name__} {subject} {day}")
    return Said(fact, subject, organisation, event, 1, day)


def accepted(poster: Poster, draft: Draft) -> Outcome:
    """What a log answers that takes everything."""
    return Receipt(poster.organisation, 1, hashlib.sha256(draft.id.bytes).digest(), recorded=True)


@dataclass
class Door:
    """A service of which only the log is missing; `judge` answers for it, `posted` holds what got as far."""

    service: str = "meetings"
    judge: Callable[[Poster, Draft], Outcome] = accepted
    seen: bool = True
    budget: Budget = field(default_factory=Budget)
    posted: list[Draft] = field(default_factory=list)
    waited: list[After] = field(default_factory=list)
    facts: list[Said] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for organisation, body in ((OPERATOR, Body.OPERATOR), (ORGANISATION, Body.ORGANISATION)):
            registered = OrganisationRegistered(title="Hội LHPN tỉnh", kind="womens-union", body=body)
            self.facts.append(told(registered, organisation))
        for role in Role:
            self.issue(role.value, role)
        self.issue("expired", valid_to=TODAY)
        self.issue("not-yet", valid_from=TODAY + dt.timedelta(days=1))
        self.issue("other", organisation=OTHER)
        self.issue("inspector", Role.AUDITOR, organisation=OPERATOR)
        revoked = self.issue("revoked")
        self.facts.append(told(CredentialRevoked(), revoked))

    def issue(
        self,
        name: str,
        role: Role = Role.RECORDER,
        *,
        organisation: UUID = ORGANISATION,
        valid_from: dt.date = dt.date(2020, 1, 1),
        valid_to: dt.date | None = None,
    ) -> UUID:
        """Issue a key under a name of the test's own."""
        credential = named(f"credential {name}")
        text, secret = new_key(credential)
        fact = CredentialIssued(
            organisation=organisation,
            role=role,
            key_hash=PEPPER.hash(secret).hex(),
            valid_from=valid_from,
            valid_to=valid_to,
        )
        self.facts.append(told(fact, credential))
        self.keys[name] = text
        return credential

    @property
    def access(self) -> Access:
        """The keys of this door."""
        knowledge = Knowledge().told(self.facts)
        return Access(PEPPER, lambda: knowledge, lambda: TODAY)

    def submit(self, poster: Poster, drafts: Sequence[Draft], *, lenient: bool) -> Future[list[Outcome]]:
        """The log: what it makes of each draft, by `judge`."""
        del lenient
        self.posted += drafts
        done: Future[list[Outcome]] = Future()
        done.set_result([self.judge(poster, draft) for draft in drafts])
        return done

    async def _wait(self, positions: Sequence[After]) -> bool:
        self.waited += positions
        return self.seen

    @property
    def after(self) -> AfterSeen:
        """Waits for positions as this door has seen them."""
        return AfterSeen(self._wait)

    def app(self, **parts: Any) -> FastAPI:
        """The application."""
        reception = Reception(self.service, self.access, self.after, self.submit, lambda: NOW, self.budget)
        return create_app(About(self.service, "Sinh hoạt", "1.0"), Parts(routers=(intake_router(reception),), **parts))

    def client(self, app: FastAPI | None = None) -> httpx.AsyncClient:
        """A client that speaks to the application in this process."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(app or self.app()), base_url="http://service")

    async def post(
        self,
        body: object,
        media: Media = Media.ONE,
        *,
        key: str = "recorder",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post a value (as JSON), bytes or text."""
        if not isinstance(body, bytes | str):
            body = json.dumps(body, ensure_ascii=False)
        content = body.encode() if isinstance(body, str) else body
        more = {"Authorization": f"Bearer {self.keys[key]}", "Content-Type": media.value, **(headers or {})}
        async with self.client() as client:
            return await client.post("/v1/events", content=content, headers=more)


BRANCH = named("branch")


def meeting(name: str = "meeting", **changes: Any) -> Json:
    """A post that says that a branch met; attributes may be changed, `fact` may be another."""
    roll = {"expected": 20, "present": 18, "excused": 1, "absent": 1}
    fact = {"branch": str(BRANCH), "kind": "regular", "roll": roll}
    event: Json = {
        "specversion": "1.0",
        "id": str(named(name)),
        "source": "/so-tay",
        "type": "vn.nennep.meetings.meeting-held.v1",
        "subject": str(named(f"{name} subject")),
        "occurred": "2026-02-10",
        "data": {"fact": changes.pop("fact", fact)},
    }
    return {name: value for name, value in {**event, **changes}.items() if value is not LEFT_OUT}


LEFT_OUT = object()
"""In place of an attribute: it is not posted."""
