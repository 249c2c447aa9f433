"""What do the tests of sending share? A house, on each kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.web.webhooks import sending
from tests.support.waiting import PATIENCE
from tests.web.webhooks.house import House


@pytest.fixture
def house(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # However slowly a busy machine lets the receiver answer, it has answered.
    monkeypatch.setattr(sending, "SECONDS", PATIENCE)
    house = House(store, tmp_path)
    yield house
    house.close()
