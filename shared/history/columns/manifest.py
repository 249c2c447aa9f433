"""What do the columns hold, and how far have they come? One small file, written last, names all that may be read.

Files are never changed: what is rewritten gets a new name. Those of the manifest before are kept until the next one,
for whoever still reads them; all others were left by a writer that was stopped, and go.
"""

from __future__ import annotations

import fcntl
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from shared.history.durable import flush

MANIFEST: Final = "manifest.json"
LOCK: Final = "lock"


class Part(msgspec.Struct, frozen=True):
    """One file of rows of one table, all of days of one year."""

    file: str
    """Its path below the folder."""
    rows: int


class Unread(msgspec.Struct, frozen=True):
    """An event of a type listened to that could not be read."""

    service: str
    organisation: UUID
    sequence: int
    type: str
    why: str


class Manifest(msgspec.Struct, kw_only=True):
    """Everything that belongs to one state of the columns."""

    format: int
    digest: str
    next_file: int = 1
    positions: dict[str, dict[UUID, int]] = {}
    """Service → organisation → the sequence up to which its events are in the files."""
    parts: dict[str, dict[str, list[Part]]] = {}
    """Table → year → its files; corrections have no year: `-`."""
    awaiting: bool = False
    """Whether a correction, of another organisation's log, names what has not been seen yet."""
    unread: list[Unread] = []
    before: list[str] = []
    """Files that the manifest before named and this one does not."""

    def files(self, table: str) -> list[str]:
        """A table's files."""
        return [part.file for parts in self.parts.get(table, {}).values() for part in parts]

    def rows(self, table: str, years: Container[str]) -> int:
        """How many rows of a table and of these years lie in files."""
        return sum(part.rows for year, parts in self.parts.get(table, {}).items() if year in years for part in parts)

    def every_file(self) -> set[str]:
        """The files of all tables."""
        return {file for table in self.parts for file in self.files(table)}


class Busy(Exception):
    """Another process is writing these columns."""


@dataclass(frozen=True)
class Folder:
    """The columns of one digest on disk."""

    path: Path

    def manifest(self) -> Manifest | None:
        """What may be read now; nothing when nothing was ever finished."""
        try:
            return msgspec.json.decode((self.path / MANIFEST).read_bytes(), type=Manifest)
        except FileNotFoundError:
            return None

    def stamp(self) -> tuple[int, int]:
        """Another one as soon as there is another manifest."""
        try:
            found = (self.path / MANIFEST).stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def publish(self, manifest: Manifest) -> None:
        """Make the files durable, then let everybody read them; then drop what nobody needs any more."""
        former = self.manifest()
        known = set() if former is None else former.every_file()
        now = manifest.every_file()
        for file in sorted(now - known):
            flush(self.path / file)
        manifest.before = sorted(known - now)
        draft = self.path / f"{MANIFEST}.draft"
        draft.write_bytes(msgspec.json.encode(manifest))
        flush(draft)
        draft.replace(self.path / MANIFEST)
        flush(self.path)
        self.sweep(manifest)

    def sweep(self, manifest: Manifest | None) -> None:
        """Remove files that neither this manifest nor the one before names."""
        wanted = set() if manifest is None else manifest.every_file() | set(manifest.before)
        for file in list(self._found()):
            if str(file.relative_to(self.path)) not in wanted:
                file.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one who writes here. Busy when somebody else is."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(str(self.path)) from error
            yield

    def _found(self) -> Iterable[Path]:
        return self.path.glob("*/*/*.parquet")
