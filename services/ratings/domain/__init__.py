"""The rules of ratings: which facts it accepts, and why it refuses the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.ratings.domain import (
    authority,
    objection,
    opening,
    pool,
    publication,
    rating,
    report,
    rule_set,
    scoring,
    settlement,
    steps,
)
from shared.contracts.event import Event
from shared.contracts.ratings import (
    RatingPoolClosed,
    RatingsLogClosed,
    RuleSetAdopted,
    authority_id,
    period_id,
    pool_id,
)
from shared.eventsourcing.decider import AnyDecider
from shared.units.closing import closing_decider

AGGREGATES: Final = (
    *(rule_set, authority, opening, scoring, steps, pool, rating),
    *(publication, objection, settlement, report),
)
DECIDERS: Final[Mapping[type[Event], AnyDecider]] = {
    fact: aggregate.DECIDER for aggregate in AGGREGATES for fact in aggregate.DECIDER.facts
} | {RatingsLogClosed: closing_decider(RatingsLogClosed)}
"""The decider of every fact that ratings takes; a correction is judged by that of the fact inside."""


def related(fact: Event) -> tuple[UUID, ...]:
    """The streams that a fact's rules look at: its rule set, who decides on its axis, its period, its pools."""
    if isinstance(fact, RuleSetAdopted):
        return () if fact.supersedes is None else (fact.supersedes,)
    found: list[UUID] = []
    rule_set = getattr(fact, "rule_set", None)
    if rule_set is not None:
        found.append(rule_set)
    axis, period, rater = (getattr(fact, name, None) for name in ("axis", "period", "rater"))
    if axis is not None:
        found.append(authority_id(axis))
        if period is not None:
            found.append(period_id(axis, period))
            if rater is not None and not isinstance(fact, RatingPoolClosed):
                found.append(pool_id(rater, axis, period))
    return tuple(found)
