"""When may a figure be kept as somebody reported it? Once, of a period that has begun, where something existed in it.

A numerator above its denominator is kept: targets are surpassed, and published figures are wrong at times. What was
reported stands beside what is counted, and the difference is shown.
"""

from __future__ import annotations

from shared.contracts.ratings import FigureReported
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyReported(Refused):
    """The report stands in the log."""

    vi = "Báo cáo này đã có trong sổ."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a reported figure, or raise why not."""
    match said.fact:
        case FigureReported(scope=scope, period=period):
            if world.holds(said, FigureReported):
                raise AlreadyReported("subject")
            world.require_begun("period", period, said)
            world.require_lived("scope", scope, period)


DECIDER = decider_without_state(decide, FigureReported)
