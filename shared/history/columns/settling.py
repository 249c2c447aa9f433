"""How do columns stay few and answer without joins? Parts are sorted, merged when they are many, corrections resolved.

A version that was replaced carries the moment; a correction carries its root's sequence. Both become known after the
row was written, so the parts that hold such rows are written again, and only those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from sqlalchemy import Table

from shared.contracts.event import Event
from shared.eventsourcing.fact_table import FactTable
from shared.history.columns.dialect import open_memory
from shared.history.columns.manifest import Manifest, Part
from shared.history.columns.shape import ColumnFacts, clustered_by

MEMORY: Final = "192MB"
SMALL: Final = 300_000
"""Rows; smaller parts are merged …"""
MANY: Final = 8
"""… when a table has so many of them in a year."""
_WRITTEN: Final = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2"

_CHANGES: Final = """
CREATE OR REPLACE TEMP TABLE change AS
SELECT file, poster, poster_sequence, min(replaced_at) AS replaced_at, min(sequence) AS sequence FROM (
    SELECT version.filename AS file, version.poster, version.poster_sequence,
        correction.recorded AS replaced_at, NULL::BIGINT AS sequence
    FROM read_parquet($parts, filename = true) AS version
    JOIN read_parquet($corrections) AS correction
        ON version.event_id = correction.replaces_id
        AND version.root_id = correction.root_id
        AND version.organisation = correction.organisation
        AND correction.type = $type
        AND (version.replaced_at IS NULL OR version.replaced_at > correction.recorded)
    UNION ALL
    SELECT version.filename, version.poster, version.poster_sequence, NULL, root.poster_sequence
    FROM read_parquet($parts, filename = true) AS version
    JOIN read_parquet($parts) AS root
        ON version.sequence IS NULL
        AND root.event_id = version.root_id
        AND root.root_id = version.root_id
        AND root.poster = version.organisation
) GROUP BY file, poster, poster_sequence
"""
_CHANGED: Final = """
SELECT part.* REPLACE (
    least(part.replaced_at, change.replaced_at) AS replaced_at,
    coalesce(part.sequence, change.sequence) AS sequence
) FROM read_parquet($parts) AS part
LEFT JOIN change ON change.poster = part.poster AND change.poster_sequence = part.poster_sequence
"""
_AWAITING: Final = """
SELECT count(*) FROM read_parquet($corrections) AS correction
WHERE correction.type = $type AND correction.poster <> correction.organisation AND NOT EXISTS (
    SELECT 1 FROM read_parquet($parts) AS version
    WHERE version.event_id = correction.replaces_id AND version.replaced_at IS NOT NULL
)
"""


class Settling:
    """Writes parts in a folder, and writes them again."""

    def __init__(self, path: Path, facts: ColumnFacts) -> None:
        self._path, self._facts = path, facts
        self._database = open_memory(MEMORY, spill=path / "spill")
        self._order = {table.table.name: clustered_by(table) for table in facts.tables.values()}
        self._fresh: list[str] = []
        """Files of corrections that were not resolved yet."""

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    def write(self, manifest: Manifest, table: Table, year: str, rows: pa.Table) -> Part:
        """Rows as a new part; nobody reads it before it is published."""
        self._database.register("waiting", rows)
        part = self._copy(manifest, table.name, year, "SELECT * FROM waiting", {})
        self._database.unregister("waiting")
        if table is self._facts.correction:
            self._fresh.append(part.file)
        return part

    def settle(self, manifest: Manifest) -> None:
        """Resolve what corrections say, and merge parts."""
        self._resolve(manifest)
        for name, years in manifest.parts.items():
            for year, parts in years.items():
                small = [part for part in parts if part.rows < SMALL]
                if len(small) > MANY:
                    self._rewrite(manifest, name, year, small, changed=False)

    def _resolve(self, manifest: Manifest) -> None:
        """Write the parts again that hold what was replaced, or whose roots have been found."""
        corrections = manifest.files(self._facts.correction.name) if manifest.awaiting else self._fresh
        self._fresh = []
        manifest.awaiting = False
        for cls, table in self._facts.tables.items():
            if corrections and manifest.files(table.table.name) and self._names(corrections, cls):
                self._resolve_type(manifest, cls, table, corrections)

    def _resolve_type(self, manifest: Manifest, cls: type[Event], table: FactTable, corrections: Sequence[str]) -> None:
        name = table.table.name
        parts = {"parts": self._paths(manifest.files(name))}
        replaced = {"corrections": self._paths(corrections), "type": cls.name}
        self._database.execute(_CHANGES, parts | replaced)
        touched = {file for (file,) in self._database.execute("SELECT DISTINCT file FROM change").fetchall()}
        for year, found in manifest.parts[name].items():
            again = [part for part in found if str(self._path / part.file) in touched]
            if again:
                self._rewrite(manifest, name, year, again, changed=True)
        parts = {"parts": self._paths(manifest.files(name))}
        ((left,),) = self._database.execute(_AWAITING, parts | replaced).fetchall()
        manifest.awaiting = manifest.awaiting or left > 0

    def _names(self, corrections: Sequence[str], cls: type[Event]) -> bool:
        query = "SELECT 1 FROM read_parquet($corrections) WHERE type = $type LIMIT 1"
        found = self._database.execute(query, {"corrections": self._paths(corrections), "type": cls.name})
        return found.fetchall() != []

    def _rewrite(self, manifest: Manifest, name: str, year: str, parts: list[Part], *, changed: bool) -> None:
        """One part in the place of several, or of one whose rows have changed."""
        files = {"parts": self._paths(part.file for part in parts)}
        query = _CHANGED if changed else "SELECT * FROM read_parquet($parts)"
        kept = [part for part in manifest.parts[name][year] if part not in parts]
        manifest.parts[name][year] = [*kept, self._copy(manifest, name, year, query, files)]

    def _copy(self, manifest: Manifest, name: str, year: str, query: str, parameters: Mapping[str, object]) -> Part:
        file = f"{name}/{year}/{manifest.next_file:08d}.parquet"
        manifest.next_file += 1
        path = self._path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        order = ", ".join(f'"{column}"' for column in self._order.get(name, ("poster", "poster_sequence")))
        copy = f"COPY ({query} ORDER BY {order}) TO '{_quoted(path)}' ({_WRITTEN})"
        ((rows,),) = self._database.execute(copy, parameters).fetchall()
        return Part(file, int(rows))

    def _paths(self, files: Iterable[str]) -> list[str]:
        return [str(self._path / file) for file in files]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
