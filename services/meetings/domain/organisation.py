"""When may an organisation set how often its units meet and its cadres visit? For itself, and anew at any time."""

from __future__ import annotations

from typing import Final

from shared.contracts.meetings import PeriodicitySet, VisitDutySet
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import MEETING_KINDS, World, decider_without_state

OWING_KINDS: Final = MEETING_KINDS - {"sub-branch"}
"""Sub-branches meet as they need; nothing is due from them."""


class OnlyForItself(Refused):
    """An organisation sets the duties of its own units and cadres; the subject is the organisation that posts."""

    vi = "Tổ chức chỉ đặt quy định cho đơn vị và cán bộ của mình."


class OwesNoMeeting(Refused):
    """Regular meetings are due from branches, base branches and Front boards, from no other kind of unit."""

    vi = "Loại đơn vị này không có quy định sinh hoạt định kỳ."


def decide(_state: None, said: Said, _world: World) -> None:
    """Accept a periodicity or a visit duty, or raise why not."""
    if said.subject != said.organisation:
        raise OnlyForItself("subject")
    match said.fact:
        case PeriodicitySet(unit_kind=kind) if kind not in OWING_KINDS:
            raise OwesNoMeeting("unit_kind")


DECIDER = decider_without_state(decide, PeriodicitySet, VisitDutySet)
