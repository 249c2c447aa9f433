"""When is a checkpoint published? After every sealing, and when a day or a month has ended in Viet Nam.

Then the witnesses are asked, and asked again until all have cosigned the latest one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from shared.contracts.envelope import EPOCH
from shared.contracts.event import VIETNAM
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.log import Log
from shared.history.evidence.checkpoint import DAILY, PERIOD, SEALED
from shared.history.evidence.keys import Keyring
from shared.history.evidence.ledger import Checkpoints, Published
from shared.history.evidence.witnesses import Address, Witnesses

SWEEP: Final = 30.0
"""Seconds between two looks for what is due."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Publishing:
    """Where a service keeps its keys, what its deployment is called, and who must have seen what it publishes."""

    folder: Path
    deployment: str
    """Part of every origin: it never changes, and no other deployment has the same."""
    witnesses: tuple[Address, ...] = ()
    needed: int = 0
    """How many of the witnesses must have cosigned."""

    def publisher(self, log: Log, lease: Lease, leading: Callable[[], bool]) -> Publisher:
        """The publisher of a log, which works while this process leads. ValueError: a setting that cannot work."""
        now = (dt.datetime.now(dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)
        keys = Keyring(self.folder, f"nennep/{self.deployment}/{log.service}", now)
        checkpoints = Checkpoints(log, keys, lease)
        return Publisher(checkpoints, Witnesses(checkpoints, lease, self.witnesses, self.needed), leading=leading)


class Publisher:
    """Publishes a service's checkpoints for as long as `run` runs."""

    name = "checkpoints"

    def __init__(
        self,
        checkpoints: Checkpoints,
        witnesses: Witnesses,
        *,
        leading: Callable[[], bool] = lambda: True,
        sweep: float = SWEEP,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.problem: str | None = None
        """Why nothing is published: a log that is not whole, a store that is away, a fault."""
        self.checkpoints, self.witnesses = checkpoints, witnesses
        self._leading, self._sweep, self._now = leading, sweep, now
        self._sealed = False
        self._day: dt.date | None = None
        """The day of the last look that published or found everything covered."""
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def wake(self) -> None:
        """Say that something was sealed; from any thread, at any time."""
        self._sealed = True
        self._rouse()

    def stop(self) -> None:
        """Make `run` end after the step under way."""
        self._stopping = True
        self._rouse()

    def _rouse(self) -> None:
        if (loop := self._loop) is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Publish what is due until `stop`; what fails is tried again at the next look."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            self._woken.clear()
            if self._leading():
                await self._step()
            if not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._sweep)

    async def _step(self) -> None:
        try:
            await asyncio.to_thread(self.publish_due)
            await asyncio.to_thread(self.witnesses.ask)
        except Exception as error:  # noqa: BLE001 — whatever it is, the publisher goes on and readiness tells of it
            if self.problem is None:
                _log.warning("not published", service=self.checkpoints.log.service, error=type(error).__name__)
            self.problem = str(error) if isinstance(error, ChainBroken) else type(error).__name__
        else:
            self.problem = None

    def publish_due(self) -> Published | None:
        """Publish if something was sealed, or a day has ended since the last one; None when nothing was due."""
        today = self._now().astimezone(VIETNAM).date()
        sealed, self._sealed = self._sealed, False
        why = SEALED if sealed else self._ended(today)
        if why is None:
            return None
        try:
            published = self.checkpoints.publish(why)
        except Exception:
            self._sealed = self._sealed or sealed
            raise
        self._day = today if published is not None else None
        return published

    def _ended(self, today: dt.date) -> str | None:
        """What has ended since the last look, or before it the last checkpoint: a day, a month, nothing."""
        last = self._day or self._last_day()
        if last is not None and last >= today:
            return None
        return PERIOD if last is not None and (last.year, last.month) != (today.year, today.month) else DAILY

    def _last_day(self) -> dt.date | None:
        latest = self.checkpoints.latest()
        if latest is None:
            return None
        return (EPOCH + dt.timedelta(microseconds=latest.checkpoint.published)).astimezone(VIETNAM).date()
