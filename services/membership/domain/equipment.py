"""When may equipment of a branch be recorded? Once a handing over, for a living branch."""

from __future__ import annotations

from shared.contracts.membership import BranchEquipped
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyEquipped(Refused):
    """The handing over stands in the log."""

    vi = "Lần trang bị này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a handing over, or raise why not."""
    match said.fact:
        case BranchEquipped(branch=branch):
            if world.holds(said, BranchEquipped):
                raise AlreadyEquipped("subject")
            world.require_branch("branch", branch, said.day)


DECIDER = decider_without_state(decide, BranchEquipped)
