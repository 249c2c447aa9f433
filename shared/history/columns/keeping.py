"""Who keeps the columns up to date? A part of the service: what is sealed goes into the files, by itself.

Files hold only what the archive holds, so a lost or another declaration's folder is filled again from there; the newest
facts come from the live views with each question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from shared.eventsourcing.sealed import SealedHistory
from shared.eventsourcing.sweep import Sweep
from shared.eventsourcing.views import Declaration
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.writer import folder_of, open_writer

SWEEP: Final = 30.0
"""Seconds between two looks for what was sealed since."""


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


class Keeper(Sweep):
    """Files what was sealed, for as long as `run` runs."""

    def __init__(
        self, place: Path, declaration: Declaration, sealed: Iterable[Sealed], *, sweep: float = SWEEP
    ) -> None:
        super().__init__("columns", self.file_sealed, seconds=sweep, trouble="columns not filed")
        self._place = place
        self._facts = ColumnFacts(declaration.listens, declaration.kept)
        self._sealed: Sequence[Sealed] = tuple(sealed)

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
