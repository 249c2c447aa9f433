"""Who did what to the views, when and why? The acts of upkeep: appended beside the log, never changed or removed.

They outlive every rebuild and every deletion of views. Which events were discarded is read from them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from shared.contracts.envelope import recorded_text
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.parking import Spot
from shared.eventsourcing.store import Store

Act = Literal["retried", "discarded", "taken-back"]
LISTED: Final = 1_000

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Done:
    """One act as it is listed."""

    number: int
    at: str
    organisation: str
    credential: str
    act: str
    reason: str
    what: Mapping[str, Any]
    """The filter, or the event in its projection; and what came of it."""


class Acts:
    """The acts of one service."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000) -> None:
        metadata = MetaData()
        self._store = store
        self._clock = clock
        self._table = Table(
            "upkeep_act",
            metadata,
            Column("service", Text, primary_key=True),
            Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
            Column("at", BigInteger, nullable=False),
            Column("organisation", Text, nullable=False),
            Column("credential", Text, nullable=False),
            Column("act", Text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("spot", Text, nullable=True),
            Column("what", Text, nullable=False),
        )
        store.create(metadata)

    def record(
        self, service: str, by: Poster, act: Act, reason: str, what: Mapping[str, Any], spot: Spot | None = None
    ) -> None:
        """Append one act; it is durable when this returns."""
        with self._store.write() as connection:
            number = self._next(connection, service)
            connection.execute(
                insert(self._table).values(
                    service=service,
                    number=number,
                    at=self._clock(),
                    organisation=str(by.organisation),
                    credential=str(by.credential),
                    act=act,
                    reason=reason,
                    spot=None if spot is None else _encode(list(spot)).decode(),
                    what=_encode(what).decode(),
                )
            )

    def _next(self, connection: Connection, service: str) -> int:
        """Two that act at once cannot both have it: the second fails on the key and is told to try again."""
        last = select(func.max(self._table.c.number)).where(self._table.c.service == service)
        return int(connection.execute(last).scalar_one() or 0) + 1

    def discards(self, service: str) -> frozenset[Spot]:
        """The events that are left out of projections now: discarded, and not taken back since."""
        left_out: dict[Spot, bool] = {}
        table = self._table.c
        query = select(table.act, table.spot).where(table.service == service, table.spot.is_not(None))
        with self._store.read() as connection:
            for act, spot in connection.execute(query.order_by(table.number)):
                left_out[msgspec.json.decode(spot, type=Spot)] = act == "discarded"
        return frozenset(spot for spot, out in left_out.items() if out)

    def listed(self, service: str) -> list[Done]:
        """The last acts, newest first."""
        table = self._table.c
        query = select(self._table).where(table.service == service).order_by(table.number.desc()).limit(LISTED)
        with self._store.read() as connection:
            return [
                Done(
                    row.number,
                    recorded_text(row.at),
                    row.organisation,
                    row.credential,
                    row.act,
                    row.reason,
                    msgspec.json.decode(row.what),
                )
                for row in connection.execute(query)
            ]
