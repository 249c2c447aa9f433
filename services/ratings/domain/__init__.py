"""The rules of ratings: which facts it accepts, and why it refuses the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.ratings.domain import rating, report, rule_set
from shared.contracts.event import Event
from shared.contracts.ratings import RatingDecided, RatingProposed, RatingsLogClosed, RuleSetAdopted
from shared.eventsourcing.decider import AnyDecider
from shared.units.closing import closing_decider

DECIDERS: Final[Mapping[type[Event], AnyDecider]] = {
    fact: aggregate.DECIDER for aggregate in (rule_set, rating, report) for fact in aggregate.DECIDER.facts
} | {RatingsLogClosed: closing_decider(RatingsLogClosed)}
"""The decider of every fact that ratings takes; a correction is judged by that of the fact inside."""


def related(fact: Event) -> tuple[UUID, ...]:
    """The rule sets that a fact's rules look at."""
    match fact:
        case RatingProposed(rule_set=UUID() as named) | RatingDecided(rule_set=UUID() as named):
            return (named,)
        case RuleSetAdopted(supersedes=UUID() as named):
            return (named,)
        case _:
            return ()
