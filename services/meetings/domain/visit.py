"""When may a visit be recorded? Once, at a unit that exists on that day; its meeting may be posted later, or never."""

from __future__ import annotations

from shared.contracts.meetings import VisitCompleted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyCompleted(Refused):
    """The visit stands in the log."""

    vi = "Lượt dự này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a visit, or raise why not."""
    match said.fact:
        case VisitCompleted(unit=unit):
            if world.holds(said, VisitCompleted):
                raise AlreadyCompleted("subject")
            world.require_unit("unit", unit, said.day)


DECIDER = decider_without_state(decide, VisitCompleted)
