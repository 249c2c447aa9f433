"""Does a kill test kill, where and when it says, and nothing else?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import get_args

import pytest

from shared.eventsourcing.faults import VARIABLE, Point

PASS = """
from shared.eventsourcing.faults import reach
for number in range(3):
    reach("relay.published")
    print(number, flush=True)
"""


def passing(fault: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PASS],
        env={**os.environ, "PYTHONPATH": ".", VARIABLE: fault},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("fault", "passed"), [("relay.published", 0), ("relay.published:1", 0), ("relay.published:3", 2)]
)
def test_the_process_is_killed_at_the_named_point_the_named_time(fault: str, passed: int) -> None:
    ended = passing(fault)
    assert ended.returncode == -signal.SIGKILL
    assert len(ended.stdout.splitlines()) == passed


@pytest.mark.parametrize("fault", ["", "relay.marked", "relay.published:4"])
def test_any_other_point_is_passed(fault: str) -> None:
    ended = passing(fault)
    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) == 3


@pytest.mark.parametrize("fault", ["relay.publish", "relay.published:0", "relay.published:often", ":2"])
def test_an_unknown_point_stops_the_program_at_its_start(fault: str) -> None:
    ended = passing(fault)
    assert ended.returncode == 1
    assert ended.stdout == ""


def test_points_are_named_for_their_part() -> None:
    assert {point.partition(".")[0] for point in get_args(Point)} == {
        *("intake", "projection", "rebuild", "relay", "sealer", "subscription")
    }
