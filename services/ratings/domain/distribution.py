"""How many were given which grade, and of how many? Groups of decided ratings; scales never share a group.

A group's total is that of all ratings that agree in its keys. Where a unit stands in it more than once (several years,
raters or axes), unit-years are counted, and the group says so.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

UNITS: Final = "units"
UNIT_YEARS: Final = "unit-years"
KEYS: Final = ("level", "axis", "rater", "unit", "period")
"""By which ratings may be put apart; the scale always does."""


class Rated(NamedTuple):
    """One decided rating, as it stands."""

    unit: UUID
    within: UUID
    """The body directly under the asked unit in which the rated one stands, or the rated one itself."""
    level: str
    """The kind of unit that is rated."""
    rater: UUID
    rater_level: str
    axis: str
    start: dt.date
    end: dt.date
    """The period for which it is rated: start ≤ day < end."""
    scale: str
    rank: int
    label: str
    rule_set: UUID | None
    day: dt.date
    """On which it was decided."""

    def value(self, key: str) -> str:
        """What it has under a key."""
        match key:
            case "period":
                return f"{self.start}/{self.end}"
            case "unit":
                return str(self.within)
            case _:
                return str(getattr(self, key))


class Share(NamedTuple):
    """How many of how many."""

    rank: int
    label: str
    numerator: int
    denominator: int


class Group(NamedTuple):
    """All ratings that agree in some keys and in their scale."""

    keys: Mapping[str, str]
    scale: str
    total: int
    counts: str
    """`units`, or `unit-years` where a unit stands in it more than once."""
    shares: Sequence[Share]
    """Best grade first; grades of the group's scale that nobody was given are not known here."""
    rated: Sequence[Rated]


def grouped(ratings: Iterable[Rated], by: Sequence[str]) -> list[Group]:
    """The ratings, put apart by these keys and by scale, in the order of the keys' values."""
    found: dict[tuple[str, ...], list[Rated]] = defaultdict(list)
    for each in ratings:
        found[*(each.value(key) for key in by), each.scale].append(each)
    return [_group(by, values, members) for values, members in sorted(found.items())]


def _group(by: Sequence[str], values: tuple[str, ...], members: list[Rated]) -> Group:
    counts = UNITS if len({each.unit for each in members}) == len(members) else UNIT_YEARS
    given: dict[tuple[int, str], int] = defaultdict(int)
    for each in members:
        given[each.rank, each.label] += 1
    shares = [Share(*grade, number, len(members)) for grade, number in sorted(given.items())]
    return Group(dict(zip(by, values, strict=False)), values[-1], len(members), counts, shares, members)
