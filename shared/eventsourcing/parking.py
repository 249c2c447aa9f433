"""Where do events go that a projection cannot take? They are parked with their keys, explained, and tried again.

A parked event blocks its keys: what touches them later waits behind it, and answers that read there are incomplete.
One that was discarded is left out of that projection for good; it blocks nothing, and answers go on to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from shared.contracts.cloudevent import from_cloudevent, to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import Conflict

UNREAD: Final = "facts"
"""The name under which events are parked that cannot be read; a program that can read them takes them in."""
BEHIND: Final = "behind a parked event"

_log = structlog.get_logger(__name__)


class NotParked(Conflict):
    """No such event is parked in that projection."""

    vi = "Sự việc này không bị để riêng ở bảng tổng hợp đó."
    status = 404


class StillFails(Conflict):
    """Leaving this event out does not help: its keys cannot be computed without it either."""

    vi = "Bỏ sự việc này cũng không tính được: lỗi nằm ở sự việc khác hoặc ở chương trình."


class Spot(NamedTuple):
    """An event in a projection."""

    projection: str
    service: str
    organisation: UUID
    event: UUID

    @classmethod
    def of(cls, projection: str, recorded: Recorded) -> Spot:
        """Where a recorded event is parked in a projection."""
        envelope = recorded.envelope
        return cls(projection, envelope.service, envelope.organisation, envelope.id)


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked event: where it stands, why, the keys that it blocks, and the events that wait behind it."""

    projection: str
    service: str
    organisation: str
    event: str
    sequence: int
    type: str
    reason: str
    blocked: bool
    """It only waits behind another parked event."""
    discarded: bool
    """It is left out of the projection for good, and blocks nothing."""
    keys: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    """Ids of the events that wait for one of its keys, or for one of a key that these block in their turn."""

    @property
    def spot(self) -> Spot:
        """Which event in which projection."""
        return Spot(self.projection, self.service, UUID(self.organisation), UUID(self.event))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parked events are meant: those that fit whatever is given; nothing given means all."""

    projection: str | None = None
    type: str | None = None
    service: str | None = None
    organisation: UUID | None = None
    event: UUID | None = None
    key: UUID | None = None

    def takes(self, parked: Parked) -> bool:
        """Whether an event is meant. One that was discarded comes back only when it is named by its id."""
        spot = parked.spot
        return (
            self.projection in {None, spot.projection}
            and self.type in {None, parked.type}
            and self.service in {None, spot.service}
            and self.organisation in {None, spot.organisation}
            and self.event in {None, spot.event}
            and (self.key is None or str(self.key) in parked.keys)
            and (not parked.discarded or self.event is not None)
        )


class Parking:
    """The parked events of one generation of views. Every method works in the caller's transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._blocked = select(table.c.key).where(
            table.c.projection == bindparam("of"), table.c.discarded.is_(other=False)
        )

    def park(self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID], why: str) -> None:
        """Park an event that failed by itself."""
        self._insert(connection, projection, recorded, keys, {"reason": why, "blocked": False, "discarded": False})

    def queue(self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID]) -> None:
        """Park an event that only touches keys which another one blocks."""
        self._insert(connection, projection, recorded, keys, {"reason": BEHIND, "blocked": True, "discarded": False})

    def set_aside(self, connection: Connection, projection: str, recorded: Recorded, keys: Iterable[UUID]) -> None:
        """Note an event that was discarded before these views came to it."""
        why = {"reason": "discarded", "blocked": False, "discarded": True}
        self._insert(connection, projection, recorded, keys, why)

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
            "event": to_cloudevent(recorded),
        }
        connection.execute(insert(self._table), [event | why | {"key": key} for key in keys])

    def blocked(self, connection: Connection, projection: str) -> set[UUID]:
        """The keys that wait."""
        return set(connection.execute(self._blocked, {"of": projection}).scalars())

    def free(self, connection: Connection, projection: str, keys: Iterable[UUID]) -> None:
        """The rows of these keys are right now: what only waited for them waits no longer."""
        table = self._table
        waits = (table.c.projection == projection, table.c.blocked.is_(other=True))
        for key in keys:
            connection.execute(delete(table).where(*waits, table.c.key == key))

    def remove(self, connection: Connection, spot: Spot) -> None:
        """The event is parked no longer."""
        connection.execute(delete(self._table).where(*self._at(spot)))

    def explain(self, connection: Connection, spot: Spot, why: str) -> None:
        """It fails by itself, and for this reason."""
        connection.execute(update(self._table).where(*self._at(spot)).values(reason=why, blocked=False))

    def discard(self, connection: Connection, spot: Spot, *, discarded: bool) -> None:
        """Mark the event as left out of the projection, or take that back."""
        connection.execute(update(self._table).where(*self._at(spot)).values(discarded=discarded, blocked=False))

    def recorded(self, connection: Connection, spot: Spot) -> Recorded:
        """The event itself. NotParked when it is not here."""
        raw = connection.execute(select(self._table.c.event).where(*self._at(spot)).limit(1)).scalar_one_or_none()
        if raw is None:
            raise NotParked("event")
        return from_cloudevent(bytes(raw))

    def keys(self, connection: Connection, spot: Spot) -> frozenset[UUID]:
        """The keys under which it is parked."""
        return frozenset(connection.execute(select(self._table.c.key).where(*self._at(spot))).scalars())

    def listed(self, connection: Connection) -> list[Parked]:
        """Every parked event with its keys and what waits behind it, in the order of the logs."""
        table, found = self._table, dict[Spot, Parked]()
        columns = [column for column in table.c if column is not table.c.event]
        for row in connection.execute(select(*columns).order_by(table.c.poster, table.c.sequence, table.c.key)):
            spot = Spot(row.projection, row.service, row.poster, row.event_id)
            place = (row.projection, row.service, str(row.poster), str(row.event_id), row.sequence, row.type)
            parked = Parked(*place, row.reason, row.blocked, row.discarded)
            found.setdefault(spot, parked).keys.append(str(row.key))
        _tell_what_waits(found)
        return list(found.values())

    def count(self, connection: Connection, projections: Iterable[str] | None = None) -> int:
        """How many events are parked; or, of some projections, how many they lack: those discarded or unread too."""
        table = self._table
        events = select(table.c.service, table.c.poster, table.c.event_id).distinct()
        if projections is None:
            events = events.where(table.c.discarded.is_(other=False))
        else:
            events = events.where(table.c.projection.in_([UNREAD, *projections]))
        return connection.execute(select(func.count()).select_from(events.subquery())).scalar_one()

    def unread(self, connection: Connection) -> Mapping[tuple[str, UUID], int]:
        """(service, organisation) → how many of its events could not be read."""
        table = self._table
        many = func.count(func.distinct(table.c.event_id))
        rows = select(table.c.service, table.c.poster, many).where(table.c.projection == UNREAD)
        return {(row[0], row[1]): row[2] for row in connection.execute(rows.group_by(table.c.service, table.c.poster))}

    def _at(self, spot: Spot) -> tuple[Any, ...]:
        table = self._table.c
        return (
            table.projection == spot.projection,
            table.service == spot.service,
            table.poster == spot.organisation,
            table.event_id == spot.event,
        )


def _tell_what_waits(found: Mapping[Spot, Parked]) -> None:
    """Follow keys from each event that failed by itself to those that wait for them, and on."""
    waiting: dict[tuple[str, str], list[Parked]] = {}
    for parked in found.values():
        for key in parked.keys if parked.blocked else ():
            waiting.setdefault((parked.projection, key), []).append(parked)
    for parked in found.values():
        if parked.blocked or parked.discarded:
            continue
        ahead, met = list(parked.keys), {parked.event}
        while ahead:
            for each in waiting.get((parked.projection, ahead.pop()), ()):
                if each.event not in met:
                    met.add(each.event)
                    ahead += each.keys
                    parked.behind.append(each.event)
