"""When is a text one unambiguous JSON value? Strict reading: what parsers disagree upon is refused, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

DEPTH: Final = 32
"""Brackets within brackets; the deepest contract needs eight."""

_DIGITS: Final = 1_000

T = TypeVar("T")
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


class _Odd(ValueError):
    """What must not be there. Reading stops at it; to find its place, it is put into the tree instead."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def strict_load(text: str) -> object:
    """The value of a JSON text. Malformed for duplicate keys, non-finite or endless numbers, lone surrogates, depth."""
    try:
        value: object = _decode(text)
    except RecursionError:
        raise Malformed((), "too-deep") from None
    except json.JSONDecodeError:
        raise Malformed((), "not-json") from None
    except ValueError:
        # One of ours, or an integer of more digits than Python converts.
        raise _located(text) from None
    _check_depth(text, value)
    if "\\u" in text and (surrogate := _lone_surrogate(value, ())) is not None:
        raise Malformed(surrogate, "lone-surrogate", value)
    return value


def _closed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Odd("duplicate-key")
    return members


def _finite(digits: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        raise _Odd("number-out-of-range")
    return value


def _short(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _Odd("number-out-of-range")
    return int(digits)


def _constant(_: str) -> None:
    raise _Odd("number-out-of-range")


_decode = json.JSONDecoder(object_pairs_hook=_closed, parse_float=_finite, parse_constant=_constant).decode


def _kept(read: Callable[[T], object]) -> Callable[[T], object]:
    """The same reader, which gives back what it finds instead of stopping."""

    def reader(given: T) -> object:
        try:
            return read(given)
        except _Odd as odd:
            return odd

    return reader


def _located(text: str) -> Malformed:
    """Read once more, slowly, to the end: where does the first thing stand that must not be there?"""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_kept(_closed),
            parse_float=_kept(_finite),
            parse_int=_kept(_short),
            parse_constant=_kept(_constant),
        )
        _check_depth(text, value)
    except RecursionError:
        return Malformed((), "too-deep")
    except json.JSONDecodeError:
        return Malformed((), "not-json")
    except Malformed as malformed:
        return malformed
    path, found = _first(value, ())
    return Malformed(path, "not-json" if found is None else found.code, value)


def _check_depth(text: str, value: object) -> None:
    if text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
        raise Malformed((), "too-deep")


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
