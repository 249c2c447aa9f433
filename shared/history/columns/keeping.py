"""Who keeps the columns up to date? A part of the service: what is sealed goes into the files, by itself.

Files hold only what the archive holds, so a lost or another declaration's folder is filled again from there; the newest
facts come from the live views with each question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import structlog

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.sealed import SealedHistory
from shared.eventsourcing.views import Declaration
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.writer import folder_of, open_writer

SWEEP: Final = 30.0
"""Seconds between two looks for what was sealed since."""
_log = structlog.get_logger(__name__)


class Ending(Protocol):
    """A sealing record, as far as it is asked for here."""

    @property
    def last(self) -> int:
        """The sequence up to which the chain is sealed."""


class Sealed(SealedHistory, Protocol):
    """One service's sealed history, and how far it goes."""

    @property
    def service(self) -> str:
        """Whose it is."""

    def ends(self) -> Mapping[UUID, Ending]:
        """The last sealing record of each organisation."""


class Keeper:
    """Files what was sealed, for as long as `run` runs."""

    name = "columns"

    def __init__(
        self, place: Path, declaration: Declaration, sealed: Iterable[Sealed], *, sweep: float = SWEEP
    ) -> None:
        self.problem: str | None = None
        """Why nothing is filed: an archive that does not verify, a folder that is away or full."""
        self._place, self._sweep = place, sweep
        self._facts = ColumnFacts(declaration.listens, declaration.kept)
        self._sealed: Sequence[Sealed] = tuple(sealed)
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Make `run` end after the filing under way, also one that has not begun. From any thread."""
        if (loop := self._loop) is None:
            self._stopped.set()
        else:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._stopped.set)

    async def run(self) -> None:
        """File what is sealed until `stop`; what fails is tried again at the next look."""
        self._loop = asyncio.get_running_loop()
        while not self._stopped.is_set():
            try:
                await asyncio.to_thread(self.file_sealed)
            except Exception as error:  # noqa: BLE001 — whatever it is, the keeper goes on and readiness tells of it
                if self.problem is None:
                    _log.warning("columns not filed", error=type(error).__name__)
                self.problem = str(error) if isinstance(error, ChainBroken) else type(error).__name__
            else:
                self.problem = None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), self._sweep)

    def file_sealed(self) -> int:
        """File all that is sealed and not filed yet; how many events that were. Busy: another writer is at it."""
        if not any(map(self._behind, self._sealed)):
            return 0
        filed = 0
        with open_writer(self._place, self._facts) as writer:
            for sealed in self._sealed:
                for events in sealed.read(writer.positions(sealed.service)):
                    writer.take(sealed.service, events)
                    filed += len(events)
            writer.commit()
        return filed

    def _behind(self, sealed: Sealed) -> bool:
        manifest = folder_of(self._place, self._facts).manifest()
        filed = {} if manifest is None else manifest.positions.get(sealed.service, {})
        return any(end.last > filed.get(organisation, 0) for organisation, end in sealed.ends().items())
