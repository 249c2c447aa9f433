"""Is the service ready, and if not, why? Named checks, each looking at one thing, none able to hang the answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Final

import msgspec

SECONDS: Final = 2.0
"""A check that takes longer counts as failed."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a check found. `reason` is one sentence for an administrator; `seconds` how old the knowledge is."""

    well: bool
    reason: str = ""
    seconds: float | None = None


Check = Callable[[], Finding]
"""Looks at one thing; run in a thread. One that raises has failed."""


class Readiness:
    """Runs checks side by side. While one hangs it is not started again: it costs one thread, however often asked."""

    def __init__(self, checks: Mapping[str, Check], seconds: float = SECONDS) -> None:
        self._checks = checks
        self._seconds = seconds
        self._running: dict[str, Future[Finding]] = {}

    async def findings(self) -> dict[str, Finding]:
        """What each named check finds now."""
        found = await asyncio.gather(*(self._look(name) for name in self._checks))
        return dict(zip(self._checks, found, strict=True))

    async def _look(self, name: str) -> Finding:
        running = self._running.get(name)
        if running is None or running.done():
            running = self._running[name] = _in_thread(name, self._checks[name])
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(running)), self._seconds)
        except TimeoutError:
            return Finding(well=False, reason=f"no answer within {self._seconds:g} s")


def _in_thread(name: str, check: Check) -> Future[Finding]:
    done: Future[Finding] = Future()

    def run() -> None:
        try:
            done.set_result(check())
        except Exception as error:  # noqa: BLE001 — whatever a check raises is its finding
            done.set_result(Finding(well=False, reason=type(error).__name__))

    threading.Thread(target=run, name=f"check-{name}", daemon=True).start()
    return done
