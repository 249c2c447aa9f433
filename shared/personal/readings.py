"""Who has read what of whom, when and why? One row for each reading, written before anything is decrypted.

Rows are only ever added: the store itself refuses to change or delete one. They hold ids and codes, and the reader's
own words of purpose; no personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    insert,
    select,
)

from shared.eventsourcing.append_only import only_added_to
from shared.eventsourcing.store import Store

MOST: Final = 1_000
metadata = MetaData()
reading_table = Table(
    "personal_reading",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("read_at", BigInteger, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("credential", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("remark", Text),
    Column("inherited", Text, nullable=False),
)
only_added_to(reading_table, "a reading is never changed")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of personal fields."""

    at: int
    """Microseconds since 1970."""
    organisation: UUID
    credential: UUID
    role: str
    what: str
    """What was read: `person`, `branch`, `document`, …"""
    scope: str
    """Of what: the id of the person or the branch, the SHA-256 of the document."""
    persons: int
    """Of how many persons."""
    sensitive: bool
    """Whether sensitive fields were among it."""
    purpose: str
    remark: str | None = None
    inherited: tuple[UUID, ...] = ()
    """Closed organisations whose knowledge was read too, by a successor."""
    number: int = 0


class Readings:
    """The record of readings of one service."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.create(metadata)

    def record(self, reading: Reading) -> None:
        """Add one, safe from a power cut. Blocks."""
        row = {name: getattr(reading, name) for name in Reading.__slots__ if name not in {"at", "number", "inherited"}}
        row["inherited"] = " ".join(map(str, reading.inherited))
        with self.store.write() as connection:
            connection.execute(insert(reading_table).values(**row, read_at=reading.at))

    def of(self, organisation: UUID, after: int, limit: int) -> list[Reading]:
        """The readings by an organisation's credentials, past a number, in their order."""
        query = (
            select(reading_table)
            .where(reading_table.c.organisation == organisation, reading_table.c.number > after)
            .order_by(reading_table.c.number)
            .limit(limit)
        )
        with self.store.read() as connection:
            return [_reading(row) for row in connection.execute(query)]

    def close(self) -> None:
        """Give the store back."""
        self.store.close()


def _reading(row: Row[Any]) -> Reading:
    values = dict(row._mapping)  # noqa: SLF001 — SQLAlchemy's own name for a row as a mapping
    inherited = tuple(map(UUID, values.pop("inherited").split()))
    return Reading(at=values.pop("read_at"), inherited=inherited, **values)
