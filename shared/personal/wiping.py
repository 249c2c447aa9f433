"""How does nothing of a deleted key stay in the store's own files? Overwritten on SQLite, written anew on PostgreSQL.

PostgreSQL keeps the bytes of a deleted row in the free space of its page, for years if nobody needs the room, and in
the samples of its planner. So no column with keys is sampled, and a table from which keys were deleted is written
anew; the keys of persons lie in parts, so that this takes a blink however many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from threading import Lock
from typing import Any, Final

from sqlalchemy import DDL, Connection, Table, event

from shared.eventsourcing.store import Store, open_store

PARTS: Final = 16
"""Into so many tables PostgreSQL divides what is declared in parts."""
_NUMBER: Final = re.compile(r"\d+")
"""`3 dead row versions cannot be removed yet.`: what VACUUM tells, in whatever language the server speaks."""


def open_overwriting(url: str) -> Store:
    """A store in which, on SQLite, what is deleted is overwritten."""
    store = open_store(url)
    if store.on_sqlite:
        store.writer.dispose()

        @event.listens_for(store.writer, "connect")
        def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 — the driver's own type
            connection.execute("PRAGMA secure_delete=ON").close()

    return store


def leave_no_samples(table: Table, column: str) -> None:
    """Let PostgreSQL make the table's parts with it, and draw no samples of a column; once, when it is declared."""
    parts = [
        f"CREATE TABLE {name} PARTITION OF {table.name} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {number})"
        for number, name in enumerate(parts_of(table) if _is_divided(table) else ())
    ]
    for statement in (*parts, f"ALTER TABLE {table.name} ALTER COLUMN {column} SET STATISTICS 0"):
        ddl = DDL(statement)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", ddl.execute_if(dialect="postgresql"))


def parts_of(table: Table) -> list[str]:
    """The tables of which it is made on PostgreSQL."""
    return [f"{table.name}_{number:02}" for number in range(PARTS)] if _is_divided(table) else [table.name]


def _is_divided(table: Table) -> bool:
    return table.dialect_options["postgresql"]["partition_by"] is not None


class Wiping:
    """What has still to be wiped: at the start everything, for nobody knows what an earlier life left behind."""

    def __init__(self, store: Store, tables: Iterable[Table]) -> None:
        self._store = store
        self._all = [name for table in tables for name in parts_of(table)]
        self._due = dict.fromkeys(self._all)
        self._turn = Lock()

    @property
    def done(self) -> bool:
        """Whether nothing of what was deleted is left."""
        return not self._due

    def add(self, parts: Iterable[str] | None = None) -> None:
        """From these parts keys were deleted; none named: from any."""
        self._due |= dict.fromkeys(self._all if parts is None else parts)

    def wipe(self) -> bool:
        """Do it; false: somebody still reads what was there before, ask again soon. Blocks."""
        with self._turn, self._store.writer.connect() as connection:
            if self._store.on_sqlite:
                driver = connection.connection.driver_connection
                if driver is not None and not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    self._due.clear()
            else:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                for part in list(self._due):
                    del self._due[part]
                    kept = True
                    try:
                        kept = _write_anew(connection, part)
                    finally:
                        if kept:
                            self._due[part] = None
        return self.done


def _write_anew(connection: Connection, table: str) -> bool:
    """Write a table anew; whether deleted rows had to be kept, for a transaction that began before they were."""
    told: list[str] = []

    def heard(notice: Any) -> None:  # noqa: ANN401 — the driver's own type
        told.append(notice.message_detail or "")

    driver: Any = connection.connection.driver_connection
    driver.add_notice_handler(heard)
    try:
        connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {table}")
    finally:
        driver.remove_notice_handler(heard)
    return any((found := _NUMBER.match(detail)) and int(found[0]) for detail in told)
