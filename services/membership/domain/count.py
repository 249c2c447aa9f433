"""When may a count of people be recorded? Once, for a unit or place that exists on the day of counting."""

from __future__ import annotations

from shared.contracts.membership import PeopleCounted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class PeopleAlreadyCounted(Refused):
    """The count stands in the log."""

    vi = "Lần đếm này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a count, or raise why not."""
    match said.fact:
        case PeopleCounted(scope=scope):
            if world.holds(said, PeopleCounted):
                raise PeopleAlreadyCounted("subject")
            world.require_living("scope", scope, said.day)


DECIDER = decider_without_state(decide, PeopleCounted)
