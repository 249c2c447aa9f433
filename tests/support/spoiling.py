"""How does a test change what nobody can change? It takes the wall down first, as a stranger at the disk would."""

from __future__ import annotations

from sqlalchemy import Connection, Executable, text

from shared.eventsourcing.wall import APPENDED, COUNTED, SQLITE_TRIGGERS


def take_wall_down(connection: Connection) -> None:
    """From here on this log may be edited; only for connections that own it."""
    if connection.dialect.name == "sqlite":
        for trigger in SQLITE_TRIGGERS:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        return
    for table in (APPENDED, COUNTED):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def spoil(connection: Connection, statement: Executable) -> None:
    """Do to a log what must never happen to it."""
    take_wall_down(connection)
    connection.execute(statement)
