"""How long does a loop wait? For an event, but not longer; after trouble a little, then ever longer up to a bound."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

STEADY: Final = 5.0
"""Seconds without trouble after which the next trouble counts as the first again."""


async def within(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so many seconds; which of the two ended it, the event tells."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), max(seconds, 0))


@dataclass
class Backoff:
    """Pauses between attempts, in seconds, doubling from `first` to `longest`."""

    first: float = 0.05
    longest: float = 1.0
    _next: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """An attempt begins."""
        self._since = time.monotonic()

    def pause(self) -> float:
        """The attempt failed: how long to wait before the next one."""
        steady = time.monotonic() - self._since > STEADY
        now = self.first if steady or not self._next else self._next
        self._next = min(2 * now, self.longest)
        return now
