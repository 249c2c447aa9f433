"""Is any address of any service made to tell a foreign byte? Each is asked with foreign ids, by every kind of outsider.

The questions come from the services' own descriptions, so a new address is asked from its first day.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zipfile import BadZipFile, ZipFile

import pytest

from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.intruding import Foreign, accepted, posts
from tests.system.lines import Line, fresh, issue, meeting, register, says
from tests.system.reached import PATIENCE, SERVICES, Json
from tests.system.test_personal import PDF, entered

SECRET = "Kín7781"
"""Stands in every foreign name."""
SEED, WHOLE = 2027, 20_000
DAYS = ("2019-12-31", "2020-06-01", "2021-05-31", "2025-08-01", "2026-02-01")
CLOSED = "2025-07-01"
UNITS, PERSONS, EVENTS, ANY = "unit", "person", "event", "any"
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("branch", "unit", "rater", "body"), UNITS),
    **dict.fromkeys(("person",), PERSONS),
    **dict.fromkeys(("event", "causation", "correlation"), EVENTS),
    **dict.fromkeys(("subject", "review", "id", "webhook", "rule_set", "key"), ANY),
}
"""What kind of id a parameter of that name takes."""
VALUES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("day", "on", "until", "tree", "known", "and"), DAYS),
    **dict.fromkeys(("start", "recorded_from", "occurred_from"), ("2020-01-01", "2025-01-01")),
    **dict.fromkeys(("end", "recorded_to", "occurred_to"), ("2021-01-01", "2026-01-01")),
    "year": ("2020", "2021", "2025"),
    "purpose": ("curiosity",),
    "work": ("transfers", "proposals", "away", "maturity", "cards"),
    "q": (SECRET,),
    "level": ("locality",),
    "by": ("unit", "month", "organisation"),
    "format": ("json", "xlsx", "html"),
    "axis": ("vertical",),
    "criterion": ("attendance",),
    "accept": ("text/html", "text/plain"),
    **dict.fromkeys(("number", "sequence", "from", "checkpoint"), ("1",)),
    **dict.fromkeys(("to", "limit"), ("3",)),
    **dict.fromkeys(("after", "skip", "offset"), ("0",)),
    **dict.fromkeys(("sensitive", "all", "own", "recount"), ("true",)),
}
SPARED = {
    "remark",
    "issuer",
    "title",
    "threshold",
    "language",
    "action",
    "type",
    "rules",
    "reason",
    "document",
    "facts",
}
"""Parameters that name nobody."""


@dataclass
class Ground:
    """What lies beyond an outsider's reach: ids to ask for, and what no answer to him may hold."""

    ids: dict[str, list[str]]
    organisation: str
    place: str
    scan: str
    marks: set[str] = field(default_factory=set)


@dataclass
class Siege:
    """A line with two subtrees, those who stand outside, and what each must not be told."""

    line: Line
    outsiders: dict[str, tuple[str, Ground]]
    insider: str
    addresses: list[tuple[str, str, list[Json]]]
    figures: list[str]
    posts: dict[str, list[str]]
    """Service → the addresses to which something is posted."""


def ground(line: Line, base: str, persons: Sequence[str], events: Sequence[Json], scan: str) -> Ground:
    ids = {
        UNITS: [base, *line.branches],
        PERSONS: list(persons),
        EVENTS: [each["id"] for each in events],
    }
    ids[ANY] = [*ids[UNITS], *ids[PERSONS], *(each["subject"] for each in events)]
    found = Ground(ids, line.organisation, line.hamlet, scan)
    every = {*ids[ANY], *ids[EVENTS], line.organisation, scan}
    found.marks = {SECRET, *every, *(UUID(each).hex for each in every if len(each) == len(fresh()))}
    return found


@pytest.fixture(scope="module")
def siege(deployment: Deployment) -> Siege:
    line = register(deployment, f"Hội {SECRET}")
    branch = line.found(f"Chi hội {SECRET}")
    neighbour = fresh()
    fact = {"title": "Hội xã bên", "kind": "base-unit", "parent": line.root, "effective": "2020-01-01"}
    beside = fact | {"territory": line.district}
    line.post("membership", says("membership.unit-founded", neighbour, beside)).raise_for_status()
    persons = [fresh() for _ in range(3)]
    asked = {"person": persons[2], "kind": "access", "received_on": DAYS[1]}
    looked = {"unit": branch, "period": {"start": "2020-01-01", "end": "2021-01-01"}}
    headed = {"branch": branch, "person": persons[0], "title": "head"}
    lived = [
        *(entered(line, each, {"full_name": f"Lê Thị {SECRET}", "phone": "0909 778 178"}) for each in persons),
        says("membership.branch-head-took-office", branch, headed),
        says("membership.transfer-introduced", persons[1], {"branch": line.branches[0]}, "2021-04-01"),
        says("membership.person-request-received", fresh(), asked, DAYS[1]),
        says("membership.review-opened", fresh(), looked),
    ]
    line.post("membership", *lived).raise_for_status()
    line.heard_of("meetings", "ratings")
    met = [meeting(each, 3, 1, "2020-03-01") for each in line.branches]
    line.post("meetings", *met).raise_for_status()
    filed = deployment.client(line.key).post(
        deployment.url("membership", f"/v1/documents?person={persons[0]}"),
        content=PDF + SECRET.encode(),
        headers={"Content-Type": "application/pdf"},
    )
    whole = ground(line, line.root, persons, [*lived, *met], filed.json()["docsha256"])
    # A neighbour in the same line knows its organisation, the root, and how that is called.
    known = {line.organisation, line.root, UUID(line.organisation).hex, UUID(line.root).hex, SECRET}
    near = Ground(whole.ids, whole.organisation, whole.place, whole.scan, whole.marks - known | {f"Chi hội {SECRET}"})

    stranger, closed = register(deployment, "Hội ngoài"), register(deployment, "Hội đã đóng")
    closing = {"successors": [line.organisation], "effective": CLOSED}
    keys = {f"stranger {role}": (issue(deployment, stranger.organisation, role), whole) for role in
            ("recorder", "decider", "reader", "auditor")}  # fmt: skip
    keys["rooted stranger"] = (issue(deployment, stranger.organisation, roots=[stranger.branches[0]]), whole)
    keys["territorial"] = (
        issue(deployment, stranger.organisation, "territorial-reader", roots=[stranger.hamlet]),
        whole,
    )
    for role in ("recorder", "reader"):
        keys[f"neighbour {role}"] = (issue(deployment, line.organisation, role, roots=[neighbour]), near)
    # Who went on in this line knows its name from the closing itself, and nothing else of it.
    gone = Ground(whole.ids, whole.organisation, whole.place, whole.scan, whole.marks - known | {f"Chi hội {SECRET}"})
    for role in ("auditor", "recorder"):
        keys[f"closed {role}"] = (issue(deployment, closed.organisation, role), gone)
    closed.post("membership", says("membership.log-closed", closed.organisation, closing, CLOSED)).raise_for_status()
    insider = issue(deployment, line.organisation, "auditor")
    deployment.settle()
    for service in SERVICES:
        for key, _ in [*keys.values(), (insider, whole)]:
            until(lambda s=service, k=key: deployment.get(s, "/v1/projections", key=k).status_code != 401, PATIENCE)  # type: ignore[misc]
    addresses = [
        (service, path, told["get"].get("parameters", []))
        for service in SERVICES
        for path, told in deployment.get(service, "/openapi.json").json()["paths"].items()
        if "get" in told and path.startswith("/v1/")
    ]
    posted = {
        service: [
            path
            for path, told in deployment.get(service, "/openapi.json").json()["paths"].items()
            if "post" in told and path.startswith("/v1/")
        ]
        for service in SERVICES
    }
    figures = [each["name"] for each in deployment.get("ratings", "/v1/figures").json()["figures"]]
    return Siege(line, keys, insider, addresses, figures, posted)


def question(siege: Siege, path: str, parameters: Sequence[Json], told: Ground, chance: random.Random) -> str:
    """The address with foreign ids in it, and some of what may be added."""
    asked: dict[str, str] = {}
    for each in parameters:
        name = each["name"]
        if not each.get("required") and (name in SPARED or each["in"] == "header" or chance.random() < 0.5):
            continue
        value = valued(siege, path, name, told, chance)
        if each["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        else:
            asked[name] = value
    return f"{path}?{urlencode(asked)}" if asked else path


def valued(siege: Siege, path: str, name: str, told: Ground, chance: random.Random) -> str:
    match name:
        case "organisation":
            return told.organisation
        case "place":
            return told.place
        case "sha256":
            return told.scan
        case "name" if "figures" in path:
            return chance.choice(siege.figures)
        case _ if name in NAMES:
            return chance.choice(told.ids[NAMES[name]])
        case _:
            return chance.choice(VALUES.get(name, (fresh(),)))


def said_in(content: bytes) -> str:
    """All that an answer says: of a workbook or document, its parts unpacked."""
    if content.startswith(b"PK"):
        try:
            with ZipFile(BytesIO(content)) as packed:
                content = b" ".join(packed.read(each) for each in packed.namelist())
        except BadZipFile:
            pass
    return content.decode(errors="replace")


def ask(siege: Siege, service: str, address: str, key: str, marks: set[str]) -> tuple[int, list[str]]:
    """The status, and every foreign mark in the answer that was not in the question."""
    answer = siege.line.deployment.client(key).get(siege.line.deployment.url(service, address))
    text = said_in(answer.content) + str(dict(answer.headers))
    plain = address.replace("-", "")
    return answer.status_code, [each for each in marks if each in text and each.replace("-", "") not in plain]


def questions(siege: Siege, seed: int, each_by: int) -> Iterator[tuple[str, str, str, str, Ground]]:
    """Every address so often, by one outsider after the other."""
    chance = random.Random(seed)
    outsiders = list(siege.outsiders.items())
    turn = 0
    for _ in range(each_by):
        for service, path, parameters in siege.addresses:
            name, (key, told) = outsiders[turn % len(outsiders)]
            turn += 1
            yield name, key, service, question(siege, path, parameters, told, chance), told


def besiege(siege: Siege, seed: int, each_by: int) -> tuple[int, list[Any]]:
    """How many questions were asked, and which were answered with a foreign byte or a fault."""
    asked, wrong = 0, list[Any]()
    for name, key, service, address, told in questions(siege, seed, each_by):
        status, found = ask(siege, service, address, key, told.marks)
        asked += 1
        if found or status >= 500:
            wrong.append((name, service, address, status, found[:3]))
    return asked, wrong


def intrude(siege: Siege, seed: int, times: int) -> tuple[int, list[Any]]:
    """How much was posted by outsiders, and what was accepted of it, or answered with a foreign byte or a fault."""
    chance, deployment, sent, wrong = random.Random(seed), siege.line.deployment, 0, list[Any]()
    for _ in range(times):
        for name, (key, told) in siege.outsiders.items():
            foreign = Foreign(told.organisation, told.ids[UNITS], told.ids[PERSONS], told.ids[EVENTS])
            for post in posts(foreign, siege.posts, chance):
                url = deployment.url(post.service, post.address)
                answer = deployment.client(key).post(url, content=post.body, headers=post.headers)
                question = f"{post.address}{post.body.decode()}".replace("-", "")
                text = said_in(answer.content) + str(dict(answer.headers))
                found = [each for each in told.marks if each in text and each.replace("-", "") not in question]
                taken = accepted(answer.content) if post.fact else []
                sent += 1
                if found or taken or answer.status_code >= 500:
                    wrong.append((name, post.service, post.address, answer.status_code, taken, found[:3], post.body))
    return sent, wrong


def test_nothing_that_an_outsider_posts_is_taken_or_answered_with_a_foreign_byte(siege: Siege) -> None:
    before = siege.line.deployment.heads("membership")
    sent, wrong = intrude(siege, SEED, 1)
    assert sent > 400
    assert wrong == []
    line = siege.line.organisation
    assert siege.line.deployment.heads("membership")[line] == before[line]


def test_the_same_posts_are_taken_from_who_may(siege: Siege) -> None:
    line = register(siege.line.deployment, "Hội nhà")
    lived = [entered(line, fresh(), {"full_name": "Lê Thị Hai"}) for _ in range(3)]
    line.post("membership", *lived).raise_for_status()
    line.heard_of("meetings", "ratings")
    line.has_in_its_views()
    line.found("Chi hội ấp 2")
    subjects = [each["subject"] for each in lived]
    own = Foreign(line.organisation, [*line.branches, line.root], subjects, [each["id"] for each in lived])
    taken, chance = Counter[str](), random.Random(SEED)
    for post in (each for _ in range(2) for each in posts(own, {}, chance)):
        url = line.deployment.url(post.service, post.address)
        answer = line.deployment.client(line.key).post(url, content=post.body, headers=post.headers)
        taken["facts"] += len(accepted(answer.content)) if post.fact else 0
        taken[post.address.partition("?")[0]] += answer.is_success
    assert taken["facts"] > len(lived), taken
    assert min(taken[each] for each in ("/v1/exports/members", "/v1/drafts")) > 0, taken


def test_no_address_tells_an_outsider_a_foreign_byte(siege: Siege) -> None:
    asked, wrong = besiege(siege, SEED, 3)
    assert asked == 3 * len(siege.addresses) > 300
    assert wrong == []


def test_the_same_questions_are_answered_to_who_may_ask(siege: Siege) -> None:
    """The siege would be worth nothing before a house in which nobody lives."""
    chance, told = random.Random(SEED), siege.outsiders["stranger auditor"][1]
    seen = Counter[str]()
    for service, path, parameters in siege.addresses:
        if "proofs" in path or "report" in path:
            continue
        for key in (siege.insider, siege.line.key):
            _, found = ask(siege, service, question(siege, path, parameters, told, chance), key, told.marks)
            seen[service] += bool(found)
    assert min(seen[service] for service in SERVICES) >= 8, seen


@pytest.mark.battery
@pytest.mark.parametrize(("attack", "rounds"), [(intrude, 4), (besiege, 20)], ids=["posts", "questions"])
def test_twenty_thousand_from_outside_over_http(
    siege: Siege, tally: Tally, attack: Callable[[Siege, int, int], tuple[int, list[Any]]], rounds: int
) -> None:
    sent, wrong, seeds = 0, list[Any](), list[int]()
    while sent < WHOLE:
        seeds.append(random.randrange(10**9))
        more, found = attack(siege, seeds[-1], rounds)
        sent, wrong = sent + more, wrong + found
    tally("S-01", sent, len(wrong), " ".join(map(str, seeds)))
    assert wrong == []
