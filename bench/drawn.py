# ruff: noqa: S608 — SQL by hand draws it
"""C2. Which history is asked? Meetings drawn straight into files of our layout, past the log and the writer."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from sqlalchemy import Table

from bench.rounds import require
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.views import Declaration
from shared.history.columns.columns import Columns
from shared.history.columns.live import PAGE, Positions
from shared.history.columns.manifest import Manifest, Part
from shared.history.columns.shape import FORMAT, ColumnFacts
from shared.history.columns.writer import folder_of
from shared.units.projection import Units

BRANCHES, COMMUNES, DISTRICTS, PROVINCES = 100_000, 1_000, 40, 4
YEARS = (2019, 2020, 2021, 2022)
CORRECTED = 100
"""One meeting in so many was corrected 200 days later."""
DECLARATION = Declaration("columns", frozenset[type[Event]]({MeetingHeld}) | Units.listens, (Units,))
KNOWN = int(dt.datetime(2022, 6, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000


def named(name: str) -> UUID:
    """The id of a unit, as it was drawn."""
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


class Drawn:
    """A history of meetings in files of our layout, with the tables of state beside them."""

    def __init__(self, place: Path, meetings: int, *, state: Path | None = None) -> None:
        self.place, self.meetings = place, meetings
        self.facts = ColumnFacts(DECLARATION.listens, DECLARATION.kept)
        self.folder = folder_of(place, self.facts)
        self.state = state or place / "state"

    def draw(self) -> None:
        """Write it, unless it is there."""
        if self.folder.manifest() is not None:
            return
        self.place.mkdir(parents=True, exist_ok=True)
        name = self.facts.tables[MeetingHeld].table.name
        settings: dict[str, Any] = {"temp_directory": str(self.place / "spill"), "memory_limit": "1GB", "threads": 2}
        with duckdb.connect(config=settings) as database:
            database.execute("CREATE MACRO id(kind, number) AS md5(kind || number::VARCHAR)::UUID")
            if not self.state.exists():
                self._tree(database)
            parts = {str(year): [self._year(database, name, year)] for year in YEARS}
        self.folder.publish(Manifest(format=FORMAT, digest=self.facts.digest(), parts={name: parts}))

    def _year(self, database: duckdb.DuckDBPyConnection, name: str, year: int) -> Part:
        """Meetings of one year; each version that was replaced, and the one that replaced it."""
        columns = ", ".join(f'"{column.name}"' for column in self.facts.metadata.tables[name].columns)
        file = f"{name}/{year}/{year:08d}.parquet"
        (self.folder.path / file).parent.mkdir(parents=True, exist_ok=True)
        query = _MEETINGS.format(each=len(YEARS), corrected=CORRECTED, branches=BRANCHES, year=year)
        rows = f"SELECT {columns} FROM ({query}) ORDER BY branch, day"
        copy = f"COPY ({rows}) TO '{self.folder.path / file}' ({_WRITTEN})"
        ((count,),) = database.execute(copy, {"many": self.meetings // len(YEARS)}).fetchall()
        return Part(file, int(count))

    def _tree(self, database: duckdb.DuckDBPyConnection) -> None:
        """Four levels; on 1 January 2021 one commune in ten moved to another district and province."""
        self.state.mkdir()
        database.execute(_UNITS.format(branches=BRANCHES, communes=COMMUNES, districts=DISTRICTS, provinces=PROVINCES))
        for table in ("unit", "unit_above", "unit_carried", "unit_withheld", "sub_branch", "tenure"):
            database.execute(f"COPY {table} TO '{self.state / table}.parquet' (FORMAT parquet)")

    def files(self) -> list[str]:
        """Where the facts are."""
        manifest = self.folder.manifest()
        require(manifest is not None, "nothing was drawn")
        return [] if manifest is None else [str(self.folder.path / file) for file in sorted(manifest.every_file())]

    def columns(self) -> Columns:
        """What answers from it."""
        return Columns(self.place, DECLARATION, self.present)

    @contextmanager
    def present(self) -> Iterator[DrawnState]:
        """The state, as live views would hand it over."""
        yield DrawnState(self.state)


class DrawnState:
    """Tables of state out of files; no fact is newer than the columns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def positions(self) -> Positions:
        """None: nothing came after the files."""
        return {}

    def tail(self, manifest: Manifest | None) -> dict[str, pa.Table]:
        """Nothing."""
        del manifest
        return {}

    def replaced(self, name: str, roots: object) -> dict[UUID, tuple[UUID, int]]:
        """Nothing."""
        del name, roots
        return {}

    def parked(self) -> int:
        """None."""
        return 0

    def state(self, table: Table) -> Iterator[pa.Table]:
        """A table's rows, a page at a time, as live views give them."""
        with duckdb.connect(config={"threads": 1}) as database:
            for page in database.read_parquet(str(self._folder / f"{table.name}.parquet")).to_arrow_reader(PAGE):
                yield pa.Table.from_batches([page])


_WRITTEN = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2"
_MEETINGS = """
WITH drawn AS (
    SELECT number, (hash(number) % {branches})::INT AS branch_number,
        DATE '{year}-01-01' + (hash(number * 7) % 365)::INT AS day,
        8 + (hash(number * 3) % 50)::INT AS expected, (hash(number * 5) % 100)::INT AS share
    FROM (SELECT range * {each} + {year} % {each} AS number FROM range($many))
), version AS (
    SELECT *, false AS late FROM drawn UNION ALL SELECT *, true FROM drawn WHERE number % {corrected} < {each}
), dated AS (
    SELECT *, epoch_us(day::TIMESTAMP) + 3 * 86400000000 AS told, number % {corrected} < {each} AS replaced FROM version
)
SELECT id('organisation', branch_number % 24) AS poster, number * 2 + late::INT AS poster_sequence,
    id(CASE WHEN late THEN 'later' ELSE 'event' END, number) AS event_id, poster AS organisation,
    id('event', number) AS root_id, number * 2 AS sequence,
    told + CASE WHEN late THEN 200 * 86400000000 ELSE 0 END AS recorded,
    day::VARCHAR AS occurred, day, id('meeting', number) AS subject, id('branch', branch_number) AS branch,
    CASE WHEN number % 20 = 0 THEN 'congress' ELSE 'regular' END AS kind, 'in-person' AS mode,
    expected::BIGINT AS roll_expected,
    (expected * CASE WHEN late THEN 1 ELSE share END // 100)::BIGINT AS roll_present,
    0::BIGINT AS roll_excused, (roll_expected - roll_present)::BIGINT AS roll_absent, 0::BIGINT AS roll_guests,
    CASE WHEN replaced AND NOT late THEN told + 200 * 86400000000 END AS replaced_at
FROM dated
"""
_UNITS = """
CREATE TABLE branch AS SELECT range AS branch, range % {communes} AS commune FROM range({branches});
CREATE TABLE moved AS SELECT range AS commune, range % {districts} AS first,
    CASE WHEN range % 10 = 0 THEN (range + 1) % {districts} ELSE range % {districts} END AS later
FROM range({communes});
CREATE TABLE unit_above AS
SELECT id('branch', branch) AS unit, id('branch', branch) AS above, DATE '2000-01-01' AS start_day,
    NULL::DATE AS end_day FROM branch
UNION ALL SELECT id('branch', branch), id('commune', commune), DATE '2000-01-01', NULL FROM branch
UNION ALL SELECT id('branch', branch), id('district', first), DATE '2000-01-01',
    CASE WHEN first <> later THEN DATE '2021-01-01' END FROM branch JOIN moved USING (commune)
UNION ALL SELECT id('branch', branch), id('district', later), DATE '2021-01-01', NULL
    FROM branch JOIN moved USING (commune) WHERE first <> later
UNION ALL SELECT id('branch', branch), id('province', first % {provinces}), DATE '2000-01-01',
    CASE WHEN first % {provinces} <> later % {provinces} THEN DATE '2021-01-01' END
    FROM branch JOIN moved USING (commune)
UNION ALL SELECT id('branch', branch), id('province', later % {provinces}), DATE '2021-01-01', NULL
    FROM branch JOIN moved USING (commune) WHERE first % {provinces} <> later % {provinces};
CREATE TABLE unit AS SELECT id('branch', branch) AS id, id('organisation', branch % 24) AS organisation,
    'branch' AS kind, NULL::VARCHAR AS level, 'chi hội' AS title, DATE '2000-01-01' AS start_day,
    NULL::DATE AS end_day, organisation AS founded_in, id('founding', branch) AS founded_by FROM branch;
CREATE TABLE unit_carried (unit UUID, above UUID, start_day DATE, tree_start DATE, end_day DATE, tree_end DATE);
CREATE TABLE unit_withheld (unit UUID, above UUID, start_day DATE, tree_start DATE, end_day DATE, tree_end DATE);
CREATE TABLE sub_branch (unit UUID, start_day DATE, end_day DATE, branch UUID);
CREATE TABLE tenure (unit UUID, start_day DATE, end_day DATE, organisation UUID);
"""
