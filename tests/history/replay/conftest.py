"""What do tests of replay share? The battery's count."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Tell the battery's table: row, how many, how many of them failed, seed."""

    def count(row: str, reached: int, failures: int = 0, seed: int | str = "") -> None:
        record_property("battery", [row, reached, failures, str(seed)])

    return count
