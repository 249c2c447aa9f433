"""When may a figure be kept as somebody reported it? Once, of a period that has begun, where something existed in it.

A numerator above its denominator is kept: targets are surpassed, and published figures are wrong at times. What was
reported stands beside what is counted, and the difference is shown.
"""

from __future__ import annotations

from shared.contracts.fields import Qualifier
from shared.contracts.ratings import FigureReported
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyReported(Refused):
    """The report stands in the log."""

    vi = "Báo cáo này đã có trong sổ."


class NothingReported(Refused):
    """A report gives a number; without one it gives only the word *most*."""

    vi = "Báo cáo phải có số; chỉ “hầu hết” mới có thể không kèm số."


class RateWithoutNumbers(Refused):
    """A rate alone is given by two numbers: 65,7 % is 657 of 1000."""

    vi = "Chỉ báo tỷ lệ thì phải ghi bằng hai số, ví dụ 65,7 % là 657/1000."


class KeyTwice(Refused):
    """One line of a figure has one value for each key."""

    vi = "Mỗi tiêu thức chia chỉ được nêu một lần."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a reported figure, or raise why not."""
    match said.fact:
        case FigureReported(scope=scope, period=period) as reported:
            _require_said(reported)
            if world.holds(said, FigureReported):
                raise AlreadyReported("subject")
            world.require_begun("period", period, said)
            world.require_lived("scope", scope, period)


def _require_said(reported: FigureReported) -> None:
    if reported.numerator is None and reported.qualifier is not Qualifier.MOST:
        raise NothingReported("numerator")
    if reported.only_rate and None in {reported.numerator, reported.denominator}:
        raise RateWithoutNumbers("only_rate")
    if len({each.key for each in reported.split}) != len(reported.split):
        raise KeyTwice("split")


DECIDER = decider_without_state(decide, FigureReported)
