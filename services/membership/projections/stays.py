"""Who is on the list of a unit when? Stays of the roster as far as their branches count in it, each stretch once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select

from services.membership.projections.asking import Reading, Span
from shared.eventsourcing.chunks import chunks
from shared.units.lasting import lasting


class Member(NamedTuple):
    """A person in a branch."""

    person: UUID
    branch: UUID


@dataclass(frozen=True, slots=True)
class Stay:
    """One person's unbroken time on the list."""

    person: UUID
    unit: UUID
    """The unit on whose book the person stands at the beginning: the branch, or a sub-branch of it."""
    start: dt.date
    end: dt.date | None
    opened: tuple[UUID, UUID]
    """The fact by which the person came: whose log, and the root's id."""

    def meets(self, span: Span) -> bool:
        """Whether the person was on the list on a day of it."""
        return Span(self.start, self.end).meets(span)

    def lasts(self, day: dt.date) -> bool:
        """Whether the person was on the list on a day."""
        return Span(self.start, self.end).covers(day)


def stays(reading: Reading, under: Mapping[UUID, Sequence[Span]]) -> list[Stay]:
    """Everybody's stretches on the list of what these units are, by person and day."""
    roster, pieces = reading.tables["roster"], defaultdict[UUID, list[Stay]](list)
    for chunk in chunks(sorted(under)):
        for row in reading.connection.execute(select(roster).where(roster.c.branch.in_(chunk))):
            opened = row.opened_in, row.opened_by
            whole = Stay(reading.whom(row.person), row.branch, row.start_day, row.end_day, opened)
            pieces[whole.person] += _within(whole, under[row.branch])
    return [stretch for person in sorted(pieces) for stretch in _joined(pieces[person])]


def members(reading: Reading, unit: UUID, day: dt.date) -> set[Member]:
    """Members under a unit on a day: each once in each branch, sub-branches counting in the branch above them."""
    roster, above, sub = (reading.tables[name].alias() for name in ("roster", "unit_above", "sub_branch"))
    query = (
        select(roster.c.person, func.coalesce(sub.c.branch, roster.c.branch).label("branch"))
        .join(above, and_(above.c.unit == roster.c.branch, lasting(above, day)))
        .outerjoin(sub, and_(sub.c.unit == roster.c.branch, lasting(sub, day)))
        .where(above.c.above == unit, lasting(roster, day))
    )
    return {Member(reading.whom(row.person), _id(row.branch)) for row in reading.connection.execute(query)}


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _within(stay: Stay, spans: Iterable[Span]) -> Iterator[Stay]:
    """The parts of a stay in which its branch counts."""
    for span in spans:
        if stay.meets(span):
            ends = [end for end in (stay.end, span.end) if end is not None]
            yield replace(stay, start=max(stay.start, span.start), end=min(ends, default=None))


def _joined(pieces: Iterable[Stay]) -> Iterator[Stay]:
    """One person's parts, those that touch or overlap put together."""
    last: Stay | None = None
    for piece in sorted(pieces, key=lambda each: (each.start, each.end is not None, each.end, each.unit, each.opened)):
        if last is None or (last.end is not None and last.end < piece.start):
            if last is not None:
                yield last
            last = piece
        elif last.end is not None and (piece.end is None or piece.end > last.end):
            last = replace(last, end=piece.end)
    if last is not None:
        yield last
