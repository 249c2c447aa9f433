"""How does a run of the battery end? With a table: each row, the count reached, failures, seeds, and what did not run.

Loaded by `make battery`. Tests tell their counts as the property `battery`; those of single parts are known by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.battery.rows import Count, table

BY_NAME: Final = {
    "test_fifty_wipes_lose_nothing": ("R-05", 50),
    "test_killed_a_thousand_times_it_takes_everything_once": ("R-02", 1_000),
    "test_killed_five_hundred_times_it_loses_nothing": ("R-04", 500),
    "test_ten_thousand_random_schedules_end_where_a_replay_ends": ("R-10", 10_000),
}
"""Tests of single parts that run a row's whole figure or fail: row, and how many cycles."""


def counts(reporter: pytest.TerminalReporter) -> Iterator[Count]:
    """What every test that ran has told, or is known for."""
    for outcome in ("passed", "failed"):
        for report in reporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "battery" and isinstance(value, list):
                    yield Count(*value)
            if (known := BY_NAME.get(report.nodeid.rpartition("::")[2])) is not None:
                yield Count(known[0], known[1] if outcome == "passed" else 0, int(outcome == "failed"), "")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    terminalreporter.section("battery")
    for line in table(counts(terminalreporter)):
        terminalreporter.write_line(line)
