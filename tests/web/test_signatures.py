"""Is a signature taken only when it is exactly good? By the right key, for this event, today; and where demanded."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.contracts.membership import SigningKeyRegistered, SigningKeyRevoked
from shared.contracts.signature import signed_bytes
from shared.eventsourcing.draft import Draft
from shared.units.signing import is_public_key, verifies
from shared.web.posting import Media, read_post
from shared.web.schemas import load_contracts
from tests.web.door import NOW, ORGANISATION, OTHER, TODAY, Door, Json, meeting, named, told

load_contracts()
PRIVATE, STRANGERS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def registered(name: str, private: Ed25519PrivateKey = PRIVATE, **changes: Any) -> list[Any]:
    values: dict[str, Any] = {
        "organisation": ORGANISATION,
        "public_key": raw(private).hex(),
        "valid_from": dt.date(2020, 1, 1),
        **changes,
    }
    return [told(SigningKeyRegistered(**values), named(name))]


def door(*, demanded: bool = False) -> Door:
    """A door that knows keys of every sort."""
    found = Door()
    found.facts += [
        *registered("key", demanded=demanded),
        *registered("of another", STRANGERS, organisation=OTHER),
        *registered("of another credential", credential=named("credential auditor")),
        *registered("of this credential", credential=named("credential recorder")),
        *registered("ended", valid_to=TODAY),
        *registered("not begun", valid_from=TODAY + dt.timedelta(days=1)),
        *registered("revoked"),
        told(SigningKeyRevoked(), named("revoked")),
    ]
    return found


def draft(event: Json) -> Draft:
    (line,) = read_post(json.dumps(event).encode(), Media.ONE, "meetings", NOW)
    assert isinstance(line, Draft)
    return line


def signed(
    event: Json, key: str = "key", private: Ed25519PrivateKey = PRIVATE, organisation: UUID = ORGANISATION
) -> Json:
    """The event with a signature on it as it stands."""
    line = draft(event)
    text = signed_bytes(organisation, line.id, str(named(key)), line.content)
    return {**event, "keyid": str(named(key)), "signature": base64.b64encode(private.sign(text)).decode()}


async def answer(event: Json, house: Door | None = None) -> tuple[int, str | None, str | None]:
    response = await (house or door()).post(event)
    body = response.json()
    problem = body.get("problem") or body
    return response.status_code, problem.get("code"), problem.get("field")


@pytest.mark.parametrize("key", ["key", "of this credential"])
async def test_a_good_signature_is_taken_and_kept(key: str) -> None:
    house = door()
    event = signed(meeting(reason="entry-error"), key)
    assert (await answer(event, house))[0] == 201
    (kept,) = house.posted
    assert (kept.key_id, kept.signature) == (event["keyid"], event["signature"])
    found = house.access._knowledge().directory.signing_key(named(key))  # noqa: SLF001 — the keys of this door
    assert found is not None
    assert kept.signature is not None
    assert verifies(found, ORGANISATION, kept.id, kept.content, kept.signature)


REFUSED: dict[str, Callable[[], Json]] = {
    "other key": lambda: signed(meeting(), private=STRANGERS),
    "other organisation": lambda: signed(meeting(), organisation=OTHER),
    "key of another credential": lambda: signed(meeting(), "of another credential"),
    "key of another organisation": lambda: signed(meeting(), "of another", STRANGERS),
    "ended": lambda: signed(meeting(), "ended"),
    "not begun": lambda: signed(meeting(), "not begun"),
    "revoked": lambda: signed(meeting(), "revoked"),
    "unknown": lambda: signed(meeting(), "nobody's"),
    "named as another key": lambda: {**signed(meeting()), "keyid": str(named("of this credential"))},
    "another event's": lambda: {**meeting(), **part_of(signed(meeting("another")))},
    "another id": lambda: {**signed(meeting()), "id": str(uuid4())},
    "another subject": lambda: {**signed(meeting()), "subject": str(uuid4())},
    "another day": lambda: {**signed(meeting()), "occurred": "2026-02-11"},
    "a reason": lambda: {**signed(meeting()), "reason": "entry-error"},
    "a document": lambda: {**signed(meeting()), "docnumber": "1", "docissuer": "x", "docdate": "2026-01-01"},
    "other spaces": lambda: {**signed(meeting()), "data": {"fact": {**meeting()["data"]["fact"], "kind": "thematic"}}},
}
FORMS: dict[str, str] = {
    "empty": "",
    "none": "none",
    "hexadecimal": "ab" * 64,
    "short": base64.b64encode(bytes(63)).decode(),
    "long": base64.b64encode(bytes(65)).decode(),
    "url alphabet": "-" * 86 + "==",
    "not padded": "A" * 86,
    "two": "A" * 86 + "==" + "A" * 86 + "==",
    "a commitment too many": base64.b64encode(bytes(64)).decode() + ";" + "ab" * 32,
}


def part_of(event: Json) -> Json:
    return {name: event[name] for name in ("keyid", "signature")}


@pytest.mark.parametrize("how", REFUSED)
async def test_whatever_is_not_exactly_good_is_refused_by_name(how: str) -> None:
    house = door()
    status, code, field = await answer(REFUSED[how](), house)
    assert (status, code, field) in {(422, "signature-wrong", "signature"), (422, "signing-key-refused", "keyid")}
    assert house.posted == []


@pytest.mark.parametrize("form", FORMS)
async def test_a_signature_has_one_spelling(form: str) -> None:
    status, code, field = await answer({**signed(meeting()), "signature": FORMS[form]})
    assert (status, field) == (422, "signature")
    assert code in {"bad-format", "control-characters", "signature-wrong"}


@pytest.mark.parametrize("name", ["keyid", "signature"])
async def test_half_a_signature_is_none(name: str) -> None:
    event = signed(meeting())
    del event[name]
    assert await answer(event) == (422, "required", name)


async def test_no_altered_bit_is_believed() -> None:
    house, event = door(), signed(meeting())
    whole = base64.b64decode(event["signature"])
    for bit in range(0, 512, 7):
        other = bytearray(whole)
        other[bit // 8] ^= 1 << bit % 8
        altered = {**event, "signature": base64.b64encode(other).decode()}
        assert await answer(altered, house) == (422, "signature-wrong", "signature")
    assert house.posted == []


async def test_where_signatures_are_demanded_a_stripped_one_is_refused_in_every_line() -> None:
    house = door(demanded=True)
    assert await answer(meeting(), house) == (422, "signature-missing", "signature")
    assert (await answer(signed(meeting()), house))[0] == 201
    lines = "\n".join(json.dumps(each) for each in (signed(meeting("one")), meeting("two"), signed(meeting("three"))))
    response = await house.post(lines, Media.LINES, headers={"Prefer": "handling=lenient"})
    assert [each["status"] for each in response.json()["outcomes"]] == [201, 422, 201]
    assert (await house.post(meeting(), key="other")).status_code == 201


async def test_what_was_demanded_stays_demanded_when_the_key_has_ended() -> None:
    house = Door()
    house.facts += registered("gone", demanded=True, valid_to=TODAY)
    assert await answer(meeting(), house) == (422, "signature-missing", "signature")
    assert await answer(signed(meeting(), "gone"), house) == (422, "signing-key-refused", "keyid")
    later = Door()
    later.facts += registered("to come", demanded=True, valid_from=TODAY + dt.timedelta(days=1))
    assert (await answer(meeting(), later))[0] == 201


async def test_many_signed_lines_are_checked_too() -> None:
    house = door()
    events = [signed(meeting(f"line {number}")) for number in range(20)]
    events[13]["reason"] = "entry-error"
    response = await house.post("\n".join(map(json.dumps, events)), Media.LINES, headers={"Prefer": "handling=lenient"})
    statuses = [each["status"] for each in response.json()["outcomes"]]
    assert [number for number, status in enumerate(statuses) if status != 201] == [13]


def test_a_point_under_which_anything_verifies_is_no_key() -> None:
    assert is_public_key(raw(PRIVATE))
    assert not is_public_key(bytes(32))
    assert not is_public_key((1).to_bytes(32, "little"))
    assert not is_public_key(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"))
