"""What waits for a body? Every rating under it whose next step is its own, of periods that were opened or begun.

Units stand one a line. Of persons those who wait for the same step in the same unit stand on one line together.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Date, Row, Table, and_, literal, select

from services.ratings.domain.authority import over
from services.ratings.domain.course import Key
from services.ratings.domain.pool import pooled
from services.ratings.domain.raters import Rater, rater_of
from services.ratings.domain.waiting import Reached, Waiting, next_step
from services.ratings.projections.proposals import TooManyBranches
from services.ratings.projections.standings import STEP_COLUMNS
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.ratings import (
    RatedPerson,
    RatingAuthoritySet,
    RatingPeriodOpened,
    RatingPoolClosed,
    Step,
    pool_id,
    rated_id,
)
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.runner import Runner
from shared.units.lasting import lasting
from shared.units.standing_in import STANDINGS, Since, kept_ids, standing_in
from shared.units.tree import Tree

UNITS: Final = 2_000
"""Units looked at for one list."""
RULES: Final[tuple[type[Event], ...]] = (RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed)
Sees = Callable[[UUID], bool]
"""Whether the asker may be told which persons of a unit are meant."""


class Subject(NamedTuple):
    """What is rated: a unit, or a person in it by the id that is kept, in what standing."""

    unit: UUID
    kind: str | None = None
    person: UUID | None = None

    @property
    def id(self) -> UUID:
        """The subject of its facts."""
        return rated_id(self.unit, self.rated)

    @property
    def rated(self) -> RatedPerson | None:
        """The person as facts name one."""
        if self.kind is None or self.person is None:
            return None
        return RatedPerson.model_construct(person=self.person, kind=self.kind)


class Line(NamedTuple):
    """What waits of one kind in one unit; without a kind it is the unit's own rating."""

    unit: UUID
    kind: str | None
    key: Key
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class WorkList:
    """The views, and the tree of the caller's knowledge."""

    runner: Runner
    tree: Tree

    def of(self, body: UUID, day: dt.date, sees: Sees) -> Iterator[dict[str, Any]]:
        """What waits for a body on a day, soonest due first; who is not seen is only counted. TooManyBranches."""
        with self.runner.generation.store.read() as connection:
            found = _Asked(self.runner, self.tree, connection, body, day).lines()
        for line in sorted(found, key=_urgency):
            persons, (axis, period), due = sorted(found[line]), line.key, line.waiting.due
            yield {
                "unit": str(line.unit),
                "unit_title": self.tree.title(line.unit, day),
                "kind": line.kind,
                "number": None if line.kind is None else len(persons),
                "persons": [str(each) for each in persons] if line.kind is not None and sees(line.unit) else None,
                "axis": axis,
                "period": period.model_dump(mode="json"),
                "step": line.waiting.step.value,
                "due": None if due is None else due.isoformat(),
                "overdue": due is not None and due < day,
            }


@dataclass
class _Asked:
    """One question to one reading of the views."""

    runner: Runner
    tree: Tree
    connection: Connection
    body: UUID
    day: dt.date
    rules: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[UUID, Mapping[UUID, dt.date]] = field(default_factory=dict)
    raters: dict[tuple[UUID, str | None, str], Rater] = field(default_factory=dict)

    def lines(self) -> Mapping[Line, set[UUID]]:
        """What waits for the body, each with its persons; none where a unit's own rating does."""
        said = in_order(self.runner.facts.said(self.connection, RULES))
        pools = defaultdict[UUID, list[Said]](list)
        for each in said:
            if isinstance(each.fact, RatingAuthoritySet):
                self.rules[each.fact.axis].append(each)
            elif isinstance(each.fact, RatingPoolClosed) and each.day <= self.day:
                pools[each.subject].append(each)
        self.closed = {pool: pooled(lists) for pool, lists in pools.items()}
        found = defaultdict[Line, set[UUID]](set)
        for (subject, key), reached in self._reached(said).items():
            waiting = self._waiting(subject, key, reached)
            if waiting is not None and waiting.body == self.body:
                line = found[Line(subject.unit, subject.kind, key, waiting)]
                line |= set() if subject.person is None else {subject.person}
        return found

    def _waiting(self, subject: Subject, key: Key, reached: Reached) -> Waiting | None:
        rater = self._rater(subject, key[0])
        pool = None if rater.body is None else pool_id(rater.body, *key)
        lists = {} if pool is None else self.closed.get(pool, {})
        at = lists.get(subject.id) if lists else None
        days = reached.days if at is None else {**reached.days, Step.POOL_CLOSED: at}
        return next_step(reached._replace(days=days), rater, self.tree, self.day)

    def _rater(self, subject: Subject, axis: str) -> Rater:
        """The same of all persons of one standing in a unit."""
        asked = (subject.unit, subject.kind, axis)
        if asked not in self.raters:
            near = (self.body,)
            self.raters[asked] = rater_of(
                self.rules[axis], self.tree, subject.unit, axis, self.day, near, person=subject.rated
            )
        return self.raters[asked]

    # ── What was opened or begun ─────────────────────────────────────────────────────────────────────────────────

    def _reached(self, said: list[Said]) -> Mapping[tuple[Subject, Key], Reached]:
        """Every rating under the body that was opened or begun, and how far it has come; `said` in order."""
        units = self._units()
        there = {standing: self._there(standing, said, units) for standing in STANDINGS}
        found: dict[tuple[Subject, Key], Reached] = {}
        for each in said:
            match each.fact:
                case RatingPeriodOpened(axis=axis, period=period, subject_kind=kind, body=opener) if (
                    each.day <= self.day
                ):
                    for unit, its in units.items():
                        if kind not in {its, *STANDINGS} or not self._opens(opener, unit):
                            continue
                        first = Reached(unit, axis, period, {Step.OPENED: each.day})
                        for subject in _of_kind(unit, kind, there, period):
                            found.setdefault((subject, (axis, period)), first)
                case _:
                    continue
        for subject, row in self._begun(list(units)):
            key = (row.axis, Period(start=row.period_start, end=row.period_end))
            found[subject, key] = _further(found.get((subject, key)), row, key, self.day)
        return found

    def _opens(self, opener: UUID, unit: UUID) -> bool:
        return self.tree.under(unit, opener, self.day) or over(opener, unit, self.tree, self.day)

    def _there(self, standing: str, said: Iterable[Said], units: Iterable[UUID]) -> Since:
        """Who has a standing in these units on the day, where any period was opened for such persons."""
        if not any(isinstance(each.fact, RatingPeriodOpened) and each.fact.subject_kind == standing for each in said):
            return {}
        tables = self.runner.generation.metadata.tables
        return standing_in(self.connection, self.runner.facts, tables, standing, units, self.day)

    def _begun(self, units: list[UUID]) -> Iterator[tuple[Subject, Row[Any]]]:
        """Every rating of these units and of persons in them of which anything is said; the decided ones last."""
        tables = self.runner.generation.metadata.tables
        kept = kept_ids(self.connection, tables)
        rows = _rows(self.connection, tables["rating_standing"], units)
        for row in sorted(rows, key=lambda row: (row.decided or dt.date.min, row.rated)):
            yield Subject(row.unit, row.person_kind, kept.get(row.person, row.person)), row

    def _units(self) -> dict[UUID, str]:
        """The living units at and under the body, or around whose places it works, with their kinds."""
        tables = self.runner.generation.metadata.tables
        unit, above = tables["unit"], tables["unit_above"]
        roots, on = {self.body, self.tree.territory(self.body, self.day)} - {None}, literal(self.day, Date)
        query = (
            select(unit.c.id, unit.c.kind)
            .join(above, and_(above.c.unit == unit.c.id, lasting(above, on)))
            .where(above.c.above.in_(sorted(each for each in roots if each)), lasting(unit, on))
            .where(unit.c.level.is_(None))
            .distinct()
            .limit(UNITS + 1)
        )
        found = {row.id: row.kind for row in self.connection.execute(query)}
        if len(found) > UNITS:
            raise TooManyBranches("body")
        return found | {self.body: self.tree.kind(self.body) or ""}


def _of_kind(unit: UUID, kind: str, there: Mapping[str, Since], period: Period) -> Iterator[Subject]:
    """The unit itself; or who has the standing there since before the period was over."""
    if kind not in STANDINGS:
        yield Subject(unit)
        return
    for person, since in there[kind].get(unit, {}).items():
        if since < period.end:
            yield Subject(unit, kind, person)


def _further(before: Reached | None, row: Row[Any], key: Key, day: dt.date) -> Reached:
    """How far what is said takes it; of one person under several ids the first day of a step counts."""
    days = {step: at for step, name in STEP_COLUMNS.items() if (at := getattr(row, name)) and at <= day}
    earlier = {} if before is None else before.days
    both = {step: min(earlier.get(step, at), at) for step, at in days.items()}
    return Reached(
        row.unit,
        *key,
        {**earlier, **both},
        row.rater,
        row.open > 0 and row.open_since <= day,
        row.reverified,
        row.cancelled,
    )


def _rows(connection: Connection, table: Table, units: list[UUID]) -> Iterator[Row[Any]]:
    for chunk in chunks(units):
        yield from connection.execute(select(table).where(table.c.unit.in_(chunk)))


def _urgency(line: Line) -> tuple[dt.date, str, str, str]:
    return line.waiting.due or dt.date.max, str(line.unit), line.kind or "", line.key[0]
