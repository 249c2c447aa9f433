"""How does a projection reach rows? It replaces those of its keys, and says by which columns facts are to be found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Index, MetaData, Table, delete

from shared.contracts.event import Event
from shared.eventsourcing.bulk import insert_rows
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.fact_table import CONTRACT


def found_by(metadata: MetaData, contract: type[Event], *columns: str) -> None:
    """Index facts of a type by these columns, where the views hold such facts and do not index them so anyway."""
    for table in metadata.tables.values():
        name = f"{table.name}_{columns[0]}"
        if table.info.get(CONTRACT) is contract and all(index.name != name for index in table.indexes):
            Index(name, *(table.c[column] for column in columns))


def rewrite(
    connection: Connection,
    table: Table,
    key: ColumnElement[UUID],
    keys: Iterable[UUID],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Put these rows in the place of all whose key is one of these."""
    for chunk in chunks(sorted(keys)):
        connection.execute(delete(table).where(key.in_(chunk)))
    insert_rows(connection, table, rows)
