"""Which branches met, which owed a meeting, and who came?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.figure import Figure, History, Item, last_of_month, month_of, months
from tests.oracle.membership import lives, same_person, standing_in
from tests.oracle.standing import Fact, Reference
from tests.oracle.tree import SUB_BRANCH

MONTHS_OF_QUARTER = 3


def regular(history: History, start: dt.date, end: dt.date) -> list[Fact]:
    """The regular meetings held in the period."""
    return [fact for fact in history.during(start, end, "meeting-held") if fact.body["kind"] == "regular"]


def held(history: History, unit: str, start: dt.date, end: dt.date) -> Figure:
    """Regular meetings held."""
    return history.figure(unit, held_items(history, start, end))


def held_items(history: History, start: dt.date, end: dt.date) -> list[Item]:
    """One item for each regular meeting; keys `branch` and `month`."""
    # «held» "regular meetings by branch and local month, all of them"
    return [
        Item(
            fact.body["branch"],
            fact.day,
            events=frozenset({fact.reference}),
            # «sub-branch» "may … meet; counts in the branch above it"
            keys={"branch": history.tree.branch_above(fact.body["branch"], fact.day), "month": month_of(fact.day)},
        )
        for fact in regular(history, start, end)
    ]


@dataclass(frozen=True)
class Due:
    """A branch owes one regular meeting between two days (both included); it stands in the month of the last."""

    branch: str
    first: dt.date
    last: dt.date

    @property
    def standing(self) -> dt.date:
        """The first day of the month in which it stands: the day on which it counts in period and tree."""
        return self.last.replace(day=1)


def dues(history: History, start: dt.date, end: dt.date) -> Iterator[Due]:
    """Every meeting due that stands in a month beginning within the period."""
    for first, last in months(start, end):
        for unit in history.tree.living(last):
            every = periodicity(history, unit, first)
            # «due» "per month or calendar quarter (standing in its last month)"
            if every == "quarter" and first.month % MONTHS_OF_QUARTER == 0:
                begins = first.replace(month=first.month - 2)
            elif every == "month":
                begins = first
            else:
                continue
            # «due» "if the branch lives on first and last day"
            if history.tree.lives(unit, begins):
                yield Due(unit, begins, last_of_month(first))


def periodicity(history: History, unit: str, first: dt.date) -> str | None:
    """`month`, `quarter`, or nothing, as it holds for the unit on the first day of a month."""
    kind, owner = history.tree.kind(unit), history.tree.owner(unit, first)
    # «sub-branch» "has no periodicity, hence nothing due"
    if kind == SUB_BRANCH:
        return None
    # «due» "periodicity = owner's last for that kind of unit with day ≤ first of that month"
    # «owner of a unit» "from the closing day on its named successor, whose periodicity and duty then hold"
    every = None
    for fact in history.named("periodicity-set"):
        if fact.organisation == owner and fact.body["unit_kind"] == kind and fact.day <= first:
            every = fact.body["every"]
    return every


def met(history: History, unit: str, start: dt.date, end: dt.date) -> Figure:
    """Periods due with at least one regular meeting ÷ periods due; behind it the meetings that met them."""
    return history.figure(unit, met_items(history, start, end))


def met_items(history: History, start: dt.date, end: dt.date) -> list[Item]:
    """One item for each meeting due; keys `branch` and `month`."""
    meetings: dict[str, list[Fact]] = defaultdict(list)
    for fact in regular(history, dt.date.min, dt.date.max):
        meetings[history.tree.branch_above(fact.body["branch"], fact.day)].append(fact)
    items = []
    for due in dues(history, start, end):
        within = [fact for fact in meetings[due.branch] if due.first <= fact.day <= due.last]
        # «met» "1 if a due period has at least one regular meeting, else 0; denominator = periods due"
        items.append(
            Item(
                due.branch,
                due.standing,
                int(bool(within)),
                1,
                frozenset(fact.reference for fact in within),
                {"branch": due.branch, "month": month_of(due.standing)},
            )
        )
    return items


def attendance(history: History, unit: str, start: dt.date, end: dt.date) -> Figure:
    """Members present ÷ members expected, over the regular meetings."""
    return history.figure(unit, attendance_items(history, start, end))


def attendance_items(history: History, start: dt.date, end: dt.date) -> list[Item]:
    """One item for each regular meeting."""
    items = []
    for fact in regular(history, start, end):
        roll = fact.body["roll"]
        # «attendance» "Σ present ÷ Σ expected of regular meetings; expected = present + excused + absent; guests apart"
        expected = roll["present"] + roll.get("excused", 0) + roll.get("absent", 0)
        items.append(
            Item(
                fact.body["branch"],
                fact.day,
                roll["present"],
                expected,
                frozenset({fact.reference}),
                {"month": month_of(fact.day)},
            )
        )
    return items


def attending_regularly(history: History, unit: str, start: dt.date, end: dt.date, threshold: int | Fraction) -> Figure:
    """Persons present at `threshold` per cent or more of the regular meetings that name them ÷ persons named."""
    # «attending regularly» "persons present at ≥ threshold % of the regular meetings on whose named roll they stand ÷
    # persons so named; pooled per unit (rolls by counts left out)"
    present: dict[str, int] = defaultdict(int)
    named: dict[str, int] = defaultdict(int)
    events: set[Reference] = set()
    for fact in regular(history, start, end):
        if fact.body["roll"].get("named") is None or not history.has(unit, fact.body["branch"], fact.day):
            continue
        events.add(fact.reference)
        for listed in everyone(fact):
            person, merges = same_person(history, listed)
            events |= merges
            named[person] += 1
        for listed in fact.body["roll"]["named"].get("present", ()):
            present[same_person(history, listed)[0]] += 1
    regulars = [person for person, times in named.items() if present[person] * 100 >= threshold * times]
    return Figure(len(regulars), len(named) if events else None, frozenset(events))


def everyone(meeting: Fact) -> list[str]:
    """All persons on a meeting's named roll."""
    named = meeting.body["roll"].get("named") or {}
    return [person for part in ("present", "excused", "absent") for person in named.get(part, ())]


def strangers(history: History) -> dict[Reference, frozenset[str]]:
    """The named rolls that hold somebody who is no member of the branch on the day, and whom. Should be empty."""
    # «named roll» "may leave out members (not yet posted ones); never holds a non-member"
    told = lives(history)
    found = {}
    for fact in history.named("meeting-held"):
        branch = history.tree.seat(fact.body["branch"], fact.day)
        unknown = frozenset(
            person
            for person in everyone(fact)
            if not any(
                history.has(branch, membership.seat, fact.day)
                for membership in standing_in(history, told.get(person, []), fact.day)
            )
        )
        if unknown:
            found[fact.reference] = unknown
    return found
