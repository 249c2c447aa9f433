"""Which inspections were held, and what was put right when?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, Date, Index, MetaData, Table, Text, Uuid

from shared.contracts.event import Event
from shared.contracts.membership import FindingRemedied, InspectionHeld
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite


class Inspections(Projection):
    """Inspections and their remedies. Keys: inspections."""

    name = "inspections"
    listens: ClassVar[frozenset[type[Event]]] = frozenset({InspectionHeld, FindingRemedied})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`inspection`: a row for each that was held."""
        self._inspection = Table(
            "inspection",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("unit", Uuid, nullable=False),
            Column("day", Date, nullable=False),
            Column("inspector", Uuid),
            Column("finding", Text, nullable=False),
            Column("remedy_due", Date),
            Column("remedied_day", Date),
        )
        Index("inspection_unit", self._inspection.c.unit)
        return [self._inspection]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The inspection, which is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these inspections again."""
        facts = views.about(self.listens, keys)
        rows = [row for inspection, about in facts.items() for row in _row(inspection, in_order(about))]
        rewrite(views.connection, self._inspection, self._inspection.c.id, keys, rows)


def _row(inspection: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    row: dict[str, Any] = {}
    remedied = None
    for said in facts:
        match said.fact:
            case InspectionHeld() as held:
                row = {
                    "id": inspection,
                    "unit": held.unit,
                    "day": said.day,
                    "inspector": held.inspector,
                    "finding": held.finding,
                    "remedy_due": held.remedy_due,
                }
            case FindingRemedied() if remedied is None and row:
                remedied = said.day
    if row:
        yield {**row, "remedied_day": remedied}
