# ruff: noqa: S608 — SQL by hand is what is measured
"""C2. How fast is a figure over the whole history, as known at a past moment, under a dated tree? From columns.

The facts are drawn straight into files of our layout, past the log and the writer: only the asking is measured here.
Beside it the same questions in SQL by hand, on the same files, by bare DuckDB with the same processors and memory.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from sqlalchemy import Table

from bench.rounds import Case, Lap, Report, compare, require
from services.ratings.projections import FIGURES
from shared.contracts.event import Event
from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.views import Declaration
from shared.history.columns.columns import MEMORY, Columns
from shared.history.columns.live import Positions
from shared.history.columns.manifest import Manifest, Part
from shared.history.columns.shape import FORMAT, ColumnFacts
from shared.history.columns.writer import folder_of
from shared.history.figures import Question
from shared.operations.leash import leashed
from shared.units.projection import Units

BRANCHES, COMMUNES, DISTRICTS, PROVINCES = 100_000, 1_000, 40, 4
YEARS = (2019, 2020, 2021, 2022)
CORRECTED = 100
"""One meeting in so many was corrected 200 days later."""
DECLARATION = Declaration("columns", frozenset[type[Event]]({MeetingHeld}) | Units.listens, (Units,))
KNOWN = int(dt.datetime(2022, 6, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000
WHOLE = (dt.date(2019, 1, 1), dt.date(2023, 1, 1))
LIMIT_MIB = 256
EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and meetings in each history."""

    rounds: int
    meetings: tuple[int, ...]


def province() -> UUID:
    """The one that is asked about."""
    with duckdb.connect() as database:
        ((found,),) = database.execute("SELECT md5('province1')::UUID").fetchall()
    return UUID(str(found))


class Drawn:
    """A history of meetings in files of our layout, with the tables of state beside them."""

    def __init__(self, place: Path, meetings: int) -> None:
        self.place, self.meetings = place, meetings
        self.facts = ColumnFacts(DECLARATION.listens, DECLARATION.kept)
        self.folder = folder_of(place, self.facts)
        self.state = place / "state"

    def draw(self) -> None:
        """Write it, unless it is there."""
        if self.folder.manifest() is not None:
            return
        self.state.mkdir(parents=True, exist_ok=True)
        name = self.facts.tables[MeetingHeld].table.name
        settings: dict[str, Any] = {"temp_directory": str(self.place / "spill"), "memory_limit": "1GB", "threads": 2}
        with duckdb.connect(config=settings) as database:
            database.execute("CREATE MACRO id(kind, number) AS md5(kind || number::VARCHAR)::UUID")
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
        database.execute(_UNITS.format(branches=BRANCHES, communes=COMMUNES, districts=DISTRICTS, provinces=PROVINCES))
        for table in ("unit", "unit_above", "unit_carried", "unit_withheld", "sub_branch", "tenure"):
            database.execute(f"COPY {table} TO '{self.state / table}.parquet' (FORMAT parquet)")

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
        """A table's rows."""
        with duckdb.connect(config={"threads": 2}) as database:
            yield database.read_parquet(str(self._folder / f"{table.name}.parquet")).to_arrow_table()


class Asking:
    """The questions, asked through our API and by hand; each pair must come to the same."""

    def __init__(self, report: Report, size: Size, folder: Path) -> None:
        self._report, self._size, self._folder = report, size, folder

    def run(self) -> None:
        """Every history in turn."""
        for meetings in self._size.meetings:
            drawn = Drawn(self._folder / str(meetings), meetings)
            drawn.draw()
            self._ask(drawn)
            self._report.guard(f"{meetings:,} meetings: memory of a process that asks", partial(memory, drawn))

    def _ask(self, drawn: Drawn) -> None:
        ours, hand = Ours(drawn), Hand(drawn)
        for question, asked in QUESTIONS.items():
            both = {f"**Nền Nếp**, {question}": partial(asked, ours), f"bare DuckDB, {question}": partial(asked, hand)}
            cases = [Case(name, partial(_lap, ask, drawn.meetings)) for name, ask in both.items()]
            title = f"C2 {drawn.meetings:,} meetings: {question}"
            compare(self._report, title, cases, rounds=self._size.rounds, reference=cases[1].name)
            self._report.guard(f"{question}: the same by hand", partial(_same, asked, ours, hand))
        ours.close()
        hand.close()


class Ours:
    """Our API."""

    def __init__(self, drawn: Drawn) -> None:
        self._columns = Columns(drawn.place, DECLARATION, drawn.present)
        self._province = province()

    def totals(self, name: str) -> list[tuple[Any, ...]]:
        """A province over the whole time."""
        rows = self._columns.answer(FIGURES[name], Question(self._province, *WHOLE, known=KNOWN))
        return [(row.numerator, row.denominator) for row in rows]

    def branches(self, name: str) -> list[tuple[Any, ...]]:
        """The same, branch by branch."""
        rows = self._columns.answer(FIGURES[name], Question(self._province, *WHOLE, ("unit",), known=KNOWN))
        return [(row.keys["unit"], row.numerator, row.denominator) for row in rows]

    def everywhere(self, name: str, tree_on: dt.date | None = None) -> pa.Table:
        """Every unit and place at once."""
        question = Question(self._province, *WHOLE, known=KNOWN, tree_on=tree_on)
        return self._columns.everywhere(FIGURES[name], question)

    def facts(self, name: str) -> list[tuple[Any, ...]]:
        """The first facts behind the figure of one commune."""
        commune = UUID(str(duckdb.sql("SELECT md5('commune7')::UUID").fetchall()[0][0]))
        question = Question(commune, *WHOLE, known=KNOWN)
        return list(self._columns.events_behind(FIGURES[name], question, limit=EVERYTHING, offset=0))

    def close(self) -> None:
        """Give the memory back."""
        self._columns.close()


class Hand:
    """SQL by hand over the same files, the tree in memory."""

    def __init__(self, drawn: Drawn) -> None:
        manifest = drawn.folder.manifest()
        require(manifest is not None, "nothing was drawn")
        files = [] if manifest is None else [str(drawn.folder.path / file) for file in sorted(manifest.every_file())]
        self._database = duckdb.connect(
            config={"threads": 2, "memory_limit": MEMORY, "temp_directory": str(drawn.place / "spill")}
        )
        self._database.execute("SET preserve_insertion_order = false")
        self._database.execute(f"CREATE VIEW meeting AS SELECT * FROM read_parquet({files})")
        self._database.execute(f"CREATE TABLE above AS SELECT * FROM '{drawn.state}/unit_above.parquet'")
        self._province = province()

    def totals(self, name: str) -> list[tuple[Any, ...]]:
        """A province over the whole time."""
        return self._rows(f"SELECT {_SUMS[name]} FROM {_COUNTED} AND above.above = '{self._province}'")

    def branches(self, name: str) -> list[tuple[Any, ...]]:
        """The same, branch by branch."""
        query = f"SELECT branch::VARCHAR, {_SUMS[name]} FROM {_COUNTED} AND above.above = '{self._province}'"
        return self._rows(f"{query} GROUP BY branch ORDER BY 1")

    def everywhere(self, name: str, tree_on: dt.date | None = None) -> pa.Table:
        """Every unit and place at once."""
        counted = _COUNTED if tree_on is None else _COUNTED.replace("meeting.day", f"DATE '{tree_on}'")
        query = f"SELECT above.above AS within, {_SUMS[name]} FROM {counted} GROUP BY above.above"
        return self._database.sql(query).to_arrow_table()

    def facts(self, name: str) -> list[tuple[Any, ...]]:
        """The facts behind the figure of one commune."""
        del name
        counted = f"{_COUNTED} AND above.above = md5('commune7')::UUID"
        return self._rows(f"SELECT DISTINCT organisation, root_id FROM {counted} ORDER BY organisation, root_id")

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._database.execute(query).fetchall()


Way = Ours | Hand
QUESTIONS: dict[str, Callable[[Way], Any]] = {
    "attendance of a province": lambda way: way.totals("attendance"),
    "attendance of each branch of a province": lambda way: way.branches("attendance"),
    "attendance of every unit and place": lambda way: way.everywhere("attendance"),
    "attendance of every unit and place, tree of a date": lambda way: way.everywhere("attendance", dt.date(2022, 1, 1)),
    "meetings held in every unit and place": lambda way: way.everywhere("meetings-held"),
    "the facts behind a commune's figure": lambda way: way.facts("attendance"),
}


def _lap(ask: Callable[[], Any], meetings: int) -> Lap:
    def lap() -> int:
        ask()
        return meetings

    return lap


def _same(asked: Callable[[Way], Any], ours: Ours, hand: Hand) -> str:
    found, wanted = (_sorted(asked(way)) for way in (ours, hand))
    require(found == wanted, f"{len(found)} rows, by hand {len(wanted)}, or they differ")
    return f"{len(found):,} rows"


def _sorted(answer: pa.Table | list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    rows = [row.values() for row in answer.to_pylist()] if isinstance(answer, pa.Table) else answer
    return sorted(tuple(map(str, row)) for row in rows)


def memory(drawn: Drawn) -> str:
    """All questions in a process of its own, and the most memory that it ever held."""
    command = [sys.executable, "-m", "bench.columns", str(drawn.place), str(drawn.meetings)]
    said = json.loads(subprocess.run(leashed(command), check=True, capture_output=True, text=True).stdout)
    most = {name: f"{mebibytes} MiB" for name, mebibytes in said.items()}
    require(max(said.values()) <= LIMIT_MIB, f"more than {LIMIT_MIB} MiB: {most}")
    return str(most)


def _measure_memory(place: Path, meetings: int) -> None:
    ours = Ours(Drawn(place, meetings))
    most = {"imports": _most()}
    for name, asked in QUESTIONS.items():
        asked(ours)
        most[name] = _most()
    print(json.dumps(most))


def _most() -> int:
    """Mebibytes; the kernel's own high-water mark of this program, without what the parent once held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    ((kibibytes, _),) = (line.split()[1:] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kibibytes) // 1024


_WRITTEN = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2"
_SUMS = {
    "attendance": "sum(roll_present), sum(roll_expected)",
    "meetings-held": "count(*), NULL",
}
_COUNTED = f"""meeting JOIN above ON above.unit = meeting.branch AND above.start_day <= meeting.day
    AND (above.end_day IS NULL OR above.end_day > meeting.day)
    WHERE recorded <= {KNOWN} AND (replaced_at IS NULL OR replaced_at > {KNOWN}) AND kind = 'regular'"""
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

if __name__ == "__main__":
    _measure_memory(Path(sys.argv[1]), int(sys.argv[2]))
