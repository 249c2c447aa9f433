"""Where does a replay read history from? Sealed archive and log, or exported files: the exact bytes, nothing else.

Stores are opened so that not a byte beside them changes. Each source gives every organisation's events in sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import URL, Engine, MetaData, NullPool, create_engine, func, make_url, select

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import chain_table
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory
from shared.eventsourcing.store import Store

BATCH: Final = 2_000


class Source(Protocol):
    """A part of history, read from its beginning."""

    @property
    def total(self) -> int:
        """How many events it holds, as far as that can be known before; 0: unknown."""

    def read(self) -> Iterator[tuple[str, Sequence[Recorded]]]:
        """Batches of one service's events, each organisation's in sequence. ChainBroken for unreadable bytes."""


class ReadOnly(Store):
    """A store of which nothing is asked but reading."""

    def create(self, metadata: MetaData) -> None:
        """Make nothing: the tables are there, or there is no history."""


def open_read_only(url: str | URL) -> ReadOnly:
    """Open a store's database to read it, and leave no trace: a SQLite file that nobody has open stays one file."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite(Path(url.database or ""))
    else:
        driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
        engine = create_engine(url.set(drivername=driver), poolclass=NullPool, hide_parameters=True)
        engine = engine.execution_options(postgresql_readonly=True)
    return ReadOnly(engine, engine)


def _sqlite(file: Path) -> Engine:
    """Beside a live file its WAL is read too; a file without one is said never to change, else it is given one."""
    live = file.with_name(f"{file.name}-wal").exists()
    query = {"mode": "ro", "uri": "true"} | ({} if live else {"immutable": "1"})
    where = URL.create("sqlite", database=f"file:{file}", query=query)
    return create_engine(where, poolclass=NullPool, hide_parameters=True)


@dataclass
class Kept:
    """A service's own history: what is sealed, then the log beyond it."""

    service: str
    log: Log | None
    sealed: SealedHistory = NOTHING_SEALED

    @property
    def total(self) -> int:
        """As many as the log counts."""
        if self.log is None:
            return 0
        with self.log.store.read() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(chain_table.c.sequence), 0))).scalar_one())

    def read(self) -> Iterator[tuple[str, Sequence[Recorded]]]:
        """The archive first, then the log. ChainBroken where the log ends before what was sealed of it."""
        ends: dict[UUID, int] = {}
        for events in self.sealed.read({}):
            ends |= _ends(events)
            yield self.service, events
        if self.log is None:
            return
        self._require_reached(self.log, ends)
        while events := self.log.after(ends, BATCH):
            ends |= _ends(events)
            yield self.service, events

    def _require_reached(self, log: Log, sealed: Mapping[UUID, int]) -> None:
        with log.store.read() as connection:
            ends = {row.organisation: row.sequence for row in connection.execute(select(chain_table))}
        for organisation, sequence in sorted(sealed.items()):
            if ends.get(organisation, 0) < sequence:
                message = f"{self.service}/{organisation} at {ends.get(organisation, 0) + 1}: sealed, not in the log"
                raise ChainBroken(message)


def _ends(events: Iterable[Recorded]) -> dict[UUID, int]:
    return {each.envelope.organisation: each.envelope.sequence for each in events}


@dataclass(frozen=True, slots=True, order=True)
class _File:
    """An exported file, by what it begins with."""

    service: str
    organisation: UUID
    first: int
    lines: int = field(compare=False)
    path: Path = field(compare=False)


class Exported:
    """Exported logs: CloudEvents, one a line. In which order the files are named makes no difference."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Folders stand for the `.jsonl` files in them. OSError, or ChainBroken where a file begins with no event."""
        files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
        self._files = sorted(each for each in map(_begun, files) if each is not None)

    @property
    def services(self) -> frozenset[str]:
        """The services of which there are files."""
        return frozenset(file.service for file in self._files)

    @property
    def total(self) -> int:
        """As many as there are lines."""
        return sum(file.lines for file in self._files)

    def read(self) -> Iterator[tuple[str, Sequence[Recorded]]]:
        """File by file, in the order of service, organisation and first sequence."""
        for file in self._files:
            for events in _batches(file.path):
                for service in dict.fromkeys(each.envelope.service for each in events):
                    yield service, [each for each in events if each.envelope.service == service]


def _begun(path: Path) -> _File | None:
    with path.open("rb") as lines:
        first = next(lines, None)
        if first is None:
            return None
        envelope = _event(first, path, 1).envelope
        return _File(envelope.service, envelope.organisation, envelope.sequence, 1 + sum(1 for _ in lines), path)


def _batches(path: Path) -> Iterator[list[Recorded]]:
    batch: list[Recorded] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            batch.append(_event(line, path, number))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _event(line: bytes, path: Path, number: int) -> Recorded:
    try:
        return from_cloudevent(line)
    except ValueError as error:
        message = f"{path.name} line {number}: no event"
        raise ChainBroken(message) from error
