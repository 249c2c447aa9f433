"""Is waiting bounded, and does it tell what it waited for?"""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from tests.support.waiting import NotInTime, until, until_async


def test_it_gives_what_the_condition_gave() -> None:
    steps = count()
    assert until(lambda: next(steps) if next(steps) > 2 else 0) == 4


def test_it_ends_in_time_and_names_the_condition() -> None:
    def never_true() -> bool:
        return False

    with pytest.raises(NotInTime, match="never_true gave False"):
        until(never_true, timeout=0)


async def test_others_go_on_while_a_task_waits() -> None:
    arrived = asyncio.Event()
    asyncio.get_running_loop().call_soon(arrived.set)
    assert await until_async(arrived.is_set)


async def test_a_condition_may_be_awaited() -> None:
    async def found() -> str:
        return "found"

    assert await until_async(found) == "found"
    with pytest.raises(NotInTime):
        await until_async(lambda: None, timeout=0)


def test_with_dear_looks_the_steps_grow_and_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("threading.Event.wait", lambda _, timeout: waited.append(timeout))
    steps = count()
    assert until(lambda: next(steps) > 5, longest=0.1)
    assert waited == pytest.approx([0.02, 0.03, 0.045, 0.0675, 0.1, 0.1])
