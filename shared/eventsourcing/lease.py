"""Who may act when several processes could? The holder of a lease, whose number is checked where a position moves.

On PostgreSQL: a row with a fencing number beside the positions that it guards. On SQLite a file has one process
anyway, and a lock beside the file says so.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import BigInteger, Column, Connection, DateTime, MetaData, Table, Text, Update, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.eventsourcing.store import Store

SECONDS: Final = 10.0
"""For how long a lease that is not renewed keeps others out."""

metadata = MetaData()

lease_table = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fencing", BigInteger, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)


class LeaseLost(Exception):
    """Another process holds the lease now: roll back, stop acting."""


class AlreadyRunning(Exception):
    """Another process works on this file."""


class Lease(Protocol):
    """The right to move the positions of one relay or one subscription."""

    def acquire(self) -> bool:
        """Take the lease or renew it; call it at each beat. False while another holds it."""

    def check(self, connection: Connection) -> object:
        """LeaseLost unless it is still held; nobody can take it before the connection's transaction ends.

        What names the term for which it is held: in between two terms others may have held it.
        """

    def release(self) -> None:
        """Let the next one in at once."""


class WhileAwake:
    """A lease whose holder keeps it, but does nothing under it while it has something else to do first."""

    def __init__(self, lease: Lease, idle: Callable[[], bool]) -> None:
        self._lease, self._idle = lease, idle
        self.held = False
        """Whether it was held at the last beat, idle or not."""

    def acquire(self) -> bool:
        """Take or renew the lease; whether its holder may act."""
        self.held = self._lease.acquire()
        return self.held and not self._idle()

    def check(self, connection: Connection) -> object:
        """As the lease does."""
        return self._lease.check(connection)

    def release(self) -> None:
        """Let the next one in."""
        self.held = False
        self._lease.release()


class FileLease:
    """The lease on a SQLite file: a lock on `<file>.lock` that ends with the process, even when it is killed."""

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(f"{file.name}.lock")
        self._lock: int | None = None

    def acquire(self) -> bool:
        """Take the lock. AlreadyRunning when another process, or another lease in this one, has it."""
        if self._lock is None:
            lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(lock)
                message = f"Đang có tiến trình khác dùng / another process works on: {self._path.with_suffix('').name}"
                raise AlreadyRunning(message) from error
            self._lock = lock
        return True

    def check(self, connection: Connection) -> int:  # noqa: ARG002 — the lock guards the whole file
        """LeaseLost when the lock was never taken or was let go."""
        if self._lock is None:
            raise LeaseLost
        return 1

    def release(self) -> None:
        """Unlock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class TableLease:
    """A lease in PostgreSQL. Its number rises with each new holder; time is the server's, so no clock must agree."""

    def __init__(self, store: Store, name: str, holder: str, *, seconds: float = SECONDS) -> None:
        """`name` says what is guarded, `holder` names this process and no other one."""
        self._store, self._name, self._holder = store, name, holder
        self._term = func.clock_timestamp() + dt.timedelta(seconds=seconds)
        self._fencing: int | None = None
        store.create(metadata)

    def acquire(self) -> bool:
        """Renew while nobody else has taken it, else take it once the other's time is over."""
        with self._store.write() as connection:
            if self._fencing is None or not self._renew(connection):
                self._fencing = self._take(connection)
        return self._fencing is not None

    def check(self, connection: Connection) -> int:
        """LeaseLost when another has taken it; the row stays locked, so nobody can until the transaction ends."""
        held = select(lease_table.c.fencing).where(lease_table.c.name == self._name).with_for_update(read=True)
        if self._fencing is None or connection.execute(held).scalar_one_or_none() != self._fencing:
            raise LeaseLost(self._name)
        return self._fencing

    def release(self) -> None:
        """End the lease now, if it is still this one's."""
        if self._fencing is not None:
            with self._store.write() as connection:
                connection.execute(self._mine().values(until=func.clock_timestamp()))
            self._fencing = None

    def _renew(self, connection: Connection) -> bool:
        return connection.execute(self._mine().values(until=self._term)).rowcount == 1

    def _take(self, connection: Connection) -> int | None:
        first = insert(lease_table).values(name=self._name, holder=self._holder, fencing=1, until=self._term)
        taken = first.on_conflict_do_update(
            index_elements=[lease_table.c.name],
            set_={"holder": self._holder, "fencing": lease_table.c.fencing + 1, "until": self._term},
            where=lease_table.c.until <= func.clock_timestamp(),
        ).returning(lease_table.c.fencing)
        return connection.execute(taken).scalar_one_or_none()

    def _mine(self) -> Update:
        return update(lease_table).where(lease_table.c.name == self._name, lease_table.c.fencing == self._fencing)
