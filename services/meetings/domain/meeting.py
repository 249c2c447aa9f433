"""When may a meeting be recorded? Once, for a unit that meets, with nobody on the roll who is not its member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

from shared.contracts.meetings import MeetingHeld, NamedRoll
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import MEETING_KINDS, World, decider_without_state


class AlreadyHeld(Refused):
    """The organisation has recorded this meeting; what was wrong in it is corrected."""

    vi = "Buổi sinh hoạt này đã có trong sổ; nếu sai thì đính chính."


class DoesNotMeet(Refused):
    """Units of this kind hold no meetings: branches of every kind and Front boards do."""

    vi = "Loại đơn vị này không sinh hoạt; chỉ chi đoàn, chi hội các loại và Ban công tác Mặt trận."

    foreign: ClassVar[bool] = True


class NotAMember(Refused):
    """On that day the person is not a member of the branch, nor of a sub-branch of it; guests are counted apart."""

    vi = "Ngày đó người này không có trong sổ của chi đoàn, chi hội; khách thì đếm riêng."

    foreign: ClassVar[bool] = True


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a meeting, or raise why not."""
    match said.fact:
        case MeetingHeld(branch=branch, roll=roll):
            _require_new(said, world)
            world.require_unit("branch", branch, said.day)
            if world.tree.kind(branch) not in MEETING_KINDS:
                raise DoesNotMeet("branch")
            for field, person in _names(roll.named):
                if not world.is_member(person, branch, said.day):
                    raise NotAMember(field)


def _require_new(said: Said, world: World) -> None:
    """Two organisations may have given one id to meetings of their own: a meeting is (organisation, id)."""
    held = (other for other in world.others(said) if isinstance(other.fact, MeetingHeld))
    if any(other.organisation == said.organisation for other in held):
        raise AlreadyHeld("subject")


def _names(roll: NamedRoll | None) -> Iterator[tuple[str, UUID]]:
    """Every person on a roll, with the path of the place at which he stands."""
    if roll is None:
        return
    for column in ("present", "excused", "absent"):
        for number, person in enumerate(getattr(roll, column)):
            yield f"roll.named.{column}.{number}", person


DECIDER = decider_without_state(decide, MeetingHeld)
