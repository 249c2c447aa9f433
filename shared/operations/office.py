"""How does the author of a service try it with real parts? Courier, producers and the service in one folder, over HTTP.

with office(tmp_path, "duty") as here:
body = here.registers("Hội LHPN tỉnh Đồng Tháp")
here.grants("duty", of=["membership", "meetings"])
here.posts(body, "meetings", MeetingHeld(...), on="2025-03-04")
here.asks("duty", "/v1/duty", key=body.key, unit=body.root, ...)
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from shared.contracts.event import Event, calendar_day
from shared.contracts.membership import (
    Body,
    Level,
    OrganisationRegistered,
    ReaderGranted,
    ReaderRevoked,
    TerritoryDeclared,
    UnitFounded,
)
from shared.operations.supervisor import Supervisor
from shared.units.ground import OWNER

AT_ONCE: Final = 16
"""Positions that one request may name."""
PATIENCE: Final = 120.0
"""Seconds within which a service has heard what was posted."""
FOUNDED: Final = "2020-01-01"
BEHIND: Final = httpx.codes.SERVICE_UNAVAILABLE
LINES: Final = {"Content-Type": "application/x-ndjson"}


class NotInTime(AssertionError):
    """A service did not hear in time what was posted; the text is its last answer."""


@dataclass(frozen=True, slots=True)
class Registered:
    """An organisation with its key, its topmost unit and one branch."""

    organisation: UUID
    key: str
    root: UUID
    branch: UUID


class Office:
    """Services that run in a folder."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._client = httpx.Client(timeout=PATIENCE, trust_env=False)
        self._after: dict[tuple[str, str], str] = {}

    @property
    def folder(self) -> Path:
        """Where they run: what commands take as `--data`."""
        return self._supervisor.data

    @property
    def operator(self) -> str:
        """The operator's key."""
        return (self._supervisor.data / "membership" / "operator.key").read_text()

    def registers(self, title: str) -> Registered:
        """A province is declared and an organisation registered there; it founds its topmost unit and a branch."""
        province, organisation, root, branch = (uuid4() for _ in range(4))
        day = _day(FOUNDED)
        place = TerritoryDeclared(title=title, level=Level.PROVINCE, kind="tinh", effective=day)
        body = OrganisationRegistered(title=title, kind="womens-union", body=Body.ORGANISATION, province=province)
        self._post(self.operator, "membership", [_said(place, province), _said(body, organisation)])
        wanted = {"organisation": str(organisation), "role": "recorder"}
        issued = self._send("POST", "membership", "/v1/credentials", self.operator, json=wanted)
        key: str = issued.raise_for_status().json()["key"]
        for service in self._supervisor.urls:
            self._patiently("GET", service, "/v1/projections", key, away={httpx.codes.UNAUTHORIZED, BEHIND})
        top = UnitFounded(title=title, kind="province-body", territory=province, effective=day)
        below = UnitFounded(title="Chi hội 1", kind="branch", parent=root, territory=province, effective=day)
        self._post(key, "membership", [_said(top, root), _said(below, branch)])
        return Registered(organisation, key, root, branch)

    def grants(self, reader: str, *, of: list[str], organisations: Sequence[Registered] = ()) -> UUID:
        """Let a service read what these services recorded, of all organisations or of those; the grant's id."""
        named, grant = tuple(each.organisation for each in organisations), uuid4()
        fact = ReaderGranted(reader=reader, producers=tuple(of), organisations=named, valid_from=_day(FOUNDED))
        self._post(self.operator, "membership", [_said(fact, grant)])
        return grant

    def revokes(self, grant: UUID) -> None:
        """End a grant."""
        self._post(self.operator, "membership", [_said(ReaderRevoked(), grant, FOUNDED)])

    def posts(self, body: Registered, service: str, fact: Event, *, on: str, subject: UUID | None = None) -> UUID:
        """An organisation records a fact; the event's id."""
        event = _said(fact, subject or uuid4(), on)
        self._post(body.key, service, [event])
        return UUID(event["id"])

    def asks(self, service: str, path: str, *, key: str | None = None, **parameters: Any) -> httpx.Response:  # noqa: ANN401 — whatever is asked
        """The answer of a service once it has heard all that was posted here."""
        *before, last = self._positions()
        for headers in before:
            self._patiently("GET", service, "/v1/projections", self.operator, headers=headers)
        return self._patiently("GET", service, path, key or self.operator, headers=last, params=parameters)

    def asks_once(self, service: str, path: str, *, key: str, **parameters: Any) -> httpx.Response:  # noqa: ANN401 — whatever is asked
        """The answer of a service as it is now, whatever it has heard."""
        return self._send("GET", service, path, key, params=parameters)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _positions(self, *of: str) -> list[dict[str, str]]:
        """What was posted here, to these services or to any, as headers of requests: each with as many as one bears."""
        named = [text for (service, _), text in self._after.items() if not of or service in of]
        pages = [named[start : start + AT_ONCE] for start in range(0, len(named), AT_ONCE)]
        return [{"Nennep-After": ", ".join(page)} for page in pages] or [{}]

    def _post(self, key: str, service: str, events: list[dict[str, Any]]) -> None:
        """Every other service judges by what it has heard of membership: a unit may have been founded a moment ago."""
        if service != OWNER:
            for headers in self._positions(OWNER):
                self._patiently("GET", service, "/v1/projections", self.operator, headers=headers)
        body = "\n".join(json.dumps(event, ensure_ascii=False) for event in events).encode()
        answer = self._patiently("POST", service, "/v1/events", key, content=body, headers=LINES)
        for outcome in answer.raise_for_status().json()["outcomes"]:
            receipt = outcome["receipt"]
            place = (receipt["service"], receipt["organisation"])
            self._after[place] = "/".join((*place, str(receipt["sequence"]), receipt["hash"]))

    def _patiently(
        self,
        method: str,
        service: str,
        path: str,
        key: str,
        *,
        away: AbstractSet[int] = frozenset({BEHIND}),
        **more: Any,  # noqa: ANN401 — httpx's own
    ) -> httpx.Response:
        """Ask until the answer is none of these: a service hears of keys and facts a moment after they are recorded."""
        pause, end = threading.Event(), time.monotonic() + PATIENCE
        while True:
            answer = self._send(method, service, path, key, **more)
            if answer.status_code not in away:
                return answer
            if time.monotonic() > end:
                raise NotInTime(answer.text)
            pause.wait(0.05)

    def _send(self, method: str, service: str, path: str, key: str, **more: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return self._client.request(method, f"{self._supervisor.urls[service]}{path}", headers=headers, **more)


@contextmanager
def office(folder: Path, *services: str) -> Iterator[Office]:
    """Courier, membership, meetings and these services in a folder, for as long as the block runs."""
    with Supervisor(folder, services=("membership", "meetings", *services)) as supervisor:
        here = Office(supervisor)
        try:
            yield here
        finally:
            here.close()


def _said(fact: Event, subject: UUID, on: str = FOUNDED) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/office",
        "type": fact.name,
        "subject": str(subject),
        "occurred": on,
        "data": {"fact": fact.model_dump(mode="json", exclude_none=True)},
    }


def _day(text: str) -> dt.date:
    return calendar_day(text)
