"""How does DuckDB take the selects of the other stores? As PostgreSQL would have them, with `$1` for parameters.

Just what reading needs: no reflection, no transactions of its own. Nothing is loaded that is not built in.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
from sqlalchemy import Engine, StaticPool, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect

NAME = "duckdb"
THREADS = 2


class DuckDialect(PGDialect):
    """PostgreSQL's SQL, over DuckDB's Python module."""

    name = NAME
    driver = NAME
    supports_statement_cache = True
    supports_server_side_cursors = False

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The module itself; it names its exceptions as Python asks for."""
        return duckdb

    def initialize(self, connection: Any) -> None:  # noqa: ANN401 — the base leaves it open
        """Nothing is asked of the engine: it is built in, and its version is pinned."""
        del connection
        self.server_version_info = (16,)
        self.default_schema_name = "main"

    def do_begin(self, dbapi_connection: Any) -> None:  # noqa: ANN401 — the driver's own type
        """Each statement is one of its own."""

    def do_commit(self, dbapi_connection: Any) -> None:  # noqa: ANN401 — the driver's own type
        """Nothing is open."""

    def do_rollback(self, dbapi_connection: Any) -> None:  # noqa: ANN401 — the driver's own type
        """Nothing is open."""


class _Lasting:
    """A connection whose cursors are connections to the same database, as DuckDB has them."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._database.cursor()

    def close(self) -> None:
        """The database is closed by whoever opened it."""


def open_memory(limit: str, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory that uses at most so much of it ("256MB"); what does not fit goes to `spill`, else fails."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": limit,
        "temp_directory": "" if spill is None else str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    return duckdb.connect(":memory:", config=settings)


def give_back(database: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Memory that is not needed any more, which its allocator would keep, goes back to the machine; some milliseconds.

    Setting a limit does that, also the one that is set already.
    """
    database.execute(f"SET memory_limit = '{limit}'")


def engine_over(database: duckdb.DuckDBPyConnection) -> Engine:
    """SQLAlchemy's door to an open database; each connection keeps it as long as it lives."""
    lasting = _Lasting(database)
    url = f"{NAME}://"
    return create_engine(
        url, creator=lambda: lasting, poolclass=StaticPool, paramstyle="numeric_dollar", hide_parameters=True
    )


registry.register(NAME, __name__, DuckDialect.__name__)
