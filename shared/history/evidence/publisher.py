"""When is a checkpoint published? After every sealing, and when a day or a month has ended in Viet Nam.

Then the witnesses are asked, and asked again until all have cosigned the latest one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.contracts.envelope import EPOCH
from shared.contracts.event import VIETNAM
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.log import Log
from shared.eventsourcing.sweep import Sweep
from shared.history.evidence.checkpoint import DAILY, PERIOD, SEALED
from shared.history.evidence.keys import Keyring
from shared.history.evidence.ledger import Checkpoints, Published
from shared.history.evidence.witnesses import Address, Witnesses

SWEEP: Final = 30.0
"""Seconds between two looks for what is due."""


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


class Publisher(Sweep):
    """Publishes a service's checkpoints for as long as `run` runs."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        witnesses: Witnesses,
        *,
        leading: Callable[[], bool] = lambda: True,
        sweep: float = SWEEP,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        super().__init__("checkpoints", self._publish_and_ask, seconds=sweep, trouble="not published", leading=leading)
        self.checkpoints, self.witnesses = checkpoints, witnesses
        self._now = now
        self._sealed = False
        self._day: dt.date | None = None
        """The day of the last look that published or found everything covered."""

    def wake(self) -> None:
        """Say that something was sealed; from any thread, at any time."""
        self._sealed = True
        super().wake()

    def _publish_and_ask(self) -> None:
        self.publish_due()
        self.witnesses.ask()

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
