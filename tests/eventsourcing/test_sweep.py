"""Does a part go on whatever its step does, wake when it is told, and end when it is asked, from any thread?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.sweep import Sweep
from tests.support.couriers import running
from tests.support.waiting import PATIENCE, until

NEVER = 3_600.0


def sweep(step: Callable[[], object], *, seconds: float = NEVER, leading: Callable[[], bool] = lambda: True) -> Sweep:
    return Sweep("part", step, seconds=seconds, trouble="not done", leading=leading)


def test_a_step_that_gives_true_is_taken_again_at_once_and_any_other_waits_to_be_woken() -> None:
    taken: list[object] = []
    answers: list[object] = [True, True, 7, None]

    def step() -> object:
        taken.append(1)
        return answers[len(taken) - 1]

    part = sweep(step)
    with running(part):
        until(lambda: len(taken) == 3)
        part.wake()
        until(lambda: len(taken) == 4)
    assert len(taken) == 4


def test_woken_during_its_step_it_takes_another() -> None:
    began, go, taken = threading.Event(), threading.Event(), list[int]()

    def step() -> None:
        taken.append(1)
        began.set()
        go.wait(90)

    part = sweep(step)
    with running(part):
        assert began.wait(90)
        part.wake()
        go.set()
        until(lambda: len(taken) == 2)


def test_at_each_sweep_it_looks_though_nobody_wakes_it() -> None:
    taken: list[int] = []
    with running(sweep(lambda: taken.append(1), seconds=0.01)):
        until(lambda: len(taken) >= 3)


def test_a_fault_is_told_until_a_step_goes_well_again() -> None:
    faults: list[Exception] = [KeyError("x"), ChainBroken("meetings/a at 3")]

    def step() -> None:
        if faults:
            raise faults[0]

    part = sweep(step, seconds=0.01)
    with running(part):
        until(lambda: part.problem == "KeyError")
        faults.pop(0)
        until(lambda: part.problem == "meetings/a at 3")
        faults.pop(0)
        until(lambda: part.problem is None)


def test_who_does_not_lead_takes_no_step() -> None:
    leads, looked, taken = [False], list[int](), list[int]()

    def leading() -> bool:
        looked.append(1)
        return leads[0]

    with running(sweep(lambda: taken.append(1), seconds=0.01, leading=leading)):
        until(lambda: len(looked) >= 3)
        assert taken == []
        leads[0] = True
        until(lambda: taken != [])


@pytest.mark.parametrize("early", [True, False])
async def test_stopped_before_or_after_its_start_it_ends(*, early: bool) -> None:
    taken: list[int] = []
    part = sweep(lambda: taken.append(1))
    if early:
        part.stop()
    task = asyncio.create_task(part.run())
    if not early:
        while not taken:
            await asyncio.wait({task}, timeout=0.01)
        part.stop()
    await asyncio.wait_for(task, PATIENCE)
    assert len(taken) == (0 if early else 1)


def test_woken_and_stopped_after_its_end_nothing_happens() -> None:
    part = sweep(lambda: None)
    with running(part):
        pass
    part.wake()
    part.stop()
