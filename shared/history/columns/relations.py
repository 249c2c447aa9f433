# ruff: noqa: S608 — tables and columns are named by the contracts, and paths are quoted
"""Where do selects find the columns? In views of one DuckDB in memory, named as the fact tables are.

A view is the published files and, after them, the live tail. What the tail's corrections replace in the files lies in
a small table of its own, joined only where there is any.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
from sqlalchemy import Table

from shared.contracts.event import Event
from shared.history.columns.live import Snapshot
from shared.history.columns.manifest import Manifest
from shared.history.columns.shape import REPLACED_AT, ColumnFacts, as_arrow, duck_columns

TAIL: Final = "tail__"
PENDING: Final = "pending__"
_PENDING_COLUMNS: Final = "poster UUID, poster_sequence BIGINT, replaced_at BIGINT, sequence BIGINT"
_LATE: Final = pa.schema(
    [("poster", pa.string()), *((name, pa.int64()) for name in ("poster_sequence", "replaced_at", "sequence"))]
)
Late = tuple[str, int, int | None, int | None]
"""A version in the files (poster, its sequence), when it was replaced, and its root's sequence."""


class Views:
    """The views over the files of a manifest and a tail. Made again only where something has changed."""

    def __init__(self, database: duckdb.DuckDBPyConnection, path: Path, facts: ColumnFacts) -> None:
        self._database, self._path, self._facts = database, path, facts
        self._versions = {table.table.name: table for table in facts.tables.values()}
        self._made: dict[str, tuple[object, ...]] = {}
        self._filled: dict[str, set[str]] = {TAIL: set(), PENDING: set()}
        """The tables of which the tail holds rows, or changes rows in the files."""
        self._manifest: Manifest | None = None

    def show(self, manifest: Manifest | None) -> None:
        """The files of this manifest, and the tail as it was put last."""
        self._manifest = manifest
        for table in self._facts.metadata.tables.values():
            self._make(table)

    def take_tail(self, manifest: Manifest | None, snapshot: Snapshot) -> None:
        """What came after these files, in the place of the tail before; and what it replaces in the files."""
        self._manifest = manifest
        found = snapshot.tail(manifest)
        for table in self._facts.metadata.tables.values():
            self._put(TAIL, table, duck_columns(table), found.get(table.name))
        for cls, versions in self._facts.tables.items():
            table = versions.table
            if table.name in self._filled[TAIL] or self._facts.correction.name in self._filled[TAIL]:
                self._put(PENDING, table, _PENDING_COLUMNS, self._late(cls, table, snapshot))

    def _late(self, cls: type[Event], table: Table, snapshot: Snapshot) -> pa.Table | None:
        """Say in the tail's own versions when they were replaced; what is changed of those in the files."""
        if table.name in self._filled[TAIL]:
            self._resolve_in_tail(cls, table)
        if self._manifest is None or not self._manifest.files(table.name):
            return None
        late = self._late_in_files(cls, table, snapshot)
        if self._manifest.awaiting and table.name in self._filled[TAIL]:
            late += self._founded_by_tail(table)
        return as_arrow(late, _LATE) if late else None

    def _resolve_in_tail(self, cls: type[Event], table: Table) -> None:
        sources = [f'"{TAIL}correction"'] if self._facts.correction.name in self._filled[TAIL] else []
        if self._manifest is not None and self._manifest.awaiting:
            sources.append(self._read(self._manifest.files(self._facts.correction.name)))
        for source in sources:
            self._database.execute(
                f"""UPDATE "{TAIL}{table.name}" AS version SET replaced_at = least(replaced_at, correction.moment)
                FROM (SELECT replaces_id, root_id, organisation, min(recorded) AS moment FROM {source}
                    WHERE type = $type GROUP BY ALL) AS correction
                WHERE version.event_id = correction.replaces_id AND version.root_id = correction.root_id
                AND version.organisation = correction.organisation""",
                {"type": cls.name},
            )

    def _late_in_files(self, cls: type[Event], table: Table, snapshot: Snapshot) -> list[Late]:
        """Versions in the files that the tail's corrections replace."""
        if self._manifest is None or self._facts.correction.name not in self._filled[TAIL]:
            return []
        query = f'SELECT replaces_id, root_id, min(recorded) FROM "{TAIL}correction" WHERE type = $type GROUP BY ALL'
        replaced = self._database.execute(query, {"type": cls.name}).fetchall()
        places = snapshot.replaced(table.name, (root for _, root, _ in replaced))
        filed = self._manifest.positions.get(cls.service, {})
        return [
            (str(poster), sequence, moment, None)
            for event, _, moment in replaced
            if event in places
            for poster, sequence in (places[event],)
            if sequence <= filed.get(poster, 0)
        ]

    def _founded_by_tail(self, table: Table) -> list[Late]:
        """Versions in the files whose roots, of other organisations, came only now."""
        if self._manifest is None:
            return []
        query = f"""SELECT version.poster::VARCHAR, version.poster_sequence, NULL, root.poster_sequence
            FROM {self._read(self._manifest.files(table.name))} AS version JOIN "{TAIL}{table.name}" AS root
            ON version.sequence IS NULL AND root.event_id = version.root_id AND root.root_id = version.root_id
            AND root.poster = version.organisation"""
        return self._database.execute(query).fetchall()

    def _put(self, prefix: str, table: Table, columns: str, rows: pa.Table | None) -> None:
        name = f'"{prefix}{table.name}"'
        if table.name in self._filled[prefix]:
            self._filled[prefix].discard(table.name)
            self._database.execute(f"DROP TABLE {name}")
        if rows is not None and rows.num_rows:
            self._filled[prefix].add(table.name)
            self._database.execute(f"CREATE TABLE {name} ({columns})")
            append_text(self._database, name, rows)

    def _make(self, table: Table) -> None:
        name = table.name
        files = [] if self._manifest is None else self._manifest.files(name)
        signature = (tuple(files), name in self._filled[TAIL], name in self._filled[PENDING])
        if self._made.get(name) == signature:
            return
        parts = [self._filed(table, files)] if files else []
        if name in self._filled[TAIL]:
            parts.append(f'SELECT {_names(table)} FROM "{TAIL}{name}"')
        if not parts:
            self._database.execute(f'CREATE TABLE IF NOT EXISTS "nothing__{name}" ({duck_columns(table)})')
            parts = [f'SELECT * FROM "nothing__{name}"']
        self._database.execute(f'CREATE OR REPLACE VIEW "{name}" AS {" UNION ALL ".join(parts)}')
        self._made[name] = signature

    def _read(self, files: Iterable[str]) -> str:
        listed = ", ".join("'" + str(self._path / file).replace("'", "''") + "'" for file in files)
        return f"read_parquet([{listed}])"

    def _filed(self, table: Table, files: Iterable[str]) -> str:
        source = self._read(files)
        if table.name not in self._filled[PENDING]:
            return f"SELECT {_names(table)} FROM {source}"
        late = {
            REPLACED_AT: f"least(part.{REPLACED_AT}, late.{REPLACED_AT})",
            "sequence": "coalesce(part.sequence, late.sequence)",
        }
        columns = (late.get(each.name, f'part."{each.name}"') + f' AS "{each.name}"' for each in table.columns)
        return (
            f'SELECT {", ".join(columns)} FROM {source} AS part LEFT JOIN "{PENDING}{table.name}" AS late '
            "ON late.poster = part.poster AND late.poster_sequence = part.poster_sequence"
        )


def append_text(database: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Add rows that came as text; DuckDB reads them as the columns are declared."""
    database.register("incoming", rows)
    listed = ", ".join(f'"{each}"' for each in rows.column_names)
    database.execute(f"INSERT INTO {name} ({listed}) SELECT {listed} FROM incoming")
    database.unregister("incoming")


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
