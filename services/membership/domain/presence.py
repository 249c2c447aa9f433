"""When is a member away, and when back? A state, begun once and ended once, or with the membership."""

from __future__ import annotations

from typing import Final

from services.membership.domain.life import Life, decider_of_life, require_ahead, require_member
from services.membership.domain.states import Kind
from shared.contracts.membership import MemberAway, MemberBack
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class AlreadyAway(Refused):
    """The member is away on that day; first he comes back."""

    vi = "Ngày đó người này đang đi làm ăn xa; phải ghi trở về trước."


class NotAway(Refused):
    """The member is not recorded as away on that day."""

    vi = "Ngày đó sổ không ghi người này đi xa."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept that a member goes away or comes back, or raise why not."""
    match said.fact:
        case MemberAway(branch=branch, expected_return=expected):
            require_member(life, branch, said, world)
            require_ahead("expected_return", expected, said)
            if life.state(world.tree, Kind.AWAY, said.day, branch=branch):
                raise AlreadyAway("branch")
        case MemberBack(branch=branch):
            require_member(life, branch, said, world)
            if not life.state(world.tree, Kind.AWAY, said.day, branch=branch):
                raise NotAway("branch")


DECIDER: Final = decider_of_life(decide, MemberAway, MemberBack)
