"""When may a benefit be recorded? Once a grant, in a living branch; its person may stand in no book."""

from __future__ import annotations

from shared.contracts.membership import BenefitGranted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class BenefitAlreadyGranted(Refused):
    """The grant stands in the log."""

    vi = "Lần hưởng chế độ này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a benefit, or raise why not."""
    match said.fact:
        case BenefitGranted(branch=branch):
            if world.holds(said, BenefitGranted):
                raise BenefitAlreadyGranted("subject")
            world.require_branch("branch", branch, said.day)


DECIDER = decider_without_state(decide, BenefitGranted)
