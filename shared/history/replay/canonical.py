"""Which bytes is a result? JSON in one fixed layout, the same on every machine, so that digests can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def canonical(value: Any) -> bytes:  # noqa: ANN401 — whatever JSON can hold, but binary fractions
    """UTF-8 JSON: keys by code point, no blanks, no escapes but those that JSON demands, text as it was given.

    TypeError for binary fractions, for keys that are no text and for whatever JSON cannot hold.
    """
    _require_exact(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:  # noqa: ANN401 — as above
    """SHA-256 over the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _require_exact(value: object) -> None:
    match value:
        case str() | bool() | int() | None:
            return
        case Mapping():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise TypeError(type(key).__name__)
                _require_exact(inner)
        case Sequence() if not isinstance(value, bytes | bytearray):
            for inner in value:
                _require_exact(inner)
        case _:
            raise TypeError(type(value).__name__)
