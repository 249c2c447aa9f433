"""What may an outsider post over HTTP? Facts about foreign units and persons, and questions asked by posting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.system.lines import LINES, as_line, corrects, fresh, meeting, says, voids
from tests.system.reached import Json

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
FORM = (EXAMPLES / "mappings" / "province-form-sample.out.toml").read_bytes()
DRAFT = (EXAMPLES / "rule-sets" / "mau-chi-hoi-ap.yaml").read_bytes()
ON = ("2020-06-01", "2021-05-31", "2025-08-01", "2026-02-01")


class Post(NamedTuple):
    """What is sent, and where to."""

    service: str
    address: str
    body: bytes
    headers: Mapping[str, str]
    fact: bool = False
    """Whether anything accepted would be a break-in."""


class Foreign(NamedTuple):
    """What lies outside: ids by what they name."""

    organisation: str
    units: Sequence[str]
    persons: Sequence[str]
    events: Sequence[str]


def posts(told: Foreign, paths: Mapping[str, Sequence[str]], chance: Random) -> list[Post]:
    """One of everything: each kind of fact, each question, and each other address to which something is posted."""
    facts = [_as_post("membership", fact(told, chance), told, chance) for fact in PERSONAL]
    facts += [_as_post("membership", fact(told, chance), told, chance) for fact in OF_UNITS]
    facts.append(_as_post("meetings", meeting(chance.choice(told.units), on=chance.choice(ON)), told, chance))
    unit = chance.choice(told.units)
    asked = [
        Post("membership", f"/v1/exports/members?unit={unit}&purpose=curiosity&on={chance.choice(ON)}", FORM, {}),
        Post("ratings", f"/v1/drafts?unit={unit}&years=2020,2025", DRAFT, {}),
    ]
    others = [
        Post(service, _filled(path, told, chance), b"{}", {"Content-Type": "application/json"})
        for service, every in paths.items()
        for path in every
        if path not in {"/v1/events", "/v1/exports/members", "/v1/drafts"}
    ]
    return [*facts, *asked, *others]


def _as_post(service: str, event: Json, told: Foreign, chance: Random) -> Post:
    """The fact, at times with what a sender may not say of himself."""
    if chance.random() < 1 / 8:
        event |= {chance.choice(("organisation", "actor", "recorded")): told.organisation}
    headers = {**LINES, "Prefer": "handling=lenient"}
    return Post(service, "/v1/events", as_line(event).encode(), headers, fact=True)


def _filled(path: str, told: Foreign, chance: Random) -> str:
    for name in ("id", "webhook"):
        path = path.replace(f"{{{name}}}", chance.choice(told.events))
    return path


def _fact(name: str, **more: object) -> Callable[[Foreign, Random], Json]:
    """A fact about a foreign person in a foreign branch."""

    def drawn(told: Foreign, chance: Random) -> Json:
        person, fact = chance.choice([*told.persons, fresh()]), {"branch": chance.choice(told.units), **more}
        event = says(f"membership.{name}", person, fact, chance.choice(ON))
        if name == "person-described":
            event["data"]["personal"] = {person: {"phone": "0277 999 999"}}
        return event

    return drawn


def _of_unit(name: str, **more: object) -> Callable[[Foreign, Random], Json]:
    """A fact about a foreign unit."""

    def drawn(told: Foreign, chance: Random) -> Json:
        day = chance.choice(ON)
        return says(f"membership.{name}", chance.choice(told.units), {**more, "effective": day}, day)

    return drawn


def _founded(told: Foreign, chance: Random) -> Json:
    day = chance.choice(ON)
    fact = {"title": "Chi hội giả", "kind": "branch", "parent": chance.choice(told.units), "effective": day}
    return says("membership.unit-founded", fresh(), fact, day)


def _merged(told: Foreign, chance: Random) -> Json:
    day, (one, other) = chance.choice(ON), chance.sample(list(told.units), 2)
    return says("membership.unit-merged", one, {"sources": [other], "effective": day}, day)


def _replacing(how: Callable[..., Json], *fact: Json) -> Callable[[Foreign, Random], Json]:
    """A foreign fact put right, or taken away."""

    def drawn(told: Foreign, chance: Random) -> Json:
        root = says("membership.member-entered", chance.choice(told.persons), {}, "2021-03-08")
        root["id"] = chance.choice(told.events)
        return how(root, root, told.organisation, *({**each, "branch": chance.choice(told.units)} for each in fact))

    return drawn


PERSONAL = (
    *(_fact(name) for name in ("member-entered", "member-joined", "member-died", "member-resigned", "member-away")),
    _fact("member-struck-off", cause="not-attending"),
    _fact("person-described"),
    _replacing(corrects, {"admitted_year": 2001}),
    _replacing(voids),
)
OF_UNITS = (_of_unit("unit-renamed", title="Tên giả"), _of_unit("unit-dissolved"), _founded, _merged)


def accepted(body: bytes) -> list[str]:
    """The statuses of what a service took of a post, as far as it took anything."""
    try:
        outcomes = json.loads(body).get("outcomes", ())
    except (ValueError, AttributeError):
        return []
    return [str(each["status"]) for each in outcomes if each["status"] < 300]
