"""What may an event look like? Hypothesis strategies for recorded events and for the bytes of facts."""

from __future__ import annotations

import base64
import datetime as dt
import json

from hypothesis import strategies as st

from shared.contracts.envelope import Content, Correction, Document, Envelope
from tests.contracts.golden import SAMPLES

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
optional = st.none() | texts
days = st.dates(dt.date(1930, 1, 1), dt.date(9998, 12, 31))
documents = st.builds(
    Document,
    number=texts,
    issuer=texts,
    date=days,
    media=optional,
    length=st.none() | st.integers(0, 2**63),
    sha256=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
)
spaces = st.text(" \t\r\n", max_size=2)


@st.composite
def facts(draw: st.DrawFn) -> bytes:
    """A JSON object as somebody may write it: odd spaces, odd numbers, any letters."""
    numbers = st.sampled_from(["1.0", "-0", "1e2", "12345678901234567890", "1E-7"])
    values = numbers | texts.map(json.dumps) | texts.map(lambda text: json.dumps(text, ensure_ascii=False))
    pairs = draw(st.lists(st.tuples(spaces, texts.map(json.dumps), spaces, values, spaces), max_size=4))
    inside = ",".join(f"{a}{key}{b}:{value}{c}" for a, key, b, value, c in pairs)
    return f"{{{inside}{draw(spaces)}}}".encode()


personal = st.dictionaries(st.uuids().map(str), st.binary(min_size=16, max_size=40), min_size=1, max_size=3).map(
    lambda parts: json.dumps(
        {person: base64.b64encode(parts[person]).decode() for person in sorted(parts)}, separators=(",", ":")
    ).encode()
)

contents = st.builds(
    Content,
    type=st.sampled_from([sample.contract.name for sample in SAMPLES]),
    subject=st.uuids(),
    occurred=days.map(str) | st.just("2022-05-31T17:00:00z"),
    document=st.none() | documents,
    reason=optional,
    corrects=st.none() | st.builds(Correction, st.uuids(), st.uuids(), st.uuids()),
    fact=facts(),
    personal=st.none() | personal,
)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    organisation=st.uuids(),
    sequence=st.integers(1, 2**63),
    version=st.integers(1, 2**63),
    recorded=st.integers(0, 253_370_764_800_000_000),
    actor=texts,
    declared_actor=optional,
    causation=st.none() | st.uuids(),
    correlation=st.none() | st.uuids(),
    known=st.lists(st.from_regex(r"[a-z]+/[0-9a-f-]{36}=[0-9]+", fullmatch=True), max_size=3).map(tuple),
    key_id=optional,
    signature=optional,
    content=contents,
    previous=st.binary(min_size=32, max_size=32),
)
