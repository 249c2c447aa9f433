"""Does one organisation's trouble stay its own? Five others post and read beside a flood, poison, and the like.

Correctness is asserted; how much slower the others became is printed as ratios to what they did undisturbed, for a
shared machine's seconds are no fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.disturbing import Trouble, all_stand, dawdling, fared, troubles
from tests.system.lines import Line, register

NEIGHBOURS = 5
BRIEF, LONG = 0.3, 30.0
"""Seconds for each way of making trouble."""


def neighbourhood(deployment: Deployment, size: int) -> tuple[list[Line], Line]:
    lines = [register(deployment, f"Hội số {number}") for number in range(size + 1)]
    for line in lines:
        line.heard_of("meetings", "ratings")
    return lines[:-1], lines[-1]


def beside_each(lines: list[Line], loud: Line, seconds: float) -> Iterator[str]:
    """How the neighbours fared beside each trouble; nothing of theirs is refused, nothing lost."""
    posted: dict[str, list[str]] = {}
    before = fared(lines, seconds, posted)
    ways: list[tuple[str, AbstractContextManager[None], Trouble | None]] = [
        (each.name, each.under_way(), each) for each in troubles(loud)
    ]
    for name, under_way, trouble in [*ways, ("slow connections", dawdling(loud), None)]:
        with under_way:
            beside = fared(lines, seconds, posted)
        assert beside.refused == [], name
        if trouble is not None:
            assert trouble.answers, name
            assert set(trouble.answers) <= trouble.expected, (name, sorted(set(trouble.answers)))
        yield f"{name}: {beside.told(before)}"
    assert before.refused == []
    assert all_stand(lines, posted)


def test_nothing_of_the_neighbours_is_refused_or_lost(deployment: Deployment) -> None:
    lines, loud = neighbourhood(deployment, 1)
    assert len(list(beside_each(lines, loud, BRIEF))) == 6


@pytest.mark.battery
def test_neighbours_beside_every_trouble(tmp_path: Path, tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with Deployment(tmp_path) as deployment:
        lines, loud = neighbourhood(deployment, NEIGHBOURS)
        for told in beside_each(lines, loud, LONG):
            with capsys.disabled():
                print(told)  # noqa: T201 — what was measured
    tally("S-19", 1)
