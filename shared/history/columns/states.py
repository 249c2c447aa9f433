"""Where do tables of state come from? From the live views while nothing newer was said; else computed from facts.

State moves only with the facts that it listens to. So between two of these it is one and the same, and is kept under
the last of them that was known at the asked moment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import duckdb
import pyarrow as pa
from sqlalchemy import Engine, MetaData, Table, func, literal, select, union_all

from shared.contracts.event import Event
from shared.eventsourcing.projection import Projection
from shared.eventsourcing.views import Generation
from shared.history.columns.live import LiveSnapshot, Snapshot
from shared.history.columns.relations import append_text
from shared.history.columns.shape import ColumnFacts, duck_columns
from shared.history.past import views_then

KEPT: Final = 4
"""How many states are held in memory."""
Key = tuple[object, ...]


class States:
    """Tables of state in DuckDB, each set in a schema of its own."""

    def __init__(self, database: duckdb.DuckDBPyConnection, engine: Engine, facts: ColumnFacts) -> None:
        self._database, self._engine, self._facts = database, engine, facts
        self._held: OrderedDict[Key, Mapping[str, Table]] = OrderedDict()
        self._numbers = count(1)

    def tables(
        self, state: Sequence[type[Projection]], known: int | None, snapshot: Snapshot | None
    ) -> Mapping[str, Table]:
        """The tables of these projections as known at a moment; none: now. PastTooLarge when it cannot be computed."""
        names = tuple(each.name for each in state)
        hears = frozenset[type[Event]]().union(*(each.listens for each in state))
        now = (names, self._last(hears, None), 0 if snapshot is None else snapshot.parked())
        then = now if known is None else (names, self._last(hears, known), 0)
        if then[1] == now[1]:
            then = now
        if then in self._held:
            self._held.move_to_end(then)
            return self._held[then]
        return self._keep(then, self._made(state, hears, known, snapshot if then is now else None))

    def _last(self, hears: frozenset[type[Event]], known: int | None) -> tuple[int, int]:
        """How many facts and corrections of these types were known, and when the last was recorded."""
        correction = self._facts.correction
        moments = [self._facts.tables[cls].table.c.recorded for cls in sorted(hears, key=lambda cls: cls.name)]
        each = [select(moment.label("recorded")) for moment in moments]
        named = [cls.name for cls in hears]
        every = union_all(*each, select(correction.c.recorded).where(correction.c.type.in_(named))).subquery()
        query = select(func.count(), func.coalesce(func.max(every.c.recorded), literal(0)))
        if known is not None:
            query = query.where(every.c.recorded <= known)
        with self._engine.connect() as connection:
            number, last = connection.execute(query.select_from(every)).one()
        return int(number), int(last)

    def _made(
        self,
        state: Sequence[type[Projection]],
        hears: frozenset[type[Event]],
        known: int | None,
        snapshot: Snapshot | None,
    ) -> Mapping[str, Table]:
        if snapshot is not None:
            declared = MetaData()
            tables = [table for each in state for table in each(declared).tables]
            return self._load((table, snapshot.state(table)) for table in tables)
        with self._engine.connect() as reader:
            moment = 2**62 if known is None else known
            with views_then(reader, self._facts, hears, state, moment) as views, views.store.read() as connection:
                return self._load(_computed(LiveSnapshot(connection, views), views))

    def _load(self, found: Iterator[tuple[Table, Iterator[pa.Table]]] | Any) -> Mapping[str, Table]:  # noqa: ANN401
        schema = f"state_{next(self._numbers)}"
        self._database.execute(f"CREATE SCHEMA {schema}")
        loaded, metadata = dict[str, Table](), MetaData()
        for table, pages in found:
            name = f'{schema}."{table.name}"'
            self._database.execute(f"CREATE TABLE {name} ({duck_columns(table)})")
            for page in pages:
                append_text(self._database, name, page)
            loaded[table.name] = table.to_metadata(metadata, schema=schema)
        return loaded

    def _keep(self, key: Key, tables: Mapping[str, Table]) -> Mapping[str, Table]:
        self._held[key] = tables
        while len(self._held) > KEPT:
            _, oldest = self._held.popitem(last=False)
            for schema in {table.schema for table in oldest.values()}:
                self._database.execute(f"DROP SCHEMA {schema} CASCADE")
        return tables


def _computed(snapshot: Snapshot, views: Generation) -> Iterator[tuple[Table, Iterator[pa.Table]]]:
    for projection in views.projections:
        for table in projection.tables:
            yield table, snapshot.state(table)
