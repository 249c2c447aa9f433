"""Do the views stand on the service's own log? Each position's hash must be the one that the log has there.

A log that was restored from an older copy ends before what was made of it, or goes on otherwise. Then nothing more is
written, neither into the views nor into the log, until somebody restores what belongs together or rebuilds the views.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.eventsourcing.errors import Answered, ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.sequencer import LogBehind, Mismatch, Position
from shared.eventsourcing.sweep import Pace

LOOK: Final = 1.0
"""Seconds between two looks."""

_log = structlog.get_logger(__name__)


class LogContradicted(Answered):
    """The log is not the one from which the views were made: it was restored from an older copy, or edited."""

    vi = "Sổ không khớp với bảng tổng hợp (có thể vừa phục hồi từ bản cũ); tạm dừng ghi."
    status = 503


def contradictions(log: Log, positions: Mapping[UUID, Position]) -> Iterator[Mismatch | LogBehind]:
    """Where the log says otherwise than what was taken from it, by organisation."""
    heads = log.heads()
    for organisation, position in sorted(positions.items()):
        head = heads.get(organisation)
        if head is None or head.sequence < position.sequence:
            yield LogBehind(organisation, position.sequence, 0 if head is None else head.sequence)
        elif head.sequence == position.sequence:
            if head.hash != position.hash:
                yield Mismatch(organisation, position.sequence)
        elif _hash_at(log, organisation, position.sequence) != position.hash:
            yield Mismatch(organisation, position.sequence)


def _hash_at(log: Log, organisation: UUID, sequence: int) -> bytes | None:
    try:
        found = log.slice(organisation, sequence - 1, 1)
    except ChainBroken:
        return None
    return found[0].hash if found else None


class Footing:
    """Holds the positions in the views against the log, at the start and for as long as `run` runs."""

    name = "own-log"

    def __init__(self, log: Log, positions: Callable[[], Mapping[UUID, Position]]) -> None:
        self.problem: str | None = None
        """The first mismatch: service, organisation, sequence."""
        self._log_of, self._positions = log, positions
        self._pace = Pace(LOOK)

    @property
    def sound(self) -> bool:
        """Whether nothing was found amiss at the last look."""
        return self.problem is None

    def look(self) -> None:
        """Compare now. The positions are read before the log: what it gains meanwhile lies beyond them."""
        positions = self._positions()
        found = next(contradictions(self._log_of, positions), None)
        problem = None if found is None else f"{self._log_of.service}: {found}"
        if problem is not None and problem != self.problem:
            _log.error("the log contradicts the views", service=self._log_of.service, found=str(found))
        self.problem = problem

    def require_sound(self) -> None:
        """LogContradicted while the log is not the one that the views were made from."""
        if not self.sound:
            raise LogContradicted

    async def run(self) -> None:
        """Look each second until `stop`."""
        with self._pace.kept():
            while not self._pace.ended:
                with suppress(SQLAlchemyError):
                    await asyncio.to_thread(self.look)
                await self._pace.wait()

    def stop(self) -> None:
        """Make `run` end. From any thread."""
        self._pace.end()
