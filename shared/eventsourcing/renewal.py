"""When are views made anew, and when are old ones dropped? By itself after an upgrade, else when somebody asks.

A rebuild runs in a thread of its own beside the traffic. One that is due, because the program declares its views
otherwise than those that serve or because it was interrupted, is begun by the process that leads and tried again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.eventsourcing.comparing import Difference
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.rebuild import Interrupted, NotLeading, Rebuild, RebuildRunning
from shared.eventsourcing.sweep import Pace
from shared.eventsourcing.views import Generations

LOOK: Final = 1.0
"""Seconds between two looks whether a rebuild is due."""
SWEEP: Final = 30.0
"""Seconds between two looks for views to drop; those made from what may be heard no longer are looked for each time."""
AGAIN: Final = 30.0
"""Seconds after which a rebuild that is due and failed is tried again."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last rebuild ended: with a difference, or why it failed."""

    difference: Difference | None
    reason: str = ""
    pause: float = 0.0
    """Seconds for which the serving views stood still at most; they answered all the time."""


class Renewal:
    """Rebuilds one service's views in the background, one at a time, and remembers how the last one ended."""

    name = "views"

    def __init__(self, generations: Generations, rebuild: Rebuild, leads: Callable[[], bool]) -> None:
        self.last: Ended | None = None
        self._generations, self._rebuild, self._leads = generations, rebuild, leads
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._tried = -AGAIN
        self._swept = 0.0
        self._pace = Pace(LOOK)

    @property
    def problem(self) -> str | None:
        """Why the views that serve are not those that this program declares, and will not be by themselves."""
        last = self.last
        if last is None or last.difference is not None or self.running or not self._generations.outdated():
            return None
        return f"rebuild failed: {last.reason}"

    @property
    def running(self) -> bool:
        """Whether a rebuild is under way here."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin a rebuild in the background. RebuildRunning while one is under way; NotLeading."""
        with self._starting:
            if self.running:
                raise RebuildRunning
            self._rebuild.require_leading()
            self._thread = threading.Thread(target=self._make, name="rebuild", daemon=True)
            self._thread.start()

    def _make(self) -> None:
        try:
            difference = self._rebuild.run()
            self.last = Ended(difference, pause=self._rebuild.longest_pause)
        except Interrupted:
            self.last = Ended(None, "Interrupted")
        except Answered as error:
            place = " ".join(f"{name} {value}" for name, value in error.values.items())
            _log.warning("rebuild ended", reason=error.code, **error.values)
            self.last = Ended(None, " ".join(filter(None, (type(error).__name__, place))))
        except Exception as error:  # noqa: BLE001 — whatever ends a rebuild is told; the old views serve on
            _log.warning("rebuild failed", exc_info=error)
            self.last = Ended(None, type(error).__name__)

    async def run(self) -> None:
        """Begin what is due and drop what is old, until `stop`."""
        try:
            with self._pace.kept():
                while not self._pace.ended:
                    with suppress(SQLAlchemyError, RebuildRunning, NotLeading):
                        await asyncio.to_thread(self._look)
                    await self._pace.wait()
        finally:
            await asyncio.to_thread(self._end)

    def _look(self) -> None:
        if not self._leads():
            return
        if not self.running:
            self._generations.give_up()
        now = time.monotonic()
        if now - self._swept >= SWEEP or self._generations.withheld():
            self._swept = now
            self._generations.sweep()
        due = not self.running and (self._generations.outdated() or self._generations.unfinished())
        failed = self.last is not None and self.last.difference is None
        if due and (now - self._tried >= AGAIN or not failed):
            self._tried = now
            _log.info("rebuild is due")
            self.start()

    def stop(self) -> None:
        """Make `run` end once a rebuild under way has stopped where it is. From any thread."""
        self._rebuild.stop()
        self._pace.end()

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
