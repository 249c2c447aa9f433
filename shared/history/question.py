"""What is asked, and what may an answer be made of? A unit, a period, keys; facts, state tables, months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import CTE, Date, Integer, Subquery, Table, cast, column, null, select, values

from shared.contracts.event import Event
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.facts import Facts
from shared.units.calendar import MONTHS_IN_QUARTER, next_month

MONTHS_AT_MOST: Final = 1_200


class AskedTooMuch(Refused):
    """More months than a figure is computed for at once."""

    code: ClassVar[str] = "period-too-long"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a unit or place, a half-open period or a day, keys to split by, parameters, known when."""

    unit: UUID
    """NO_UNIT asks for what counts under no unit at all (key `-`). With it, totals reconcile."""
    start: dt.date
    end: dt.date
    """The period is start ≤ day < end. A figure on a day is asked for `start`, and `end` is the next day."""
    by: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    known: int | None = None
    """Only what was recorded up to then (microseconds since 1970); none: all that has been seen."""
    tree_on: dt.date | None = None
    """Everything counts under the tree of this date; none: each thing as it was then, on its own day."""
    reached: Mapping[tuple[str, UUID], int] = field(default_factory=dict)
    """With `known`: of these logs (service, organisation) not by the moment, but up to and with that sequence."""
    person: UUID | None = None
    """Whose part of the figure is asked for, of figures that can be asked so; none: everybody's."""

    @property
    def last_day(self) -> dt.date:
        """The last day of the period: the day of every figure that is asked for a day."""
        return self.end - dt.timedelta(days=1)

    @property
    def months(self) -> Iterator[tuple[dt.date, dt.date]]:
        """(first day, last day) of each month that begins within the period."""
        first = self.start if self.start.day == 1 else next_month(self.start)
        while first < self.end:
            following = next_month(first)
            yield first, following - dt.timedelta(days=1)
            first = following


@dataclass(frozen=True, slots=True)
class Relations:
    """What a figure's select may be built from: facts, state tables, and the months of the question."""

    facts: Facts
    tables: Mapping[str, Table]
    question: Question
    indexed: bool = False
    """Whether to look only at what may count under the asked unit, found by indexes; columns are read whole anyway."""

    def standing(self, cls: type[Event]) -> Subquery:
        """The facts of a type that stand, or stood as known then."""
        return self.facts.standing(cls, known=self.question.known).subquery()

    def children(self, cls: type[Event], path: str) -> Table:
        """The child table of a list of ids, e.g. `roll_named_present`."""
        return self.facts.tables[cls].children[path]

    def months(self) -> CTE:
        """A row a month that begins within the period: `first` and `last` day, `quarter`, `ends_quarter`.

        `quarter` is the first day of the month's quarter, `ends_quarter` 1 in the last month of one, else 0.
        AskedTooMuch beyond a hundred years.
        """
        found = list(self.question.months)
        if len(found) > MONTHS_AT_MOST:
            raise AskedTooMuch("end")
        kinds: dict[str, type[Date | Integer]] = {"first": Date, "last": Date, "quarter": Date, "ends_quarter": Integer}
        if not found:
            nothing = (cast(null(), kind).label(name) for name, kind in kinds.items())
            return select(*nothing).where(null().is_not(None)).cte("month")
        columns = [column(name, kind) for name, kind in kinds.items()]
        rows = [(*each, _quarter(each[0]), int(each[0].month % MONTHS_IN_QUARTER == 0)) for each in found]
        return values(*columns, name="months").data(rows).cte("month")


def _quarter(first: dt.date) -> dt.date:
    return first.replace(month=first.month - (first.month - 1) % MONTHS_IN_QUARTER)
