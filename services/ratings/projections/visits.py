"""Do cadres come? Visits in lượt, sittings visited in cuộc, and who stayed below the duty of a month."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    Uuid,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)

from services.ratings.projections.parts import lasting, one
from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved, VisitCompleted, VisitDutySet
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.history.figures import Distinct, Figure, Relations

Charge = tuple[str, UUID, dt.date, dt.date | None, UUID]
"""Tier, area, first day, first day no longer, and the fact that assigned."""


class Charges(Projection):
    """Which cadre is in charge of which area from when to when. Keys: cadres."""

    name = "charges"
    listens = frozenset({CadreAssigned, CadreRelieved})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`charge` for each area; `on_duty` for each tier, areas that follow each other without a gap put together."""
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
        for table in (self._charge, self._on_duty):
            views.connection.execute(delete(table).where(table.c.cadre.in_(keys)))
        lives: dict[tuple[UUID, UUID], list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, self.listens, subjects=keys):
            lives[said.organisation, said.subject].append(said)
        charges, duties = [], []
        for (organisation, cadre), facts in lives.items():
            held = list(_charges(facts))
            who = {"organisation": organisation, "cadre": cadre}
            for tier, area, start, end, event in held:
                row = {"tier": tier, "area": area, "start_day": start, "end_day": end, "assigned_by": event}
                charges.append(who | row)
            for tier in {each[0] for each in held}:
                for start, end in _joined(each[2:4] for each in held if each[0] == tier):
                    duties.append(who | {"tier": tier, "start_day": start, "end_day": end})
        for table, rows in ((self._charge, charges), (self._on_duty, duties)):
            if rows:
                views.connection.execute(insert(table), rows)


def _charges(facts: Iterable[Said]) -> Iterator[Charge]:
    """Each area from assignment to relief; assigned again meanwhile, the later word holds from its day."""
    open_: dict[UUID, Charge] = {}
    for said in in_order(facts):
        area: UUID = said.fact.area  # type: ignore[attr-defined] — both facts have one
        if (held := open_.pop(area, None)) is not None and held[2] < said.day:
            yield (*held[:3], said.day, held[4])
        if isinstance(said.fact, CadreAssigned):
            open_[area] = (said.fact.tier, area, said.day, None, said.event)
    yield from open_.values()


def _joined(spans: Iterable[tuple[Any, ...]]) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Spans put together where the next begins before or when the one before ends."""
    last: tuple[dt.date, dt.date | None] | None = None
    for start, end in sorted(spans, key=lambda span: span[0]):
        if last is None:
            last = (start, end)
        elif last[1] is None or start <= last[1]:
            last = (last[0], None if last[1] is None or end is None else max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last


def _visits(relations: Relations) -> Select[Any]:
    facts = relations.standing(VisitCompleted)
    return select(
        facts.c.unit,
        facts.c.day,
        facts.c.cadre,
        facts.c.tier,
        facts.c.organisation,
        facts.c.meeting_organisation,
        facts.c.meeting_meeting,
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _below(relations: Relations) -> Select[Any]:
    """One row for each area that a cadre on duty is in charge of, in each month; and the visits that were counted."""
    month, duty, charge = relations.months(), relations.tables["on_duty"], relations.tables["charge"]
    visit, excuse, set_ = (relations.standing(cls) for cls in (VisitCompleted, CadreExcused, VisitDutySet))
    owed = (
        select(set_.c.at_least)
        .where(set_.c.organisation == duty.c.organisation, set_.c.tier == duty.c.tier, set_.c.day <= month.c.first)
        .order_by(set_.c.day.desc(), set_.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    excused = exists(
        select(literal(1)).where(
            excuse.c.subject == duty.c.cadre,
            excuse.c.organisation == duty.c.organisation,
            excuse.c.period_start <= month.c.last,
            excuse.c.period_end > month.c.first,
        )
    )
    visits = (
        select(func.count())
        .select_from(visit)
        .where(visit.c.cadre == duty.c.cadre, visit.c.day >= month.c.first, visit.c.day <= month.c.last)
        .scalar_subquery()
    )
    whole_month = and_(lasting(duty, month.c.first), lasting(duty, month.c.last))
    months = (
        select(duty, month.c.first, owed.label("owed"), visits.label("visits"))
        .select_from(duty)
        .join(month, whole_month)
        .where(~excused)
        .subquery()
    )
    in_charge = and_(
        charge.c.organisation == months.c.organisation,
        charge.c.cadre == months.c.cadre,
        charge.c.tier == months.c.tier,
        lasting(charge, months.c.first),
    )
    rows = (
        select(
            charge.c.area.label("unit"),
            months.c.first.label("day"),
            months.c.organisation,
            months.c.cadre,
            months.c.tier,
            cast(case((months.c.visits < months.c.owed, 1), else_=0), Integer).label("numerator"),
            one().label("denominator"),
            charge.c.organisation.label("poster"),
            charge.c.assigned_by.label("event_id"),
        )
        .select_from(months)
        .join(charge, in_charge)
        .where(months.c.owed.is_not(None))
    )
    behind = select(
        visit.c.unit,
        visit.c.day,
        visit.c.organisation,
        visit.c.cadre,
        visit.c.tier,
        literal(0, Integer),
        literal(0, Integer),
        visit.c.poster,
        visit.c.event_id,
    )
    table = union_all(rows, behind).subquery()
    return select(table, func.substr(cast(table.c.day, String), 1, 7).label("owed_in"))


FIGURES = (
    Figure(
        "visits",
        "Lượt cán bộ dự sinh hoạt trong kỳ; hai cán bộ cùng dự một buổi là hai lượt.",
        "Visits of cadres to sittings in the period; two cadres at one sitting are two visits.",
        _visits,
        frozenset({VisitCompleted}),
        frozenset({"units"}),
        keys=("tier", "cadre", "organisation"),
    ),
    Figure(
        "sittings-visited",
        "Cuộc sinh hoạt có cán bộ dự trong kỳ; nhiều cán bộ cùng dự vẫn là một cuộc, nên không cộng các cấp lại.",
        "Sittings visited in the period; several cadres at one sitting are one, so tiers are not added up.",
        _visits,
        frozenset({VisitCompleted}),
        frozenset({"units"}),
        keys=("tier", "cadre", "organisation"),
        measure=Distinct(("meeting_organisation", "meeting_meeting")),
    ),
    Figure(
        "cadres-below-duty",
        "Cán bộ phụ trách địa bàn cả tháng mà dự ít hơn mức quy định, trên số cán bộ phải dự; tính theo cán bộ–tháng.",
        "Cadres in charge all month who made fewer visits than owed, out of those who owed; in cadre-months.",
        _below,
        frozenset({CadreAssigned, CadreRelieved, CadreExcused, VisitDutySet, VisitCompleted}),
        frozenset({"units", "charges"}),
        keys=("tier", "cadre", "organisation"),
        measure=Distinct(("organisation", "cadre", "tier", "owed_in")),
    ),
)
