"""How far have views come? Their positions in each log and each stream, moved with the rows in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, Update, bindparam, insert, select, update

from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.projection import Ledger
from shared.eventsourcing.sequencer import Position


class Positions:
    """The rows of one generation that say how far it has come."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._move, self._entered = _move(ledger.position), _entered(ledger.entry)

    def load(self, connection: Connection) -> dict[str, dict[UUID, Position]]:
        """Service → organisation → how far its log has been applied."""
        positions: dict[str, dict[UUID, Position]] = defaultdict(dict)
        for row in connection.execute(select(self._ledger.position)):
            positions[row.service][row.organisation] = Position(row.sequence, bytes(row.hash))
        return positions

    def advance(
        self, connection: Connection, service: str, before: Mapping[UUID, int], ends: Mapping[UUID, Position]
    ) -> None:
        """Move each position from where it must stand to its end. ChainBroken when it stands elsewhere."""
        begun, moved = list[dict[str, Any]](), list[dict[str, Any]]()
        for organisation, end in ends.items():
            row = {"sequence": end.sequence, "hash": end.hash}
            if before[organisation] == 0:
                begun.append({"service": service, "organisation": organisation, **row})
            else:
                moved.append({"in": service, "of": organisation, "before": before[organisation], **row})
        if begun:
            connection.execute(insert(self._ledger.position), begun)
        if moved and connection.execute(self._move, moved).rowcount != len(moved):
            message = f"{service}: another process has moved a position"
            raise ChainBroken(message)

    def enter(self, connection: Connection, stream: str, entry: str) -> None:
        """Remember the last entry of a Redis stream whose event is in the rows."""
        if connection.execute(self._entered, {"of": stream, "entry": entry}).rowcount == 0:
            connection.execute(insert(self._ledger.entry).values(stream=stream, entry=entry))

    def entries(self, connection: Connection) -> dict[str, str]:
        """Redis stream → last entry whose event is in the rows."""
        return {row.stream: row.entry for row in connection.execute(select(self._ledger.entry))}

    def passed(self, connection: Connection, counts: Mapping[str, int]) -> None:
        """Count events of types that nobody here listens to."""
        table = self._ledger.passed
        for name, count in counts.items():
            more = update(table).where(table.c.type == name).values(count=table.c.count + count)
            if connection.execute(more).rowcount == 0:
                connection.execute(insert(table).values(type=name, count=count))


def _move(position: Table) -> Update:
    """Move a position from where it must stand; one statement for all that a batch moves."""
    of = (position.c.service == bindparam("in"), position.c.organisation == bindparam("of"))
    return update(position).where(*of, position.c.sequence == bindparam("before"))


def _entered(entry: Table) -> Update:
    """Move the last Redis entry of a stream."""
    return update(entry).where(entry.c.stream == bindparam("of"))
