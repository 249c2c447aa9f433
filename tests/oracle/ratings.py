"""How many units were given which grade, by whom, for which period?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from tests.oracle.figure import Figure, History
from tests.oracle.standing import Fact

GROUP = ("level", "rater", "axis", "period", "scale")
"""What must agree before grades may be put beside each other; the rank is what is then counted."""


@dataclass(frozen=True)
class Graded:
    """How many of a group were given one rank; `unit` says whether they are units, or units in several years."""

    figure: Figure
    labels: frozenset[str]
    counts: str
    """`units`, or `unit-years` where a unit stands in the group more than once."""


def grades(
    history: History,
    unit: str,
    start: dt.date,
    end: dt.date,
    *,
    by: tuple[str, ...] = GROUP,
    rated_periods: bool = False,
) -> dict[tuple[str, ...], Graded]:
    """(the keys of `by` …, rank) -> how many were given that rank ÷ how many were rated in the group.

    The ratings are those decided in [start, end); with `rated_periods`, those whose own period lies within it.
    Fewer keys than `GROUP` put several raters, axes, years or levels together; scales are never mixed.
    """
    keys = by if "scale" in by else (*by, "scale")
    groups: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    # «grades» "rating-decided by level (kind at founding), rater, axis, period, scale, rank; …; proposed ones do not
    # count"
    confirmed = {
        (fact.body["confirms"]["organisation"], fact.body["confirms"]["event"])
        for fact in history.named("rating-decided")
        if fact.body.get("confirms")
    }
    for fact in history.named("rating-decided"):
        # A report that its rater has confirmed is that rater's own fact, told before.
        if fact.reference in confirmed:
            continue
        asked = _within(fact, start, end) if rated_periods else start <= fact.day < end
        if asked and history.has(unit, fact.body["unit"], fact.day):
            groups[tuple(_key(history, fact, key) for key in keys)].append(fact)
    rows = {}
    for group, facts in groups.items():
        units = {fact.body["unit"] for fact in facts}
        for rank in {fact.body["grade"]["rank"] for fact in facts}:
            ranked = [fact for fact in facts if fact.body["grade"]["rank"] == rank]
            rows[*group, str(rank)] = Graded(
                # «grades» "denominator: all decided in that group"
                Figure(len(ranked), len(facts), frozenset(fact.reference for fact in facts)),
                frozenset(fact.body["grade"]["label"] for fact in ranked),
                "units" if len(units) == len(facts) else "unit-years",
            )
    return rows


def _key(history: History, fact: Fact, key: str) -> str:
    match key:
        case "level":
            return history.tree.kind(fact.body["unit"])
        case "period":
            return f"{fact.body['period']['start']}/{fact.body['period']['end']}"
        case "said_by":
            # «reported by the subject»: the log is of none of the organisations that ever had the body.
            owners = {owner for owner, _ in history.tree.owners(fact.body["rater"])}
            return "rater" if fact.organisation in owners else "subject"
        case "scale":
            return str(fact.body["grade"]["scale"])
        case _:
            return str(fact.body[key])


def _within(fact: Fact, start: dt.date, end: dt.date) -> bool:
    period = fact.body["period"]
    return start <= dt.date.fromisoformat(period["start"]) and dt.date.fromisoformat(period["end"]) <= end
