"""How does a test wait? For a condition, in small steps, up to a bound; never for a while."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar, overload

T = TypeVar("T")

STEP = 0.02
"""Seconds between two looks at the condition."""
GROWTH = 1.5
"""Times the step before, where steps may grow."""
PATIENCE = 90.0
"""Seconds within which anything that must come has come, on a machine that others use too."""


class NotInTime(AssertionError):
    """The condition did not hold within the bound."""


def until(condition: Callable[[], T], timeout: float = PATIENCE, *, longest: float = STEP) -> T:
    """Look at the condition until it gives something true, and give that back; NotInTime after `timeout` seconds.

    Where looking is dear and what is waited for remains, the steps may grow to `longest` seconds.
    """
    pause, step = threading.Event(), STEP
    end = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() >= end:
            raise _late(condition, timeout, found)
        pause.wait(step)
        step = min(GROWTH * step, longest)
    return found


@overload
async def until_async(condition: Callable[[], Awaitable[T]], timeout: float = PATIENCE) -> T: ...  # noqa: ASYNC109
@overload
async def until_async(condition: Callable[[], T], timeout: float = PATIENCE) -> T: ...  # noqa: ASYNC109
async def until_async(condition: Callable[[], T | Awaitable[T]], timeout: float = PATIENCE) -> T:  # noqa: ASYNC109 -- it is the bound of a poll
    """Like `until`, for a condition that may be awaited; other tasks go on meanwhile."""
    never = asyncio.Event()
    end = time.monotonic() + timeout
    while True:
        looked = condition()
        found = await looked if isinstance(looked, Awaitable) else looked
        if found:
            return found
        if time.monotonic() >= end:
            raise _late(condition, timeout, found)
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), STEP)


def _late(condition: Callable[[], object], timeout: float, found: object) -> NotInTime:
    name = getattr(condition, "__qualname__", repr(condition))
    return NotInTime(f"{name} gave {found!r} for {timeout} s")
