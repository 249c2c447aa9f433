"""How are rows found by two columns at once? By the index, however long the table has become.

SQLite reads a whole table to find the rows of a list of pairs, or all rows of the first column. So there the pairs are
a table of their own, which is read first; PostgreSQL takes the list as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
)

_PAIRS: Final = "pairs"
"""Under this name a statement takes them."""


class Pairs:
    """The condition that two columns of a table, together, are one of some pairs; it can be built long before these."""

    def __init__(self, first: Column[Any], second: Column[Any], dialect: Dialect) -> None:
        """The columns begin an index of their table."""
        self._columns, self._dialect = (first, second), dialect
        self._on_sqlite = dialect.name == "sqlite"
        listed = tuple_(first, second).in_(bindparam(_PAIRS, expanding=True))
        self.here: ColumnElement[bool] = self._among() if self._on_sqlite else listed
        """The condition."""

    def given(self, pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
        """The parameters with which a statement that holds the condition is executed."""
        if not self._on_sqlite:
            return {_PAIRS: pairs}
        first, second = (each.type.dialect_impl(self._dialect).bind_processor(self._dialect) for each in self._columns)
        return {_PAIRS: json.dumps([(first(a) if first else a, second(b) if second else b) for a, b in pairs])}

    def _among(self) -> ColumnElement[bool]:
        table = self._columns[0].table
        wanted = func.json_each(bindparam(_PAIRS, type_=Text)).table_valued("value")
        row = table.alias("wanted_row")
        same = (
            type_coerce(row.c[column.name], Text) == func.json_extract(wanted.c.value, f"$[{place}]", type_=Text)
            for place, column in enumerate(self._columns)
        )
        rows: Select[Any] = select(literal_column("wanted_row.rowid")).select_from(wanted, row).where(*same)
        return literal_column(f"{table.name}.rowid").in_(rows)
