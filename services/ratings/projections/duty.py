"""Which cadres stayed below their duty? Who is in charge of which area when, and visits made beside visits owed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Date,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    case,
    func,
    select,
    tuple_,
    union_all,
)

from services.ratings.projections.parts import behind, counts, in_force, lasting
from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved, VisitCompleted, VisitDutySet
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import found_by, rewrite
from shared.history.figures import MONTH, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.projection import Units


class Charge(NamedTuple):
    """A cadre of a tier is in charge of an area from `start` to before `end` (none: still)."""

    tier: str
    area: UUID
    start: dt.date
    end: dt.date | None
    assigned_by: UUID


class Charges(Projection):
    """Which cadre is in charge of which area from when to when. Keys: cadres."""

    name = "charges"
    version = 2
    listens = frozenset({CadreAssigned, CadreRelieved})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`charge` for each area; `on_duty` for each tier, areas that follow each other without a gap put together."""
        found_by(metadata, VisitCompleted, "cadre", "day")
        self._charge = Table(
            "charge",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("area", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("tier", Text, nullable=False),
            Column("end_day", Date),
            Column("assigned_by", Uuid, nullable=False),
        )
        self._on_duty = Table(
            "on_duty",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("tier", Text, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
        )
        return self._charge, self._on_duty

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The cadre."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these cadres' assignments again, each organisation's by itself."""
        lives: dict[tuple[UUID, UUID], list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, self.listens, subjects=keys):
            lives[said.organisation, said.subject].append(said)
        charges: list[dict[str, Any]] = []
        duties: list[dict[str, Any]] = []
        for (organisation, cadre), facts in lives.items():
            who = {"organisation": organisation, "cadre": cadre}
            held = list(_charges(facts))
            charges += (
                who
                | {"area": each.area, "start_day": each.start, "end_day": each.end}
                | {"tier": each.tier, "assigned_by": each.assigned_by}
                for each in held
            )
            duties += (
                who | {"tier": tier, "start_day": start, "end_day": end}
                for tier in {each.tier for each in held}
                for start, end in _joined(each for each in held if each.tier == tier)
            )
        rewrite(views.connection, self._charge, self._charge.c.cadre, keys, charges)
        rewrite(views.connection, self._on_duty, self._on_duty.c.cadre, keys, duties)


def _charges(facts: Iterable[Said]) -> Iterator[Charge]:
    """Each area from assignment to relief; assigned again meanwhile, the later word holds from its day."""
    open_: dict[UUID, Charge] = {}
    for said in in_order(facts):
        if isinstance(said.fact, CadreAssigned | CadreRelieved):
            held = open_.pop(said.fact.area, None)
            if held is not None and held.start < said.day:
                yield held._replace(end=said.day)
            if isinstance(said.fact, CadreAssigned):
                open_[said.fact.area] = Charge(said.fact.tier, said.fact.area, said.day, None, said.event)
    yield from open_.values()


def _joined(charges: Iterable[Charge]) -> Iterator[tuple[dt.date, dt.date | None]]:
    """The days on which any of the charges lasts, as spans with gaps between them."""
    spans = sorted((charge.start, charge.end or dt.date.max) for charge in charges)
    start, end = spans[0]
    for following, until in spans[1:]:
        if following > end:
            yield start, end
            start = following
        end = max(end, until)
    yield start, None if end == dt.date.max else end


def _owing(relations: Relations) -> CTE:
    """One row for each cadre, tier and month in which visits were owed; 1 where fewer were made, wherever."""
    months, duty, rule = relations.months(), relations.tables["on_duty"], in_force(relations, VisitDutySet, "tier")
    excuse, visit = relations.standing(CadreExcused), relations.standing(VisitCompleted)
    charge = relations.tables["charge"]
    excused = select(excuse.c.organisation, excuse.c.subject, months.c.first).join(
        months, and_(excuse.c.period_start <= months.c.last, excuse.c.period_end > months.c.first)
    )
    made = select(func.count()).where(_made_by(visit, duty.c.cadre, months)).scalar_subquery()
    return (
        select(
            *(duty.c.organisation, duty.c.cadre, duty.c.tier, months.c.first, months.c.last),
            case((made < rule.c.at_least, 1), else_=0).label("below"),
        )
        .select_from(duty)
        .join(months, and_(lasting(duty, months.c.first), lasting(duty, months.c.last)))
        .join(rule, and_(rule.c.organisation == duty.c.organisation, rule.c.tier == duty.c.tier))
        .where(lasting(rule, months.c.first))
        .where(duty.c.cadre.in_(select(charge.c.cadre).where(near(relations, charge.c.area))))
        .where(tuple_(duty.c.organisation, duty.c.cadre, months.c.first).not_in(excused))
        .cte("owing")
    )


def _below(relations: Relations) -> Select[Any]:
    """One row for each area, cadre, tier and month, and each assignment and visit behind it."""
    owing, visit, charge = _owing(relations), relations.standing(VisitCompleted), relations.tables["charge"]
    area, assigned = charge.alias(), charge.alias()
    thing = (
        area.c.area.label("unit"),
        owing.c.first.label("day"),
        *(owing.c.organisation, owing.c.cadre, owing.c.tier),
        *counts(owing.c.below, 1),
    )
    held = owing.join(area, _held_by(area, owing))
    reason = (assigned.c.organisation.label("log"), assigned.c.assigned_by.label("root"))
    assignments = select(*thing, *reason).select_from(held.join(assigned, _held_by(assigned, owing)))
    visits = select(*thing, *behind(visit)).select_from(held.join(visit, _made_by(visit, owing.c.cadre, owing)))
    return select(union_all(assignments, visits).subquery())


def _made_by(visit: FromClause, cadre: ColumnElement[Any], month: CTE) -> ColumnElement[bool]:
    return and_(visit.c.cadre == cadre, visit.c.day >= month.c.first, visit.c.day <= month.c.last)


def _held_by(charge: FromClause, owing: CTE) -> ColumnElement[bool]:
    return and_(
        charge.c.organisation == owing.c.organisation,
        charge.c.cadre == owing.c.cadre,
        charge.c.tier == owing.c.tier,
        lasting(charge, owing.c.first),
    )


FIGURES = (
    Figure(
        "cadres-below-duty",
        "Cán bộ phụ trách địa bàn cả tháng mà dự ít hơn mức quy định, trên số cán bộ phải dự; tính theo cán bộ–tháng, "
        "dự ở đâu cũng tính, tháng được miễn dù một ngày thì không tính.",
        "Cadres in charge all month who made fewer visits than owed, anywhere, out of those who owed; in cadre-months, "
        "leaving out months in which the cadre was excused on any day.",
        _below,
        frozenset({CadreExcused, VisitDutySet, VisitCompleted}),
        (Units, Charges),
        keys=("tier", "cadre", "organisation"),
        measure=Distinct(("organisation", "cadre", "tier", MONTH)),
    ),
)
