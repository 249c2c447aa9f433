"""Which cadre is in charge of which area, from when to when?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, MetaData, Table, Text, Uuid

from shared.contracts.meetings import CadreAssigned, CadreRelieved
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite


class Charges(Projection):
    """Keys: cadres."""

    name = "charges"
    listens = frozenset({CadreAssigned, CadreRelieved})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`charge`: each organisation's word by itself."""
        self._charge = Table(
            "charge",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("cadre", Uuid, primary_key=True),
            Column("area", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("tier", Text, nullable=False),
        )
        return [self._charge]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The cadre."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these cadres' assignments again."""
        lives = views.about(self.listens, keys)
        rows = [row for cadre, facts in lives.items() for row in _charges(cadre, facts)]
        rewrite(views.connection, self._charge, self._charge.c.cadre, keys, rows)


def _charges(cadre: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """From assignment to relief; assigned again meanwhile, the later word holds from its day."""
    open_: dict[tuple[UUID, UUID], tuple[dt.date, str]] = {}
    for said in in_order(facts):
        if isinstance(said.fact, CadreAssigned | CadreRelieved):
            held = open_.pop((said.organisation, said.fact.area), None)
            if held is not None and held[0] < said.day:
                yield _row(cadre, (said.organisation, said.fact.area), held, said.day)
            if isinstance(said.fact, CadreAssigned):
                open_[said.organisation, said.fact.area] = (said.day, said.fact.tier)
    for place, held in open_.items():
        yield _row(cadre, place, held, None)


def _row(cadre: UUID, place: tuple[UUID, UUID], held: tuple[dt.date, str], end: dt.date | None) -> dict[str, Any]:
    organisation, area = place
    start, tier = held
    who = {"organisation": organisation, "cadre": cadre, "area": area}
    return who | {"start_day": start, "end_day": end, "tier": tier}
