"""Which seed does a test draw? In every run the same, for no gate depends on luck; in the battery a fresh one too."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest

SEED: Final = 2025
SEEDS: Final[tuple[Any, ...]] = (SEED, pytest.param(None, marks=pytest.mark.battery, id="fresh"))
"""For `parametrize`; a test gives what it gets to `drawn`."""


def drawn(seed: int | None = None) -> int:
    """The seed itself, or a fresh one. It is printed: a seed that fails becomes a fixed test."""
    found = random.randrange(10**9) if seed is None else seed
    print("seed", found)  # noqa: T201 — as above
    return found
