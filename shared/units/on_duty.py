"""Which cadre is in charge of which area, and for whom? Charges, unbroken times on duty and excuses, as rows.

An organisation that closes passes them on: what one row tells for it until `passed_on`, another tells for whoever
follows. A month belongs to the organisation of its first day, so a row's `end_day` looks past that change.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Date, FromClause, MetaData, Table, Text, Uuid, and_, or_

from shared.contracts.event import Event
from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved, VisitCompleted
from shared.contracts.membership import MembershipLogClosed
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import found_by, rewrite
from shared.units.charges import Service, charges, services
from shared.units.lasting import lasting
from shared.units.life import spoken_of
from shared.units.projection import BRANCH_FACTS
from shared.units.tree import Tree
from shared.units.trees import Trees

Days = tuple[dt.date, dt.date | None]
DUTY_FACTS: Final[frozenset[type[Event]]] = frozenset({CadreAssigned, CadreRelieved, CadreExcused})
"""The facts about cadres that are folded."""


def on_duty(table: FromClause, day: dt.date | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row of `charge` or `on_duty` tells of a day for its own organisation, not for the one that follows."""
    return and_(lasting(table, day), or_(table.c.passed_on.is_(None), table.c.passed_on > day))


class Charges(Projection):
    """Which cadre is in charge of which area from when to when, and for whom. Keys: cadres."""

    name = "charges"
    version = 3
    listens = DUTY_FACTS | BRANCH_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`charge` for each area; `on_duty` for each tier, areas that follow each other put together; `excused`."""
        self._trees = Trees.of(metadata)
        found_by(metadata, VisitCompleted, "cadre", "day")
        self._charge = Table(
            "charge",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("area", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("assigned_by", Uuid, primary_key=True),
            Column("assigned_in", Uuid, nullable=False),
            Column("tier", Text, nullable=False),
            Column("end_day", Date),
            Column("passed_on", Date),
        )
        self._on_duty = Table(
            "on_duty",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("tier", Text, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("passed_on", Date),
        )
        self._excused = Table(
            "excused",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("excused_by", Uuid, primary_key=True),
            Column("period_start", Date, nullable=False),
            Column("period_end", Date, nullable=False),
        )
        return self._charge, self._on_duty, self._excused

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The cadre; of a closing those assigned by whoever passes on; of a unit that may go apart, those in charge."""
        if type(said.fact) in DUTY_FACTS:
            return [said.subject]
        tree = self._trees.current(views)
        if isinstance(said.fact, MembershipLogClosed):
            line = {said.subject} | tree.predecessors(said.subject)
            return {row.subject for row in views.naming(CadreAssigned, "organisation", line, "subject")}
        if not any(_in_portions(tree.closing(each)) for each in tree.lives.closed):
            return ()
        touched = tree.affected(spoken_of(said))
        return {row.subject for row in views.naming(CadreAssigned, "area", touched, "subject")}

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these cadres' assignments again."""
        tree = self._trees.current(views)
        rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        for cadre, facts in views.about(DUTY_FACTS, keys).items():
            held = [each for charge in charges(facts, tree) for each in services(charge, tree)]
            rows[self._charge] += ({"cadre": cadre} | row for row in _charge_rows(held))
            rows[self._on_duty] += ({"cadre": cadre} | row for row in _duty_rows(held, tree))
            rows[self._excused] += ({"cadre": cadre} | row for row in _excuse_rows(facts, held, tree))
        for table in self.tables:
            rewrite(views.connection, table, table.c.cadre, keys, rows[table])

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


def _in_portions(closing: Said | None) -> bool:
    return closing is not None and isinstance(closing.fact, MembershipLogClosed) and bool(closing.fact.portions)


def _charge_rows(held: Iterable[Service]) -> Iterator[dict[str, Any]]:
    for organisation, charge, passed_on in held:
        yield {
            "organisation": organisation,
            "area": charge.area,
            "start_day": charge.start,
            "assigned_by": charge.assigned_by,
            "assigned_in": charge.assigned_in,
            "tier": charge.tier,
            "end_day": charge.end,
            "passed_on": passed_on,
        }


def _duty_rows(held: list[Service], tree: Tree) -> Iterator[dict[str, Any]]:
    for organisation, tier in sorted({(each.organisation, each.charge.tier) for each in held}):
        same = [each for each in held if each.charge.tier == tier]
        mine = [each for each in same if each.organisation == organisation]
        unbroken = list(_joined([*map(_days, mine), *_after(organisation, same, tree)]))
        for start, end in _joined((each.charge.start, each.passed_on or each.charge.end) for each in mine):
            last = next(until for since, until in unbroken if since <= start and (until is None or start < until))
            yield {
                "organisation": organisation,
                "tier": tier,
                "start_day": start,
                "end_day": last,
                "passed_on": end if end != last else None,
            }


def _after(organisation: UUID, same: Iterable[Service], tree: Tree) -> Iterator[Days]:
    """On duty for those who follow, from the closing day on."""
    closing = tree.closing(organisation)
    others = tree.followers(organisation) - {organisation}
    for each in same if closing is not None else ():
        start, end = _days(each)
        if closing is not None and each.organisation in others and (end is None or closing.day < end):
            yield max(start, closing.day), end


def _days(service: Service) -> Days:
    return service.charge.start, service.charge.end


def _joined(spans: Iterable[Days]) -> Iterator[Days]:
    """The days on which any of the spans lasts, as spans with gaps between them."""
    ordered = sorted((start, end or dt.date.max) for start, end in spans)
    start, end = ordered[0]
    for following, until in ordered[1:]:
        if following > end:
            yield start, None if end == dt.date.max else end
            start = following
        end = max(end, until)
    yield start, None if end == dt.date.max else end


def _excuse_rows(facts: Iterable[Said], held: Iterable[Service], tree: Tree) -> Iterator[dict[str, Any]]:
    """An excuse frees the cadre in the whole line of organisations that follow each other."""
    served = {each.organisation for each in held}
    for said in facts:
        if isinstance(said.fact, CadreExcused):
            for organisation in served:
                if tree.follows(organisation, said.organisation) or tree.follows(said.organisation, organisation):
                    yield {
                        "organisation": organisation,
                        "excused_by": said.event,
                        "period_start": said.fact.period.start,
                        "period_end": said.fact.period.end,
                    }
