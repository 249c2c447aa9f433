"""Does a posted fact keep its contract? The exact bytes are read, and the first field that does not fit is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from shared.contracts.event import Part
from shared.web.problem import TurnedAway

P = TypeVar("P", bound=Part)
_CODES: Final[Mapping[str, str]] = {
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "enum": "not-in-list",
    "literal_error": "not-in-list",
    "too_long": "too-long",
    "string_too_long": "too-long",
    "too_short": "too-short",
    "string_too_short": "too-short",
    "string_pattern_mismatch": "bad-format",
    "uuid_parsing": "bad-format",
    "date_parsing": "bad-format",
    "date_from_datetime_parsing": "bad-format",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "int_parsing": "bad-format",
    "int_parsing_size": "out-of-range",
    "json_invalid": "not-json",
}
"""Ours for pydantic's kinds of error; what is not listed ends in `_type` or is simply not allowed."""

_OWN_RULES: Final[Mapping[str, str]] = {
    "control characters or blank": "control-characters",
    "outside 1930 to 9998": "year-out-of-range",
    "outside 1890 to 9998": "out-of-range",
    "not a day": "bad-format",
    "day is out of range": "bad-format",
    "month must be in": "bad-format",
}
"""Ours for the words of the contracts' validators, and of the calendar's."""


def read_fact(cls: type[P], raw: bytes, posted: object, prefix: str) -> P:
    """Validate the received bytes against the contract; `posted` is the same as plain values.

    Turned away with the path of the first wrong field under `prefix`. Also when validation changed a value
    (a date from digits, 1 from `true`): what is stored is what was received, so both must say the same.
    """
    if not isinstance(posted, dict):
        raise TurnedAway(422, "not-an-object", prefix)
    try:
        fact = cls.model_validate_json(raw)
    except ValidationError as error:
        raise first_problem(cls, error, posted, prefix) from None
    for code, path in _changes(fact, posted, ()):
        raise TurnedAway(422, code, field_path(cls, path, prefix))
    return fact


def first_problem(cls: type[BaseModel], error: ValidationError, posted: object, prefix: str) -> TurnedAway:
    """The first of pydantic's findings in our words; unknown names are cut off, so the parent is named."""
    finding = error.errors(include_url=False, include_context=False, include_input=False)[0]
    kind, place = finding["type"], finding["loc"]
    code = _own_rule(finding["msg"], _at(posted, place)) if kind == "value_error" else code_of(kind)
    path = place[:-1] if kind == "extra_forbidden" else place
    return TurnedAway(422, code, field_path(cls, path, prefix))


def _own_rule(message: str, posted: object) -> str:
    """Our code for what a contract's own validator found, by its words."""
    if isinstance(posted, dict):
        return "incoherent"
    return next((code for words, code in _OWN_RULES.items() if words in message), "not-allowed")


def code_of(kind: str) -> str:
    """Our code for one of pydantic's kinds of error."""
    return _CODES.get(kind) or ("wrong-type" if kind.endswith("_type") else "not-allowed")


def field_path(cls: type[BaseModel], path: Sequence[str | int], prefix: str) -> str:
    """A path with dots, up to the first step that is no field of the contract: that would be the sender's own text."""
    known, steps = _field_names(cls), [prefix]
    for step in path:
        if isinstance(step, str) and step not in known:
            break
        steps.append(str(step))
    return ".".join(steps)


@cache
def _field_names(cls: type[BaseModel]) -> frozenset[str]:
    """Every field name of a contract and of the parts inside it."""
    names = set(cls.model_fields)
    for info in cls.model_fields.values():
        for part in _parts(info.annotation):
            names |= _field_names(part)
    return frozenset(names)


def _parts(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _parts(argument)


def _at(value: object, place: Sequence[str | int]) -> object:
    for step in place:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    return value


Change = tuple[str, tuple[str | int, ...]]
"""A code and the path at which the decoded value is not what the text said."""


def _changes(part: Part, posted: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Change]:
    for name, value in part.__dict__.items():
        if name in posted and not isinstance(value, str | None):
            yield from _changed(value, posted[name], (*path, name))


def _changed(value: object, posted: Any, path: tuple[str | int, ...]) -> Iterator[Change]:  # noqa: ANN401 — plain JSON, of the value's own shape
    """Only numbers, truth values and dates can differ from their text; an id may be spelt in several ways."""
    match value:
        case Part():
            yield from _changes(value, posted, path)
        case tuple():
            for index, item in enumerate(value):
                yield from _changed(item, posted[index], (*path, index))
        case dt.date() if posted != value.isoformat():
            yield "bad-format", path
        case int() if type(posted) is not type(value):
            yield "wrong-type", path
        case _:
            return
