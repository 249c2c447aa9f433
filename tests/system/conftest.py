"""What do the system tests share? One running deployment that nobody kills, and one that is killed all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.deployment import Deployment
from tests.system.lines import Line, meeting, register

Tally = Callable[..., None]
LONGEST = 1_200
"""Seconds for one test, on a machine that is busy with others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder the time that processes need to rise and die; the battery has all the time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(0 if item.get_closest_marker("battery") else LONGEST))


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
def told(line: Line) -> Line:
    """A line of whose one branch 80 members of 100 came to ten meetings in 2020, as ratings knows."""
    line.post("meetings", *(meeting(line.branches[0], 8, 2) for _ in range(10))).raise_for_status()
    line.deployment.settle()
    return line


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Tell the battery's table: row, how many, how many of them failed, seed."""

    def count(row: str, reached: int, failures: int = 0, seed: int | str = "") -> None:
        record_property("battery", [row, reached, failures, str(seed)])

    return count
