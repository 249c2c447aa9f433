"""Does lean decoding say what the contract says? For every contract, and however its ids are spelt."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.event import Event, decode, registered
from shared.contracts.meetings import MeetingHeld
from shared.history.columns.lean import Lean
from shared.history.columns.shape import ColumnFacts
from tests.support.any_fact import histories
from tests.support.posts import Post

CONTRACTS = [cls for cls in registered().values() if not issubclass(cls, FactCorrected | FactVoided)]
FACTS = ColumnFacts(CONTRACTS, ())
LEAN = {cls: Lean(FACTS.tables[cls]) for cls in CONTRACTS}


def by_contract(cls: type[Event], raw: bytes, occurred: str) -> Any:
    """What the live fact tables would hold."""
    fact, fields = decode(cls, raw), FACTS.tables[cls].fields
    columns = tuple(field.value(fact) for field in fields if not field.child)
    return fact.effect_day(occurred), columns, tuple(field.value(fact) for field in fields if field.child)


@pytest.mark.parametrize("cls", CONTRACTS, ids=lambda cls: cls.name)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_lean_decoding_gives_what_the_contract_gives(cls: type[Event], data: st.DataObject) -> None:
    for post in data.draw(histories([cls])):
        for raw in spelt(post, Random(len(post.on))):
            for occurred in (post.on, f"{post.on}T18:30:00Z"):
                assert LEAN[cls].said(raw, occurred) == by_contract(cls, raw, occurred)


def spelt(post: Post, chance: Random) -> list[bytes]:
    """A fact as it may be written: with and without what is the default, in any order, ids in other spellings."""
    plain = json.loads(post.fact.model_dump_json(exclude_none=True))
    shuffled = list(plain.items())
    chance.shuffle(shuffled)
    return [
        post.fact.model_dump_json().encode(),
        post.fact.model_dump_json(exclude_none=True, exclude_defaults=True).encode(),
        json.dumps({**dict(shuffled), "added later": [1]}, indent=1).encode(),
        json.dumps(_otherwise(plain)).encode(),
    ]


def _otherwise(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _otherwise(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_otherwise(inner) for inner in value]
    try:
        return f"urn:uuid:{str(UUID(value)).upper()}"
    except (ValueError, AttributeError, TypeError):
        return value


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"{", b'{"branch": 1}', b'{"branch": "x", "kind": "regular"}'])
def test_what_the_contract_refuses_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        LEAN[MeetingHeld].said(raw, "2022-01-01")
