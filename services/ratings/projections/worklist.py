"""What waits for a body? Every unit under it whose next step is its own, of periods that were opened or begun."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Date, Row, Table, and_, literal, select

from services.ratings.domain.authority import over
from services.ratings.domain.course import Key
from services.ratings.domain.pool import pooled
from services.ratings.domain.raters import rater_of
from services.ratings.domain.waiting import Reached, Waiting, next_step
from services.ratings.projections.parts import lasting
from services.ratings.projections.proposals import TooManyBranches
from services.ratings.projections.standings import STEP_COLUMNS
from shared.contracts.fields import Period
from shared.contracts.ratings import RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed, Step, pool_id
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.runner import Runner
from shared.units.tree import Tree

UNITS: Final = 2_000
"""Units looked at for one list."""


@dataclass(frozen=True, slots=True)
class WorkList:
    """The views, and the tree of the caller's knowledge."""

    runner: Runner
    tree: Tree

    def of(self, body: UUID, day: dt.date) -> Iterator[dict[str, Any]]:
        """What waits for a body on a day, soonest due first. TooManyBranches."""
        with self.runner.generation.store.read() as connection:
            found = [
                (reached, waiting) for reached, waiting in self._waiting(connection, body, day) if waiting.body == body
            ]
        for reached, waiting in sorted(found, key=_urgency):
            yield {
                "unit": str(reached.unit),
                "unit_title": self.tree.title(reached.unit, day),
                "axis": reached.axis,
                "period": reached.period.model_dump(mode="json"),
                "step": waiting.step.value,
                "due": None if waiting.due is None else waiting.due.isoformat(),
                "overdue": waiting.due is not None and waiting.due < day,
            }

    def _waiting(self, connection: Connection, body: UUID, day: dt.date) -> Iterator[tuple[Reached, Waiting]]:
        said = in_order(self.runner.facts.said(connection, [RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed]))
        rules, pools = defaultdict[str, list[Said]](list), defaultdict[UUID, list[Said]](list)
        for each in said:
            if isinstance(each.fact, RatingAuthoritySet):
                rules[each.fact.axis].append(each)
            elif isinstance(each.fact, RatingPoolClosed) and each.day <= day:
                pools[each.subject].append(each)
        closed = {pool: pooled(lists) for pool, lists in pools.items()}
        for reached in self._reached(connection, said, body, day).values():
            rater = rater_of(rules[reached.axis], self.tree, reached.unit, reached.axis, day, (body,))
            pool = None if rater.body is None else pool_id(rater.body, reached.axis, reached.period)
            at = None if pool is None else closed.get(pool, {}).get(reached.unit)
            days = reached.days if at is None else {**reached.days, Step.POOL_CLOSED: at}
            waiting = next_step(reached._replace(days=days), rater, self.tree, day)
            if waiting is not None:
                yield reached, waiting

    def _reached(
        self, connection: Connection, said: list[Said], body: UUID, day: dt.date
    ) -> Mapping[tuple[UUID, Key], Reached]:
        """Every rating under the body that was opened or begun, and how far it has come; `said` in order."""
        table = self.runner.generation.metadata.tables["rating_standing"]
        units = self._units(connection, body, day)
        found: dict[tuple[UUID, Key], Reached] = {}
        for each in said:
            match each.fact:
                case RatingPeriodOpened(axis=axis, period=period, subject_kind=kind, body=opener) if each.day <= day:
                    for unit, its in units.items():
                        if its == kind and (self.tree.under(unit, opener, day) or over(opener, unit, self.tree, day)):
                            first = Reached(unit, axis, period, {Step.OPENED: each.day})
                            found.setdefault((unit, (axis, period)), first)
                case _:
                    continue
        for row in _rows(connection, table, list(units)):
            period = Period(start=row.period_start, end=row.period_end)
            opened = found.get((row.unit, (row.axis, period)))
            days = {step: at for step, name in STEP_COLUMNS.items() if (at := getattr(row, name)) and at <= day}
            found[row.unit, (row.axis, period)] = Reached(
                row.unit,
                row.axis,
                period,
                {**({} if opened is None else opened.days), **days},
                row.rater,
                row.open > 0 and row.open_since <= day,
                row.reverified,
                row.cancelled,
            )
        return found

    def _units(self, connection: Connection, body: UUID, day: dt.date) -> dict[UUID, str]:
        """The living units at and under a body, or around whose places it works, with their kinds."""
        tables = self.runner.generation.metadata.tables
        unit, above = tables["unit"], tables["unit_above"]
        roots, on = {body, self.tree.territory(body, day)} - {None}, literal(day, Date)
        query = (
            select(unit.c.id, unit.c.kind)
            .join(above, and_(above.c.unit == unit.c.id, lasting(above, on)))
            .where(above.c.above.in_(sorted(each for each in roots if each)), lasting(unit, on))
            .where(unit.c.level.is_(None))
            .distinct()
            .limit(UNITS + 1)
        )
        found = {row.id: row.kind for row in connection.execute(query)}
        if len(found) > UNITS:
            raise TooManyBranches("body")
        return found | {body: self.tree.kind(body) or ""}


def _rows(connection: Connection, table: Table, units: list[UUID]) -> Iterator[Row[Any]]:
    for chunk in chunks(units):
        yield from connection.execute(select(table).where(table.c.unit.in_(chunk)))


def _urgency(found: tuple[Reached, Waiting]) -> tuple[dt.date, str, str]:
    reached, waiting = found
    return waiting.due or dt.date.max, str(reached.unit), reached.axis
