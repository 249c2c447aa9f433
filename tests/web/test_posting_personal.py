"""What may be said of persons beside a fact, and where does a wrong word lead?"""

from __future__ import annotations

import json
import unicodedata
from typing import Any
from uuid import UUID

import pytest

from shared.eventsourcing.draft import Draft
from shared.web.posting import Media, read_post
from shared.web.problem import Problem
from tests.web.door import NOW, Json, named

LAN, HOA, BRANCH = str(named("lan")), str(named("hoa")), str(named("branch"))
NAME = "Huỳnh Thị Ngọc Lan"
MARK = "kẻ-lạ-7781"


def joined(personal: Any, **more: Any) -> Json:
    """A member who joins, with what is said of persons."""
    event: Json = {
        "specversion": "1.0",
        "id": str(named("event")),
        "source": "/so",
        "type": "vn.nennep.membership.member-joined.v1",
        "subject": LAN,
        "occurred": "2026-02-01",
        "data": {"fact": {"branch": BRANCH}, "personal": personal},
    }
    return event | more


def read(event: Json | str) -> Draft | Problem:
    text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    (line,) = read_post(text.encode(), Media.ONE, "membership", NOW)
    return line


def clear(event: Json | str) -> dict[UUID, bytes]:
    line = read(event)
    assert isinstance(line, Draft), line
    assert line.clear is not None
    return dict(line.clear.values)


def test_the_very_bytes_are_kept_whatever_their_form() -> None:
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, NAME)
        (text,) = clear(joined({LAN: {"full_name": name}})).values()
        assert text == json.dumps({"full_name": name}, ensure_ascii=False).encode()
    odd = json.dumps(joined({LAN: {}})).replace("{}", '{ "full_name" :\t"Lan" }')
    assert clear(odd) == {UUID(LAN): b'{ "full_name" :\t"Lan" }'}


def test_it_is_never_printed() -> None:
    line = read(joined({LAN: {"full_name": NAME, "phone": "0939 417 256"}}))
    assert isinstance(line, Draft)
    assert "Lan" not in repr(line)
    assert "0939" not in f"{line} {line.clear}"
    assert line.content.personal is None


def test_none_at_all_is_the_same_as_no_part() -> None:
    line = read(joined(None))
    assert isinstance(line, Draft)
    assert line.clear is None


REFUSED: dict[str, tuple[Json, tuple[int, str, str]]] = {
    "a type that takes none": (
        joined({LAN: {"full_name": MARK}}, type="vn.nennep.membership.member-resigned.v1"),
        (422, "personal-not-open", "data.personal"),
    ),
    "a list": (joined([MARK]), (422, "not-an-object", "data.personal")),
    "nobody": (joined({}), (422, "too-short", "data.personal")),
    "somebody else": (joined({HOA: {"full_name": MARK}}), (422, "person-not-named", "data.personal")),
    "no id": (joined({MARK: {"full_name": "x"}}), (422, "person-not-named", "data.personal")),
    "one person under two spellings": (
        joined({LAN: {"full_name": MARK}, LAN.upper(): {"full_name": MARK}}),
        (422, "person-not-named", "data.personal"),
    ),
    "nothing said": (joined({LAN: {}}), (422, "incoherent", "data.personal")),
    "no object": (joined({LAN: MARK}), (422, "not-an-object", "data.personal")),
    "an unknown field": (joined({LAN: {MARK: 1}}), (422, "unknown-field", "data.personal")),
    "a number for a name": (joined({LAN: {"full_name": 7}}), (422, "wrong-type", "data.personal.full_name")),
    "a control character": (
        joined({LAN: {"note": f"{MARK}\u202e"}}),
        (422, "control-characters", "data.personal.note"),
    ),
    "a telephone in words": (joined({LAN: {"phone": MARK}}), (422, "bad-format", "data.personal.phone")),
    "an identity number": (
        joined({LAN: {"identity_number": "12345"}}),
        (422, "bad-format", "data.personal.identity_number"),
    ),
    "born before anybody": (joined({LAN: {"birth_year": 1700}}), (422, "out-of-range", "data.personal.birth_year")),
    "born before that day": (
        joined({LAN: {"birth_date": "1889-12-31"}}),
        (422, "out-of-range", "data.personal.birth_date"),
    ),
    "a day as number": (joined({LAN: {"birth_date": 0}}), (422, "wrong-type", "data.personal.birth_date")),
    "day and year": (
        joined({LAN: {"birth_date": "1990-01-01", "birth_year": 1990}}),
        (422, "incoherent", "data.personal"),
    ),
    "a name too long": (joined({LAN: {"full_name": "x" * 201}}), (422, "too-long", "data.personal.full_name")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_by_its_name_and_never_echoed(case: str) -> None:
    event, (status, code, field) = REFUSED[case]
    line = read(event)
    assert isinstance(line, Problem), line
    assert (line.status, line.code, line.field) == (status, code, field)
    assert MARK not in str(line.details())
    assert LAN not in str(line.details())


def test_a_correction_takes_it_where_the_fact_inside_does() -> None:
    inner = {"type": "vn.nennep.membership.member-joined.v1", "fact": {"branch": BRANCH}}
    root = "/".join(str(named(each)) for each in ("organisation", "root", "root"))
    said = {LAN: {"full_name": NAME}}
    event = joined(said, type="vn.nennep.membership.fact-corrected.v1", corrects=root)
    event["data"]["fact"] = inner
    assert set(clear(event)) == {UUID(LAN)}
    event["data"]["fact"] = {"type": "vn.nennep.membership.member-resigned.v1", "fact": {"branch": BRANCH}}
    refused = read(event)
    assert isinstance(refused, Problem)
    assert refused.code == "personal-not-open"
