"""What do a service's views hold that the files do not? The newest facts and the present state, from one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol
from uuid import UUID

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, Table, Text, and_, cast, func, or_, select

from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.views import Generation
from shared.history.columns.manifest import Manifest
from shared.history.columns.shape import as_arrow

PAGE: Final = 50_000
Positions = Mapping[str, Mapping[UUID, int]]


class Snapshot(Protocol):
    """Live views at one moment."""

    def positions(self) -> Positions:
        """How far they have come."""

    def tail(self, manifest: Manifest | None) -> dict[str, pa.Table]:
        """Rows of facts, lists and corrections past the files' positions, by table; as text where not bytes."""

    def replaced(self, name: str, roots: Iterable[UUID]) -> dict[UUID, tuple[UUID, int]]:
        """The versions of one type under these roots: event id → its poster and sequence."""

    def parked(self) -> int:
        """How many events could not be applied: while there are any, the state is not what the facts say."""

    def state(self, table: Table) -> Iterator[pa.Table]:
        """The rows of a table of state, as text where not bytes."""


Present = Callable[[], AbstractContextManager[Snapshot]]
"""Opens a snapshot."""


def live(generation: Callable[[], Generation]) -> Present:
    """Snapshots of the views that serve."""

    @contextmanager
    def opened() -> Iterator[Snapshot]:
        serving = generation()
        store = serving.store
        with store.read() as connection:
            if store.on_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield LiveSnapshot(connection, serving)
            finally:
                if store.on_sqlite:
                    connection.exec_driver_sql("COMMIT")

    return opened


class LiveSnapshot:
    """The SQL views within one reading transaction."""

    def __init__(self, connection: Connection, generation: Generation) -> None:
        self._connection, self._generation = connection, generation

    def positions(self) -> Positions:
        """How far they have come."""
        found: dict[str, dict[UUID, int]] = {}
        for row in self._connection.execute(select(self._generation.ledger.position)):
            found.setdefault(row.service, {})[row.organisation] = row.sequence
        return found

    def tail(self, manifest: Manifest | None) -> dict[str, pa.Table]:
        """Rows past the files' positions."""
        filed = {} if manifest is None else manifest.positions
        behind = {
            service: {poster: filed.get(service, {}).get(poster, 0) for poster, end in ends.items()}
            for service, ends in self.positions().items()
        }
        facts, found = self._generation.facts, dict[str, list[pa.Table]]()
        for cls, table in facts.tables.items():
            newer = self._newer(behind.get(cls.service, {}), filed.get(cls.service, {}), cls.service)
            for each in (table.table, *table.children.values()):
                found[each.name] = [page for past in newer for page in self._pages(select(each).where(past(each)))]
            about = facts.correction
            found.setdefault(about.name, []).extend(
                page
                for past in newer
                for page in self._pages(select(about).where(past(about), about.c.type == cls.name))
            )
        return {name: pa.concat_tables(pages) for name, pages in found.items() if pages}

    def _newer(
        self, behind: Mapping[UUID, int], filed: Mapping[UUID, int], service: str
    ) -> list[Callable[[Table], ColumnElement[bool]]]:
        """Conditions for what lies past the files, a few posters at a time; each is found by the primary key."""
        ends = self.positions().get(service, {})
        moved = [poster for poster in sorted(ends) if ends[poster] > filed.get(poster, 0)]
        return [_past({poster: behind[poster] for poster in some}) for some in chunks(moved)]

    def replaced(self, name: str, roots: Iterable[UUID]) -> dict[UUID, tuple[UUID, int]]:
        """Event id → poster and sequence, of all versions under these roots."""
        table = self._generation.metadata.tables[name].c
        found: dict[UUID, tuple[UUID, int]] = {}
        for some in chunks(sorted(set(roots))):
            query = select(table.event_id, table.poster, table.poster_sequence).where(table.root_id.in_(some))
            found |= {row.event_id: (row.poster, row.poster_sequence) for row in self._connection.execute(query)}
        return found

    def parked(self) -> int:
        """How many events could not be applied."""
        return self._connection.execute(select(func.count()).select_from(self._generation.ledger.parked)).scalar_one()

    def state(self, table: Table) -> Iterator[pa.Table]:
        """The rows of a table of state."""
        return self._pages(select(self._generation.metadata.tables[table.name]))

    def _pages(self, query: Select[Any]) -> Iterator[pa.Table]:
        columns = [_as_text(column) for column in query.selected_columns]
        schema = pa.schema([pa.field(each.name, kind) for each, kind in columns])
        rows = self._connection.execution_options(yield_per=PAGE).execute(
            query.with_only_columns(*(c for c, _ in columns))
        )
        for page in rows.partitions():
            yield as_arrow(page, schema)


def _as_text(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], pa.DataType]:
    if isinstance(column.type, LargeBinary):
        return column, pa.binary()
    return cast(column, Text).label(str(column.key)), pa.string()


def _past(behind: Mapping[UUID, int]) -> Callable[[Table], ColumnElement[bool]]:
    def past(table: Table) -> ColumnElement[bool]:
        posters = (
            and_(table.c.poster == poster, table.c.poster_sequence > sequence) for poster, sequence in behind.items()
        )
        return or_(*posters)

    return past
