"""Which years may be set beside each other? Grades of one scale; and even then, what else has changed is said.

There is no mapping between scales: across two of them nothing is compared. Within one scale a step from a period to the
next is comparable when the same units were rated by the same bodies under the same rule set. What differs is named, and
units rated in both periods are counted up, down and unchanged by themselves, for they are what can be compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from services.ratings.domain.distribution import UNIT_YEARS, Group, Rated, grouped

REFORM: Final = dt.date(2025, 7, 1)
"""Districts ended and provinces and communes merged: Resolution 202/2025/QH15."""


class Comparable(StrEnum):
    """Whether a step may be read as a change."""

    YES = "yes"
    """Nothing that bears on the grades has changed."""
    LIMITED = "limited"
    """One scale, but the reasons given may account for a difference."""
    NO = "no"
    """Not at all."""


class Reason(StrEnum):
    """What stands between two periods."""

    OTHER_SCALE = "other-scale"
    DIVISION_OPEN = "division-open"
    UNIT_YEARS = "unit-years"
    OTHER_RULE_SET = "other-rule-set"
    RULE_SET_NOT_NAMED = "rule-set-not-named"
    OTHER_RATER_LEVEL = "other-rater-level"
    OTHER_RATERS = "other-raters"
    ACROSS_REFORM = "across-reform"
    OTHER_UNITS = "other-units"


FORBIDDING: Final = frozenset({Reason.OTHER_SCALE, Reason.DIVISION_OPEN, Reason.UNIT_YEARS})
SENTENCES: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.OTHER_SCALE: (
        "Hai kỳ dùng hai thang xếp loại khác nhau; không quy đổi giữa các thang.",
        "The two periods use different scales; there is no mapping between scales.",
    ),
    Reason.DIVISION_OPEN: (
        "Có đơn vị chia tách chưa quyết định thuộc bên nào; không chia được số cũ.",
        "A division has left units waiting for a decision; old numbers cannot be apportioned.",
    ),
    Reason.UNIT_YEARS: (
        "Có đơn vị được xếp loại nhiều lần trong một kỳ (đơn vị–năm); không so sánh như số đơn vị.",
        "Some units were rated more than once in a period (unit-years); they do not compare as units.",
    ),
    Reason.OTHER_RULE_SET: (
        "Hai kỳ áp dụng bộ tiêu chí khác nhau.",
        "The two periods were rated under different rule sets.",
    ),
    Reason.RULE_SET_NOT_NAMED: (
        "Có quyết định không ghi bộ tiêu chí; không rõ tiêu chí có đổi hay không.",
        "Some decisions name no rule set; whether the rules changed is not known.",
    ),
    Reason.OTHER_RATER_LEVEL: (
        "Cấp quyết định xếp loại đã thay đổi.",
        "The level that decides has changed.",
    ),
    Reason.OTHER_RATERS: ("Bên quyết định xếp loại không giống nhau.", "The bodies that decided are not the same."),
    Reason.ACROSS_REFORM: (
        "Hai kỳ ở hai phía của ngày 01/07/2025 (không còn cấp huyện, sáp nhập tỉnh, xã).",
        "The periods lie on either side of 1 July 2025 (no districts any more; provinces and communes merged).",
    ),
    Reason.OTHER_UNITS: (
        "Các đơn vị được xếp loại không giống nhau; chỉ số đơn vị có ở cả hai kỳ là so sánh được.",
        "Not the same units were rated; only those rated in both periods compare.",
    ),
}


class Moved(NamedTuple):
    """The units rated in both periods on one scale, and those rated in one alone."""

    both: int
    better: int
    same: int
    worse: int
    only_before: int
    only_after: int


class Step(NamedTuple):
    """From one period to the next."""

    before: Group
    after: Group
    comparable: Comparable
    reasons: Sequence[Reason]
    moved: Moved | None
    """None across two scales."""


class Series(NamedTuple):
    """The ratings of units of one level on one axis, period by period."""

    level: str
    axis: str
    years: Sequence[Group]
    """A group for each period and scale; `period` is its only key."""
    steps: Sequence[Step]


def series(ratings: Iterable[Rated], waiting: frozenset[UUID] = frozenset()) -> list[Series]:
    """Each level and axis by itself. `waiting`: units that a division left without a side, so that something lacks."""
    kept = list(ratings)
    found = []
    for level, axis in sorted({(each.level, each.axis) for each in kept}):
        years = grouped((each for each in kept if (each.level, each.axis) == (level, axis)), ("period",))
        found.append(Series(level, axis, years, list(_steps(years, waiting))))
    return found


def _steps(years: Sequence[Group], waiting: frozenset[UUID]) -> Iterator[Step]:
    periods = sorted({group.keys["period"] for group in years})
    for earlier, later in pairwise(periods):
        befores = [group for group in years if group.keys["period"] == earlier]
        for after in (group for group in years if group.keys["period"] == later):
            alike = [before for before in befores if before.scale == after.scale]
            yield from (_step(before, after, waiting) for before in alike or befores)


def _step(before: Group, after: Group, waiting: frozenset[UUID]) -> Step:
    reasons = [reason for reason, holds in _found(before, after, waiting) if holds]
    verdict = Comparable.NO if FORBIDDING & set(reasons) else Comparable.LIMITED if reasons else Comparable.YES
    moved = None if {Reason.OTHER_SCALE, Reason.UNIT_YEARS} & set(reasons) else _moved(before, after)
    return Step(before, after, verdict, reasons, moved)


def _found(before: Group, after: Group, waiting: frozenset[UUID]) -> Iterator[tuple[Reason, bool]]:
    sides = (before.rated, after.rated)
    rules = [{each.rule_set for each in side} for side in sides]
    raters = [{each.rater for each in side} for side in sides]
    levels = [{each.rater_level for each in side} for side in sides]
    units = [{each.unit for each in side} for side in sides]
    yield Reason.OTHER_SCALE, before.scale != after.scale
    yield Reason.DIVISION_OPEN, bool(waiting)
    yield Reason.UNIT_YEARS, UNIT_YEARS in {before.counts, after.counts}
    yield Reason.OTHER_RULE_SET, rules[0] != rules[1] and None not in rules[0] | rules[1]
    yield Reason.RULE_SET_NOT_NAMED, None in rules[0] | rules[1]
    yield Reason.OTHER_RATER_LEVEL, levels[0] != levels[1]
    yield Reason.OTHER_RATERS, raters[0] != raters[1] and levels[0] == levels[1]
    yield Reason.ACROSS_REFORM, before.rated[0].end <= REFORM < after.rated[0].end or _straddles(before, after)
    yield Reason.OTHER_UNITS, units[0] != units[1]


def _straddles(before: Group, after: Group) -> bool:
    """Whether the reform falls into just one of the periods."""
    within = [each.rated[0].start < REFORM < each.rated[0].end for each in (before, after)]
    return within[0] != within[1]


def _moved(before: Group, after: Group) -> Moved:
    then, now = ({each.unit: each.rank for each in group.rated} for group in (before, after))
    both = then.keys() & now.keys()
    better = sum(now[unit] < then[unit] for unit in both)
    worse = sum(now[unit] > then[unit] for unit in both)
    return Moved(len(both), better, len(both) - better - worse, worse, len(then) - len(both), len(now) - len(both))
