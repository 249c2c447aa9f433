"""What does a part of a service do all day? The same step again and again, at each sweep and when somebody wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.pause import within

_log = structlog.get_logger(__name__)


class Pace:
    """When a loop goes on, and when it ends: said from any thread, also before it has begun."""

    def __init__(self, seconds: float) -> None:
        self.ended = False
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Let the loop go on now; nothing while none runs."""
        if (loop := self._loop) is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._woken.set)

    def end(self) -> None:
        """Let the loop end after the round under way."""
        self.ended = True
        self.wake()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """The loop of the running task may be woken."""
        self._loop = asyncio.get_running_loop()
        try:
            yield
        finally:
            self._loop = None

    async def wait(self) -> None:
        """Wait for the next round: so many seconds, or until woken since the last one began."""
        if not self.ended:
            await within(self._woken, self._seconds)
        self._woken.clear()


class Sweep:
    """A part that takes its step in a thread for as long as `run` runs, whatever goes wrong in it."""

    def __init__(
        self,
        name: str,
        step: Callable[[], object],
        *,
        seconds: float,
        trouble: str,
        leading: Callable[[], bool] = lambda: True,
    ) -> None:
        """A step that gives True is taken again at once. `trouble`: what the journal says when one fails."""
        self.name = name
        self.problem: str | None = None
        """Why the step fails: a chain that is broken, else the kind of error; none when the last one went well."""
        self._step, self._leading, self._trouble = step, leading, trouble
        self._pace = Pace(seconds)

    def wake(self) -> None:
        """Say that there may be something to do; from any thread."""
        self._pace.wake()

    def stop(self) -> None:
        """Make `run` end after the step under way, also one that has not begun; from any thread."""
        self._pace.end()

    async def run(self) -> None:
        """Take the step until `stop`; what fails is tried again at the next sweep."""
        with self._pace.kept():
            while not self._pace.ended:
                if not (self._leading() and await self._taken()):
                    await self._pace.wait()

    async def _taken(self) -> bool:
        """Whether there is more to do at once."""
        try:
            more = await asyncio.to_thread(self._step)
        except Exception as error:  # noqa: BLE001 — whatever it is, the part goes on and readiness tells of it
            if self.problem is None:
                _log.warning(self._trouble, part=self.name, error=type(error).__name__)
            self.problem = str(error) if isinstance(error, ChainBroken) else type(error).__name__
            return False
        self.problem = None
        return more is True
