"""How were grades given, year by year, and which years compare? A slow recount from the raw events, by definition."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.oracle.figure import History
from tests.oracle.standing import Fact

Shares = dict[tuple[str, ...], tuple[int, int, str]]


def decided(history: History, unit: str, start: dt.date, end: dt.date, until: dt.date) -> list[Fact]:
    """Decisions under a unit, for periods within the asked one, with the grade that holds before a day.

    What was cancelled is gone, what was changed has its last grade, and what its rater confirmed stands once.
    """
    after = [fact for fact in history.named("rating-changed", "rating-cancelled") if fact.day < until]
    confirmed = {
        (said["organisation"], said["event"]): fact
        for fact in history.named("rating-decided")
        if (said := fact.body.get("confirms"))
    }
    found = []
    for fact in history.named("rating-decided"):
        period, own = fact.body["period"], tuple(fact.reference)
        names = {own, *(said for said, by in confirmed.items() if by is fact)}
        about = [
            later
            for later in after
            if (later.body["decision"]["organisation"], later.body["decision"]["event"]) in names
        ]
        lies_within = start.isoformat() <= period["start"] and period["end"] <= end.isoformat()
        made = start <= fact.day < max(end, until) and history.has(unit, fact.body["unit"], fact.day)
        gone = own in confirmed or any(later.name == "rating-cancelled" for later in about)
        if lies_within and made and not gone:
            grade = ([later.body["grade"] for later in about] or [fact.body["grade"]])[-1]
            found.append(replace(fact, body={**fact.body, "grade": grade}))
    return found


def shares(history: History, facts: Iterable[Fact], by: tuple[str, ...]) -> Shares:
    """(the keys …, scale, rank) -> how many, of how many, and whether those are units or unit-years."""
    groups: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[*(_value(history, fact, key) for key in by), fact.body["grade"]["scale"]].append(fact)
    found = {}
    for keys, members in groups.items():
        once = len({fact.body["unit"] for fact in members}) == len(members)
        for rank, number in Counter(fact.body["grade"]["rank"] for fact in members).items():
            found[*keys, str(rank)] = (number, len(members), "units" if once else "unit-years")
    return found


def moved(before: Iterable[Fact], after: Iterable[Fact]) -> dict[str, int]:
    """What became of the units rated in both periods, and how many stand in one alone."""
    then, now = ({fact.body["unit"]: fact.body["grade"]["rank"] for fact in side} for side in (before, after))
    ways = Counter(
        "better" if now[unit] < rank else "worse" if now[unit] > rank else "same"
        for unit, rank in then.items()
        if unit in now
    )
    both = sum(ways.values())
    counted = {way: ways[way] for way in ("better", "same", "worse")}
    return {"both": both, **counted, "only_before": len(then) - both, "only_after": len(now) - both}


def percent(numerator: int, denominator: int) -> str:
    """`65,7 %`: one decimal, half up, by long division of what is left over."""
    tenths, rest = divmod(1000 * numerator, denominator)
    tenths += 2 * rest >= denominator
    return f"{f'{tenths // 10:,}'.replace(',', '.')},{tenths % 10} %"


def _value(history: History, fact: Fact, key: str) -> str:
    body: dict[str, Any] = dict(fact.body)
    if key == "level":
        return str(history.tree.kind(body["unit"]))
    if key == "period":
        return f"{body['period']['start']}/{body['period']['end']}"
    return str(body[key])
