"""Which figures rest on a row of the views, and for which units? So a rebuild tells its difference in users' terms.

A fact's row is read by the figures that read its type, for the units and places that the fact names; a row of a state
table by the figures that read its projection, for the units and places in its columns. Where a row names none, as a
line of a list or a correction does, the fact that it belongs to is named instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import MetaData, Table

from shared.contracts.event import Event, contract
from shared.contracts.fields import Names
from shared.eventsourcing.comparing import Named
from shared.eventsourcing.fact_table import CONTRACT, FactTable
from shared.eventsourcing.projection import Projection
from shared.history.figures import Figure
from shared.units.projection import PLACED

UNIT_COLUMNS: Final = ("unit", "above", "branch", "area")
"""Columns of state tables that name a unit or place."""
UNIT_TABLE: Final = "unit"
"""The state table whose own key is the unit."""


def resting(figures: Collection[Figure]) -> Named:
    """For the rebuild of a service that answers these figures: the (figure, unit) pairs that rest on a row."""
    of_type: dict[type[Event], list[str]] = defaultdict(list)
    of_table: dict[str, list[str]] = defaultdict(list)
    for figure in figures:
        for cls in figure.listens:
            of_type[cls].append(figure.name)
            for name in _tables(cls):
                of_table[name].append(figure.name)
        for projection in figure.state:
            for table in _declared(projection):
                of_table[table.name].append(figure.name)

    def named(table: Table, row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        names: Iterable[str] = of_table.get(table.name, ())
        if "replaces_id" in row:
            cls = contract(row["type"])
            names = () if cls is None else of_type.get(cls, ())
        things = sorted({str(each) for each in _units(table, row)}) or [_fact(row)]
        return [(name, thing) for name in names for thing in things]

    return named


def _units(table: Table, row: Mapping[str, Any]) -> Iterator[UUID]:
    """The units and places that a row names."""
    cls = table.info.get(CONTRACT)
    columns = UNIT_COLUMNS if cls is None else _PLACES.setdefault(cls, _places(cls))
    yield from (row[name] for name in columns if row.get(name) is not None)
    if table.name == UNIT_TABLE:
        yield row["id"]


_PLACES: Final[dict[type[Event], tuple[str, ...]]] = {}


def _places(cls: type[Event]) -> tuple[str, ...]:
    """The columns of a fact's units and places; its subject, where it names none."""
    fields = FactTable(cls, MetaData(), kept=False).fields
    placed = {
        name
        for name, info in cls.model_fields.items()
        if any(isinstance(mark, Names) and mark.kind in PLACED for mark in info.metadata)
    }
    found = tuple(each.column for each in fields if not each.child and each.path[0] in placed and len(each.path) == 1)
    return found or ("subject",)


def _fact(row: Mapping[str, Any]) -> str:
    """The fact that a line of a list, or a correction, belongs to."""
    if "root_id" in row:
        return f"{row['organisation']}/{row['root_id']}"
    return f"{row['poster']}/{row['poster_sequence']}" if "poster" in row else "*"


def _tables(cls: type[Event]) -> Iterator[str]:
    table = FactTable(cls, MetaData(), kept=False)
    yield table.table.name
    yield from (child.name for child in table.children.values())


def _declared(projection: type[Projection]) -> tuple[Table, ...]:
    return projection(MetaData()).tables
