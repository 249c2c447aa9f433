"""Which rule of posting answers with which status, code and field? One row each."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.draft import Draft, Expected
from shared.web.attributes import SET_BY_SERVICE
from shared.web.posting import MOST_BYTES, MOST_LINES, Media, read_post
from shared.web.problem import Problem, TurnedAway
from tests.web.door import LEFT_OUT, NOW, Json, meeting, named
from tests.web.odd import MARK

ROOT = "/".join(str(named(each)) for each in ("organisation", "root", "root"))
ROLL = {"expected": 3, "present": 1, "excused": 1, "absent": 1}
DOCUMENT: Json = {"docnumber": "15-NQ/TU", "docissuer": "Tỉnh ủy", "docdate": "2026-01-15"}
SCAN: Json = {"docmedia": "application/pdf", "doclength": 184320, "docsha256": "ab" * 32}


def read(event: object, *, now: dt.datetime = NOW) -> Draft | Problem:
    (line,) = read_post(json.dumps(event).encode(), Media.ONE, "meetings", now)
    return line


def draft(event: object) -> Draft:
    line = read(event)
    assert isinstance(line, Draft), line
    return line


def held(**changes: object) -> Json:
    """The fact of a meeting with other fields."""
    fact = {"branch": str(named("branch")), "kind": "regular", "roll": ROLL} | changes
    return {name: value for name, value in fact.items() if value is not LEFT_OUT}


def correction(**changes: object) -> Json:
    fact = {"type": "vn.nennep.meetings.meeting-held.v1", "fact": held()} | changes
    return meeting(type="vn.nennep.meetings.fact-corrected.v1", corrects=ROOT, fact=fact)


REFUSED: dict[str, tuple[object, tuple[int, str, str | None]]] = {
    "no object": ([], (400, "not-an-object", None)),
    "unknown attribute": (meeting(colour="red"), (422, "unknown-attribute", None)),
    "binary data": (meeting(data_base64="AA=="), (422, "unknown-attribute", None)),
    "other specversion": (meeting(specversion="0.3"), (422, "not-in-list", "specversion")),
    "specversion as number": (meeting(specversion=1.0), (422, "not-in-list", "specversion")),
    "id of another form": (meeting(id="17"), (422, "bad-format", "id")),
    "id as number": (meeting(id=17), (422, "wrong-type", "id")),
    "source too long": (meeting(source="/" + "a" * 2048), (422, "too-long", "source")),
    "source with control characters": (meeting(source="/a\x07"), (422, "control-characters", "source")),
    "type of nobody": (meeting(type="vn.nennep.meetings.meeting-held.v9"), (422, "unknown-event-type", "type")),
    "type of another service": (meeting(type="vn.nennep.membership.member-joined.v1"), (422, "other-service", "type")),
    "subject of another form": (meeting(subject="x"), (422, "bad-format", "subject")),
    "other data content type": (meeting(datacontenttype="text/xml"), (422, "not-in-list", "datacontenttype")),
    # ── When ──
    "neither occurred nor time": (meeting(occurred=LEFT_OUT), (422, "required", "occurred")),
    "instant without zone": (meeting(occurred="2026-02-10T08:00:00"), (422, "zone-missing", "occurred")),
    "time without zone": (meeting(occurred=LEFT_OUT, time="2026-02-10T08:00:00"), (422, "zone-missing", "time")),
    "a date in time": (meeting(occurred=LEFT_OUT, time="2026-02-10"), (422, "bad-format", "time")),
    "a date and an instant": (meeting(time="2026-02-10T08:00:00Z"), (422, "time-differs", "time")),
    "two instants": (
        meeting(occurred="2026-02-10T08:00:00Z", time="2026-02-10T08:00:00+07:00"),
        (422, "time-differs", "time"),
    ),
    "tomorrow": (meeting(occurred="2026-03-02"), (422, "occurred-in-future", "occurred")),
    "in three minutes": (meeting(occurred="2026-03-01T12:03:00+07:00"), (422, "occurred-in-future", "occurred")),
    "in three minutes, in time": (
        meeting(occurred=LEFT_OUT, time="2026-03-01T05:03:00Z"),
        (422, "occurred-in-future", "time"),
    ),
    "before 1930": (meeting(occurred="1929-12-31"), (422, "year-out-of-range", "occurred")),
    "before 1930 in Viet Nam": (meeting(occurred="1929-12-31T16:59:59Z"), (422, "year-out-of-range", "occurred")),
    "past the calendar": (meeting(occurred="9999-12-31T20:00:00-12:00"), (422, "year-out-of-range", "occurred")),
    "30 February": (meeting(occurred="2026-02-30"), (422, "bad-format", "occurred")),
    "time as number": (meeting(occurred=1653955200), (422, "wrong-type", "occurred")),
    # ── Document, reason, references ──
    "document without issuer": (
        meeting(docnumber="15-NQ/TU", docdate="2026-01-15"),
        (422, "incomplete-document", "docissuer"),
    ),
    "document without number": (
        meeting(docissuer="Tỉnh ủy", docdate="2026-01-15"),
        (422, "incomplete-document", "docnumber"),
    ),
    "scan without document": (meeting(**SCAN), (422, "incomplete-document", "docnumber")),
    "scan without length": (
        meeting(**DOCUMENT, docmedia="application/pdf", docsha256="ab" * 32),
        (422, "incomplete-document", "doclength"),
    ),
    "day of a document": (meeting(**{**DOCUMENT, "docdate": "15/01/2026"}), (422, "bad-format", "docdate")),
    "hash of a scan": (meeting(**DOCUMENT, **{**SCAN, "docsha256": "AB" * 32}), (422, "bad-format", "docsha256")),
    "length of a scan": (meeting(**DOCUMENT, **{**SCAN, "doclength": -1}), (422, "out-of-range", "doclength")),
    "reason in words": (meeting(reason="Bà A bị bệnh"), (422, "bad-format", "reason")),
    "causation of another form": (meeting(causation="x"), (422, "bad-format", "causation")),
    "declared actor with a line break": (meeting(declaredactor="a\nb"), (422, "control-characters", "declaredactor")),
    "expected version zero": (meeting(expectedversion=0), (422, "out-of-range", "expectedversion")),
    "expected version true": (meeting(expectedversion=True), (422, "wrong-type", "expectedversion")),
    "expected version in words": (meeting(expectedversion="new"), (422, "not-in-list", "expectedversion")),
    # ── Data ──
    "data as text": (meeting(data="x"), (422, "not-an-object", "data")),
    "data without fact": (meeting(data={}), (422, "required", "data.fact")),
    "something beside the fact": (meeting(data={"fact": held(), "other": 1}), (422, "unknown-field", "data")),
    "personal": (meeting(data={"fact": held(), "personal": {}}), (422, "personal-not-open", "data.personal")),
    "fact as list": (meeting(fact=[]), (422, "not-an-object", "data.fact")),
    "unknown field": (meeting(fact=held(colour="red")), (422, "unknown-field", "data.fact")),
    "unknown field inside": (meeting(fact=held(roll={**ROLL, "x": 1})), (422, "unknown-field", "data.fact.roll")),
    "field missing": (meeting(fact=held(branch=LEFT_OUT)), (422, "required", "data.fact.branch")),
    "word of no list": (meeting(fact=held(kind="weekly")), (422, "not-in-list", "data.fact.kind")),
    "count as text": (
        meeting(fact=held(roll={**ROLL, "present": "1"})),
        (422, "wrong-type", "data.fact.roll.present"),
    ),
    "count below zero": (
        meeting(fact=held(roll={**ROLL, "absent": -1})),
        (422, "out-of-range", "data.fact.roll.absent"),
    ),
    "roll that does not add up": (
        meeting(fact=held(roll={**ROLL, "present": 2})),
        (422, "incoherent", "data.fact.roll"),
    ),
    "person twice on the roll": (
        meeting(fact=held(roll={"expected": 2, "present": 2, "named": {"present": [str(named("a"))] * 2}})),
        (422, "incoherent", "data.fact.roll"),
    ),
    "name that is no id": (
        meeting(fact=held(roll={"expected": 2, "present": 2, "named": {"present": [str(named("a")), "x"]}})),
        (422, "bad-format", "data.fact.roll.named.present.1"),
    ),
    # ── Corrections ──
    "corrects on a plain fact": (meeting(corrects=ROOT), (422, "not-a-correction", "corrects")),
    "correction of nothing": ({**correction(), "corrects": None}, (422, "required", "corrects")),
    "corrects of another form": ({**correction(), "corrects": "a/b"}, (422, "bad-format", "corrects")),
    "corrects with four parts": ({**correction(), "corrects": f"{ROOT}/x"}, (422, "bad-format", "corrects")),
    "correction to no type": (
        correction(type="vn.nennep.meetings.no-such-thing.v1"),
        (422, "unknown-event-type", "data.fact.type"),
    ),
    "correction to no name": (correction(type="x"), (422, "bad-format", "data.fact.type")),
    "correction to a type of another service": (
        correction(type="vn.nennep.membership.member-joined.v1"),
        (422, "other-service", "data.fact.type"),
    ),
    "correction to a correction": (
        correction(type="vn.nennep.meetings.fact-voided.v1"),
        (422, "correction-of-correction", "data.fact.type"),
    ),
    "corrected fact against its contract": (
        correction(fact=held(roll={**ROLL, "present": True})),
        (422, "wrong-type", "data.fact.fact.roll.present"),
    ),
    "corrected fact with an unknown field": (
        correction(fact=held(roll={**ROLL, "x": True})),
        (422, "unknown-field", "data.fact.fact.roll"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_why_and_where(case: str) -> None:
    event, (status, code, field) = REFUSED[case]
    line = read(event)
    assert isinstance(line, Problem)
    assert (line.status, line.code, line.field) == (status, code, field)


@pytest.mark.parametrize("name", SET_BY_SERVICE)
def test_what_the_service_sets_is_refused_by_its_name(name: str) -> None:
    line = read(meeting() | {name: "x"})
    assert isinstance(line, Problem)
    assert (line.status, line.code, line.field) == (422, "set-by-service", name)


def test_a_refused_line_bears_its_id_where_that_could_be_read() -> None:
    line = read(meeting("known", type="x"))
    assert isinstance(line, Problem)
    assert line.event == named("known")


def test_everything_that_may_be_said_is_kept() -> None:
    read_back = draft(
        meeting(
            **DOCUMENT,
            **SCAN,
            reason="entry-error",
            declaredactor="Bí thư chi đoàn",
            causation=str(named("cause")),
            correlation=str(named("case")),
            expectedversion=3,
            datacontenttype="application/json",
        )
    )
    document = read_back.content.document
    assert document is not None
    assert (document.number, document.issuer, document.date) == ("15-NQ/TU", "Tỉnh ủy", dt.date(2026, 1, 15))
    assert (document.media, document.length, document.sha256) == ("application/pdf", 184320, "ab" * 32)
    assert read_back.content.reason == "entry-error"
    assert read_back.declared_actor == "Bí thư chi đoàn"
    assert (read_back.causation, read_back.correlation) == (named("cause"), named("case"))
    assert read_back.expected == 3
    assert isinstance(read_back.fact, MeetingHeld)


@pytest.mark.parametrize(("text", "expected"), [("NEW", Expected.NEW), ("ANY", Expected.ANY)])
def test_what_the_sender_expects_may_be_a_word(text: str, expected: Expected) -> None:
    assert draft(meeting(expectedversion=text)).expected is expected


@pytest.mark.parametrize(
    ("occurred", "time", "kept"),
    [
        ("2026-03-01", LEFT_OUT, "2026-03-01"),
        (LEFT_OUT, "2026-02-10T08:00:00.5+07:00", "2026-02-10T08:00:00.5+07:00"),
        ("2026-02-10T08:00:00+07:00", "2026-02-10T08:00:00+07:00", "2026-02-10T08:00:00+07:00"),
        ("2026-02-10T08:00:00+07:00", "2026-02-10T01:00:00Z", "2026-02-10T08:00:00+07:00"),
        ("2026-03-01T12:02:00+07:00", LEFT_OUT, "2026-03-01T12:02:00+07:00"),
        ("1929-12-31T17:00:00Z", LEFT_OUT, "1929-12-31T17:00:00Z"),
    ],
)
def test_when_it_happened_is_kept_as_it_was_posted(occurred: object, time: object, kept: str) -> None:
    assert draft(meeting(occurred=occurred, time=time)).content.occurred == kept


def test_today_is_the_day_in_viet_nam() -> None:
    just_past_midnight = dt.datetime(2026, 3, 1, 17, 0, tzinfo=dt.UTC)
    assert isinstance(read(meeting(occurred="2026-03-02"), now=just_past_midnight), Draft)
    just_before = just_past_midnight - dt.timedelta(seconds=1)
    assert isinstance(read(meeting(occurred="2026-03-02"), now=just_before), Problem)


def test_the_whole_new_fact_of_a_correction_is_decoded() -> None:
    read_back = draft(correction())
    assert isinstance(read_back.inner, MeetingHeld)
    assert read_back.content.corrects is not None
    assert str(read_back.content.corrects) == ROOT


def test_a_voiding_carries_no_fact() -> None:
    voided = meeting(
        type="vn.nennep.meetings.fact-voided.v1", corrects=ROOT, fact={"type": "vn.nennep.meetings.meeting-held.v1"}
    )
    assert draft(voided).inner is None


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"", Media.ONE, 400, "empty"),
        (b" \r\n", Media.LINES, 400, "empty"),
        (b"[]", Media.BATCH, 400, "empty"),
        (b"{}", Media.BATCH, 400, "not-a-list"),
        (b"[{}", Media.BATCH, 400, "not-json"),
        (b"\xef\xbb\xbf{}", Media.ONE, 400, "byte-order-mark"),
        (b"[" * 100_000, Media.BATCH, 400, "too-deep"),
        (b" " * (MOST_BYTES + 1), Media.ONE, 413, "body-too-large"),
        (b"[" + b"1," * 400_001 + b"1]", Media.BATCH, 413, "too-many-values"),
        (b"{}\n" * (MOST_LINES + 1), Media.LINES, 413, "too-many-lines"),
        (b"[" + b"1," * MOST_LINES + b"1]", Media.BATCH, 413, "too-many-lines"),
    ],
)
def test_a_body_that_is_no_lines_is_refused_whole(body: bytes, media: Media, status: int, code: str) -> None:
    with pytest.raises(TurnedAway) as turned:
        read_post(body, media, "meetings", NOW)
    assert (turned.value.problem.status, turned.value.problem.code) == (status, code)


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        (b'{"id": "\xff"}', 400, "not-utf8"),
        (json.dumps(meeting()).encode("utf-16"), 400, "not-utf8"),
        (b"{" + b'"a":' * 40 + b"1" + b"}", 400, "not-json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "too-deep"),
        (b'{"a":' * 100_000, 400, "too-deep"),
        (b'{"a": "' + b"a" * 2**20 + b'"}', 413, "line-too-large"),
        (b"null", 400, "not-an-object"),
        (b'{"id":1}{"id":2}', 400, "not-json"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_itself(line: bytes, status: int, code: str) -> None:
    first, second = read_post(line + b"\n" + json.dumps(meeting()).encode(), Media.LINES, "meetings", NOW)
    assert isinstance(first, Problem)
    assert (first.status, first.code) == (status, code)
    assert isinstance(second, Draft)


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ('"source"', '"id": "x", "source"', "duplicate-key", None),
        ('"kind"', '"kind": "regular", "kind"', "duplicate-key", "data.fact"),
        ('"present"', '"pres\\u0065nt": 1, "present"', "duplicate-key", "data.fact.roll"),
        ('"kind"', f'"{MARK}": NaN, "kind"', "number-out-of-range", "data.fact"),
        ('"present"', f'"{MARK}": {{"x": 1e400}}, "present"', "number-out-of-range", "data.fact.roll"),
        ('"present": 1', '"present": NaN', "number-out-of-range", "data.fact.roll.present"),
        ('"source"', f'"{MARK}": NaN, "source"', "number-out-of-range", None),
        ('"source"', f'"{MARK}": "\\ud800", "source"', "lone-surrogate", None),
        ('"source": "/so-tay"', '"source": "\\ud800"', "lone-surrogate", "source"),
    ],
)
def test_what_is_ambiguous_is_named_by_its_place_in_our_own_words(
    old: str, new: str, code: str, field: str | None
) -> None:
    text = json.dumps(meeting(fact=held())).replace(old, new, 1)
    (line,) = read_post(text.encode(), Media.ONE, "meetings", NOW)
    assert isinstance(line, Problem)
    assert (line.status, line.code, line.field) == (400, code, field)


def test_as_many_lines_as_are_allowed_are_read() -> None:
    lines = read_post(b"{}\n" * MOST_LINES, Media.LINES, "meetings", NOW)
    assert len(lines) == MOST_LINES


def test_one_event_reads_the_same_alone_in_a_batch_and_as_a_line() -> None:
    text = json.dumps(meeting(), ensure_ascii=False).encode()
    (alone,) = read_post(text, Media.ONE, "meetings", NOW)
    assert read_post(b" [ " + text + b" ] ", Media.BATCH, "meetings", NOW) == [alone]
    assert read_post(text + b"\r\n", Media.LINES, "meetings", NOW) == [alone]
