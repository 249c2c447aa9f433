"""Where do tables of state come from? From the live views while nothing newer was said; else computed from facts.

State moves only with the facts that it and what it rests on listen to. So between two of these it is one and the same,
and is kept under the last of them that was known at the asked moment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa
from sqlalchemy import Engine, MetaData, Table, func, literal, select, union_all

from shared.contracts.event import Event
from shared.eventsourcing.projection import Projection
from shared.history.columns.everywhere import ABOVE, make_spans
from shared.history.columns.live import LiveSnapshot, Snapshot
from shared.history.columns.relations import append_text
from shared.history.columns.shape import ColumnFacts, duck_columns
from shared.history.past import views_then

KEPT: Final = 8
"""How many projections' tables, of different moments, are held in memory."""
FOR_EVER: Final = 2**62
Heard = frozenset[type[Event]]


class Key(NamedTuple):
    """One state of one projection: how many facts made it, when the last was recorded, how many are parked."""

    projection: str
    facts: int
    last: int
    parked: int


class States:
    """Tables of state in DuckDB, each state's in a schema of its own."""

    def __init__(
        self, database: duckdb.DuckDBPyConnection, engine: Engine, facts: ColumnFacts, tidy: Callable[[], None]
    ) -> None:
        self._database, self._engine, self._facts, self._tidy = database, engine, facts, tidy
        self._held: OrderedDict[Key, Mapping[str, Table]] = OrderedDict()
        self._counted: dict[tuple[Heard, int | None], tuple[int, int]] = {}
        self._numbers = count(1)

    def moved(self) -> None:
        """There may be new facts."""
        self._counted.clear()

    def tables(
        self, state: Sequence[type[Projection]], known: int | None, snapshot: Snapshot | None
    ) -> Mapping[str, Table]:
        """The tables of these projections as known at a moment; none: now. PastTooLarge when it cannot be computed."""
        parked = 0 if snapshot is None else snapshot.parked()
        heard = [_heard(state[: place + 1]) for place in range(len(state))]
        now = [self._last(each, None) for each in heard]
        then = [self._last(each, known) for each in heard]
        live = then == now and snapshot is not None
        keys = [Key(each.name, *last, parked if live else 0) for each, last in zip(state, then, strict=True)]
        if not all(key in self._held for key in keys):
            with self._source(state, known, snapshot if live else None) as source:
                for key, projection in zip(keys, state, strict=True):
                    if key not in self._held:
                        self._held[key] = self._load(projection, source)
        found = {name: table for key in keys for name, table in self._held[key].items()}
        self._let_go(keys)
        return found

    def _last(self, heard: Heard, known: int | None) -> tuple[int, int]:
        """How many facts and corrections of these types were known, and when the last was recorded."""
        if (heard, known) not in self._counted:
            self._counted[heard, known] = self._count(heard, known)
        return self._counted[heard, known]

    def _count(self, heard: Heard, known: int | None) -> tuple[int, int]:
        correction = self._facts.correction
        listed = sorted(heard, key=lambda cls: cls.name)
        facts = (select(self._facts.tables[cls].table.c.recorded.label("recorded")) for cls in listed)
        corrections = select(correction.c.recorded).where(correction.c.type.in_([cls.name for cls in listed]))
        every = union_all(*facts, corrections).subquery()
        query = select(func.count(), func.coalesce(func.max(every.c.recorded), literal(0)))
        with self._engine.connect() as connection:
            number, last = connection.execute(query if known is None else query.where(every.c.recorded <= known)).one()
        return int(number), int(last)

    @contextmanager
    def _source(
        self, state: Sequence[type[Projection]], known: int | None, snapshot: Snapshot | None
    ) -> Iterator[Snapshot]:
        """The live views, or views in memory of just the facts that these projections rest on."""
        if snapshot is not None:
            yield snapshot
            return
        moment = FOR_EVER if known is None else known
        with (
            self._engine.connect() as reader,
            views_then(reader, self._facts, _heard(state), state, moment) as views,
            views.store.read() as connection,
        ):
            yield LiveSnapshot(connection, views)

    def _load(self, projection: type[Projection], source: Snapshot) -> Mapping[str, Table]:
        schema = f"state_{next(self._numbers)}"
        self._database.execute(f"CREATE SCHEMA {schema}")
        loaded, metadata = dict[str, Table](), MetaData()
        for table in projection(MetaData()).tables:
            self._fill(f'{schema}."{table.name}"', table, source.state(table))
            loaded[table.name] = table.to_metadata(metadata, schema=schema)
        if ABOVE in loaded:
            loaded |= make_spans(self._database, schema)
        self._tidy()
        self._database.execute("CHECKPOINT")  # writes the tables anew, in about two thirds of the memory
        self._tidy()
        return loaded

    def _fill(self, name: str, table: Table, pages: Iterable[pa.Table]) -> None:
        self._database.execute(f"CREATE TABLE {name} ({duck_columns(table)})")
        for page in pages:
            append_text(self._database, name, page)

    def _let_go(self, keys: Iterable[Key]) -> None:
        """Keep these and the last that were asked for; a state that has moved on is among the first to go."""
        for key in keys:
            self._held.move_to_end(key)
        while len(self._held) > KEPT:
            _, oldest = self._held.popitem(last=False)
            for schema in {table.schema for table in oldest.values()}:
                self._database.execute(f"DROP SCHEMA {schema} CASCADE")


def _heard(state: Sequence[type[Projection]]) -> Heard:
    return frozenset[type[Event]]().union(*(each.listens for each in state))
