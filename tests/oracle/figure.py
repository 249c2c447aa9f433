"""What is a figure? A numerator, a denominator or none, and the facts behind both; a sum over things counted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.events import CLOSED
from tests.oracle.standing import Closing, Fact, Reference, closing_of, standing
from tests.oracle.tree import Tree


@dataclass(frozen=True)
class Figure:
    """A count, what it is a part of (none: no fact gives a denominator), and the root events behind both."""

    numerator: int
    denominator: int | None = None
    events: frozenset[Reference] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the root events, without their organisations."""
        return frozenset(reference.event for reference in self.events)


@dataclass(frozen=True)
class Item:
    """One thing counted: in which unit or place, on which day, how much, under which keys, because of which facts."""

    unit: str
    day: dt.date
    numerator: int = 1
    denominator: int | None = None
    events: frozenset[Reference] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)


class History:
    """All standing facts with the tree that they make."""

    def __init__(self, facts: list[Fact], closed: Mapping[str, Closing]) -> None:
        """Take the facts in the order of the fold."""
        self.facts = facts
        # An organisation is closed for its units by what it posts to membership.
        told = [fact for fact in facts if (fact.name, fact.service) == (CLOSED, "membership")]
        self.closed = {**{fact.organisation: closing_of(fact.body) for fact in reversed(told)}, **closed}
        self.tree = Tree(facts, self.closed)
        self._by_names: dict[tuple[str, ...], list[Fact]] = {}

    def named(self, *names: str) -> list[Fact]:
        """The facts of these names, in the order of the fold."""
        if names not in self._by_names:
            self._by_names[names] = [fact for fact in self.facts if fact.name in names]
        return self._by_names[names]

    def during(self, start: dt.date, end: dt.date, *names: str) -> Iterator[Fact]:
        """The facts of these names in a period."""
        # «day» "a period is from ≤ day < to"
        return (fact for fact in self.named(*names) if start <= fact.day < end)

    def has(self, unit: str, node: str, day: dt.date) -> bool:
        """True when the node counts in the unit, or place, on the day."""
        return unit in self.tree.above(node, day)

    def within(self, unit: str, items: Iterable[Item]) -> list[Item]:
        """The items that count in the unit."""
        return [item for item in items if self.has(unit, item.unit, item.day)]

    def figure(self, unit: str, items: Iterable[Item]) -> Figure:
        """The sum of the items that count in the unit."""
        return summed(self.within(unit, items))

    def everywhere(self, items: Iterable[Item]) -> dict[str, Figure]:
        """The sum of the items for every unit and place in which any of them counts, as it was then."""
        units: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            for unit in self.tree.above(item.unit, item.day):
                units[unit].append(item)
        return {unit: summed(counted) for unit, counted in units.items()}

    def rows(self, unit: str, items: Iterable[Item], *by: str) -> dict[tuple[str, ...], Figure]:
        """The sum of the items that count in the unit, for each combination of the keys."""
        groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
        for item in self.within(unit, items):
            groups[tuple(item.keys[key] for key in by)].append(item)
        return {keys: summed(group) for keys, group in groups.items()}


def recount(
    events: Iterable[Mapping[str, Any]],
    *,
    at: Mapping[tuple[str, str], int] | None = None,
    closed: Mapping[str, Closing] | None = None,
) -> History:
    """Read events of all services, recorded or posted, as `standing` does, and make them countable."""
    return History(standing(events, at=at, closed=closed), closed or {})


def summed(items: Iterable[Item]) -> Figure:
    """Numerators and denominators added up; no denominator where no item has one."""
    counted = list(items)
    parts = [item.denominator for item in counted if item.denominator is not None]
    return Figure(
        sum(item.numerator for item in counted),
        sum(parts) if parts else None,
        frozenset(reference for item in counted for reference in item.events),
    )


def month_of(day: dt.date) -> str:
    """`2022-05`."""
    return f"{day:%Y-%m}"


def months(start: dt.date, end: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last day of every month whose first day lies in the period."""
    day = start
    while day < end:
        if day.day == 1:
            yield day, last_of_month(day)
        day += dt.timedelta(days=1)


def last_of_month(first: dt.date) -> dt.date:
    """The last day of the month that begins on the day."""
    return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
