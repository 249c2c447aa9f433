"""Are our events CloudEvents 1.0? The official package is the oracle, and the bytes of a fact are sacred."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.cloudevent import CloudEvent, as_mapping, from_cloudevent, to_cloudevent
from shared.contracts.envelope import Envelope, Recorded, recorded_text
from tests.contracts.any_event import envelopes, facts
from tests.contracts.golden import Sample, every_sample
from tests.contracts.hash_vectors import all_attributes, every_vector, vector

ORACLE = JSONFormat()


def oracle_reads(text: bytes) -> BaseCloudEvent:
    """The event as the official package reads and validates it, in structured mode over HTTP."""
    return from_structured_event(HTTPMessage({"content-type": "application/cloudevents+json"}, text))


def with_fact(fact: bytes) -> Recorded:
    """An event whose fact has exactly these bytes."""
    envelope = all_attributes().envelope
    envelope = msgspec.structs.replace(envelope, content=msgspec.structs.replace(envelope.content, fact=fact))
    return Recorded(envelope, envelope.hash())


def attributes_of(event: BaseCloudEvent, text: bytes) -> dict[str, Any]:
    """What the oracle saw, without the time that it invents where there is none."""
    posted = json.loads(text)
    attributes = {name: value for name, value in event.get_attributes().items() if name in posted}
    return attributes | ({"time": posted["time"]} if "time" in posted else {})


# ── Out: what we write, the oracle reads ─────────────────────────────────────────────────────────────────────────


@every_sample
def test_the_oracle_reads_each_posted_sample(sample: Sample) -> None:
    text = sample.path.read_bytes()
    event = oracle_reads(text)
    assert attributes_of(event, text) == {k: v for k, v in sample.posted.items() if k != "data"}
    assert event.get_data() == {"fact": sample.fact}


@every_sample
def test_the_oracle_reads_each_recorded_sample(sample: Sample) -> None:
    text = to_cloudevent(sample.recorded())
    event = oracle_reads(text)
    assert (event.get_id(), event.get_type()) == (sample.posted["id"], sample.contract.name)
    assert event.get_subject() == sample.posted["subject"]
    assert event.get_data() == {"fact": sample.fact}
    assert ("time" in as_mapping(text)) == ("T" in sample.content().occurred)


@given(envelopes)
def test_the_oracle_reads_any_recorded_event(envelope: Envelope) -> None:
    text = to_cloudevent(Recorded(envelope, envelope.hash()))
    event = oracle_reads(text)
    assert attributes_of(event, text) | {"data": event.get_data()} == json.loads(text)


def test_the_time_that_the_oracle_reads_is_the_instant_that_was_posted() -> None:
    posted = oracle_reads(vector("all-attributes")["event"].encode()).get_time()
    lower = oracle_reads(vector("instant-in-lower-case")["event"].encode()).get_time()
    assert posted is not None
    assert posted.isoformat() == "2022-07-02T19:30:00+07:00"
    assert lower is not None
    assert lower.isoformat() == "2022-07-01T23:59:59.500000+00:00"


@pytest.mark.parametrize("name", CloudEvent.__struct_fields__)
def test_attribute_names_are_a_to_z_and_0_to_9_only(name: str) -> None:
    assert name.isascii()
    assert name.isalnum()
    assert name == name.lower()
    assert len(name) <= 20


def test_every_attribute_is_text_so_that_no_number_meets_a_limit() -> None:
    event = as_mapping(vector("all-attributes")["event"].encode())
    assert {type(value) for name, value in event.items() if name != "data"} == {str}


# ── In: what the oracle writes, we read ──────────────────────────────────────────────────────────────────────────


@every_vector
def test_an_event_that_the_oracle_wrote_again_is_the_same_event(vector: dict[str, str]) -> None:
    text = vector["event"].encode()
    event = oracle_reads(text)
    event.get_attributes().clear()
    event.get_attributes().update({k: v for k, v in json.loads(text).items() if k != "data"})
    again, ours = from_cloudevent(ORACLE.write(event)), from_cloudevent(text)
    same_fact = msgspec.structs.replace(again.envelope.content, fact=ours.envelope.content.fact)
    assert msgspec.structs.replace(again.envelope, content=same_fact) == ours.envelope
    assert json.loads(again.envelope.content.fact) == json.loads(ours.envelope.content.fact)


def test_attributes_of_a_newer_producer_are_passed_over() -> None:
    event = json.loads(vector("minimal")["event"]) | {"newerattribute": "1"}
    assert from_cloudevent(json.dumps(event).encode()).envelope.sequence == 1


@pytest.mark.parametrize("number", ["0.3", "1.1", "", "2.0"])
def test_another_specversion_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"canonical"):
        from_cloudevent((json.dumps(json.loads(vector("minimal")["event"]) | {"specversion": number})).encode())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("known", ""),
        ("docnumber", "12/QĐ"),
        ("docmedia", "application/pdf"),
        ("correlation", "0190A1B2-0000-7000-8000-0000000000C1"),
        ("causation", "0190a1b20000700080000000000000c1"),
        ("corrects", "0190A1B2-0000-7000-8000-0000000000c1/" * 2 + "0190a1b2-0000-7000-8000-0000000000c1"),
        ("source", "/meetings/0190a1b2-0000-7000-8000-0000000000c1"),
        ("datacontenttype", "text/plain"),
        ("streamversion", "1_0"),
    ],
)
def test_an_attribute_that_we_would_have_written_otherwise_is_refused(name: str, value: str) -> None:
    event = json.loads(vector("minimal")["event"]) | {name: value}
    with pytest.raises(ValueError, match=r"canonical"):
        from_cloudevent(json.dumps(event).encode())


@given(st.integers(-60_000_000_000_000_000, 253_370_764_800_000_000))
def test_any_moment_is_read_as_it_was_written(micros: int) -> None:
    event = json.loads(vector("minimal")["event"]) | {"recorded": recorded_text(micros)}
    assert from_cloudevent(json.dumps(event).encode()).envelope.recorded == micros


@pytest.mark.parametrize(
    "recorded",
    [
        "2022-07-01T10:00:00.000001+00:00",
        "2022-07-01T10:00:00.00000Z",
        "2022-07-01T10:00:00.0000010Z",
        "2022-07-01T10:00:00,000001Z",
        "2022-07-01t10:00:00.000001Z",
        "2022-07-01T10:00:00.000001z",
        "2022-07-01T10:00:00.00000\u0661Z",
        "2022-07-01T10:00:00.-00001Z",
        "2022-07-01T10:00:00.0_0001Z",
        "2022-07-01T24:00:00.000001Z",
        "2022-07-01T10:00:60.000001Z",
        "2022-07-01T10:00:00Z",
        "2022-07-01",
        "Z",
        "",
    ],
)
def test_a_moment_written_otherwise_is_refused(recorded: str) -> None:
    event = json.loads(vector("minimal")["event"]) | {"recorded": recorded}
    with pytest.raises(ValueError, match=r"canonical|zone|calendar|hour|second|month|isoformat"):
        from_cloudevent(json.dumps(event).encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"1", b"null", b'"x"', b"\xff", b"{", b'{"specversion":"1.0"}', b"\xef\xbb\xbf{}", b"{}" * 2],
)
def test_what_is_no_event_is_refused_as_a_value(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_cloudevent(text)


def test_a_fact_nested_without_end_is_refused_as_a_value() -> None:
    deep = vector("minimal")["event"].replace('{"branch"', '{"x":' + "[" * 200_000 + "]" * 200_000 + ',"branch"')
    with pytest.raises(ValueError, match="nested"):
        from_cloudevent(deep.encode())


# ── The bytes of the fact ────────────────────────────────────────────────────────────────────────────────────────


@given(facts())
def test_the_bytes_of_a_fact_survive_the_way_there_and_back(fact: bytes) -> None:
    recorded = with_fact(fact)
    text = to_cloudevent(recorded)
    assert fact in text
    assert from_cloudevent(text) == recorded
    assert from_cloudevent(text).envelope.hash() == recorded.hash


@pytest.mark.parametrize(
    ("fact", "again"),
    [
        ('{"n":1.0}', '{"n":1}'),
        ('{"n":1e2,"m":-0}', '{"n":100,"m":0}'),
        ('{ "n" :\t1\r\n}', '{"n":1}'),
        ('{"b":1,"a":2}', '{"a":2,"b":1}'),
        ('{"a":1,"a":2}', '{"a":2}'),
        ('{"t":"\\u00e9\\/"}', '{"t":"é/"}'),
        ('{"n":123456789012345678901234567890}', '{"n":1.2345678901234568e29}'),
        (unicodedata.normalize("NFD", '{"t":"Ấp Phú Thạnh"}'), unicodedata.normalize("NFC", '{"t":"Ấp Phú Thạnh"}')),
        ('{"t":"hòa"}', '{"t":"hoà"}'),
    ],
)
def test_a_fact_that_somebody_wrote_again_is_another_fact(fact: str, again: str) -> None:
    one, other = with_fact(fact.encode()), with_fact(again.encode())
    assert one.hash != other.hash
    assert from_cloudevent(to_cloudevent(one)).envelope.content.fact == fact.encode()
    assert from_cloudevent(to_cloudevent(one).replace(fact.encode(), again.encode())).envelope.hash() != one.hash


def test_white_space_around_the_fact_does_not_belong_to_it() -> None:
    text = vector("minimal")["event"].replace('{"fact":', '{ "fact" : \n').replace("}}}", "} \n } }")
    assert from_cloudevent(text.encode()).envelope.hash().hex() == vector("minimal")["hash"]
