"""How do a service's own facts reach its views? From its own log, never through Redis, once they are committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog

from shared.contracts.envelope import Recorded, genesis
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import Position

BATCH: Final = 1_000
SWEEP: Final = 1.0
"""Seconds after which the log is looked at though nobody woke the feed."""

_log = structlog.get_logger(__name__)


class OwnFeed:
    """Applies a service's own log to its views for as long as `run` runs."""

    def __init__(self, log: Log, runner: Runner, *, leading: Callable[[], bool]) -> None:
        self.problem: str | None = None
        """Why nothing is applied: a broken chain, a store that is away, a fault."""
        self._log_of = log
        self._runner = runner
        self._leading = leading
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def wake(self) -> None:
        """Say that something was committed; from any thread."""
        if (loop := self._loop) is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._woken.set)

    def stop(self) -> None:
        """Make `run` end after the batch under way."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Apply until `stop`; what cannot be applied is tried again each second."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            self._woken.clear()
            if not self._leading() or not await self._step():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), SWEEP)

    async def _step(self) -> bool:
        try:
            more = await asyncio.to_thread(self.apply_batch)
        except Exception as error:  # noqa: BLE001 — whatever it is, the feed goes on and readiness tells of it
            if self.problem is None:
                _log.warning("own facts not applied", service=self._log_of.service, error=type(error).__name__)
            self.problem = str(error) if isinstance(error, ChainBroken) else type(error).__name__
            return False
        self.problem = None
        return more

    def apply_batch(self) -> bool:
        """Verify and apply the next events of the own log; whether there were any."""
        service = self._log_of.service
        with self._runner.paused():
            self._runner.tell_untold()
            positions = self._runner.positions(service)
            events = self._log_of.after({each: end.sequence for each, end in positions.items()}, BATCH)
            if events:
                verify(service, positions, events)
                self._runner.take(service, events)
        return bool(events)


def verify(service: str, positions: Mapping[UUID, Position], events: Sequence[Recorded]) -> None:
    """Raise ChainBroken unless the events continue the chains from these positions."""
    ends = {organisation: (end.sequence, end.hash) for organisation, end in positions.items()}
    for recorded in events:
        envelope = recorded.envelope
        organisation = envelope.organisation
        sequence, previous = ends.get(organisation, (0, genesis(service, organisation)))
        if envelope.sequence != sequence + 1 or envelope.previous != previous or envelope.hash() != recorded.hash:
            message = f"{service}/{organisation} at {envelope.sequence}"
            raise ChainBroken(message)
        ends[organisation] = (envelope.sequence, recorded.hash)
