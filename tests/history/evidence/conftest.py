"""Which fixtures have the tests of evidence? A house of their own, and the battery's count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.history.evidence.house import House, house_in

Tally = Callable[..., None]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A service's evidence on SQLite."""
    with house_in(tmp_path / "house") as opened:
        yield opened


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Tell the battery's table: row, how many, how many of them failed."""

    def count(row: str, reached: int, failures: int = 0) -> None:
        record_property("battery", [row, reached, failures, ""])

    return count
