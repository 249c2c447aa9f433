# ruff: noqa: S608 — SQL by hand draws the history that is measured
"""E. How long does a draft take over past years? All branches with meetings, rolls, admissions and targets.

The facts are drawn straight into files of our layout, the tree into the views: only the trying is measured. Every year
is put to two rule sets, the draft and the one in force, each with conditions and a veto beside its points.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import duckdb
from sqlalchemy import insert

from bench.rounds import Report, require
from services.ratings.domain.rules import Evidence, Measured, evaluate
from services.ratings.projections import FIGURES, INDICATORS
from services.ratings.projections.bulk import Bulk
from services.ratings.projections.drafts import Draft, Drafting, Tried
from services.ratings.projections.replay import REPLAYED
from shared.contracts.event import Event
from shared.contracts.fields import Grade
from shared.contracts.meetings import MeetingHeld, PeriodicitySet
from shared.contracts.membership import MemberJoined, TargetSet
from shared.contracts.ratings import Criterion, GradeCondition, RuleDocument, RuleSetAdopted, Threshold, Veto
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Generations
from shared.history.columns.columns import Columns
from shared.history.columns.live import live
from shared.history.columns.manifest import Manifest, Part
from shared.history.columns.shape import FORMAT, ColumnFacts
from shared.history.columns.writer import folder_of
from shared.history.figures import Question

YEARS: Final = (2023, 2024, 2025)
GOAL: Final = 10.0
"""Seconds for three years of 10,000 branches on two processors."""
GOAL_BRANCHES: Final = 10_000
COMPARED: Final = 20
"""Branches that are asked one by one too."""
SINCE: Final = dt.date(2015, 1, 1)
_ORGANISATION = "md5('organisation')::UUID"
_WRITTEN = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rounds, and how many branches."""

    rounds: int
    branches: int


class Drawn:
    """A history in files, and a tree in views beside them."""

    def __init__(self, place: Path, branches: int) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.facts = ColumnFacts(REPLAYED.declaration.listens, REPLAYED.declaration.kept)
        self._folder = folder_of(place, self.facts)
        self._parts: dict[str, dict[str, list[Part]]] = {}
        self._generations = Generations(REPLAYED.declaration, f"sqlite:///{place / 'views.sqlite'}")
        self.runner = Runner(self._generations.serving())
        with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as database:
            database.execute("CREATE MACRO id(kind, number) AS md5(kind || number::VARCHAR)::UUID")
            database.execute(f"CREATE TABLE branch AS SELECT range AS branch FROM range({branches})")
            database.execute("CREATE TABLE month AS SELECT range AS month FROM range(36)")
            for cls, (source, values) in _FACTS.items():
                self._draw(database, cls, source, values)
            self._rolls(database)
            self._tree(database)
            ((root,),) = database.execute("SELECT id('root', 0)").fetchall()
            self.root = UUID(str(root))
        self._folder.publish(Manifest(format=FORMAT, digest=self.facts.digest(), parts=self._parts))
        self.columns = Columns(place, REPLAYED.declaration, live(lambda: self.runner.generation))

    def _draw(self, database: duckdb.DuckDBPyConnection, cls: type[Event], source: str, values: dict[str, str]) -> None:
        """Facts of one type, a few circumstances of them alike."""
        table = self.facts.tables[cls].table
        name = table.name.replace("fact_", "")
        common = {
            "poster": _ORGANISATION,
            "event_id": f"id('{name}', number)",
            "organisation": _ORGANISATION,
            "root_id": f"id('{name}', number)",
            "sequence": "poster_sequence",
            "recorded": "epoch_us(day::TIMESTAMP)",
            "occurred": "day::VARCHAR",
            "subject": f"id('{name}-subject', number)",
            "poster_sequence": "number + 1",
        }
        said = {**common, **values}
        columns = ", ".join(f'{said.get(each.name, "NULL")} AS "{each.name}"' for each in table.columns)
        query = f"SELECT {columns} FROM (SELECT *, row_number() OVER () - 1 AS number FROM ({source}))"
        self._write(database, table.name, query)

    def _rolls(self, database: duckdb.DuckDBPyConnection) -> None:
        """Four names on the roll of each meeting, three of them there."""
        name = self.facts.tables[MeetingHeld].table.name
        for part, few in (("roll_named_present", 3), ("roll_named_absent", 1)):
            query = (
                f"SELECT poster, poster_sequence, range AS place, "
                f"md5(branch::VARCHAR || (range + hash(day) % 2)::VARCHAR)::UUID AS value "
                f"FROM read_parquet('{self._folder.path}/{name}/-/*.parquet'), range({few})"
            )
            self._write(database, f"{name}__{part}", query)

    def _write(self, database: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        file = f"{name}/-/{0:08d}.parquet"
        (self._folder.path / file).parent.mkdir(parents=True, exist_ok=True)
        copied = database.execute(f"COPY ({query}) TO '{self._folder.path / file}' ({_WRITTEN})")
        ((count,),) = copied.fetchall()
        self._parts[name] = {"-": [Part(file, int(count))]}

    def _tree(self, database: duckdb.DuckDBPyConnection) -> None:
        """A root, a commune for every fifty branches, and the rule set in force."""
        tables = self.runner.generation.metadata.tables
        with self.runner.generation.store.write() as connection:
            for name, query in _TREE.items():
                found = database.execute(query)
                columns = [column[0] for column in found.description or ()]
                rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
                connection.execute(insert(tables[name]), rows)
            fact = adopted(rules((4_000, 3_000, 1_500, 1_500)))
            ((organisation, rule_set),) = database.execute(f"SELECT {_ORGANISATION}, md5('rules')::UUID").fetchall()
            row = {"poster": organisation, "poster_sequence": 1, "event_id": rule_set, "organisation": organisation}
            row |= {"root_id": rule_set, "sequence": 1, "recorded": 1, "occurred": "2015-01-01", "day": SINCE}
            table = self.runner.facts.tables[RuleSetAdopted]
            own = {field.column: field.value(fact) for field in table.fields if not field.child}
            raw = fact.model_dump_json(exclude_none=True).encode()
            connection.execute(insert(table.table), [{**row, "subject": rule_set, **own, "fact": raw}])

    def close(self) -> None:
        """Give everything back."""
        self.columns.close()
        self.runner.generation.store.close()
        self._generations.close()


class Trying:
    """The draft, timed; and the same of a few branches, one by one."""

    def __init__(self, report: Report, size: Size, folder: Path) -> None:
        self._report, self._size, self._folder = report, size, folder

    def run(self) -> None:
        """Every round, then the guards."""
        drawn = Drawn(self._folder, self._size.branches)
        draft = Draft(rules((2_500, 4_500, 1_500, 1_500)), "branch")
        seconds, processor, tried = list[float](), list[float](), list[Tried]()
        for _ in range(self._size.rounds):
            began, used = time.perf_counter(), time.process_time()
            drafting = Drafting(Bulk(drawn.runner, drawn.columns))
            tried = [
                drafting.tried(draft, question(drawn, year), None, lambda _: True, lambda _: None) for year in YEARS
            ]
            seconds.append(time.perf_counter() - began)
            processor.append(time.process_time() - used)
        title = f"E {len(YEARS)} years × {self._size.branches:,} branches: a draft beside the rules in force"
        said = ", ".join(
            f"{each:.1f} s ({used:.1f} s of processor)" for each, used in zip(seconds, processor, strict=True)
        )
        self._report.say(f"\n### {title}\n\n{said}")
        units = len(YEARS) * self._size.branches
        rates = {"rates": [units / each for each in seconds], "processor": [1e6 * each / units for each in processor]}
        self._report.keep(title, {"rows": {"**Nền Nếp**": rates}, "seconds": seconds})
        if self._size.branches >= GOAL_BRANCHES:
            self._report.guard("within the goal", lambda: _within(min(seconds)))
        self._report.guard("the same one by one", lambda: _same(drawn, draft, tried))
        drawn.close()


def question(drawn: Drawn, year: int) -> Question:
    """All branches, one year."""
    return Question(drawn.root, dt.date(year, 1, 1), dt.date(year + 1, 1, 1))


def rules(points: tuple[int, int, int, int]) -> RuleDocument:
    """Four computed criteria, conditions for the two best grades, and a veto."""
    named = ("meetings-held", "attendance", "members-attending", "recruiting")
    labels = ("mạnh", "khá", "trung bình", "yếu")
    return RuleDocument(
        schema_version=2,
        grades=tuple(Grade(scale="strength", rank=rank, label=label) for rank, label in enumerate(labels, 1)),
        criteria=tuple(
            Criterion(code=name, title=name, clause=str(place), points=most, indicator=name)
            for place, (name, most) in enumerate(zip(named, points, strict=True), 1)
        ),
        thresholds=tuple(Threshold(at_least=least, rank=rank) for rank, least in ((1, 8_000), (2, 6_500), (3, 5_000))),
        conditions=(
            GradeCondition(rank=1, title="Đủ kỳ", clause="9", when="meetings-held >= 90 % and attendance >= 70 %"),
            GradeCondition(rank=2, title="Chuyên cần", clause="9", when="attendance >= 50 %"),
        ),
        vetoes=(Veto(code="few", title="Ít người dự", clause="10", when="members-attending < 20 %", best=3),),
        otherwise=4,
    )


def adopted(document: RuleDocument) -> RuleSetAdopted:
    """As the organisation adopted it."""
    return RuleSetAdopted(
        title="Hướng dẫn",
        subject_kind="branch",
        issuer="Ban Thường vụ",
        legal_reference="1-HD/BTV",
        issued=SINCE,
        effective_from=SINCE,
        rules=document,
    )


def _within(seconds: float) -> str:
    require(seconds <= GOAL, f"{seconds:.1f} s, more than {GOAL:.0f} s")
    return f"{seconds:.1f} s of {GOAL:.0f} s"


def _same(drawn: Drawn, draft: Draft, tried: list[Tried]) -> str:
    """The grades of some branches, as the views' columns give them one by one."""
    year = tried[-1]
    moved = {each.unit: each for each in year.moved}
    asked = question(drawn, year.year)
    units = Bulk(drawn.runner, drawn.columns).units(asked, "branch")[:: max(1, year.units // COMPARED)]
    for unit in units:
        measured = _one(drawn, draft.rules, unit.id, asked)
        would = evaluate(draft.rules, Evidence(measured))
        was = evaluate(adopted(rules((4_000, 3_000, 1_500, 1_500))).rules, Evidence(measured))
        found = moved.get(unit.id)
        alone = None if was.grade == would.grade else (was.grade, would.grade)
        together = None if found is None else (found.was, found.would)
        require(alone == together, f"{unit.id}: {alone} by itself, {together} among all")
    return f"{len(units)} branches, {len(year.moved):,} of {year.units:,} moved"


def _one(drawn: Drawn, document: RuleDocument, unit: UUID, asked: Question) -> dict[str, Measured]:
    """Each figure of one branch, asked by itself."""
    found: dict[str, Measured] = {}
    for criterion in document.criteria:
        name = INDICATORS[criterion.indicator or ""]
        figure = FIGURES[name]
        wanted = replace(asked, unit=unit, parameters=dict(figure.parameters))
        row = drawn.columns.answer(figure, wanted)[0]
        found[criterion.indicator or ""] = Measured(name, row.numerator, row.denominator)
    return found


_DAY = "DATE '2023-01-01' + to_months(month::INT) + to_days((hash(branch * 37 + month) % 28)::INT)"
_MET = "WHERE hash(branch * 41 + month) % 100 < 70 + branch % 30"
_YEARS = "(SELECT unnest([2023, 2024, 2025]) AS year)"
_FACTS: Final[dict[type[Event], tuple[str, dict[str, str]]]] = {
    MeetingHeld: (
        f"SELECT branch, ({_DAY})::DATE AS day, 20 + hash(branch) % 30 AS expected FROM branch, month {_MET}",
        {
            "branch": "id('branch', branch)",
            "day": "day",
            "kind": "'regular'",
            "mode": "'in-person'",
            "roll_expected": "expected::BIGINT",
            "roll_present": "(expected * (40 + hash(number) % 61) // 100)::BIGINT",
            "roll_excused": "0",
            "roll_absent": "0",
            "roll_guests": "0",
        },
    ),
    MemberJoined: (
        f"SELECT branch, ({_DAY})::DATE AS day FROM branch, month WHERE month % 6 = branch % 6",
        {"branch": "id('branch', branch)", "day": "day"},
    ),
    TargetSet: (
        f"SELECT branch, year, make_date(year::INT, 1, 1) AS day FROM branch, {_YEARS}",
        {
            "scope": "id('branch', branch)",
            "day": "day",
            "indicator": "'admissions'",
            "period_start": "make_date(year::INT, 1, 1)",
            "period_end": "make_date(year::INT + 1, 1, 1)",
            "value": "(1 + branch % 4)::BIGINT",
        },
    ),
    PeriodicitySet: (
        "SELECT DATE '2015-01-01' AS day",
        {"day": "day", "subject": _ORGANISATION, "unit_kind": "'branch'", "every": "'month'", "starts": "day"},
    ),
}
_UNIT = (
    f"{_ORGANISATION} AS organisation, NULL AS level, DATE '2015-01-01' AS start_day, NULL::DATE AS end_day, "
    f"{_ORGANISATION} AS founded_in"
)
_ABOVE = "DATE '2015-01-01' AS start_day, NULL::DATE AS end_day"
_TREE: Final = {
    "unit": f"SELECT id('branch', branch) AS id, 'branch' AS kind, 'Chi hội' AS title, id('founding', branch) "
    f"AS founded_by, {_UNIT} FROM branch "
    f"UNION ALL SELECT DISTINCT id('commune', branch // 50), 'base-unit', 'Hội xã', id('commune-founding', "
    f"branch // 50), {_UNIT} FROM branch UNION ALL SELECT id('root', 0), 'province-body', 'Hội tỉnh', "
    f"id('root-founding', 0), {_UNIT}",
    "unit_above": f"SELECT id('branch', branch) AS unit, id('branch', branch) AS above, {_ABOVE} FROM branch "
    f"UNION ALL SELECT id('branch', branch), id('commune', branch // 50), {_ABOVE} FROM branch "
    f"UNION ALL SELECT id('branch', branch), id('root', 0), {_ABOVE} FROM branch "
    f"UNION ALL SELECT DISTINCT id('commune', branch // 50), id('commune', branch // 50), {_ABOVE} FROM branch "
    f"UNION ALL SELECT DISTINCT id('commune', branch // 50), id('root', 0), {_ABOVE} FROM branch "
    f"UNION ALL SELECT id('root', 0), id('root', 0), {_ABOVE}",
}
