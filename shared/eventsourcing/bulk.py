"""How do many rows get into a table at once? Column by column, prepared once, past what is asked of single rows.

A service that joins writes hundreds of thousands of rows before it answers. The statement and the way in which each
column's values are written are the store's own, as they are for a single row; only they are looked up once, not for
every value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Date, Dialect, Table, insert
from sqlalchemy.types import TypeEngine

_PREPARED: Final = "prepared"
"""Under this key a table's `info` holds what was prepared for it."""


_Write = Callable[[Sequence[Any]], Sequence[Any]]
"""How the values of a column are written."""


class _Prepared(NamedTuple):
    """An insertion into some columns of a table in one store's dialect."""

    statement: str
    names: Sequence[str]
    """In the order in which the statement takes their values."""
    written: Sequence[_Write | None]
    """How each one's values are written; none: as they are."""
    positional: bool
    """Whether it takes values by place; else by name."""


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are given as columns: each name with one value a row. Nothing where there are no rows."""
    prepared = _prepared(connection, table, tuple(columns))
    values = [
        columns[name] if write is None else write(columns[name])
        for name, write in zip(prepared.names, prepared.written, strict=True)
    ]
    rows = list(zip(*values, strict=True))
    if not rows:
        return
    if prepared.positional:
        connection.exec_driver_sql(prepared.statement, rows)
    else:
        connection.exec_driver_sql(prepared.statement, [dict(zip(prepared.names, row, strict=True)) for row in rows])


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the names of the first."""
    if rows:
        insert_columns(connection, table, {name: [row[name] for row in rows] for name in rows[0]})


def _writing(kind: TypeEngine[Any], dialect: Dialect) -> _Write | None:
    """How a column of that kind is written: each value by itself; of days, which are few, each day once."""
    write = kind.dialect_impl(dialect).bind_processor(dialect)
    if write is None:
        return None
    if not isinstance(kind, Date):
        return lambda values: [None if each is None else write(each) for each in values]

    def days(values: Sequence[Any]) -> Sequence[Any]:
        written = {each: None if each is None else write(each) for each in set(values)}
        return [written[each] for each in values]

    return days


def _prepared(connection: Connection, table: Table, names: tuple[str, ...]) -> _Prepared:
    dialect = connection.dialect
    known: dict[Any, _Prepared] = table.info.setdefault(_PREPARED, {})
    key = (dialect.name, names)
    if key not in known:
        compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
        order = tuple(compiled.positiontup) if compiled.positiontup else names
        written = [_writing(table.c[name].type, dialect) for name in order]
        known[key] = _Prepared(str(compiled), order, written, bool(compiled.positiontup))
    return known[key]
