"""Who carries on for a unit that merged? The unit into which it went, over however many mergers, by a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from shared.contracts.membership import UnitMerged
from shared.eventsourcing.facts import Facts


@dataclass(frozen=True, slots=True)
class Heirs:
    """The mergers that stand by a day."""

    into: dict[UUID, tuple[UUID, dt.date]]
    """Unit that ended → the unit in which it went on, and since when."""

    @classmethod
    def by(cls, connection: Connection, facts: Facts, day: dt.date) -> Heirs:
        """As recorded so far of mergers up to a day."""
        merged, source = facts.standing(UnitMerged).subquery(), facts.tables[UnitMerged].children["sources"]
        its = (source.c.poster == merged.c.poster) & (source.c.poster_sequence == merged.c.poster_sequence)
        query = select(source.c.value, merged.c.subject, merged.c.day).join(merged, its).where(merged.c.day <= day)
        rows = connection.execute(query.order_by(merged.c.day, merged.c.organisation, merged.c.sequence))
        return cls({row.value: (row.subject, row.day) for row in rows})

    def of(self, unit: UUID) -> UUID:
        """The unit itself while it has not merged."""
        met = {unit}
        while unit in self.into and self.into[unit][0] not in met:
            unit = self.into[unit][0]
            met.add(unit)
        return unit

    def line(self, unit: UUID) -> list[tuple[UUID, dt.date]]:
        """Each unit in which it went on, with the day from which what that one does counts for it."""
        found, met = list[tuple[UUID, dt.date]](), {unit}
        while unit in self.into and self.into[unit][0] not in met:
            unit, since = self.into[unit]
            met.add(unit)
            found.append((unit, since))
        return found
