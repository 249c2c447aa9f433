"""When may a count of participants be recorded? Once, of a period that has begun, where something existed in it."""

from __future__ import annotations

from shared.contracts.meetings import ParticipationCounted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyCounted(Refused):
    """The count stands in the log."""

    vi = "Số tham gia này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a count, or raise why not."""
    match said.fact:
        case ParticipationCounted(scope=scope, period=period):
            if world.holds(said, ParticipationCounted):
                raise AlreadyCounted("subject")
            world.require_begun("period", period, said)
            world.require_lived("scope", scope, period)


DECIDER = decider_without_state(decide, ParticipationCounted)
