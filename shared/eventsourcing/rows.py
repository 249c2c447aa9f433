"""How does a projection replace its rows? Deletes those of its keys and inserts the new ones, in bounded statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, delete, insert

T = TypeVar("T")
CHUNK: Final = 400
"""Ids in one IN list."""


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
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in runs of at most CHUNK."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
