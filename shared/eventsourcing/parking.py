"""Where do events go that a projection cannot take? They are parked with their keys, explained, and tried again.

A parked event blocks its keys: what touches them later waits behind it, and answers that read there are incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select

from shared.contracts.envelope import Recorded, to_cloudevent

UNREAD: Final = "facts"
"""The name under which events are parked that cannot be read; a program that can read them rebuilds its views."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked event: where it stands, why, and the keys that it blocks."""

    projection: str
    service: str
    organisation: str
    event: str
    sequence: int
    reason: str
    blocked: bool
    """It only waits behind another parked event."""
    keys: list[str] = field(default_factory=list)


class Parking:
    """The parked events of one generation of views. Every method works in the caller's transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._blocked = select(table.c.key).where(table.c.projection == bindparam("of"))

    def park(self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID], why: str) -> None:
        """Park an event that failed by itself."""
        self._insert(connection, projection, recorded, keys, {"reason": why, "blocked": False})

    def queue(self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID]) -> None:
        """Park an event that only touches keys which another one blocks."""
        self._insert(connection, projection, recorded, keys, {"reason": "behind a parked event", "blocked": True})

    def _insert(
        self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID], why: dict[str, Any]
    ) -> None:
        envelope = recorded.envelope
        _log.warning("parked", projection=projection, event_id=str(envelope.id), type=envelope.content.type, **why)
        event = {
            "projection": projection,
            "poster": envelope.organisation,
            "event_id": envelope.id,
            "type": envelope.content.type,
            "service": envelope.service,
            "sequence": envelope.sequence,
            "event": to_cloudevent(recorded) if projection == UNREAD else None,
        }
        connection.execute(insert(self._table), [event | why | {"key": key} for key in keys])

    def blocked(self, connection: Connection, projection: str) -> set[UUID]:
        """The keys that wait."""
        return set(connection.execute(self._blocked, {"of": projection}).scalars())

    def free(self, connection: Connection, projection: str, key: UUID) -> None:
        """The rows of this key are right now: nothing waits there any more."""
        wanted = (self._table.c.projection == projection, self._table.c.key == key)
        connection.execute(delete(self._table).where(*wanted))

    def listed(self, connection: Connection) -> list[Parked]:
        """Every parked event with its keys, in the order of the logs."""
        table, found = self._table, dict[tuple[str, str, UUID, UUID], Parked]()
        for row in connection.execute(select(table).order_by(table.c.poster, table.c.sequence, table.c.key)):
            place = (row.projection, row.service, str(row.poster), str(row.event_id), row.sequence)
            parked = Parked(*place, row.reason, row.blocked)
            found.setdefault((row.projection, row.service, row.poster, row.event_id), parked).keys.append(str(row.key))
        return list(found.values())

    def count(self, connection: Connection, projections: Iterable[str] | None = None) -> int:
        """How many events are parked: in all, or in some projections together with those that could not be read."""
        events = select(self._table.c.service, self._table.c.poster, self._table.c.event_id).distinct()
        if projections is not None:
            events = events.where(self._table.c.projection.in_([UNREAD, *projections]))
        return connection.execute(select(func.count()).select_from(events.subquery())).scalar_one()
