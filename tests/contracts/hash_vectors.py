"""Which events hold the hash format fast? The committed vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import Recorded

_COMMITTED: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "hash.json").read_bytes())
EVENTS: list[dict[str, str]] = _COMMITTED["events"]
GENESES: list[dict[str, str]] = _COMMITTED["genesis"]
every_vector = pytest.mark.parametrize("vector", EVENTS, ids=lambda vector: str(vector["name"]))


def vector(name: str) -> dict[str, str]:
    """The vector of that name."""
    return next(each for each in EVENTS if each["name"] == name)


def all_attributes() -> Recorded:
    """An event with every attribute of the format."""
    return from_cloudevent(vector("all-attributes")["event"].encode())
