"""What do branches and their heads have: benefits, equipment, commendations? And how many took part in programmes?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tests.oracle.figure import Figure, History, Item
from tests.oracle.standing import Fact, Reference


def heads(history: History, day: dt.date) -> list[Fact]:
    """The facts by which heads of living branches hold office on the day, one for each branch and person."""
    office: dict[tuple[str, str], Fact] = {}
    for fact in history.named("branch-head-took-office", "branch-head-left-office"):
        if fact.day <= day:
            office[fact.body["branch"], fact.body["person"]] = fact
    return [
        fact
        for (branch, _), fact in office.items()
        if fact.name == "branch-head-took-office" and history.tree.lives(branch, day)
    ]


def heads_with_benefit(history: History, unit: str, benefit: str, day: dt.date) -> Figure:
    """Heads in office on the day to whom the benefit was granted by then ÷ heads in office."""
    return history.figure(unit, head_items(history, benefit, day))


def head_items(history: History, benefit: str, day: dt.date) -> list[Item]:
    """One item for each head in office."""
    granted: dict[str, set[Reference]] = {}
    for fact in history.named("benefit-granted"):
        if fact.day <= day and fact.body["benefit"] == benefit:
            granted.setdefault(fact.body["person"], set()).add(fact.reference)
    items = []
    for fact in heads(history, day):
        grants = granted.get(fact.body["person"], set())
        items.append(Item(fact.body["branch"], day, int(bool(grants)), 1, frozenset({fact.reference, *grants})))
    return items


def equipped(history: History, unit: str, equipment: str, start: dt.date, end: dt.date) -> Figure:
    """Branches that received the equipment in the period, each once."""
    here = [
        fact
        for fact in history.during(start, end, "branch-equipped")
        if fact.body["equipment"] == equipment and history.has(unit, fact.body["branch"], fact.day)
    ]
    return Figure(len({fact.body["branch"] for fact in here}), None, frozenset(fact.reference for fact in here))


def commendation_items(history: History, start: dt.date, end: dt.date) -> list[Item]:
    """One item for each commendation, in the place where it counts; keys `kind`, `recipient`, `organisation`."""
    return [
        Item(
            fact.body["place"],
            fact.day,
            events=frozenset({fact.reference}),
            keys={
                "kind": fact.body["kind"],
                "recipient": fact.body["recipient"],
                "organisation": fact.organisation,
            },
        )
        for fact in history.during(start, end, "commendation-awarded")
    ]


def commendations(history: History, unit: str, start: dt.date, end: dt.date) -> Figure:
    """Commendations in the period, to units and to persons together."""
    return history.figure(unit, commendation_items(history, start, end))


@dataclass(frozen=True)
class Participation:
    """How many took part, and how exact the sum is: `mixed` when some counts are too low and others too high."""

    figure: Figure
    qualifier: str


def participation(
    history: History, unit: str, start: dt.date, end: dt.date, *, activity: str | None = None
) -> Participation:
    """The sum of the counts stated in the period (by the day on which they were stated)."""
    here = [
        fact
        for fact in history.during(start, end, "participation-counted")
        if activity in (None, fact.body["activity"]) and history.has(unit, fact.body["scope"], fact.day)
    ]
    inexact = {fact.body.get("qualifier", "exact") for fact in here} - {"exact"}
    figure = Figure(sum(fact.body["count"] for fact in here), None, frozenset(fact.reference for fact in here))
    return Participation(figure, "mixed" if len(inexact) > 1 else next(iter(inexact), "exact"))
