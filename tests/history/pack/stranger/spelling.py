"""How is everything written? The one spelling of JSON and of fields under a hash: section 3, and words for the rest."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

PLAIN_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Wrong(Exception):
    """A contradiction."""


class Unsure(Exception):
    """Cannot judge."""


def demand(what: str, *, holds: bool) -> None:
    """Stop at the first thing that does not hold."""
    if not holds:
        raise Wrong(what)


def sha(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def text_of(value: Any) -> str:
    """Canonical JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return '"' + "".join(map(_escaped, value)) + '"'
        case list():
            return "[" + ",".join(map(text_of, value)) + "]"
        case dict():
            return "{" + ",".join(f"{text_of(name)}:{text_of(value[name])}" for name in sorted(value)) + "}"
        case _:
            raise Wrong("fraction")


def _escaped(character: str) -> str:
    if character in PLAIN_ESCAPES:
        return PLAIN_ESCAPES[character]
    return f"\\u{ord(character):04x}" if character < " " else character


def value_of(where: str, octets: bytes) -> Any:
    """The value of a member in canonical JSON."""
    value = json.loads(octets.decode("utf-8"))
    demand(where, holds=octets == text_of(value).encode() + b"\n")
    return value


def listed(*fields: str | bytes | None) -> bytes:
    out = bytearray(b"\x01")
    for value in fields:
        octets = value.encode() if isinstance(value, str) else value
        out += b"\xff\xff\xff\xff" if octets is None else len(octets).to_bytes(4, "big") + octets
    return bytes(out)


def tree(leaves: Sequence[bytes]) -> bytes:
    """As RFC 6962 defines it, from above."""
    if len(leaves) < 2:
        return sha(b"\x00" + leaves[0]) if leaves else sha(b"")
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha(b"\x01" + tree(leaves[:half]) + tree(leaves[half:]))


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
