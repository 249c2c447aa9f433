"""How do a service's own facts reach its views? From its own log, never through Redis, once they are committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from shared.contracts.envelope import Recorded, genesis
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.sweep import Sweep

BATCH: Final = 1_000
SWEEP: Final = 1.0
"""Seconds after which the log is looked at though nobody woke the feed."""


class OwnFeed(Sweep):
    """Applies a service's own log to its views for as long as `run` runs."""

    def __init__(self, log: Log, runner: Runner, *, leading: Callable[[], bool]) -> None:
        super().__init__("own-facts", self.apply_batch, seconds=SWEEP, trouble="own facts not applied", leading=leading)
        self._log_of = log
        self._runner = runner

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
