"""Does every contract refuse what looks like a value but is none? Each place in each sample, spoilt in each way."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.contracts.event import Event, Part, decode
from tests.contracts.golden import SAMPLES, Sample, every_sample

Place = tuple[str | int, ...]
"""The way to a value: names of fields and numbers in lists."""

NOT_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "9223372036854775808", "1" + "0" * 400, "-1", "1.0", "1e0"]
NOT_TEXT = ["7", "true", "1.0", "NaN", "[]", "{}"]
BAD_TEXT = [r'"\u0000"', r'"\u0007x"', r'"x\n"', r'"\ud800"', r'"\udc00x"', '""', '"   "', r'"\u2028"', r'"\u200b"']
NEVER = {
    bool: ["0", "1", "1.0", '"true"', '"false"', '""', "[]", "{}", "NaN"],
    int: [*NOT_NUMBERS, "true", '"7"', '""', "[]", "{}"],
    UUID: [*NOT_TEXT, *BAD_TEXT, '"7"', '"không phải mã"', '"0190a1b2-0000-7000-8000-00000000000"'],
    Enum: [*NOT_TEXT, *BAD_TEXT, '"no-such-word"', '"REGULAR"'],
    dt.date: [
        *("1653955200", "0", "1.0", "true", "NaN", "[]", "{}", '"0"', '"1653955200"', '"9999-01-01"', '"1929-12-31"'),
        *('"2022-02-30"', '"2022-05-31T00:00:00"', '"2022-05-31T17:00:00Z"', '"2022-W22-2"', '"20220531"'),
        *('"31/05/2022"', '" 2022-05-31"', '"2022-05-31\\n"', '"٢٠٢٢-٠٥-٣١"', '"+2022-05-31"', '"0000-01-01"'),
    ],
    str: [*NOT_TEXT, *BAD_TEXT, r'"x\u202ey"', r'"x\u001by"', '"' + "dài " * 400 + '"'],
    tuple: ["7", "true", "{}", '"x"', "NaN", "null"],
    dict: ["7", "true", "[]", '"x"', "null", '{"x":NaN}', '{"x":[1e400]}', '{"x":{"y":-Infinity}}'],
    Part: ["7", "true", "[]", '"x"', "NaN"],
}
"""JSON texts that no value of the kind may have."""
SIGNED = {"within": "-28"}
"""Numbers that may lie below nought, each with one that lies too far."""


def places(value: object, at: Place = ()) -> Iterator[tuple[Place, type]]:
    """Every place in a fact, with the kind of what stands there."""
    yield at, next(kind for kind in NEVER if isinstance(value, kind))
    if isinstance(value, Part):
        for field in value.model_fields_set:
            yield from places(getattr(value, field), (*at, field))
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from places(item, (*at, index))


def spoilt(fact: dict[str, Any], at: Place, text: str) -> bytes:
    """The fact as JSON with this text at that place."""
    _json_at(fact, at[:-1])[at[-1]] = "@spoilt@"
    return json.dumps(fact, ensure_ascii=False).replace('"@spoilt@"', text).encode()


def refusal(contract: type[Event], fact: bytes) -> list[Place]:
    """Where the contract refuses the fact; nothing when it accepts. Every error says where."""
    try:
        contract.model_validate_json(fact)
    except ValidationError as error:
        return [each["loc"] for each in error.errors() if each["loc"] or each["type"] == "json_invalid"]
    return []


@every_sample
def test_a_spoilt_value_is_refused_at_its_place(sample: Sample) -> None:
    whole = sample.contract.model_validate_json(sample.raw)
    for at, kind in places(whole):
        for plain in NEVER[kind] if at else ():
            text = SIGNED.get(str(at[-1]), plain) if plain == "-1" else plain
            where = refusal(sample.contract, spoilt(sample.fact, at, text))
            lone = "\\ud8" in text or "\\udc" in text
            assert any(each[: len(at)] == at or (lone and not each) for each in where), (at, text, where)


@every_sample
def test_what_is_no_object_is_no_fact(sample: Sample) -> None:
    for text in (b"7", b"[]", b"null", b'"x"', b"", b"{", b"NaN", b"\xff", b"[" * 100_000):
        with pytest.raises(ValidationError):
            sample.contract.model_validate_json(text)


@every_sample
def test_an_unknown_field_is_refused_when_posted_and_passed_over_when_read(sample: Sample) -> None:
    whole = sample.contract.model_validate_json(sample.raw)
    for at, kind in places(whole):
        if kind is Part:
            fact = spoilt(sample.fact, (*at, "unknown"), '"x"')
            assert (*at, "unknown") in refusal(sample.contract, fact)
            assert decode(sample.contract, fact) == whole


@every_sample
def test_a_missing_field_is_refused_at_its_place(sample: Sample) -> None:
    whole = sample.contract.model_validate_json(sample.raw)
    for at, _ in places(whole):
        part = type(_at(whole, at))
        for field, info in part.model_fields.items() if issubclass(part, Part) else ():
            if info.is_required():
                fact = sample.fact
                del _json_at(fact, at)[field]
                assert (*at, field) in refusal(sample.contract, json.dumps(fact).encode())


@every_sample
def test_an_id_has_one_value_in_every_spelling(sample: Sample) -> None:
    whole = sample.contract.model_validate_json(sample.raw)
    for at, kind in places(whole):
        if kind is UUID:
            id = str(_at(whole, at))
            for spelling in (id.upper(), f"urn:uuid:{id}", f"{{{id}}}", id.replace("-", "")):
                assert sample.contract.model_validate_json(spoilt(sample.fact, at, f'"{spelling}"')) == whole


@every_sample
def test_facts_are_frozen(sample: Sample) -> None:
    whole = sample.contract.model_validate_json(sample.raw)
    for field in sample.contract.model_fields:
        with pytest.raises(ValidationError):
            setattr(whole, field, None)


@every_sample
def test_every_value_has_a_limit(sample: Sample) -> None:
    def limited(schema: dict[str, Any]) -> bool:
        match schema.get("type"):
            case "number":
                return False
            case "integer":
                return {"minimum", "maximum"} <= schema.keys() and schema["maximum"] < 2**53
            case "array":
                return "maxItems" in schema
            case "string":
                return bool({"maxLength", "format", "enum", "const"} & schema.keys()) or "{64}" in schema["pattern"]
        return True

    def schemas(value: object) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            yield value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from schemas(inner)

    assert [each for each in schemas(sample.contract.model_json_schema()) if not limited(each)] == []


def test_every_kind_of_value_is_tried() -> None:
    tried = {kind for sample in SAMPLES for _, kind in places(sample.contract.model_validate_json(sample.raw))}
    assert tried == set(NEVER)


def _at(whole: Part, at: Place) -> object:
    value: Any = whole
    for step in at:
        value = getattr(value, step) if isinstance(step, str) else value[step]
    return value


def _json_at(fact: dict[str, Any], at: Place) -> dict[str | int, Any]:
    value: Any = fact
    for step in at:
        value = value[step]
    found: dict[str | int, Any] = value
    return found
