"""When is a decision published? Once, with exactly what the posted rule grants to the grade that holds."""

from __future__ import annotations

from services.ratings.domain.decided import stood
from services.ratings.domain.effects import require_effects
from shared.contracts.ratings import RatingPublished
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyPublished(Refused):
    """The decision has been published; what was wrong is corrected."""

    vi = "Quyết định này đã được công bố; nếu sai thì đính chính."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a publication, or raise why not."""
    match said.fact:
        case RatingPublished(effects=effects) as published:
            of = stood(published, said, world)
            if any(_same(published, other) for other in world.others(said)):
                raise AlreadyPublished("decision")
            require_effects(effects, of.rule, of.after.grade)


def _same(published: RatingPublished, other: Said) -> bool:
    return isinstance(other.fact, RatingPublished) and other.fact.decision == published.decision


DECIDER = decider_without_state(decide, RatingPublished)
