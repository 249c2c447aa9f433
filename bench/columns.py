# ruff: noqa: S608 — SQL by hand is what is measured
"""C2. How fast is a figure over the whole history, as known at a past moment, under a dated tree? From columns.

Only the asking is measured here, of facts that were drawn into files. Beside it the same questions in SQL by hand, on
the same files, by bare DuckDB with the same processors and memory.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from bench.drawn import KNOWN, Drawn, named
from bench.rounds import Case, Report, asking, compare, require
from services.ratings.projections import FIGURES
from shared.history.columns.columns import MEMORY
from shared.history.figures import Question
from shared.operations.leash import leashed

if TYPE_CHECKING:
    from bench.runners import Runners

WHOLE = (dt.date(2019, 1, 1), dt.date(2023, 1, 1))
PROVINCE, COMMUNE = named("province1"), named("commune7")
"""The ones that are asked about."""
LIMIT_MIB = 256
EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, meetings in each history, and how many events the popular runners get."""

    rounds: int
    meetings: tuple[int, ...]
    slow: int


class Asking:
    """The questions, asked through our API and by hand; each pair must come to the same."""

    def __init__(self, report: Report, size: Size, folder: Path, runners: Runners) -> None:
        self._report, self._size, self._folder, self._runners = report, size, folder, runners

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
            cases = [Case(name, partial(asking, ask, drawn.meetings)) for name, ask in both.items()]
            title = f"C2 {drawn.meetings:,} meetings: {question}"
            compare(self._report, title, cases, rounds=self._size.rounds, reference=cases[1].name)
            self._report.guard(f"{question}: the same by hand", partial(_same, asked, ours, hand))
        asked_whole = {question: partial(asked, ours) for question, asked in QUESTIONS.items()}
        self._runners.beside(drawn, asked_whole, self._size.rounds)
        ours.close()
        hand.close()


class Ours:
    """Our API."""

    def __init__(self, drawn: Drawn) -> None:
        self._columns = drawn.columns()

    def totals(self, name: str) -> list[tuple[Any, ...]]:
        """A province over the whole time."""
        rows = self._columns.answer(FIGURES[name], Question(PROVINCE, *WHOLE, known=KNOWN))
        return [(row.numerator, row.denominator) for row in rows]

    def branches(self, name: str) -> list[tuple[Any, ...]]:
        """The same, branch by branch."""
        rows = self._columns.answer(FIGURES[name], Question(PROVINCE, *WHOLE, ("unit",), known=KNOWN))
        return [(row.keys["unit"], row.numerator, row.denominator) for row in rows]

    def everywhere(self, name: str, tree_on: dt.date | None = None) -> pa.Table:
        """Every unit and place at once."""
        question = Question(PROVINCE, *WHOLE, known=KNOWN, tree_on=tree_on)
        return self._columns.everywhere(FIGURES[name], question)

    def facts(self, name: str) -> list[tuple[Any, ...]]:
        """The first facts behind the figure of one commune."""
        question = Question(COMMUNE, *WHOLE, known=KNOWN)
        return list(self._columns.events_behind(FIGURES[name], question, limit=EVERYTHING, offset=0))

    def close(self) -> None:
        """Give the memory back."""
        self._columns.close()


class Hand:
    """SQL by hand over the same files, the tree in memory."""

    def __init__(self, drawn: Drawn) -> None:
        self._database = duckdb.connect(
            config={"threads": 2, "memory_limit": MEMORY, "temp_directory": str(drawn.place / "spill")}
        )
        self._database.execute("SET preserve_insertion_order = false")
        self._database.execute(f"CREATE VIEW meeting AS SELECT * FROM read_parquet({drawn.files()})")
        self._database.execute(f"CREATE TABLE above AS SELECT * FROM '{drawn.state}/unit_above.parquet'")

    def totals(self, name: str) -> list[tuple[Any, ...]]:
        """A province over the whole time."""
        return self._rows(f"SELECT {_SUMS[name]} FROM {_COUNTED} AND above.above = '{PROVINCE}'")

    def branches(self, name: str) -> list[tuple[Any, ...]]:
        """The same, branch by branch."""
        query = f"SELECT branch::VARCHAR, {_SUMS[name]} FROM {_COUNTED} AND above.above = '{PROVINCE}'"
        return self._rows(f"{query} GROUP BY branch ORDER BY 1")

    def everywhere(self, name: str, tree_on: dt.date | None = None) -> pa.Table:
        """Every unit and place at once."""
        counted = _COUNTED if tree_on is None else _COUNTED.replace("meeting.day", f"DATE '{tree_on}'")
        query = f"SELECT above.above AS within, {_SUMS[name]} FROM {counted} GROUP BY above.above"
        return self._database.sql(query).to_arrow_table()

    def facts(self, name: str) -> list[tuple[Any, ...]]:
        """The facts behind the figure of one commune."""
        del name
        counted = f"{_COUNTED} AND above.above = '{COMMUNE}'"
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


_SUMS = {
    "attendance": "sum(roll_present), sum(roll_expected)",
    "meetings-held": "count(*), NULL",
}
_COUNTED = f"""meeting JOIN above ON above.unit = meeting.branch AND above.start_day <= meeting.day
    AND (above.end_day IS NULL OR above.end_day > meeting.day)
    WHERE recorded <= {KNOWN} AND (replaced_at IS NULL OR replaced_at > {KNOWN}) AND kind = 'regular'"""

if __name__ == "__main__":
    _measure_memory(Path(sys.argv[1]), int(sys.argv[2]))
