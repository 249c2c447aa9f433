"""How far has the relay come? Its memory between two lives: a mark for each organisation, and its last entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, Text, insert, select, update

from shared.eventsourcing.store import Store

_metadata = MetaData()
_table = Table(
    "relay_mark",
    _metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("marks", LargeBinary, nullable=False),
    Column("entry", Text, nullable=True),
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[UUID, int]).decode


class Mark(NamedTuple):
    """How far one shard's stream was filled."""

    marks: dict[UUID, int]
    """Up to which sequence each organisation was published."""
    entry: str | None
    """The id of the entry that was added last; none: none ever was."""


class Marks:
    """The marks of all shards, beside the log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.create(_metadata)

    def of(self, shard: int) -> Mark:
        """What was saved last."""
        with self._store.read() as connection:
            row = connection.execute(select(_table).where(_table.c.shard == shard)).one_or_none()
        return Mark({}, None) if row is None else Mark(_decode(row.marks), row.entry)

    @staticmethod
    def save(connection: Connection, shard: int, marks: Mapping[UUID, int], entry: str | None) -> None:
        """Save inside a transaction that has checked the relay's lease."""
        values = {"marks": _encode({str(key): value for key, value in marks.items()}), "entry": entry}
        done = connection.execute(update(_table).where(_table.c.shard == shard).values(values))
        if done.rowcount == 0:
            connection.execute(insert(_table).values(shard=shard, **values))
