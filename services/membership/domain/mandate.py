"""When may a mandate be granted, and when withdrawn? Granted once; a withdrawal brings its end forward.

Mandates are never corrected, so a withdrawal may end one before its first day, and another one may end it sooner.
"""

from __future__ import annotations

import datetime as dt

from services.membership.domain.validity import require_span
from shared.contracts.membership import MandateGranted, MandateWithdrawn
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class AlreadyGranted(Refused):
    """A mandate of that id stands in the log."""

    vi = "Ủy nhiệm mang mã này đã có trong sổ."


class NotGranted(Refused):
    """No mandate of that id was granted."""

    vi = "Không có ủy nhiệm mang mã này."


class WithdrawnBeforeItBegins(Refused):
    """The day lies before the mandate's first day; to undo it whole, withdraw it on that first day."""

    vi = "Ngày rút nằm trước ngày ủy nhiệm bắt đầu; muốn bỏ hẳn thì rút đúng ngày bắt đầu."


class EndsSoonerAlready(Refused):
    """By its own terms or an earlier withdrawal the mandate ends on that day or sooner."""

    vi = "Ủy nhiệm đã hết từ ngày đó hoặc sớm hơn."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a grant or a withdrawal, or raise why not."""
    match said.fact:
        case MandateGranted() as granted:
            if world.holds(said, MandateGranted):
                raise AlreadyGranted("subject")
            world.require_organisation("grantee", granted.grantee)
            world.require_known("subtree", granted.subtree)
            require_span(granted.valid_from, granted.valid_to)
        case MandateWithdrawn() as withdrawn:
            _require_sooner(withdrawn.effective, said, world)


def _require_sooner(day: dt.date, said: Said, world: World) -> None:
    others = [other.fact for other in world.others(said)]
    granted = next((fact for fact in others if isinstance(fact, MandateGranted)), None)
    if granted is None:
        raise NotGranted("subject")
    if day < granted.valid_from:
        raise WithdrawnBeforeItBegins("effective")
    ends = [fact.effective for fact in others if isinstance(fact, MandateWithdrawn)]
    if any(end <= day for end in (*ends, granted.valid_to) if end is not None):
        raise EndsSoonerAlready("effective")


DECIDER = decider_without_state(decide, MandateGranted, MandateWithdrawn)
