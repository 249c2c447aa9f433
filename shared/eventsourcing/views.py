"""Where do a service's views live? In generations: a store each, so that a rebuild never disturbs those who read.

A generation holds the fact tables, the projections' tables and the positions that vouch for them, and bears what it was
made from. Only a program that declares exactly that writes into it. Which one serves is one row in a small control
store; switching and rolling back change that row, and every process that writes looks at it in its transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from shared.eventsourcing.declaration import Declaration, Made, Tables, digest_of
from shared.eventsourcing.errors import Answered
from shared.eventsourcing.permission import Permission
from shared.eventsourcing.store import Store, on_missing, open_store

SERVING, SHADOW, PREVIOUS, OLD = "serving", "shadow", "previous", "old"
"""The states of a generation. `previous` may be rolled back to; `old` waits until nobody can read it any more."""
GRACE: Final = 60
"""Seconds for which an old generation stays: every replica notices a switch within one, a stalled one within this."""
NOTICED: Final = 2
"""The same, for views made from what may be heard no longer: nobody answers from them, so nobody is waited for."""
KEEP: Final = 7.0
"""Days for which the previous generation is kept, unless another switch comes first."""
DAY: Final = 86_400

_log = structlog.get_logger(__name__)


class ViewsNotRebuilt(Answered):
    """The views that serve were made by an earlier release and lack what is asked for; they are being made anew."""

    vi = "Bảng tổng hợp của bản phần mềm mới đang được dựng; xin thử lại sau."
    status = 503


class ViewsMoved(Exception):
    """Another generation serves now: roll back, and go on with that one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One generation as the control store has it."""

    number: int
    state: str
    digest: str
    since: int
    """When it came into this state; unix seconds."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What views were made from."""

    names: Made
    declaration: Declaration | None
    """The same, where this program can still declare exactly that."""


class Generation:
    """One complete set of views in a store of its own."""

    def __init__(self, number: int, declaration: Declaration, store: Store, made: Origin | None = None) -> None:
        """`made` says what the views were made from, if that is not this program's declaration.

        Asking such views for what they lack raises ViewsNotRebuilt.
        """
        self.number, self.declaration, self.store = number, declaration, store
        tables = Tables(declaration, None if made is None else made.names)
        self.metadata, self.ledger, self.facts = tables.metadata, tables.ledger, tables.facts
        """As this program declares them: by these views are read."""
        self.projections = tables.projections
        self.fed: Tables | None = tables
        """The tables into which this program writes; none: it cannot declare them, and they stand still."""
        if made is None:
            store.create(self.metadata)
        else:
            self.fed = None if made.declaration is None else Tables(made.declaration)
            on_missing(store, ViewsNotRebuilt)


class Generations:
    """The generations of one service, and which of them serves."""

    def __init__(self, declaration: Declaration, url: str, *, keep: float = KEEP) -> None:
        """`keep`: days for which the previous generation is kept."""
        self.declaration = declaration
        self.digest = digest_of(declaration)
        self._url = make_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._keep = keep * DAY
        self.control = open_store(self._url)
        """Says which generation serves; on PostgreSQL the lease lies here too."""
        metadata = MetaData()
        self._table = Table(
            "generation",
            metadata,
            Column("number", Integer, primary_key=True, autoincrement=False),
            Column("digest", Text, nullable=False),
            Column("state", Text, nullable=False),
            Column("made", Text, nullable=False),
            Column("since", BigInteger, nullable=False),
        )
        self.control.create(metadata)

    # ── Which one serves ─────────────────────────────────────────────────────────────────────────────────────────

    def serving(self) -> Generation:
        """Open the generation that serves; on a new store make the first, of processes that start together once."""
        with self._changing() as connection:
            row = self._one(connection, SERVING)
            if row is None:
                self._add(connection, SERVING)
                row = self._one(connection, SERVING)
        return self._open(_found(row))

    def moved_from(self, generation: Generation) -> Generation | None:
        """The generation that serves, when it is no longer this one."""
        with self.control.read() as connection:
            row = _found(self._one(connection, SERVING))
        return None if row.number == generation.number else self._open(row)

    def check(self, connection: Connection, number: int) -> None:
        """ViewsMoved unless this generation serves; nobody can switch before the connection's transaction ends.

        A SQLite file has one process, which switches while nothing is applied.
        """
        if self._sqlite:
            return
        mine = select(self._table.c.number).where(self._table.c.number == number, self._table.c.state == SERVING)
        if connection.execute(mine.with_for_update(read=True)).one_or_none() is None:
            raise ViewsMoved

    def outdated(self) -> bool:
        """Whether the serving generation was declared otherwise than this program declares it."""
        with self.control.read() as connection:
            row = self._one(connection, SERVING)
        return row is not None and row.digest != self.digest

    def unfinished(self) -> bool:
        """Whether a shadow of this declaration was begun and not switched to."""
        with self.control.read() as connection:
            row = self._one(connection, SHADOW)
        return row is not None and row.digest == self.digest

    def listed(self) -> list[Kept]:
        """Every generation."""
        with self.control.read() as connection:
            rows = connection.execute(select(self._table).order_by(self._table.c.number))
            return [Kept(row.number, row.state, row.digest, row.since) for row in rows]

    # ── Making another one ───────────────────────────────────────────────────────────────────────────────────────

    def shadow(self) -> Generation:
        """A generation to fill beside the serving one: what an interrupted rebuild of this declaration left, or new."""
        with self._changing() as connection:
            row = self._one(connection, SHADOW)
            if row is not None and row.digest != self.digest:
                self._set(connection, row.number, OLD)
                row = None
            if row is None:
                self._add(connection, SHADOW)
                row = self._one(connection, SHADOW)
        return self._open(_found(row))

    def discard(self, number: int) -> None:
        """Give a shadow up, finished or not."""
        with self._changing() as connection:
            row = self._one(connection, SHADOW)
            if row is not None and row.number == number:
                self._set(connection, number, OLD)

    def give_up(self) -> None:
        """Let go of a shadow that was begun for another declaration: nobody goes on with it. While none is filled."""
        with self.control.read() as connection:
            row = self._one(connection, SHADOW)
        if row is not None and row.digest != self.digest:
            self.discard(row.number)

    def switch(self, number: int, check: Callable[[Connection], object]) -> None:
        """Let a shadow serve; the one that served is kept as the previous one, and that one is no longer kept.

        `check` raises when this process may not do so; it is asked in the same transaction.
        """
        with self._changing() as connection:
            check(connection)
            if (former := self._one(connection, PREVIOUS)) is not None:
                self._set(connection, former.number, OLD)
            if (serving := self._one(connection, SERVING)) is not None:
                self._set(connection, serving.number, PREVIOUS)
            self._set(connection, number, SERVING)

    def roll_back(self, check: Callable[[Connection], object]) -> int | None:
        """Let the previous generation serve again, and keep the other one so; its number, if one is kept."""
        with self._changing() as connection:
            check(connection)
            former, serving = self._one(connection, PREVIOUS), self._one(connection, SERVING)
            if former is None or serving is None:
                return None
            self._set(connection, serving.number, PREVIOUS)
            self._set(connection, former.number, SERVING)
        return int(former.number)

    def sweep(self) -> None:
        """Drop what is kept no longer and can be read by nobody. What is in use after all is dropped another time."""
        with self._changing() as connection:
            now = self._now(connection)
            previous = self._one(connection, PREVIOUS)
            kept = previous is not None and Made.read(previous.made).permission == self.declaration.permission.text()
            if previous is not None and not (kept and now < previous.since + self._keep):
                self._set(connection, previous.number, OLD)
            old = connection.execute(select(self._table).where(self._table.c.state == OLD)).all()
        for row in old:
            if row.since + (NOTICED if self._withdrawn(row) else GRACE) <= now:
                try:
                    self._drop(row.number)
                except (SQLAlchemyError, OSError) as error:
                    _log.warning("old views not dropped", number=row.number, error=type(error).__name__)

    def withheld(self) -> bool:
        """Whether views still stand, and serve no more, that were made from what may be heard no longer."""
        with self.control.read() as connection:
            rows = connection.execute(select(self._table).where(self._table.c.state != SERVING)).all()
        return any(map(self._withdrawn, rows))

    def _withdrawn(self, row: Row[Any]) -> bool:
        return not self.declaration.permission.covers(Permission.read(Made.read(row.made).permission))

    def declare(self, declaration: Declaration) -> None:
        """From now on this is what views are to be made from; those that were made otherwise are outdated."""
        self.declaration, self.digest = declaration, digest_of(declaration)

    def made(self) -> Permission | None:
        """What could be heard while the views that serve were made; none: there are no views yet."""
        with self.control.read() as connection:
            row = self._one(connection, SERVING)
        return None if row is None else Permission.read(Made.read(row.made).permission)

    def permission(self, generation: Generation) -> Permission:
        """What could be heard while these views were made."""
        with self.control.read() as connection:
            made = select(self._table.c.made).where(self._table.c.number == generation.number)
            return Permission.read(Made.read(connection.execute(made).scalar_one()).permission)

    def close(self) -> None:
        """Give the control store's connections back."""
        self.control.close()

    # ── Rows, files and schemas ──────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction beside which nobody else changes these rows."""
        with self.control.write() as connection:
            if not self._sqlite:
                connection.execute(text(f"LOCK TABLE {self._table.name} IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def _one(self, connection: Connection, state: str) -> Row[Any] | None:
        return connection.execute(select(self._table).where(self._table.c.state == state)).one_or_none()

    def _set(self, connection: Connection, number: int, state: str) -> None:
        connection.execute(
            update(self._table).where(self._table.c.number == number).values(state=state, since=self._now(connection))
        )

    def _add(self, connection: Connection, state: str) -> None:
        numbers = connection.execute(select(self._table.c.number)).scalars()
        row = {"digest": self.digest, "state": state, "made": Made.of(self.declaration).text()}
        number, now = max(numbers, default=0) + 1, self._now(connection)
        connection.execute(insert(self._table).values(number=number, since=now, **row))

    def _now(self, connection: Connection) -> int:
        """Unix seconds; on PostgreSQL the server's, so that no clocks of replicas must agree."""
        if self._sqlite:
            return int(time.time())
        return int(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())

    def _open(self, row: Row[Any]) -> Generation:
        store = self._store(row.number)
        if row.digest == self.digest:
            return Generation(row.number, self.declaration, store)
        made = Made.read(row.made)
        same = made.declared_by(self.declaration)
        origin = Origin(made, same if digest_of(same) == row.digest else None)
        return Generation(row.number, self.declaration, store, origin)

    def _store(self, number: int) -> Store:
        if self._sqlite:
            return open_store(f"sqlite:///{self._file(number)}", durability="NORMAL")
        with self.control.write() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_schema(number)}"))
        return open_store(self._url, schema=_schema(number))

    def _file(self, number: int) -> Path:
        control = Path(self._url.database or "")
        return control.with_name(f"{control.stem}-{number}.sqlite")

    def _drop(self, number: int) -> None:
        """The row goes last: while it stands, the number is not given again to what would find these tables."""
        if self._sqlite:
            for suffix in ("", "-wal", "-shm"):
                self._file(number).with_name(self._file(number).name + suffix).unlink(missing_ok=True)
        with self.control.write() as connection:
            if not self._sqlite:
                connection.execute(text(f"DROP SCHEMA IF EXISTS {_schema(number)} CASCADE"))
            connection.execute(delete(self._table).where(self._table.c.number == number))


def _found(row: Row[Any] | None) -> Row[Any]:
    """The row, which must be there: there is always one that serves."""
    if row is None:
        raise LookupError(SERVING)
    return row


def _schema(number: int) -> str:
    return f"views_{int(number)}"


__all__ = ["KEEP", "Declaration", "Generation", "Generations", "Kept", "ViewsMoved", "ViewsNotRebuilt", "digest_of"]
