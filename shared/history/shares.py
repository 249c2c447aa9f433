"""Of what is each line a part? Distributions: every line of a group over the total of the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection, Subquery, func, select

UNITS: Final = "units"
UNIT_YEARS: Final = "unit-years"
"""Something stands in the group more than once: a unit in several years, or by several raters."""


class Line(Protocol):
    """A line of an answer."""

    @property
    def keys(self) -> Mapping[str, str | None]:
        """Its keys as text."""

    @property
    def numerator(self) -> int:
        """How many."""


L = TypeVar("L", bound=Line)
Group = tuple[str | None, ...]


def shared_out(
    connection: Connection, rows: Subquery, lines: Sequence[L], within: tuple[str, ...], units: tuple[str, ...]
) -> Iterator[tuple[L, int, str]]:
    """Each line with the total of all lines that agree with it `within` these keys, and what it counts."""
    totals: dict[Group, int] = defaultdict(int)
    for line in lines:
        totals[_group(line, within)] += line.numerator
    repeating = _repeating(connection, rows, within, units)
    for line in lines:
        group = _group(line, within)
        yield line, totals[group], UNIT_YEARS if group in repeating else UNITS


def _group(line: Line, within: tuple[str, ...]) -> Group:
    return tuple(line.keys[key] for key in within)


def _repeating(connection: Connection, rows: Subquery, within: tuple[str, ...], units: tuple[str, ...]) -> set[Group]:
    """The groups in which one of the units is counted more than once."""
    keys = [rows.c[name] for name in (*within, *units)]
    repeated = select(*keys).group_by(*keys).having(func.count() > 1)
    found = (row[: len(within)] for row in connection.execute(repeated))
    return {tuple(None if value is None else str(value) for value in row) for row in found}
