"""Which rows say how units count under trees older than what was seen in them? Only where that is not plainly so.

`unit_above` answers for any tree in which a unit itself stood. `unit_carried` takes its place where the unit had not
been founded yet, or has gained something since: what was seen from `start_day` to before `end_day` counts in `above`
under trees of `tree_start` to before `tree_end`. NO_UNIT stands for no unit of the line. `unit_withheld` names, for the
same days, what lacks it though it may be theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, Date, Index, MetaData, Table, Uuid

from shared.eventsourcing.rows import rewrite
from shared.units.lineage import Carried, Earlier, descended, earlier
from shared.units.tree import Tree

NO_UNIT: Final = UUID(int=0)
"""Stands for: under no unit at all."""
Found = Callable[[Carried], Iterable[UUID]]
"""Reads units and places out of how something counts."""


class Carrying:
    """The two tables, and how they are kept."""

    def __init__(self, metadata: MetaData) -> None:
        self._carried = _table("unit_carried", metadata)
        self._withheld = _table("unit_withheld", metadata)
        self.tables = (self._carried, self._withheld)

    def rewrite(self, connection: Connection, tree: Tree, touched: Iterable[UUID]) -> None:
        """Write anew how all count whose lineage rests on these units."""
        units = descended(tree, touched)
        told = [(unit, list(earlier(tree, unit))) for unit in sorted(units)]
        carried = [row for unit, stretches in told for row in _rows(unit, stretches, _counts_in(tree, unit))]
        withheld = [row for unit, stretches in told for row in _rows(unit, stretches, _held_back_from)]
        rewrite(connection, self._carried, self._carried.c.unit, units, carried)
        rewrite(connection, self._withheld, self._withheld.c.unit, units, withheld)


def _table(name: str, metadata: MetaData) -> Table:
    table = Table(
        name,
        metadata,
        Column("unit", Uuid, primary_key=True),
        Column("above", Uuid, primary_key=True),
        Column("start_day", Date, primary_key=True),
        Column("tree_start", Date, primary_key=True),
        Column("end_day", Date),
        Column("tree_end", Date, nullable=False),
    )
    Index(f"{name}_above", table.c.above)
    return table


def _counts_in(tree: Tree, unit: UUID) -> Found:
    if tree.is_place(unit):
        return lambda carried: carried.places or (NO_UNIT,)
    return lambda carried: (carried.line or (NO_UNIT,)) + carried.places


def _held_back_from(carried: Carried) -> Iterable[UUID]:
    return carried.held_back_from


def _rows(unit: UUID, stretches: Iterable[Earlier], found: Found) -> Iterator[dict[str, Any]]:
    """A row for what is found in stretches, those put together that follow each other without a gap."""
    for (start, end), same in groupby(stretches, lambda each: (each.start, each.end)):
        lasting: dict[UUID, tuple[dt.date, dt.date]] = {}
        for each in same:
            for above in dict.fromkeys(found(each.carried)):
                since, until = lasting.get(above, (each.tree_start, each.tree_start))
                if until != each.tree_start:
                    yield _row(unit, above, start, end, since, until)
                    since = each.tree_start
                lasting[above] = (since, each.tree_end)
        for above, (since, until) in lasting.items():
            yield _row(unit, above, start, end, since, until)


def _row(
    unit: UUID, above: UUID, start: dt.date, end: dt.date | None, tree_start: dt.date, tree_end: dt.date
) -> dict[str, Any]:
    return {
        "unit": unit,
        "above": above,
        "start_day": start,
        "end_day": end,
        "tree_start": tree_start,
        "tree_end": tree_end,
    }
