"""What do the system tests share? One running deployment that nobody kills, and one that is killed all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.battery.rows import Count
from tests.system.deployment import Deployment
from tests.system.lines import Line, register

Tally = Callable[..., None]


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The three services, for tests that leave them as well as they found them."""
    with Deployment(tmp_path_factory.mktemp("deployment")) as running:
        yield running


@pytest.fixture
def line(deployment: Deployment) -> Line:
    """An organisation of the test's own that every service knows."""
    registered = register(deployment)
    registered.heard_of("membership", "meetings", "ratings")
    return registered


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Tell the battery's table: row, how many, how many of them failed, seed."""

    def count(row: str, reached: int, failures: int = 0, seed: int | str = "") -> None:
        record_property("battery", Count(row, reached, failures, str(seed)))

    return count
