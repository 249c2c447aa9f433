"""What do tests of the courier share? Logs that grow, a sink that shows every doubling, loops in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

import redis
import sqlalchemy as sa

from shared.contracts.envelope import Content, Envelope, Recorded, genesis
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.delivery import RawEntry
from shared.eventsourcing.log import Log
from shared.eventsourcing.mending import pages
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.store import Store

ORGANISATIONS = tuple(UUID(int=number) for number in range(1, 6))


def follow(service: str, organisation: UUID, end: Position, count: int, *, size: int = 40) -> list[Recorded]:
    """The next `count` events of a chain, with facts of about `size` bytes."""
    events = []
    for sequence in range(end.sequence + 1, end.sequence + count + 1):
        envelope = Envelope(
            id=UUID(int=(organisation.int << 64) + sequence),
            organisation=organisation,
            sequence=sequence,
            version=sequence,
            recorded=sequence,
            actor="test",
            content=Content(
                type=f"vn.nennep.{service}.thing-happened.v1",
                subject=organisation,
                occurred="2022-05-31",
                fact=b'{"chi h\xe1\xbb\x99i":"%d%s"}' % (sequence, b"x" * (size - 40)),
            ),
            previous=end.hash,
        )
        events.append(Recorded(envelope, envelope.hash()))
        end = Position(sequence, events[-1].hash)
    return events


def chain(service: str, organisation: UUID, count: int) -> list[Recorded]:
    """A chain from its beginning."""
    return follow(service, organisation, Position(0, genesis(service, organisation)), count)


def grow(log: Log, organisation: UUID, count: int, *, size: int = 40) -> None:
    """Append `count` events to an organisation's chain in the log, in one transaction."""
    with log.store.write() as connection:
        end = log.chains(connection, [organisation])[organisation]
        events = follow(log.service, organisation, Position(end.sequence, end.hash), count, size=size)
        log.write(connection, [(event, event.envelope.content.digest()) for event in events])


def entries_in(client: redis.Redis, stream: Stream) -> list[RawEntry]:
    """What stands in a Redis stream: entry ids and the events' bytes."""
    return [entry for page in pages(client, stream) for entry in page]


class RowsSink:
    """Stores one row an event, with the positions and the entry id, in one transaction. No row is ever refused."""

    def __init__(self, store: Store) -> None:
        self.store = store
        tables = sa.MetaData()
        self.row = sa.Table(
            "row",
            tables,
            sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
            sa.Column("service", sa.Text),
            sa.Column("organisation", sa.Uuid),
            sa.Column("sequence", sa.BigInteger),
            sa.Column("hash", sa.LargeBinary),
        )
        self.position = sa.Table(
            "position",
            tables,
            sa.Column("service", sa.Text, primary_key=True),
            sa.Column("organisation", sa.Uuid, primary_key=True),
            sa.Column("sequence", sa.BigInteger),
            sa.Column("hash", sa.LargeBinary),
        )
        self.stored_entry = sa.Table(
            "entry", tables, sa.Column("stream", sa.Text, primary_key=True), sa.Column("entry", sa.Text)
        )
        tables.create_all(store.writer)

    def positions(self, service: str) -> dict[UUID, Position]:
        """As the Sink protocol has it."""
        with self.store.read() as connection:
            rows = connection.execute(sa.select(self.position).where(self.position.c.service == service))
            return {row.organisation: Position(row.sequence, bytes(row.hash)) for row in rows}

    def entry(self, stream: str) -> str:
        """As the Sink protocol has it."""
        with self.store.read() as connection:
            where = self.stored_entry.c.stream == stream
            return connection.execute(sa.select(self.stored_entry.c.entry).where(where)).scalar_one_or_none() or "0"

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        """As the Sink protocol has it."""
        rows = [
            {
                "service": service,
                "organisation": event.envelope.organisation,
                "sequence": event.envelope.sequence,
                "hash": event.hash,
            }
            for event in events
        ]
        ends = {row["organisation"]: row for row in rows}
        with self.store.write() as connection:
            if rows:
                connection.execute(sa.insert(self.row), rows)
            for organisation in ends:
                where = (self.position.c.service == service, self.position.c.organisation == organisation)
                connection.execute(sa.delete(self.position).where(*where))
            if ends:
                connection.execute(sa.insert(self.position), list(ends.values()))
            connection.execute(sa.delete(self.stored_entry).where(self.stored_entry.c.stream == stream))
            connection.execute(sa.insert(self.stored_entry), {"stream": stream, "entry": entry})

    def count(self) -> int:
        """How many rows there are."""
        with self.store.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(self.row)).scalar_one()

    def rows(self) -> dict[tuple[str, UUID], list[tuple[int, bytes]]]:
        """Sequence and hash of what was taken of each log, in the order in which it was taken."""
        taken: dict[tuple[str, UUID], list[tuple[int, bytes]]] = {}
        with self.store.read() as connection:
            for row in connection.execute(sa.select(self.row).order_by(self.row.c.place)):
                taken.setdefault((row.service, row.organisation), []).append((row.sequence, bytes(row.hash)))
        return taken


def replayed(service: str, events: Sequence[Recorded]) -> dict[tuple[str, UUID], list[tuple[int, bytes]]]:
    """The rows that a sink holds when it was given these events from the log, and nothing happened on the way."""
    rows: dict[tuple[str, UUID], list[tuple[int, bytes]]] = {}
    for event in events:
        rows.setdefault((service, event.envelope.organisation), []).append((event.envelope.sequence, event.hash))
    return rows


def all_of(log: Log) -> list[Recorded]:
    """Everything that a log holds, each organisation's in sequence."""
    return log.after({}, 10**9)


class HeldLease:
    """A lease that nobody contests."""

    def acquire(self) -> bool:
        """Held."""
        return True

    def check(self, connection: sa.Connection) -> None:
        """Held."""

    def release(self) -> None:
        """Nobody waits for it."""


class Runs(Protocol):
    """A relay or a subscription."""

    async def run(self) -> None:
        """Run until stopped."""

    def stop(self) -> None:
        """Make `run` end."""


@contextmanager
def running(*parts: Runs) -> Iterator[None]:
    """Run each part in a loop and a thread of its own; stop it politely, and raise what it failed with."""
    failures: list[BaseException] = []

    def run(part: Runs) -> None:
        try:
            asyncio.run(part.run())
        except BaseException as error:  # noqa: BLE001 — it is raised again in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for part, thread in zip(parts, threads, strict=True):
            while thread.is_alive():
                part.stop()
                thread.join(0.1)
    for failure in failures:
        raise failure
