"""What does a client get for what it did wrong? A problem that names the field; nothing stored, nothing echoed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.event import VIETNAM
from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import LINES, Line, as_line, corrects, fresh, issue, meeting, register, says, voids
from tests.system.reached import PATIENCE, SERVICES, Json

MARK = "D4uHi3uKhongDuocVongLai"
"""A word that is in every request and may be in no answer and no log of a process."""
LONGEST_ANSWER = 8 * 2**10
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Ground:
    """What stands before the first wrong request: two lines, a member of each, a meeting that may be corrected."""

    line: Line
    other: Line
    member: str
    stranger: str
    held: Json
    reader: str
    narrow: str
    """A key for the second branch only."""

    @property
    def branch(self) -> str:
        """The branch whose book has the member."""
        return self.line.branches[0]

    def roll(self, **changes: Any) -> Json:
        """A meeting of the branch with another roll."""
        event = meeting(self.branch)
        event["data"]["fact"]["roll"].update(changes)
        return event


@pytest.fixture(scope="module")
def ground(deployment: Deployment) -> Ground:
    """Posted once."""
    line, other = register(deployment, "Hội một"), register(deployment, "Hội hai")
    line.found("Chi hội ấp 1b")
    member, stranger = fresh(), fresh()
    for each, person in ((line, member), (other, stranger)):
        each.heard_of(*SERVICES)
        each.post(
            "membership", says("membership.member-entered", person, {"branch": each.branches[0]})
        ).raise_for_status()
    held = meeting(line.branches[0])
    line.post("meetings", held).raise_for_status()
    reader = issue(deployment, line.organisation, "reader")
    narrow = issue(deployment, line.organisation, roots=[line.branches[1]])
    deployment.settle()
    return Ground(line, other, member, stranger, held, reader, narrow)


@dataclass(frozen=True)
class Wrong:
    """One wrong request and its answer."""

    name: str
    make: Callable[[Ground], Json | Sequence[Json] | bytes]
    code: str
    field: str | None = None
    status: int = 422
    service: str = "meetings"
    key: str = "line"
    media: str = ONE
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name


def changed(**attributes: Any) -> Callable[[Ground], Json]:
    """A good meeting but for some attributes; None: left out; what can be called is asked when it is posted."""

    def make(ground: Ground) -> Json:
        event = {**meeting(ground.branch), **attributes}
        return {name: value() if callable(value) else value for name, value in event.items() if value is not None}

    return make


def fact(**fields: Any) -> Callable[[Ground], Json]:
    """A good meeting but for some fields of its fact."""

    def make(ground: Ground) -> Json:
        event = meeting(ground.branch)
        event["data"]["fact"].update(fields)
        return event

    return make


def tomorrow() -> str:
    """As the calendar of Viet Nam has it while the test runs: a minute before midnight may be long after it."""
    return (dt.datetime.now(VIETNAM) + dt.timedelta(days=1, minutes=5)).date().isoformat()


def text(spoil: Callable[[str], str]) -> Callable[[Ground], bytes]:
    """A good meeting with its JSON text spoilt."""
    return lambda ground: spoil(as_line(meeting(ground.branch))).encode()


def named(*, present: Sequence[str]) -> Callable[[Ground], Json]:
    """A roll by names; `member` and `stranger` stand for the persons of the ground."""

    def make(ground: Ground) -> Json:
        persons = [getattr(ground, name) for name in present]
        return ground.roll(expected=len(persons), present=len(persons), absent=0, named={"present": persons})

    return make


def correction(**more: Any) -> Callable[[Ground], Json]:
    """A correction of the meeting that was held; by default a good one."""

    def make(ground: Ground) -> Json:
        organisation = more.get("organisation", ground.line.organisation)
        event = corrects(ground.held, more.get("latest", ground.held), organisation, ground.held["data"]["fact"])
        return {**event, **{name: value for name, value in more.items() if name not in {"organisation", "latest"}}}

    return make


def taken_over(ground: Ground) -> Json:
    """What the line recorded, corrected to a meeting of the other's branch."""
    mine = meeting(ground.other.branches[0])["data"]["fact"]
    return corrects(ground.held, ground.held, ground.line.organisation, mine)


def rated(
    unit: Callable[[Ground], str], rater: Callable[[Ground], str], fact: str = "rating-decided"
) -> Callable[[Ground], Json]:
    """A rating of a unit by a rater."""

    def make(ground: Ground) -> Json:
        rating = {
            "unit": unit(ground),
            "rater": rater(ground),
            "axis": "vertical",
            "period": {"start": "2020-01-01", "end": "2021-01-01"},
            "grade": {"scale": "strength", "rank": 1, "label": "mạnh"},
        }
        return says(f"ratings.{fact}", unit(ground), rating, "2021-01-15")

    return make


ROLL = "data.fact.roll"
CASES = [
    # ── Malformed ──
    Wrong("no JSON", text(lambda body: body[:-9]), "not-json", status=400),
    Wrong("a bare word", lambda _: MARK.encode(), "not-json", status=400),
    Wrong("nothing", lambda _: b"", "empty", status=400),
    Wrong("a list where one is expected", text(lambda body: f"[{body}]"), "not-an-object", status=400),
    Wrong("an object where a batch is expected", text(str), "not-a-list", status=400, media=BATCH),
    Wrong("not UTF-8", lambda _: b'{"id": "\xff"}', "not-utf8", status=400),
    Wrong("a byte order mark", text(lambda body: f"\ufeff{body}"), "byte-order-mark", status=400),
    Wrong("deep", text(lambda body: body.replace('"regular"', "[" * 40 + "]" * 40)), "too-deep", status=400),
    Wrong(
        "not a number", text(lambda body: body.replace(": 3", ": NaN")), "number-out-of-range", f"{ROLL}.present", 400
    ),
    Wrong("another media type", changed(), "unknown-media-type", "Content-Type", 415, media="application/json"),
    Wrong("compressed", changed(), "encoded", "Content-Encoding", 415, headers=(("Content-Encoding", "gzip"),)),
    # ── Oversized ──
    Wrong("a body of more than 8 MiB", lambda _: b" " * (8 * 2**20 + 1), "body-too-large", status=413),
    Wrong("a line of more than 1 MiB", text(lambda body: body + " " * 2**20), "line-too-large", status=413),
    Wrong("5.001 lines", lambda _: b"{}\n" * 5_001, "too-many-lines", status=413, media=LINES["Content-Type"]),
    Wrong("a long text", changed(declaredactor="a" * 201), "too-long", "declaredactor"),
    Wrong(
        "5.001 names",
        fact(roll={"expected": 0, "present": 0, "named": {"present": [fresh()] * 5_001}}),
        "too-long",
        f"{ROLL}.named.present",
    ),
    # ── Wrongly typed ──
    Wrong("true for a number", lambda ground: ground.roll(absent=True), "wrong-type", f"{ROLL}.absent"),
    Wrong("a number in quotes", lambda ground: ground.roll(present="3"), "wrong-type", f"{ROLL}.present"),
    Wrong("a decimal", lambda ground: ground.roll(present=3.0), "wrong-type", f"{ROLL}.present"),
    Wrong("a huge number", lambda ground: ground.roll(present=2**63), "out-of-range", f"{ROLL}.present"),
    Wrong("a negative number", lambda ground: ground.roll(absent=-1), "out-of-range", f"{ROLL}.absent"),
    Wrong("an id that is none", fact(branch=MARK), "bad-format", "data.fact.branch"),
    Wrong("a word that is not in the list", fact(kind=MARK), "not-in-list", "data.fact.kind"),
    Wrong("a field that nobody knows", fact(**{MARK: 1}), "unknown-field", "data.fact"),
    Wrong("a field is missing", fact(roll={"expected": 1}), "required", f"{ROLL}.present"),
    Wrong("a list for an object", fact(roll=[]), "wrong-type", ROLL),
    Wrong("an attribute that nobody knows", changed(**{MARK.lower(): MARK}), "unknown-attribute"),
    Wrong("no id", changed(id=None), "required", "id"),
    Wrong("an id with a NUL", changed(id="\x00"), "bad-format", "id"),
    Wrong(
        "a text with an escape sequence",
        changed(declaredactor=f"\x1b[31m{MARK}"),
        "control-characters",
        "declaredactor",
    ),
    Wrong("personal data", changed(data={"fact": {}, "personal": {MARK: "x"}}), "personal-not-open", "data.personal"),
    # ── Duplicate-keyed ──
    Wrong(
        "a key twice",
        text(lambda body: body.replace('"kind"', '"kind": "regular", "kind"')),
        "duplicate-key",
        "data.fact",
        400,
    ),
    Wrong(
        "an attribute twice",
        text(lambda body: body.replace('"id"', '"id": "x", "\\u0069d"')),
        "duplicate-key",
        status=400,
    ),
    # ── Time ──
    Wrong("tomorrow", changed(occurred=tomorrow), "occurred-in-future", "occurred"),
    Wrong(
        "in an hour, at the other end of the world",
        changed(occurred=None, time=lambda: f"{tomorrow()}T23:00:00-12:00"),
        "occurred-in-future",
        "time",
    ),
    Wrong("without zone", changed(occurred="2020-01-01T08:00:00"), "zone-missing", "occurred"),
    Wrong("the office's way to write a day", changed(occurred="31/05/2022"), "bad-format", "occurred"),
    Wrong("before all", changed(occurred="1929-12-31"), "year-out-of-range", "occurred"),
    # ── Types of events ──
    Wrong("an unknown type", changed(type=f"vn.nennep.meetings.{MARK.lower()}.v1"), "unknown-event-type", "type"),
    Wrong("another version", changed(type="vn.nennep.meetings.meeting-held.v2"), "unknown-event-type", "type"),
    Wrong("another service's type", changed(), "other-service", "type", service="ratings"),
    # ── Units ──
    Wrong("an unknown unit", fact(branch=fresh()), "unknown-unit", "data.fact.branch"),
    Wrong(
        "a unit of another line", lambda ground: meeting(ground.other.branches[0]), "outside-scope", "data.fact.branch"
    ),
    Wrong("a unit beside the key's subtree", changed(), "outside-scope", "data.fact.branch", key="narrow"),
    Wrong(
        "a rating without mandate",
        rated(lambda g: g.other.branches[0], lambda g: g.line.root),
        "no-mandate",
        "data.fact.unit",
        service="ratings",
    ),
    Wrong(
        "in another's name",
        rated(lambda g: g.branch, lambda g: g.other.root, "rating-proposed"),
        "outside-scope",
        "data.fact.rater",
        service="ratings",
    ),
    Wrong("a place for a unit", lambda ground: meeting(ground.line.hamlet), "unknown-unit", "data.fact.branch"),
    Wrong("before the unit was founded", changed(occurred="2019-12-31"), "not-alive", "data.fact.branch"),
    # ── Rolls ──
    Wrong("a roll that does not add up", lambda ground: ground.roll(absent=2), "incoherent", ROLL),
    Wrong("present over expected", lambda ground: ground.roll(expected=2, present=3, absent=0), "incoherent", ROLL),
    Wrong(
        "fewer names than counts", lambda ground: ground.roll(named={"present": [ground.member]}), "incoherent", ROLL
    ),
    Wrong("a person twice", named(present=["member", "member"]), "incoherent", ROLL),
    Wrong(
        "a member of another branch", named(present=["member", "stranger"]), "not-a-member", f"{ROLL}.named.present.1"
    ),
    # ── Corrections ──
    Wrong("a correction of another's fact", correction(), "not-yours", "corrects", key="other"),
    Wrong("a correction of another's fact to an own one", taken_over, "not-yours", "corrects", key="other"),
    Wrong("a correction of nothing", correction(latest={"id": fresh()}), "already-replaced", "corrects", 409),
    Wrong("of another organisation's fact of that id", correction(organisation=fresh()), "unknown-root", "corrects"),
    Wrong("a correction without its root", correction(corrects=None), "required", "corrects"),
    Wrong("a chain that is none", correction(corrects=MARK), "bad-format", "corrects"),
    Wrong("another subject", correction(subject=fresh()), "unknown-root", "corrects"),
    Wrong("no correction, and yet a chain", changed(corrects="/".join([fresh()] * 3)), "not-a-correction", "corrects"),
    Wrong(
        "a correction of another type",
        correction(data={"fact": {"type": "vn.nennep.meetings.visit-completed.v1", "fact": {}}}),
        "required",
        "data.fact.fact.cadre",
    ),
    # ── Versions and ids ──
    Wrong(
        "a stale version",
        lambda ground: {**correction()(ground), "expectedversion": 7},
        "stale-version",
        "expectedversion",
        412,
    ),
    Wrong(
        "new, but it is not",
        lambda ground: {**correction()(ground), "expectedversion": "NEW"},
        "stale-version",
        "expectedversion",
        412,
    ),
    Wrong(
        "an id that stands with other content",
        lambda ground: {**meeting(ground.branch, 9), "id": ground.held["id"]},
        "id-taken",
        "id",
        409,
    ),
    Wrong(
        "a meeting that was held",
        lambda ground: {**meeting(ground.branch, 9), "subject": ground.held["subject"]},
        "already-held",
        "subject",
    ),
    # ── Who may ──
    Wrong("a reader's key", changed(), "role-may-not", key="reader", status=403),
    Wrong(
        "no operator",
        lambda _: says("membership.credential-revoked", fresh(), {}),
        "role-may-not",
        None,
        403,
        "membership",
    ),
    Wrong("no key", changed(), "unauthorised", status=401, key="nobody"),
]


def posted(ground: Ground, case: Wrong) -> httpx.Response:
    """The case's request; the mark is in its headers too."""
    made = case.make(ground)
    body = made if isinstance(made, bytes) else json.dumps(made, ensure_ascii=False).encode()
    keys = {
        "line": ground.line.key,
        "other": ground.other.key,
        "reader": ground.reader,
        "narrow": ground.narrow,
        "nobody": f"nn_{fresh().replace('-', '')}_{'A' * 43}",
    }
    headers = {"Content-Type": case.media, "X-Request-Id": MARK, **dict(case.headers)}
    client = ground.line.deployment.client(keys[case.key])
    url, answers = ground.line.deployment.url(case.service, "/v1/events"), list[httpx.Response]()

    def is_judged() -> bool:
        """While what membership recorded last is unknown here, no refusal rests on it (503)."""
        answers.append(client.post(url, content=body, headers=headers))
        return answers[-1].status_code != httpx.codes.SERVICE_UNAVAILABLE and "not-seen-yet" not in answers[-1].text

    until(is_judged, PATIENCE)
    return answers[-1]


def found_in(answer: httpx.Response) -> Json:
    """The problem: the whole answer, or that of the first line."""
    content: Json = answer.json()
    problem: Json = content["outcomes"][0]["problem"] if "outcomes" in content else content
    return problem


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_named_and_neither_stored_nor_echoed(ground: Ground, case: Wrong) -> None:
    before = ground.line.deployment.heads(case.service)
    answer = posted(ground, case)
    problem = found_in(answer)
    assert (answer.status_code, problem["code"], problem.get("field")) == (case.status, case.code, case.field)
    assert answer.headers["Content-Type"] == "application/problem+json" or "outcomes" in answer.json()
    assert problem.keys() <= {"type", "title", "title_en", "status", "code", "field", "digest"}
    assert problem["type"] == f"urn:nennep:problem:{case.code}"
    assert MARK.lower() not in answer.text.lower()
    assert len(answer.content) <= LONGEST_ANSWER
    assert ground.line.deployment.heads(case.service) == before


def test_of_good_and_bad_lines_each_has_its_own_answer_in_its_place(ground: Ground) -> None:
    readable = [case for case in CASES if case.media == ONE and not case.headers and case.key == "line"]
    events = [
        (case, made) for case in readable if isinstance(made := case.make(ground), dict) and case.service == "meetings"
    ]
    events = [(case, event) for case, event in events if case.status in {422, 409, 412}]
    answer = ground.line.judged("meetings", *(event for _, event in events), Prefer="handling=lenient")
    for (case, _), outcome in zip(events, answer.json()["outcomes"], strict=True):
        problem = outcome["problem"]
        assert (outcome["status"], problem["code"], problem.get("field")) == (case.status, case.code, case.field), case


def test_a_voided_fact_is_neither_corrected_nor_voided_again(ground: Ground) -> None:
    line, event = ground.line, meeting(ground.branch)
    voiding = voids(event, event, line.organisation)
    line.post("meetings", event).raise_for_status()
    line.post("meetings", voiding).raise_for_status()
    before = line.deployment.heads("meetings")
    for latest in (event, voiding):
        again = corrects(event, latest, line.organisation, event["data"]["fact"])
        answer = line.post("meetings", again)
        assert (answer.status_code, found_in(answer)["code"]) == (409, "already-replaced")
    assert line.deployment.heads("meetings") == before


def test_four_spellings_of_an_id_are_one_event(ground: Ground) -> None:
    event = meeting(ground.branch)
    plain = UUID(event["id"])
    receipts = [
        ground.line.post("meetings", {**event, "id": spelling}).json()["outcomes"][0]["receipt"]
        for spelling in (str(plain), str(plain).upper(), plain.hex, plain.urn, f"{{{plain}}}")
    ]
    assert all(receipt == receipts[0] for receipt in receipts)


def test_no_process_wrote_down_what_was_sent(ground: Ground) -> None:
    logs = ground.line.deployment.data / "logs"
    before = {log: log.stat().st_size for log in logs.iterdir()}
    for case in CASES:
        posted(ground, case)
    for log in logs.iterdir():
        words = log.read_bytes()[before.get(log, 0) :].decode()
        assert MARK.lower() not in words.lower(), log
        # That the courier was away for a moment is written down by whoever reads from it, and nobody's fault here.
        own = [line for line in words.split("\n") if '"logger": "nennep.courier"' not in line]
        assert not [line for line in own if "Traceback" in line], log
        assert ground.line.key not in words, log
