"""When is a text one unambiguous JSON value? Strict reading: what parsers disagree upon is refused, with its place."""

from __future__ import annotations

import json
from typing import Any, Final

DEPTH: Final = 32
"""Brackets within brackets; the deepest contract needs eight."""

_DIGITS: Final = 1_000

Path = tuple[str | int, ...]


class Malformed(ValueError):
    """Not one unambiguous JSON value.

    `path` leads to the place in the sender's own words, `value` is what could be read: neither is ever shown.
    """

    def __init__(self, path: Path, code: str, value: object = None) -> None:
        super().__init__(path, code)
        self.code = code
        self.path = path
        self.value = value


class _Odd:
    """Stands in the tree where something was found that must not be there."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code


def strict_load(text: str) -> object:
    """The value of a JSON text. Malformed for duplicate keys, non-finite or endless numbers, lone surrogates, depth."""
    try:
        value, findings = _load(text)
    except RecursionError:
        raise Malformed((), "too-deep") from None
    except json.JSONDecodeError:
        raise Malformed((), "not-json") from None
    if text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
        raise Malformed((), "too-deep")
    if findings:
        path, found = _first(value, ())
        raise Malformed(path, found.code if found else findings[0].code, value)
    if "\\u" in text and (surrogate := _lone_surrogate(value, ())) is not None:
        raise Malformed(surrogate, "lone-surrogate", value)
    return value


def _load(text: str) -> tuple[object, list[_Odd]]:
    """The tree, and what was found in it."""
    findings: list[_Odd] = []

    def odd(code: str) -> _Odd:
        findings.append(_Odd(code))
        return findings[-1]

    def closed(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Odd:
        members = dict(pairs)
        return members if len(members) == len(pairs) else odd("duplicate-key")

    def finite(digits: str) -> float | _Odd:
        value = float(digits)
        return value if abs(value) != float("inf") else odd("number-out-of-range")

    def short(digits: str) -> int | _Odd:
        return int(digits) if len(digits) <= _DIGITS else odd("number-out-of-range")

    def load(**more: Any) -> object:
        value: object = json.loads(
            text,
            object_pairs_hook=closed,
            parse_float=finite,
            parse_constant=lambda _: odd("number-out-of-range"),
            **more,
        )
        return value

    try:
        return load(), findings
    except json.JSONDecodeError:
        raise
    except ValueError:
        # An integer of more digits than Python converts: read again, slowly, to find its place.
        findings.clear()
        return load(parse_int=short), findings


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= DEPTH:
        level = [child for each in level if isinstance(each, dict | list) for child in _children(each)]
        depth += 1
    return depth


def _children(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _steps(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _first(value: object, path: Path) -> tuple[Path, _Odd | None]:
    """The place of the first finding in the order of the text."""
    if isinstance(value, _Odd):
        return path, value
    for step, child in _steps(value):
        place, found = _first(child, (*path, step))
        if found is not None:
            return place, found
    return (), None


def _lone_surrogate(value: object, path: Path) -> Path | None:
    if isinstance(value, str):
        return path if any("\ud800" <= char <= "\udfff" for char in value) else None
    for step, child in _steps(value):
        if isinstance(step, str) and _lone_surrogate(step, path) is not None:
            return path
        if (found := _lone_surrogate(child, (*path, step))) is not None:
            return found
    return None
