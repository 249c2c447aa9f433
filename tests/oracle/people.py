"""Which score counts, how did a vote go, and which grades have the units below? Recounted from the raw events.

Written from `docs/formats/rule-set.md` and the contracts' own words; nothing of the product is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle.figure import History
from tests.oracle.standing import Fact
from tests.oracle.tree import Dimension

STEPS = ("self-rated", "proposed", "verified", "decided")


@dataclass(frozen=True)
class Rated:
    """Which rating is asked: the unit, the period as posted, the axis, and whoever is rated in the unit."""

    unit: str
    period: Mapping[str, str]
    axis: str
    person: Mapping[str, Any] | None = None

    def told_in(self, fact: Fact) -> bool:
        """Whether a fact is about this very rating."""
        body = fact.body
        mine = (body["unit"], body["period"], body["axis"], body.get("person"))
        return mine == (self.unit, self.period, self.axis, self.person)


def counting(history: History, rated: Rated, rule_set: str) -> dict[str, Fact]:
    """«of several the one of the last step counts, of one body in one step the later word»: by the criterion."""
    found: dict[str, Fact] = {}
    for step in STEPS:
        for fact in history.named("criterion-scored"):
            if rated.told_in(fact) and fact.body["rule_set"] == rule_set and fact.body["step"] == step:
                found[fact.body["criterion"]] = fact
    return found


def counted(history: History, rated: Rated, rule_set: str) -> dict[str, Fact]:
    """«The last count counts»: by the criterion."""
    return {
        fact.body["criterion"]: fact
        for fact in history.named("votes-counted")
        if rated.told_in(fact) and fact.body["rule_set"] == rule_set
    }


def below(history: History, rated: Rated, day: dt.date) -> dict[str, tuple[int | None, frozenset[str]]]:
    """«how many units lie directly below on the last day»: each with its rank, and the roots that say so."""
    found = {}
    for unit in history.tree.living(day):
        line = history.tree.chain(unit, day, Dimension.LINE).nodes
        if not history.tree.is_place(unit) and list(line[1:2]) == [rated.unit]:
            found[unit] = _holding(history, Rated(unit, rated.period, rated.axis))
    return found


def label_held(history: History, rated: Rated) -> str | None:
    """«the label that holds by decision, as changed since», whoever says it; none: not decided, or cancelled."""
    for fact in reversed([each for each in history.named("rating-decided") if rated.told_in(each)]):
        since = [
            each
            for each in history.named("rating-changed", "rating-cancelled")
            if rated.told_in(each) and each.body["decision"]["event"] == fact.root
        ]
        if not any(each.name == "rating-cancelled" for each in since):
            return str([fact, *since][-1].body["grade"]["label"])
    return None


def _holding(history: History, rated: Rated) -> tuple[int | None, frozenset[str]]:
    """The last decision that its rater says itself and that was not cancelled, with the last change of it."""
    for fact in reversed([each for each in history.named("rating-decided") if rated.told_in(each)]):
        owners = {owner for owner, _ in history.tree.owners(fact.body["rater"])}
        since = [
            each
            for each in history.named("rating-changed", "rating-cancelled")
            if rated.told_in(each) and each.body["decision"]["event"] == fact.root
        ]
        if fact.organisation not in owners or any(each.name == "rating-cancelled" for each in since):
            continue
        holds = [fact, *since][-1]
        return holds.body["grade"]["rank"], frozenset({fact.root, holds.root})
    return None, frozenset()
