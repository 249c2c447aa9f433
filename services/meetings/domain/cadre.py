"""When is a cadre put in charge of an area, and relieved? One assignment an area and organisation at a time."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.meetings import CadreAssigned, CadreExcused, CadreRelieved
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.charges import Charge, charges, ended_by
from shared.units.world import World


class AlreadyAssigned(Refused):
    """The organisation has the cadre in charge of that area already."""

    vi = "Cán bộ đang được phân công địa bàn này rồi."


class NotAssigned(Refused):
    """Neither the organisation nor one whose place it took has the cadre in charge of that area on that day."""

    vi = "Ngày đó cán bộ không được phân công địa bàn này."


@dataclass(frozen=True, slots=True)
class Duty:
    """What was said of a cadre's areas up to a day: whose charge a relief ends rests on who followed whom."""

    words: tuple[Said, ...] = ()

    def held(self, world: World) -> list[Charge]:
        """The charges that no word has ended yet."""
        return [each for each in charges(self.words, world.tree) if each.end is None]


def decide(state: Duty, said: Said, world: World) -> None:
    """Accept a fact about a cadre's duty, or raise why not. Being excused asks for nothing."""
    match said.fact:
        case CadreAssigned(area=area):
            world.require_living("area", area, said.day)
            if any((each.assigned_in, each.area) == (said.organisation, area) for each in state.held(world)):
                raise AlreadyAssigned("area")
        case CadreRelieved():
            if not ended_by(said, state.held(world), world.tree):
                raise NotAssigned("area")
        case CadreExcused():
            return


def evolve(state: Duty, said: Said) -> Duty:
    """The cadre's duty after one more fact."""
    match said.fact:
        case CadreAssigned() | CadreRelieved():
            return Duty((*state.words, said))
        case _:
            return state


DECIDER = Decider(
    facts=frozenset({CadreAssigned, CadreRelieved, CadreExcused}), initial=Duty(), decide=decide, evolve=evolve
)
