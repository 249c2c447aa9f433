"""How is a database opened? SQLite and PostgreSQL through SQLAlchemy, set so that a commit is a commit."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, TimeoutError  # noqa: A004 — a pool's own

from shared.eventsourcing.wall import EVERYBODY, READS

Durability = Literal["FULL", "NORMAL"]
"""SQLite: FULL survives power loss (the log); NORMAL may lose the last commits (views, which can be rebuilt)."""

_MAKING_TABLES: Final = 0x6E6E6570
"""The number of PostgreSQL's lock while tables are made."""
_CONNECT: Final = {"check_same_thread": False, "timeout": 10}
PATIENCE: Final[dict[str, int]] = {
    "lock_timeout": 10,
    "idle_in_transaction_session_timeout": 60,
    "statement_timeout": 600,
}
"""PostgreSQL, in seconds: who waits longer for a lock comes again later; a transaction that stands idle longer is ended
by the server, so that whoever was stopped in the middle of one does not hold up all others."""
_NO_TABLE: Final = frozenset({"42P01", "3F000"})
_UNDEFINED: Final = _NO_TABLE | {"42703"}
"""PostgreSQL's words for a table and a schema that are not there; and for a column."""
_AWAY: Final = frozenset({"08", "40", "53", "55", "57", "58"})
"""PostgreSQL's classes of errors of the hour: connection, deadlock, resources, a lock, shut down, the machine."""
_NOT_NOW: Final = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM),
    }
)
"""SQLite's, as primary codes: the last byte of an extended one."""
_PRIMARY: Final = 0xFF
_REACHED: Final = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A server that is gone without a word is noticed within a minute."""


class Turns:
    """Lets the writers of one file in, each in the order in which it came.

    SQLite lets in whoever happens to ask at the right moment: beside an intake that never rests, others wait for ever.
    """

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        """Wait for one's turn."""
        with self._asking:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        with self._asking:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@dataclass(frozen=True, slots=True)
class Store:
    """One database: an engine that writes, and one that only reads (the same one on PostgreSQL)."""

    writer: Engine
    reader: Engine
    turns: Turns = field(default_factory=Turns)

    @property
    def on_sqlite(self) -> bool:
        """Whether this is a SQLite file, which has one writing process."""
        return self.writer.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A writing transaction. On SQLite it holds the file's write lock from its start; writers take turns."""
        with self.turns if self.on_sqlite else nullcontext(), self.writer.begin() as connection:
            yield connection

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read with; leaves no transaction open behind it."""
        return self.reader.connect()

    @contextmanager
    def alone(self, number: int) -> Iterator[None]:
        """Of all processes that come here with this number, one at a time. A SQLite file has one process anyway."""
        if self.on_sqlite:
            yield
            return
        with self.writer.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(number)))
            yield

    @contextmanager
    def pinned(self) -> Iterator[Connection]:
        """A connection that goes on reading what stands now, whatever is written meanwhile."""
        with self.reader.connect() as connection:
            if self.on_sqlite:
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
                connection.execute(text("SET TRANSACTION READ ONLY"))
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                connection.execute(text("SELECT 1"))
            yield connection

    def create(self, metadata: MetaData) -> None:
        """Make the tables that are not there yet; of processes that start together, one makes them."""
        with self.write() as connection:
            if not self.on_sqlite:
                connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
            metadata.create_all(connection)

    def close(self) -> None:
        """Give every connection back. The writer's last: it puts the WAL into the SQLite file, which is then whole."""
        self.reader.dispose()
        self.writer.dispose()


def open_store(url: str | URL, *, durability: Durability = "FULL", schema: str | None = None) -> Store:
    """Open `sqlite:///file` or `postgresql://…`; `schema` names a PostgreSQL schema to use before `public`."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        writer = _sqlite(url, durability)
        with writer.connect():
            """The file exists from here on, so that a reader can open it."""
        return Store(writer, _sqlite_reader(url))
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args=_connected(url, schema), hide_parameters=True
    )
    return Store(engine, engine)


def is_away(error: SQLAlchemyError) -> bool:
    """Whether it is the store's hour, and not what was asked: gone, locked, full, or without its tables for now."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)
    if error.connection_invalidated:
        return True
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return code & _PRIMARY in _NOT_NOW or str(error.orig).startswith("no such table")
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state[:2] in _AWAY or state in _NO_TABLE


def on_missing(store: Store, error: Callable[[], Exception]) -> None:
    """Let who reads a table or column that the store lacks be told so by this error."""

    @event.listens_for(store.reader, "handle_error")
    def _told(context: ExceptionContext) -> Exception | None:
        failure = context.original_exception
        missing = str(failure).startswith(("no such table", "no such column"))
        return error() if missing or getattr(failure, "sqlstate", None) in _UNDEFINED else None


def _connected(url: URL, schema: str | None) -> dict[str, Any]:
    """How PostgreSQL is spoken to; what the URL itself says counts more."""
    words = [f"-c{name}={seconds}s" for name, seconds in PATIENCE.items()]
    words.append(f"-c{READS}={EVERYBODY}")
    if schema is not None:
        words.append(f"-csearch_path={schema},public")
    given = url.query.get("options", ())
    options = " ".join([*words, *([given] if isinstance(given, str) else given)])
    return {**{name: value for name, value in _REACHED.items() if name not in url.query}, "options": options}


def _sqlite(url: URL, durability: Durability) -> Engine:
    """A writer: each transaction is BEGIN IMMEDIATE; read-then-write in a deferred one fails "locked" at random."""
    engine = create_engine(url, connect_args=_CONNECT, hide_parameters=True)
    _at_connect(engine, "journal_mode=WAL", f"synchronous={durability}", "foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_reader(url: URL) -> Engine:
    """A reader opens the file with `mode=ro` and no transaction, so that it never holds up a checkpoint."""
    read_only = URL.create("sqlite", database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(read_only, connect_args=_CONNECT, hide_parameters=True)
    _at_connect(engine, "query_only=ON")
    return engine


def _at_connect(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 — the driver's own type
        connection.isolation_level = None
        for pragma in ("busy_timeout=10000", "trusted_schema=OFF", "cache_size=-32768", *pragmas):
            connection.execute(f"PRAGMA {pragma}").close()
