"""How do events become columns? Decoded, cut by type and year, corrections resolved, published in one step.

What is taken counts only once it is committed: until then readers see what was there before, and a writer that is
stopped begins again where the last manifest ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Table

from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import ChainBroken, Unreadable
from shared.history.columns.buffers import Buffers
from shared.history.columns.manifest import Folder, Manifest, Part, Unread
from shared.history.columns.settling import Settling
from shared.history.columns.shape import FORMAT, ColumnFacts

HELD: Final = 200_000
"""Rows that wait in memory before they are written."""


class Writer:
    """Adds to the columns in a folder. `open_writer` gives one; nobody else writes meanwhile."""

    def __init__(self, folder: Folder, facts: ColumnFacts) -> None:
        self._folder, self._facts = folder, facts
        self._manifest = folder.manifest() or Manifest(format=FORMAT, digest=facts.digest())
        folder.sweep(self._manifest)
        self._buffers = Buffers(facts)
        self._settling = Settling(folder.path, facts)

    def positions(self, service: str) -> Mapping[UUID, int]:
        """How far each organisation's log has been taken."""
        return dict(self._manifest.positions.get(service, {}))

    def take(self, service: str, events: Sequence[Recorded]) -> None:
        """Events of a service, each organisation's next in sequence; those at or below the position are dropped.

        ChainBroken where one is left out. The caller has verified hashes.
        """
        reached = self._manifest.positions.setdefault(service, {})
        for recorded in events:
            organisation, sequence = recorded.envelope.organisation, recorded.envelope.sequence
            if sequence <= reached.get(organisation, 0):
                continue
            if sequence != reached.get(organisation, 0) + 1:
                message = f"{service}/{organisation}: {sequence} does not follow"
                raise ChainBroken(message)
            try:
                self._buffers.take(recorded)
            except (Unreadable, ValueError) as error:
                name = recorded.envelope.content.type
                self._manifest.unread.append(Unread(service, organisation, sequence, name, type(error).__name__))
            reached[organisation] = sequence
        if self._buffers.count >= HELD:
            self._write()

    def commit(self) -> Manifest:
        """Write what waits, resolve corrections, and let readers see it."""
        self._write()
        self._settling.settle(self._manifest)
        self._folder.publish(self._manifest)
        return self._manifest

    def close(self) -> None:
        """Forget what was not committed."""
        self._settling.close()

    def _write(self) -> None:
        for table, year, rows in self._buffers.drained():
            self._add(table, year, self._settling.write(self._manifest, table, year, rows))

    def _add(self, table: Table, year: str, part: Part) -> None:
        self._manifest.parts.setdefault(table.name, {}).setdefault(year, []).append(part)


@contextmanager
def open_writer(place: Path, facts: ColumnFacts) -> Iterator[Writer]:
    """A writer for the columns of these declarations below a place. Busy when another process writes them."""
    folder = folder_of(place, facts)
    with folder.writing():
        writer = Writer(folder, facts)
        try:
            yield writer
        finally:
            writer.close()


def folder_of(place: Path, facts: ColumnFacts) -> Folder:
    """Where the columns of these declarations lie: other declarations, another folder."""
    return Folder(place / facts.digest()[:16])


def fill(place: Path, facts: ColumnFacts, sources: Iterable[tuple[str, Iterable[Sequence[Recorded]]]]) -> Manifest:
    """Take all that (service, batches) bring, and commit once."""
    with open_writer(place, facts) as writer:
        for service, batches in sources:
            for events in batches:
                writer.take(service, events)
        return writer.commit()


__all__ = ["HELD", "Writer", "fill", "folder_of", "open_writer"]
