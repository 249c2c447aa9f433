"""When may a target be set, and set again? For what exists in its period; set again, it stays the same target."""

from __future__ import annotations

from shared.contracts.membership import TargetSet
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class OtherTarget(Refused):
    """The id belongs to a target of another organisation, scope, indicator or period; only the value is revised."""

    vi = "Mã này thuộc chỉ tiêu khác; chỉ được sửa con số."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a target or its revision, or raise why not."""
    match said.fact:
        case TargetSet() as target:
            for other in world.others(said):
                _require_same(target, said, other)
            world.require_lived("scope", target.scope, target.period)


def _require_same(target: TargetSet, said: Said, other: Said) -> None:
    if other.organisation != said.organisation:
        raise OtherTarget("subject")
    for field in ("scope", "indicator", "period"):
        if getattr(other.fact, field, None) != getattr(target, field):
            raise OtherTarget(field)


DECIDER = decider_without_state(decide, TargetSet)
