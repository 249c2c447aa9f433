"""When may a unit be disciplined as such? Once a decision, while it lives; and when is a register kept here?"""

from __future__ import annotations

from services.membership.domain.member_rules import OnlyForItself
from shared.contracts.membership import RegisterKept, UnitDisciplined
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class UnitAlreadyDisciplined(Refused):
    """The decision stands in the log."""

    vi = "Quyết định kỷ luật tập thể mang mã này đã có trong sổ."


class KeptForNoDay(Refused):
    """The register would be kept until a day before it is begun."""

    vi = "Ngày thôi ghi sổ phải sau ngày bắt đầu."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept the discipline of a unit, or the word that such are recorded here, or raise why not."""
    match said.fact:
        case UnitDisciplined(unit=unit, decided_by=body):
            if world.holds(said, UnitDisciplined):
                raise UnitAlreadyDisciplined("subject")
            world.require_unit("unit", unit, said.day)
            if body is not None:
                world.require_unit("decided_by", body, said.day)
        case RegisterKept(starts=starts, until=until):
            if said.subject != said.organisation:
                raise OnlyForItself("subject")
            if until is not None and until <= starts:
                raise KeptForNoDay("until")


DECIDER = decider_without_state(decide, UnitDisciplined, RegisterKept)
