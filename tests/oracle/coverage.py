"""How many of those who could be members are, and how many were won? Rates over people counted, and over targets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from tests.oracle.figure import Figure, History
from tests.oracle.membership import ADMISSION, counted, members
from tests.oracle.standing import Fact

ELIGIBLE = "eligible"
ADMISSIONS = "admissions"
EXEMPLARY, HOUSEHOLDS = "exemplary-households", "households"
ONE_DAY = dt.timedelta(days=1)


def recruiting(history: History, unit: str, start: dt.date, end: dt.date, *, organisation: str | None = None) -> Figure:
    """Admitted in the period ÷ people counted as eligible (tỷ lệ phát triển)."""
    return _rate(
        counted(history, ADMISSION, unit, start, end, organisation=organisation),
        people(history, unit, ELIGIBLE, end - ONE_DAY, organisation=organisation),
    )


def recruiting_of_target(
    history: History, unit: str, start: dt.date, end: dt.date, *, organisation: str | None = None
) -> Figure:
    """Admitted in the period ÷ the targets for admissions whose periods lie within it."""
    return _rate(
        counted(history, ADMISSION, unit, start, end, organisation=organisation),
        targets(history, unit, ADMISSIONS, start, end, organisation=organisation),
    )


def recruiting_as_coverage(
    history: History, unit: str, start: dt.date, end: dt.date, *, organisation: str | None = None
) -> Figure:
    """Members on the period's last day ÷ people counted as eligible."""
    del start
    return gathering(history, unit, ELIGIBLE, end - ONE_DAY, organisation=organisation)


def gathering(history: History, unit: str, group: str, day: dt.date, *, organisation: str | None = None) -> Figure:
    """Members on the day ÷ people counted of the group (tỷ lệ tập hợp)."""
    return _rate(
        members(history, unit, day, organisation=organisation),
        people(history, unit, group, day, organisation=organisation),
    )


def people(history: History, unit: str, group: str, day: dt.date, *, organisation: str | None = None) -> Figure:
    """People of a group as last counted by the day; no denominator, and nothing behind it, where nobody counted.

    Of several counts of one scope by one organisation the last holds; a count of a scope that lies below another
    counted scope is a part of that one and is not added again.
    """
    last: dict[tuple[str, str], Fact] = {}
    for fact in history.named("people-counted"):
        if fact.day <= day and fact.body["group"] == group and organisation in (None, fact.organisation):
            last[fact.organisation, fact.body["scope"]] = fact
    return _highest(history, unit, last.values(), "count")


def targets(
    history: History, unit: str, indicator: str, start: dt.date, end: dt.date, *, organisation: str | None = None
) -> Figure:
    """The sum of targets for an indicator, each as last revised, not adding a part to its whole."""
    last: dict[tuple[str, str], Fact] = {}
    for fact in history.named("target-set"):
        if organisation in (None, fact.organisation):
            last[fact.organisation, fact.subject] = fact
    wanted = [fact for fact in last.values() if fact.body["indicator"] == indicator and _inside(fact, start, end)]
    return _highest(history, unit, wanted, "value")


def _inside(fact: Fact, start: dt.date, end: dt.date) -> bool:
    period = fact.body["period"]
    return start <= dt.date.fromisoformat(period["start"]) and dt.date.fromisoformat(period["end"]) <= end


def _highest(history: History, unit: str, facts: Iterable[Fact], value: str) -> Figure:
    here = [fact for fact in facts if history.has(unit, fact.body["scope"], fact.day)]
    highest = [fact for fact in here if not any(_part_of(history, fact, other) for other in here)]
    return Figure(
        sum(fact.body[value] for fact in highest),
        None,
        frozenset(fact.reference for fact in highest),
    )


def _part_of(history: History, fact: Fact, other: Fact) -> bool:
    """True when the other fact of the same organisation has a scope above this one's."""
    return (
        fact.organisation == other.organisation
        and fact.body["scope"] != other.body["scope"]
        and history.has(other.body["scope"], fact.body["scope"], fact.day)
    )


def _rate(part: Figure, whole: Figure) -> Figure:
    """The part of the whole; no denominator where no fact gives one."""
    return Figure(part.numerator, whole.numerator if whole.events else None, part.events | whole.events)


def exemplary_households(history: History, unit: str, day: dt.date, *, organisation: str | None = None) -> Figure:
    """Exemplary households ÷ households, as last counted by the day, where one body counted both in one place."""
    last: dict[tuple[str, str, str], Fact] = {}
    for fact in history.named("people-counted"):
        if fact.day <= day and organisation in (None, fact.organisation):
            last[fact.organisation, fact.body["scope"], fact.body["group"]] = fact
    part, whole = (
        _highest(history, unit, [fact for fact in last.values() if _beside(last, fact, *groups)], "count")
        for groups in ((EXEMPLARY, HOUSEHOLDS), (HOUSEHOLDS, EXEMPLARY))
    )
    return _rate(part, whole)


def _beside(last: Mapping[tuple[str, str, str], Fact], fact: Fact, group: str, other: str) -> bool:
    """True for a count of the group where the same body counted the other one in the same place."""
    return fact.body["group"] == group and (fact.organisation, fact.body["scope"], other) in last
