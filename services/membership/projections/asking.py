"""What do the questions of membership share? A reading of the views, what holds on a day, what counts in a unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, Subquery, Table, and_, select
from sqlalchemy.sql.selectable import FromClause

from shared.contracts.event import Event
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.runner import Runner
from shared.units.lasting import lasting

Row = Mapping[str, Any]


class Span(NamedTuple):
    """From `start` to before `end`; none: still so."""

    start: dt.date
    end: dt.date | None

    def covers(self, day: dt.date) -> bool:
        """Whether a day lies within."""
        return self.start <= day and (self.end is None or day < self.end)

    def meets(self, other: Span) -> bool:
        """Whether the two have a day in common."""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)


@dataclass(frozen=True, slots=True)
class Reading:
    """One consistent reading of the views."""

    connection: Connection
    facts: Facts
    tables: Mapping[str, Table]
    given_up: Mapping[UUID, UUID]
    """Ids that stand for a person who is kept under another id."""

    def whom(self, person: UUID) -> UUID:
        """The id under which a person is kept."""
        return self.given_up.get(person, person)

    def ids(self, persons: Iterable[UUID]) -> list[UUID]:
        """Every id under which facts may speak of these persons."""
        wanted = set(persons)
        return sorted(wanted | {given_up for given_up, kept in self.given_up.items() if kept in wanted})

    def rows(self, query: Select[Any]) -> list[Row]:
        """What a query finds."""
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def standing(self, cls: type[Event]) -> Subquery:
        """The standing facts of a type."""
        return self.facts.standing(cls).subquery()

    def under(self, unit: UUID) -> dict[UUID, list[Span]]:
        """Every unit that ever counted in this one, itself included, with the days on which it did."""
        above = self.tables["unit_above"]
        found: dict[UUID, list[Span]] = {}
        for row in self.connection.execute(select(above).where(above.c.above == unit)):
            found.setdefault(row.unit, []).append(Span(row.start_day, row.end_day))
        return found

    def counted_in(self, unit: UUID, table: FromClause, named: str, day: str = "day") -> Select[Any]:
        """The rows of a table whose unit counted in the asked one on the row's own day."""
        above = self.tables["unit_above"].alias()
        joined = and_(above.c.unit == table.c[named], lasting(above, table.c[day]))
        return select(table).join(above, joined).where(above.c.above == unit)

    def unit(self, unit: UUID) -> Row | None:
        """A unit or place as it is known now."""
        table = self.tables["unit"]
        found = self.rows(select(table).where(table.c.id == unit))
        return found[0] if found else None


@contextmanager
def reading(runner: Runner) -> Iterator[Reading]:
    """Read the views that serve, over one connection."""
    generation = runner.generation
    with generation.store.read() as connection:
        identity = generation.metadata.tables["identity"]
        merged = connection.execute(select(identity.c.person, identity.c.kept).distinct())
        given_up = {row.person: row.kept for row in merged}
        yield Reading(connection, runner.facts, generation.metadata.tables, given_up)
