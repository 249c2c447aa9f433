"""Who posts in a system test? Organisations of the test's own, with a root unit, branches in a hamlet, and a key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.support.waiting import until
from tests.system.reached import PATIENCE, Json, Reached

DAY = "2020-01-01"
LINES = {"Content-Type": "application/x-ndjson"}


def fresh() -> str:
    """An id that nothing has yet."""
    return str(uuid4())


def says(name: str, subject: str, fact: Json, on: str = DAY, **more: Any) -> Json:
    """A posted event; `name` without `vn.nennep.` and version."""
    event = {
        "specversion": "1.0",
        "id": fresh(),
        "source": "/so-tay",
        "type": f"vn.nennep.{name}.v1",
        "subject": subject,
        "occurred": on,
        "data": {"fact": fact},
    }
    return {**event, **more}


def corrects(root: Json, latest: Json, organisation: str, fact: Json, **more: Any) -> Json:
    """The whole new fact in place of the latest version of a root."""
    return _replaces("corrected", root, latest, organisation, {"type": root["type"], "fact": fact}, **more)


def voids(root: Json, latest: Json, organisation: str, **more: Any) -> Json:
    """The root no longer counts."""
    return _replaces("voided", root, latest, organisation, {"type": root["type"]}, **more)


def _replaces(how: str, root: Json, latest: Json, organisation: str, fact: Json, **more: Any) -> Json:
    service = root["type"].split(".")[2]
    chain = f"{organisation}/{root['id']}/{latest['id']}"
    return says(f"{service}.fact-{how}", root["subject"], fact, root["occurred"], corrects=chain, **more)


def meeting(branch: str, present: int = 3, absent: int = 1, on: str = DAY) -> Json:
    """A regular meeting of a branch, counted."""
    roll = {"expected": present + absent, "present": present, "absent": absent}
    return says("meetings.meeting-held", fresh(), {"branch": branch, "kind": "regular", "roll": roll}, on)


def as_line(event: Json) -> str:
    """The event as one line of a post."""
    return json.dumps(event, ensure_ascii=False)


def as_after(receipt: Json) -> str:
    """A receipt as `Nennep-After` has it."""
    return "/".join(str(receipt[name]) for name in ("service", "organisation", "sequence", "hash"))


@dataclass
class Line:
    """One organisation's line of units."""

    deployment: Reached
    organisation: str
    key: str
    district: str
    hamlet: str
    root: str
    branches: list[str] = field(default_factory=list)
    receipt: Json = field(default_factory=dict)
    """Of the last founding."""

    @property
    def after(self) -> str:
        """The last founding, as `Nennep-After` has it."""
        return as_after(self.receipt)

    def post(self, service: str, *events: Json, key: str | None = None, **headers: str) -> httpx.Response:
        """Post lines with the line's key; `_` in a header's name stands for `-`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        client, url = self.deployment.client(key or self.key), self.deployment.url(service, "/v1/events")
        return client.post(url, content="\n".join(map(as_line, events)).encode(), headers={**LINES, **more})

    def judged(self, service: str, *events: Json, key: str | None = None, **headers: str) -> httpx.Response:
        """The answer once the service knows enough to judge every line: until then it has not seen yet (503)."""
        answers: list[httpx.Response] = []

        def is_judged() -> bool:
            answers.append(self.post(service, *events, key=key, **headers))
            each = (outcome["status"] for outcome in answers[-1].json().get("outcomes", ()))
            return httpx.codes.SERVICE_UNAVAILABLE not in {answers[-1].status_code, *each}

        until(is_judged, PATIENCE)
        return answers[-1]

    def found(self, name: str = "Chi hội ấp 1", on: str = DAY) -> str:
        """Found one more branch; gives its id."""
        branch = fresh()
        fact = {"title": name, "kind": "branch", "parent": self.root, "territory": self.hamlet, "effective": on}
        answer = self.post("membership", says("membership.unit-founded", branch, fact, on)).raise_for_status()
        self.receipt = answer.json()["outcomes"][0]["receipt"]
        self.branches.append(branch)
        return branch

    def heard_of(self, *services: str) -> None:
        """Wait until the services know this line's key and its last founding."""
        for service in services:
            until(lambda service=service: self._is_heard_of(service), PATIENCE)  # type: ignore[misc]

    def has_in_its_views(self, service: str = "membership") -> None:
        """Wait until the views of a service hold all that this line has recorded there."""
        end, _ = self.deployment.heads(service)[self.organisation]
        until(lambda: self._position(service, service) >= end, PATIENCE)

    def _position(self, service: str, of: str) -> int:
        told: dict[str, int] = self.deployment.standing(service)["position"].get(of, {})
        return told.get(self.organisation, 0)

    def _is_heard_of(self, service: str) -> bool:
        answer = self.deployment.client(self.key).get(
            self.deployment.url(service, "/v1/projections"), headers={"Nennep-After": self.after}
        )
        return answer.is_success and self._position(service, "membership") >= self.receipt["sequence"]


def register(deployment: Reached, title: str = "Hội LHPN tỉnh Đồng Tháp", kind: str = "womens-union") -> Line:
    """Declare a province for an organisation, register it, issue its key, and found its root and a branch."""
    province, district, hamlet, organisation = fresh(), fresh(), fresh(), fresh()
    client = deployment.client(deployment.operator)
    body = {"title": title, "kind": kind, "body": "organisation", "province": province}
    events = [
        _place(province, "Đồng Tháp", "province", "tinh"),
        _place(district, "Càng Long", "district", "huyen", province),
        _place(hamlet, "Ấp 1", "locality", "ap", district),
        says("membership.organisation-registered", organisation, body),
    ]
    url = deployment.url("membership", "/v1/events")
    client.post(url, content="\n".join(map(as_line, events)).encode(), headers=LINES).raise_for_status()
    key = issue(deployment, organisation)
    line = Line(deployment, organisation, key, district, hamlet, fresh())
    fact = {"title": title, "kind": "province-body", "territory": province, "effective": DAY}
    line.post("membership", says("membership.unit-founded", line.root, fact)).raise_for_status()
    line.found()
    return line


def issue(deployment: Reached, organisation: str, role: str = "recorder", **more: Any) -> str:
    """A key for an organisation."""
    wanted = {"organisation": organisation, "role": role, **more}
    answer = deployment.client(deployment.operator).post(deployment.url("membership", "/v1/credentials"), json=wanted)
    key: str = answer.raise_for_status().json()["key"]
    return key


def _place(subject: str, title: str, level: str, kind: str, parent: str | None = None) -> Json:
    fact = {"title": title, "level": level, "kind": kind, "effective": DAY}
    return says("membership.territory-declared", subject, fact if parent is None else {**fact, "parent": parent})
