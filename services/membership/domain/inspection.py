"""When may an inspection be recorded, and when its remedy? Each once, the remedy after the inspection."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.membership import FindingRemedied, InspectionHeld
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class AlreadyInspected(Refused):
    """An inspection of that id stands in the log."""

    vi = "Cuộc kiểm tra mang mã này đã có trong sổ."


class RemedyDueBefore(Refused):
    """The unit would have to put it right before it was inspected."""

    vi = "Hạn khắc phục phải từ ngày kiểm tra trở đi."


class NotInspected(Refused):
    """No inspection of that id was held by that day."""

    vi = "Đến ngày đó chưa có cuộc kiểm tra mang mã này."


class OtherUnitInspected(Refused):
    """The inspection was held in another unit."""

    vi = "Cuộc kiểm tra này ở đơn vị khác."


class AlreadyRemedied(Refused):
    """What the inspection found was put right before."""

    vi = "Kết quả kiểm tra này đã được khắc phục."


@dataclass(frozen=True, slots=True)
class Inspection:
    """Which unit was inspected, and whether what was found is put right."""

    unit: UUID | None = None
    remedied: bool = False


def decide(state: Inspection, said: Said, world: World) -> None:
    """Accept an inspection or a remedy, or raise why not."""
    match said.fact:
        case InspectionHeld(unit=unit, inspector=inspector, remedy_due=due):
            if world.holds(said, InspectionHeld):
                raise AlreadyInspected("subject")
            world.require_unit("unit", unit, said.day)
            if inspector is not None:
                world.require_unit("inspector", inspector, said.day)
            if due is not None and due < said.day:
                raise RemedyDueBefore("remedy_due")
        case FindingRemedied(unit=unit):
            if state.unit is None:
                raise NotInspected("subject")
            if unit != state.unit:
                raise OtherUnitInspected("unit")
            if state.remedied:
                raise AlreadyRemedied("subject")


def evolve(state: Inspection, said: Said) -> Inspection:
    """The inspection after one more fact of its stream."""
    match said.fact:
        case InspectionHeld(unit=unit):
            return Inspection(unit, state.remedied)
        case FindingRemedied():
            return Inspection(state.unit, remedied=True)
        case _:
            return state


DECIDER = Decider(
    facts=frozenset({InspectionHeld, FindingRemedied}), initial=Inspection(), decide=decide, evolve=evolve
)
