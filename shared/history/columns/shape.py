"""Which columns has a type of fact? Those of its table, and when the version was replaced.

Corrections are resolved when columns are written: `replaced_at` says when (microseconds) a version ceased to stand, so
that *known at* is a filter and needs no join. Folders are named by the digest of all this: another one is a new cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    or_,
    select,
)
from sqlalchemy.schema import CreateTable

from shared.contracts.event import Event
from shared.contracts.fields import Names
from shared.eventsourcing.fact_table import FactTable
from shared.eventsourcing.facts import Facts

FORMAT: Final = 1
"""Raised when the same facts would be written otherwise."""
REPLACED_AT: Final = "replaced_at"
_ARROW: Final[dict[type[Any], pa.DataType]] = {
    Uuid: pa.uuid(),
    BigInteger: pa.int64(),
    Integer: pa.int64(),
    Boolean: pa.bool_(),
    Date: pa.date32(),
    Text: pa.string(),
    LargeBinary: pa.binary(),
}
_DUCK: Final[dict[type[Any], str]] = {
    Uuid: "UUID",
    BigInteger: "BIGINT",
    Integer: "BIGINT",
    Boolean: "BOOLEAN",
    Date: "DATE",
    Text: "VARCHAR",
    LargeBinary: "BLOB",
}
PLACED: Final = ("unit", "place", "scope")


class ColumnFacts(Facts):
    """The fact tables as columns: *standing* is a filter, for whatever moment it is known."""

    def __init__(self, listened: Iterable[type[Event]], kept: Iterable[type[Event]]) -> None:
        self.metadata = MetaData()
        super().__init__(self.metadata, listened, kept)
        for each in self.tables.values():
            _replaced_at(each.table)

    def standing(self, cls: type[Event], *, known: int | None = None) -> Select[Any]:
        """The versions of a type that stand, or stood by what was recorded up to `known` (microseconds)."""
        table = self.tables[cls].table
        replaced_at = _replaced_at(table)
        if known is None:
            return select(table).where(replaced_at.is_(None))
        return select(table).where(table.c.recorded <= known, or_(replaced_at.is_(None), replaced_at > known))

    def digest(self) -> str:
        """SHA-256 over the declarations of all columns."""
        declared = (str(CreateTable(table)) for table in self.metadata.sorted_tables)
        return hashlib.sha256("\n".join((str(FORMAT), *declared)).encode()).hexdigest()


def _replaced_at(table: Table) -> Column[int]:
    """The column that says when a version ceased to stand; added where it is not there yet."""
    if REPLACED_AT not in table.c:
        table.append_column(Column(REPLACED_AT, BigInteger))
    return table.c[REPLACED_AT]


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a table in memory."""
    return pa.schema([pa.field(column.name, _ARROW[type(column.type)]) for column in table.columns])


def as_arrow(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows, at least one, as columns of these types."""
    columns = zip(*rows, strict=True)
    return pa.table([_array(values, each.type) for values, each in zip(columns, schema, strict=True)], schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.uuid():
        storage = pa.array([None if each is None else each.bytes for each in values], pa.binary(16))
        return pa.ExtensionArray.from_storage(kind, storage)
    return pa.array(values, kind)


def duck_type(kind: type[Any] | None) -> str:
    """What DuckDB calls such a column."""
    return _DUCK[Text if kind is None else kind]


def duck_columns(table: Table) -> str:
    """The columns of a table as DuckDB creates it."""
    return ", ".join(f'"{column.name}" {_DUCK[type(column.type)]}' for column in table.columns)


def clustered_by(table: FactTable) -> tuple[str, str]:
    """By what facts of a type lie side by side: the unit or place that they name, else the subject; then the day."""
    for field in table.fields:
        marks = table.cls.model_fields[field.path[0]].metadata
        if len(field.path) == 1 and not field.child and any(_placed(mark) for mark in marks):
            return field.column, "day"
    return "subject", "day"


def _placed(mark: object) -> bool:
    return isinstance(mark, Names) and mark.kind in PLACED
