"""When may support be recorded? Once a grant, to a unit that exists on that day; its officer may stand in no book."""

from __future__ import annotations

from shared.contracts.membership import SupportGranted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class SupportAlreadyGranted(Refused):
    """The grant stands in the log."""

    vi = "Lần hỗ trợ này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a grant of support, or raise why not."""
    match said.fact:
        case SupportGranted(unit=unit):
            if world.holds(said, SupportGranted):
                raise SupportAlreadyGranted("subject")
            world.require_unit("unit", unit, said.day)


DECIDER = decider_without_state(decide, SupportGranted)
