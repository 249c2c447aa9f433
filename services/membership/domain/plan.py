"""When may an officer register the plan of a year, and when is it assessed? Once, and then as often as is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.membership.domain import branch_head, officer
from shared.contracts.membership import PlanAssessed, PlanRegistered
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class PlanAlreadyRegistered(Refused):
    """The officer has registered a plan for that year in that unit."""

    vi = "Kế hoạch của năm này ở đơn vị này đã được đăng ký."


class NoPlan(Refused):
    """The officer has registered no plan for that year in that unit by that day."""

    vi = "Đến ngày đó chưa có kế hoạch của năm này ở đơn vị này."


class HoldsNoPost(Refused):
    """The person neither heads the unit nor holds a post of it on that day."""

    vi = "Ngày đó người này không đứng đầu và không giữ chức vụ nào ở đơn vị."


class YearOver(Refused):
    """A plan is registered before the end of its year."""

    vi = "Kế hoạch phải đăng ký trước khi hết năm."


class Plan(NamedTuple):
    """One officer's plan."""

    unit: UUID
    year: int


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans that one person has registered (kế hoạch tu dưỡng, rèn luyện)."""

    registered: frozenset[Plan] = frozenset()


def decide(state: Plans, said: Said, world: World) -> None:
    """Accept a plan or what became of it, or raise why not."""
    match said.fact:
        case PlanRegistered(unit=unit, year=year):
            world.require_unit("unit", unit, said.day)
            if Plan(unit, year) in state.registered:
                raise PlanAlreadyRegistered("year")
            if said.day.year > year:
                raise YearOver("year")
            _require_post(unit, said, world)
        case PlanAssessed(unit=unit, year=year):
            # Who assesses may come when the officer has left the post, or the unit has ended.
            if Plan(unit, year) not in state.registered:
                raise NoPlan("year")


def _require_post(unit: UUID, said: Said, world: World) -> None:
    """The unit's own stream says who heads it and who holds its posts on that day."""
    before = [other for other in world.stream(unit).standing() if other.day <= said.day]
    head = branch_head.DECIDER.fold(before).head
    if said.subject != head and not officer.DECIDER.fold(before).holds(said.subject):
        raise HoldsNoPost("subject")


def evolve(state: Plans, said: Said) -> Plans:
    """The plans after one more fact of the person's stream."""
    match said.fact:
        case PlanRegistered(unit=unit, year=year):
            return Plans(state.registered | {Plan(unit, year)})
        case _:
            return state


DECIDER = Decider(facts=frozenset({PlanRegistered, PlanAssessed}), initial=Plans(), decide=decide, evolve=evolve)
