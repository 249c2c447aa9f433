"""Is the signature format fixed? Against committed vectors, and against a second implementation from its page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.signature import commitment_to, signed_bytes
from tests.contracts import signature_stranger as stranger

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors" / "signature.json").read_bytes())[
    "events"
]
every = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))


def ours(vector: dict[str, Any]) -> bytes:
    envelope = from_cloudevent(vector["event"].encode()).envelope
    assert envelope.signature is not None
    assert envelope.key_id is not None
    commitment = envelope.signature.partition(";")[2]
    promised = bytes.fromhex(commitment) if commitment else None
    return signed_bytes(envelope.organisation, envelope.id, envelope.key_id, envelope.content, promised)


@every
def test_the_bytes_are_those_of_the_vectors_and_of_a_stranger(vector: dict[str, Any]) -> None:
    assert ours(vector).hex() == vector["signed"]
    assert stranger.signed(vector["event"].encode()).hex() == vector["signed"]


@every
def test_the_signature_is_the_one_that_the_private_key_makes(vector: dict[str, Any]) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_key"]))
    made = base64.b64encode(private.sign(bytes.fromhex(vector["signed"]))).decode()
    assert json.loads(vector["event"])["signature"].partition(";")[0] == made
    assert stranger.is_good(vector["event"].encode(), vector["public_key"])


@every
def test_a_stranger_believes_no_altered_event(vector: dict[str, Any]) -> None:
    altered = vector["event"].replace('"present":18', '"present":19')
    assert altered != vector["event"]
    assert not stranger.is_good(altered.encode(), vector["public_key"])


def test_a_commitment_covers_each_value_and_whose_it_is() -> None:
    one, two = UUID(int=1), UUID(int=2)
    told = commitment_to({one: b"a", two: b"b"})
    assert told == commitment_to({two: b"b", one: b"a"})
    others: list[dict[UUID, bytes]] = [{one: b"b", two: b"a"}, {one: b"a"}, {}, {one: b"ab", two: b""}]
    assert all(commitment_to(other) != told for other in others)
