"""Which cadres attended sittings, how often, and who fell below the duty?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.oracle.figure import Figure, History, Item, month_of, months, summed
from tests.oracle.standing import Fact, Reference

ONE_DAY = dt.timedelta(days=1)


def visits(history: History, unit: str, start: dt.date, end: dt.date) -> Figure:
    """Visits (lượt) to the unit, or to units within it."""
    return history.figure(unit, visit_items(history, start, end))


def visit_items(history: History, start: dt.date, end: dt.date) -> list[Item]:
    """One item for each visit; keys `cadre`, `tier`, `month`, `organisation`."""
    # «lượt, cuộc» "visits; …; month of the visit's own day"
    return [
        Item(
            fact.body["unit"],
            fact.day,
            events=frozenset({fact.reference}),
            keys={
                "cadre": fact.body["cadre"],
                "tier": fact.body["tier"],
                "month": month_of(fact.day),
                "organisation": fact.organisation,
            },
        )
        for fact in history.during(start, end, "visit-completed")
    ]


def sittings(history: History, unit: str, start: dt.date, end: dt.date, *, tier: str | None = None) -> Figure:
    """Sittings visited (cuộc) by cadres of a tier, or of any."""
    # «lượt, cuộc» "distinct (organisation, meeting) visited; …; cuộc over all tiers is not the sum of tiers"
    here = [
        fact
        for fact in history.during(start, end, "visit-completed")
        if tier in (None, fact.body["tier"]) and history.has(unit, fact.body["unit"], fact.day)
    ]
    met = {(fact.body["meeting"]["organisation"], fact.body["meeting"]["meeting"]) for fact in here}
    return Figure(len(met), None, frozenset(fact.reference for fact in here))


@dataclass(frozen=True)
class Owed:
    """What a cadre of a tier owed in a month, and did."""

    organisation: str
    cadre: str
    tier: str
    month: dt.date
    areas: frozenset[str]
    """The areas of which the cadre was in charge on the first day."""
    owed: int
    visited: int
    events: frozenset[Reference]
    """The assignments and the visits."""

    @property
    def below(self) -> bool:
        """True when the cadre visited less often than was owed."""
        return self.visited < self.owed


def below_duty(history: History, unit: str, start: dt.date, end: dt.date) -> dict[str, Figure]:
    """For each month that begins in the period: cadres below their duty ÷ cadres who owed visits, by their areas."""
    rows: dict[str, list[Item]] = defaultdict(list)
    for owed in duties(history, start, end):
        if any(history.has(unit, area, owed.month) for area in owed.areas):
            rows[month_of(owed.month)].append(Item(unit, owed.month, int(owed.below), 1, owed.events))
    return {month: summed(items) for month, items in rows.items()}


def cadres_below(history: History, unit: str, month: dt.date) -> frozenset[str]:
    """The cadres below their duty in the month that begins on the day."""
    return frozenset(
        owed.cadre
        for owed in duties(history, month, month + ONE_DAY)
        if owed.below and any(history.has(unit, area, month) for area in owed.areas)
    )


def duties(history: History, start: dt.date, end: dt.date) -> Iterator[Owed]:
    """What every cadre owed in every month that begins in the period."""
    orders: dict[str, list[Fact]] = defaultdict(list)
    for fact in history.named("cadre-assigned", "cadre-relieved"):
        orders[fact.subject].append(fact)
    excuses: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in history.named("cadre-excused"):
        excuses[_now(history, fact), fact.subject].append(fact)
    visited: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in history.named("visit-completed"):
        visited[fact.body["cadre"], month_of(fact.day)].append(fact)
    for first, last in months(start, end):
        for cadre, facts in orders.items():
            for (organisation, tier), assigned in _assigned_throughout(history, facts, first, last).items():
                if any(_touches(excuse, first, last) for excuse in excuses[_now(history, assigned[0]), cadre]):
                    continue
                owed = _in_force(history, assigned[0], tier, first)
                if owed is not None:
                    done = visited[cadre, month_of(first)]
                    yield Owed(
                        organisation,
                        cadre,
                        tier,
                        first,
                        frozenset(fact.body["area"] for fact in assigned),
                        owed,
                        # «below duty» "visits anywhere (area not tested) < duty in force on the first"
                        len(done),
                        frozenset(fact.reference for fact in (*assigned, *done)),
                    )


def _now(history: History, fact: Fact) -> str:
    """The organisation in whose service the cadre is in the end: the poster, or what succeeded it."""
    return _successor(history, fact.organisation, dt.date.max)


def _successor(history: History, organisation: str, day: dt.date) -> str:
    while organisation in history.closed and history.closed[organisation].day <= day:
        organisation = history.closed[organisation].successor
    return organisation


def _touches(excuse: Fact, first: dt.date, last: dt.date) -> bool:
    # «below duty» "not excused on any day of it"
    period = excuse.body["period"]
    return dt.date.fromisoformat(period["start"]) <= last and dt.date.fromisoformat(period["end"]) > first


def _assigned_throughout(
    history: History, facts: list[Fact], first: dt.date, last: dt.date
) -> dict[tuple[str, str], list[Fact]]:
    """(organisation, tier) -> one cadre's assignments on the first day, where the cadre is on for it on every day.

    The organisation is that of the first day; what follows it later in the month carries its charges on.
    """
    # «below duty» "cadre assigned on first to last day of a month"
    days = [first + ONE_DAY * count for count in range((last - first).days + 1)]
    on_first: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in _assigned(history, facts, first):
        on_first[_successor(history, fact.organisation, first), fact.body["tier"]].append(fact)
    return {
        (organisation, tier): assigned
        for (organisation, tier), assigned in on_first.items()
        if all(_on(history, facts, _successor(history, organisation, day), tier, day) for day in days)
    }


def _on(history: History, facts: list[Fact], organisation: str, tier: str, day: dt.date) -> bool:
    return any(
        fact.body["tier"] == tier and _successor(history, fact.organisation, day) == organisation
        for fact in _assigned(history, facts, day)
    )


def _assigned(history: History, facts: list[Fact], day: dt.date) -> list[Fact]:
    """One cadre's assignments in force on a day: the last word on each area, by whoever speaks for it on its day.

    A successor that has none of its own relieves what it will take over, for the closed log takes no more.
    """
    standing: list[Fact] = []
    for fact in facts:
        if fact.day > day:
            continue
        here = [each for each in standing if each.body["area"] == fact.body["area"]]
        ended = [
            each
            for each in here
            if fact.organisation in {each.organisation, _successor(history, each.organisation, fact.day)}
        ]
        if not ended and fact.name == "cadre-relieved":
            ended = [each for each in here if fact.organisation in _line(history, each.organisation)]
        standing = [each for each in standing if each not in ended]
        if fact.name == "cadre-assigned":
            standing.append(fact)
    return standing


def _line(history: History, organisation: str) -> list[str]:
    """The organisation and all that went on in its place."""
    line = [organisation]
    while line[-1] in history.closed:
        line.append(history.closed[line[-1]].successor)
    return line


def _in_force(history: History, assigned: Fact, tier: str, first: dt.date) -> int | None:
    """The duty of the tier on the first day of a month, or nothing."""
    # «owner of a unit» "from the closing day on its named successor, whose periodicity and duty then hold"
    organisation = _successor(history, assigned.organisation, first)
    duty = None
    for fact in history.named("visit-duty-set"):
        if fact.organisation == organisation and fact.body["tier"] == tier and fact.day <= first:
            duty = fact.body["at_least"]
    return duty
