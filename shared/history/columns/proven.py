# ruff: noqa: S608 — tables and columns are named by the contracts, and paths are quoted
"""Do the columns say what the events say? Everything is proved and unfolded again from the exact bytes, and compared.

Nothing of the cache is used on the way: chains are hashed again, facts decoded again, corrections resolved again, in a
scratch that is gone afterwards. Where every row agrees, so does every figure; and figures can be asked of it too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Table

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.views import Declaration
from shared.history.columns.dialect import engine_over, give_back, open_memory
from shared.history.columns.everywhere import asked_everywhere
from shared.history.columns.manifest import Folder, Manifest
from shared.history.columns.proving import Prover
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.states import States
from shared.history.columns.trusted import EVERY, Answered
from shared.history.columns.unfolding import Unfolding
from shared.history.figures import Figure, Question, Relations, answered, roots_behind

RUN: Final = 50_000
"""Events that are proved at once."""
MEMORY: Final = "512MB"


class Lines(Protocol):
    """One service's history as exact bytes."""

    @property
    def service(self) -> str:
        """Whose it is."""

    def lines(self) -> Iterator[tuple[UUID, Sequence[bytes]]]:
        """Runs of one organisation's events, each as its CloudEvent; every chain from its beginning, in sequence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that only one side has."""

    table: str
    only_cached: int
    only_proven: int
    examples: tuple[str, ...]
    """`organisation/sequence` of the first few."""


class Proven:
    """Facts that were made from nothing but proved events."""

    def __init__(self, declaration: Declaration, database: duckdb.DuckDBPyConnection) -> None:
        self.facts = ColumnFacts(declaration.listens, declaration.kept)
        self.events = 0
        """How many were proved."""
        self._database = database
        self._engine = engine_over(database)
        self._unfolding = Unfolding(database, self.facts)
        self._provers: dict[str, Prover] = {}
        self._states = States(database, self._engine, self.facts, partial(give_back, database, MEMORY))

    def take(self, service: str, organisations: Sequence[UUID], lines: Sequence[bytes]) -> None:
        """Prove a run, and unfold it. ChainBroken, Unreadable."""
        prover = self._provers.setdefault(service, Prover(self._database, service))
        prover.prove(organisations, lines)
        self._unfolding.unfold(lines)
        self.events += len(lines)

    def settle(self) -> None:
        """Resolve corrections, once all is taken."""
        self._unfolding.settle()

    @property
    def one_by_one(self) -> int:
        """How many events were decoded by their contract; all others by select."""
        return self._unfolding.one_by_one

    def reached(self, service: str, organisation: UUID) -> int:
        """How far a chain was proved."""
        prover = self._provers.get(service)
        end = None if prover is None else prover.ends.get(str(organisation))
        return 0 if end is None else end.sequence

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for selects over `facts`."""
        with self._engine.connect() as connection:
            yield connection

    def ask(self, figure: Figure, question: Question) -> Answered:
        """The figure, and all facts behind it."""
        with self.reading() as reader:
            relations = self._relations(figure, question)
            rows = answered(reader, figure, relations)
            events = roots_behind(reader, figure, relations, limit=EVERY, offset=0)
        return Answered(tuple(rows), tuple(events))

    def everywhere(self, figure: Figure, question: Question) -> pa.Table:
        """The figure in every unit and place at once, as `Columns.everywhere`."""
        relations = self._relations(figure, question)
        return asked_everywhere(self._database, self._engine, figure, relations)

    def _relations(self, figure: Figure, question: Question) -> Relations:
        return Relations(self.facts, self._states.tables(figure.state, question.known, None), question)

    # ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────

    def differences(self, folder: Folder, manifest: Manifest) -> Iterator[Difference]:
        """Every table of the files in which a row is missing, there too often, or another."""
        for table in self.facts.metadata.sorted_tables:
            files = [str(folder.path / file) for file in manifest.files(table.name)]
            found = self._difference(table, files)
            if found.only_cached or found.only_proven:
                yield found

    def _difference(self, table: Table, files: Sequence[str]) -> Difference:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        proven = f'SELECT {names} FROM "{table.name}"'
        cached = f"SELECT {names} FROM read_parquet($files)" if files else f"{proven} WHERE false"
        asked = {"files": files} if files else {}
        counts, examples = list[int](), list[str]()
        for one, other in ((cached, proven), (proven, cached)):
            only = f"({one}) EXCEPT ALL ({other})"
            ((count,),) = self._database.execute(f"SELECT count(*) FROM ({only})", asked).fetchall()
            counts.append(int(count))
            if count:
                place = "poster::VARCHAR || '/' || poster_sequence"
                rows = self._database.execute(f"SELECT {place} FROM ({only}) ORDER BY 1 LIMIT 5", asked).fetchall()
                examples += [row[0] for row in rows]
        cached_only, proven_only = counts
        return Difference(table.name, cached_only, proven_only, tuple(dict.fromkeys(examples)))

    def close(self) -> None:
        """Give the memory back."""
        self._engine.dispose()


@contextmanager
def proven(declaration: Declaration, sources: Iterable[Lines], upto: Manifest | None = None) -> Iterator[Proven]:
    """All facts of these histories, or as far as the files of a manifest claim to go.

    ChainBroken where a chain does not verify, or ends before that; Unreadable where an event does not decode.
    """
    with (
        tempfile.TemporaryDirectory(prefix="nennep-proven-") as scratch,
        open_memory(MEMORY, spill=Path(scratch)) as database,
    ):
        taking = Proven(declaration, database)
        for source in sources:
            limit = None if upto is None else upto.positions.get(source.service, {})
            for organisations, lines in _runs(source.lines(), limit):
                taking.take(source.service, organisations, lines)
        if upto is not None:
            _require(taking, upto.positions)
        taking.settle()
        try:
            yield taking
        finally:
            taking.close()


def _require(taking: Proven, positions: Mapping[str, Mapping[UUID, int]]) -> None:
    for service, ends in sorted(positions.items()):
        for organisation, sequence in sorted(ends.items()):
            if taking.reached(service, organisation) < sequence:
                message = f"{service}/{organisation} ends at {taking.reached(service, organisation)}, not {sequence}"
                raise ChainBroken(message)


def _runs(
    pieces: Iterable[tuple[UUID, Sequence[bytes]]], limit: Mapping[UUID, int] | None
) -> Iterator[tuple[list[UUID], list[bytes]]]:
    """Pieces put together to runs of a good size, and cut off at a limit."""
    organisations, lines, taken = dict[UUID, None](), list[bytes](), dict[UUID, int]()
    for organisation, piece in pieces:
        before = taken.get(organisation, 0)
        room = len(piece) if limit is None else max(0, limit.get(organisation, 0) - before)
        within = list(islice(piece, room))
        if not within:
            continue
        taken[organisation] = before + len(within)
        organisations[organisation] = None
        lines += within
        if len(lines) >= RUN:
            yield list(organisations), lines
            organisations, lines = {}, []
    if lines:
        yield list(organisations), lines
