"""Does every field count? Each one, changed or left out, gives another hash or is refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from uuid import UUID

import msgspec
import pytest

from shared.contracts.cloudevent import CloudEvent, from_cloudevent
from shared.contracts.envelope import Content, Document, Envelope
from tests.contracts.hash_vectors import all_attributes, vector
from tests.contracts.verifier import Line, Wrong

ATTRIBUTES = sorted(set(CloudEvent.__struct_fields__) - {"data"})
SAID_AGAIN = {"specversion", "source", "time", "datacontenttype"}
"""Attributes outside the hash: each says again what a hashed one says."""


def _changed(thing: msgspec.Struct) -> Iterator[tuple[str, msgspec.Struct]]:
    """The thing with one field changed at a time, and once more with an optional one left out."""
    for field in msgspec.structs.fields(type(thing)):
        value = getattr(thing, field.name)
        others: list[object] = [None] if field.default is None and value is not None else []
        others += [each for _, each in _changed(value)] if isinstance(value, msgspec.Struct) else [_other(value)]
        for other in others:
            yield field.name, msgspec.structs.replace(thing, **{field.name: other})


def _other(value: object) -> object:
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1)
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if isinstance(value, tuple):
        return value[:-1]
    if value is None:
        return b"ciphertext"
    return value + 1 if isinstance(value, int) else f"{value} "


def test_changing_any_one_field_changes_the_hash() -> None:
    envelope = all_attributes().envelope
    hashes = [other.hash() for _, other in _changed(envelope) if isinstance(other, Envelope)]
    assert {name for name, _ in _changed(envelope)} == set(Envelope.__struct_fields__)
    assert len({envelope.hash(), *hashes}) == len(hashes) + 1


def test_only_the_content_counts_for_already() -> None:
    content = all_attributes().envelope.content
    digests = [other.digest() for _, other in _changed(content) if isinstance(other, Content)]
    assert {name for name, _ in _changed(content)} == set(Content.__struct_fields__)
    assert len({content.digest(), *digests}) == len(digests) + 1


def test_text_never_slips_from_one_field_into_the_next() -> None:
    content = all_attributes().envelope.content
    day = dt.date(2022, 7, 1)
    cuts = [Document(number="05-QĐ"[:at], issuer="05-QĐ"[at:], date=day) for at in range(6)]
    assert len({msgspec.structs.replace(content, document=cut).digest() for cut in cuts}) == len(cuts)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_changing_any_one_attribute_is_found(attribute: str) -> None:
    event = json.loads(vector("all-attributes")["event"])
    event[attribute] = _spoilt(attribute, event[attribute])
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    with pytest.raises(Wrong):
        Line(text).check()
    try:
        recorded = from_cloudevent(text.encode())
    except ValueError:
        return
    assert attribute not in SAID_AGAIN
    assert recorded.envelope.hash() != recorded.hash


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_leaving_out_any_one_attribute_is_found(attribute: str) -> None:
    event = json.loads(vector("all-attributes")["event"])
    del event[attribute]
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    with pytest.raises((Wrong, KeyError, ValueError)):
        Line(text).check()
    try:
        recorded = from_cloudevent(text.encode())
    except ValueError:
        return
    assert recorded.envelope.hash() != recorded.hash


def _spoilt(attribute: str, value: str) -> str:
    """Another value of the same form, so that no look at the form alone can tell."""
    if attribute == "type":
        return value.replace("corrected", "voided")
    if attribute in {"occurred", "recorded", "docdate", "time"}:
        return value.replace("2022", "2021")
    return value[:-1] + ("1" if value.endswith("0") else "0")


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ('"sequence":"1"', '"sequence":"01"'),
        ('"sequence":"1"', '"sequence":"+1"'),
        ('"sequence":"1"', '"sequence":"١"'),
        ("-00000000000a", "-00000000000A"),
        ("0190a1b2-0000-7000-8000-0000000000c1", "urn:uuid:0190a1b2-0000-7000-8000-0000000000c1"),
        ("0190a1b2-0000-7000-8000-0000000000c1", "0190a1b2000070008000-0000000000c1"),
        ("00.123456Z", "00.1234560Z"),
        ("00.123456Z", "00.123456+00:00"),
        ("08:20:00.123456Z", "15:20:00.123456+07:00"),
        ("c9b51aa4", "C9B51AA4"),
        ("c9b51aa4", "c9 b51aa4"),
        ('"occurred":"2022-07-02"', '"occurred":"2022-07-02","docmedia":"application/pdf"'),
        ('"occurred":"2022-07-02"', '"occurred":"2022-07-02","time":"2022-07-02T00:00:00Z"'),
        ("vn.nennep.membership.member-joined.v1", "member-joined"),
    ],
)
def test_a_second_spelling_of_a_value_is_refused_by_both(written: str, also: str) -> None:
    text = vector("minimal")["event"]
    assert written in text
    spoilt = text.replace(written, also)
    with pytest.raises((Wrong, IndexError, ValueError)):
        Line(spoilt).check()
    with pytest.raises(ValueError, match=r"."):
        from_cloudevent(spoilt.encode())
