"""When is a cadre put in charge of an area, and relieved? One assignment an area and organisation at a time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class AlreadyAssigned(Refused):
    """The organisation has the cadre in charge of that area already."""

    vi = "Cán bộ đang được phân công địa bàn này rồi."


class NotAssigned(Refused):
    """The organisation does not have the cadre in charge of that area on that day."""

    vi = "Ngày đó cán bộ không được phân công địa bàn này."


@dataclass(frozen=True, slots=True)
class Charge:
    """The areas of which a cadre is in charge, and for which organisation."""

    areas: frozenset[tuple[UUID, UUID]] = frozenset()
    """(organisation, area)."""


def decide(state: Charge, said: Said, world: World) -> None:
    """Accept a fact about a cadre's duty, or raise why not. Being excused asks for nothing."""
    match said.fact:
        case CadreAssigned(area=area):
            world.require_living("area", area, said.day)
            if (said.organisation, area) in state.areas:
                raise AlreadyAssigned("area")
        case CadreRelieved(area=area):
            if (said.organisation, area) not in state.areas:
                raise NotAssigned("area")
        case CadreExcused():
            return


def evolve(state: Charge, said: Said) -> Charge:
    """The cadre's areas after one more fact."""
    match said.fact:
        case CadreAssigned(area=area):
            return Charge(state.areas | {(said.organisation, area)})
        case CadreRelieved(area=area):
            return Charge(state.areas - {(said.organisation, area)})
        case _:
            return state


DECIDER = Decider(
    facts=frozenset({CadreAssigned, CadreRelieved, CadreExcused}), initial=Charge(), decide=decide, evolve=evolve
)
