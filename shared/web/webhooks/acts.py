"""Who has had events sent where, when? One row for each act on a webhook, written together with it.

Rows are only ever added: the store itself refuses to change or delete one. Of an address its query is left out, in
which receivers keep passwords.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, Uuid, insert, select

from shared.eventsourcing.append_only import only_added_to

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class What(StrEnum):
    """What was done to a webhook."""

    BEGUN = "begun"
    """Registered: from here on events go out (đăng ký)."""
    REPLAYED = "replayed"
    """What follows a position goes out again (gửi lại)."""
    RETRIED = "retried"
    """Parked events are tried once more (thử lại)."""
    STOPPED = "stopped"
    """Nothing goes there any more (thôi gửi)."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a webhook."""

    at: int
    """Microseconds since 1970."""
    organisation: UUID
    credential: UUID
    """The key that did it."""
    role: str
    webhook: UUID
    what: What
    how: Mapping[str, Any]
    """Where to and which events; after which position; which parked ones."""
    number: int = 0


class Acts:
    """The acts in one store of webhooks."""

    def __init__(self, metadata: MetaData) -> None:
        self._table = Table(
            "webhook_act",
            metadata,
            Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
            Column("at", BigInteger, nullable=False),
            Column("organisation", Uuid, nullable=False, index=True),
            Column("credential", Uuid, nullable=False),
            Column("role", Text, nullable=False),
            Column("webhook", Uuid, nullable=False),
            Column("what", Text, nullable=False),
            Column("how", Text, nullable=False),
        )
        only_added_to(self._table, "an act is never changed")

    def record(self, connection: Connection, act: Act) -> None:
        """Add one, in the transaction of what is done."""
        row = {name: getattr(act, name) for name in Act.__slots__ if name != "number"}
        row |= {"what": act.what.value, "how": _encode(act.how).decode()}
        connection.execute(insert(self._table).values(row))

    def of(self, connection: Connection, organisation: UUID, after: int, limit: int) -> list[Act]:
        """The acts by an organisation's keys, past a number, in their order."""
        table = self._table.c
        past = select(self._table).where(table.organisation == organisation, table.number > after)
        rows = connection.execute(past.order_by(table.number).limit(limit)).mappings()
        return [Act(**{**row, "what": What(row["what"]), "how": _decode(row["how"])}) for row in rows]
