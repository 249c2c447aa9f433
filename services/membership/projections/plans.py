"""Which plans did officers register, and how were they assessed? The last word of each assessor counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Index, MetaData, Table, Text, Uuid

from shared.contracts.event import Event
from shared.contracts.membership import Assessor, PlanAssessed, PlanRegistered
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite


class Plans(Projection):
    """Plans of officers by unit and year. Keys: persons."""

    name = "plans"
    listens: ClassVar[frozenset[type[Event]]] = frozenset({PlanRegistered, PlanAssessed})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`plan`: a row for each registered plan."""
        self._plan = Table(
            "plan",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("unit", Uuid, primary_key=True),
            Column("year", BigInteger, primary_key=True, autoincrement=False),
            Column("registered_day", Date, nullable=False),
            Column("self_day", Date),
            Column("self_result", Text),
            Column("superior_day", Date),
            Column("superior_result", Text),
        )
        Index("plan_unit", self._plan.c.unit, self._plan.c.year)
        return [self._plan]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The officer, who is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these persons' plans again."""
        facts = views.about(self.listens, keys)
        rows = [row for person, about in facts.items() for row in _rows(person, about)]
        rewrite(views.connection, self._plan, self._plan.c.person, keys, rows)


def _rows(person: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    plans: dict[tuple[UUID, int], dict[str, Any]] = {}
    for said in in_order(facts):
        match said.fact:
            case PlanRegistered(unit=unit, year=year):
                plan = plans.setdefault((unit, year), dict.fromkeys(_ASSESSED))
                plan.setdefault("registered_day", said.day)
            case PlanAssessed(unit=unit, year=year, assessor=assessor, result=result):
                plan = plans.setdefault((unit, year), dict.fromkeys(_ASSESSED))
                plan[f"{assessor.value}_day"], plan[f"{assessor.value}_result"] = said.day, result
    for (unit, year), plan in plans.items():
        if "registered_day" in plan:
            yield {"person": person, "unit": unit, "year": year, **plan}


_ASSESSED = [f"{assessor.value}_{said}" for assessor in Assessor for said in ("day", "result")]
