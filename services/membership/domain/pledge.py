"""When may a pledge be recorded? Once, by units that exist on the day on which they sign."""

from __future__ import annotations

from services.membership.domain.directive import require_directive
from shared.contracts.membership import PledgeSigned
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state, each_once


class AlreadySigned(Refused):
    """The pledge stands in the log."""

    vi = "Bản cam kết này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a pledge, or raise why not."""
    match said.fact:
        case PledgeSigned(units=units, directive=directive):
            if world.holds(said, PledgeSigned):
                raise AlreadySigned("subject")
            for path, unit in each_once("units", units):
                world.require_unit(path, unit, said.day)
            if directive is not None:
                require_directive("directive", directive, world)


DECIDER = decider_without_state(decide, PledgeSigned)
