"""When does a member take part in a branch that is not the member's own? Introduced, received as a guest, ended."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.membership.domain.life import Life, decider_of_life, require_ahead, require_member
from services.membership.domain.person import AlreadyMember, SameBranch
from services.membership.domain.states import Kind
from shared.contracts.membership import AffiliationEnded, AffiliationIntroduced, AffiliationReceived
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class AlreadyAffiliated(Refused):
    """The person takes part in that branch as a guest on that day."""

    vi = "Ngày đó người này đang sinh hoạt tạm thời hoặc nơi cư trú tại chi đoàn, chi hội này."


class NotAffiliated(Refused):
    """The person is not a guest of that branch on that day."""

    vi = "Ngày đó người này không sinh hoạt tạm thời hay nơi cư trú tại chi đoàn, chi hội này."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept that a member takes part elsewhere, or raise why not."""
    match said.fact:
        case AffiliationIntroduced(branch=branch, destination=destination, until=until):
            require_member(life, branch, said, world)
            require_ahead("until", until, said)
            if destination is not None:
                world.require_branch("destination", destination, said.day)
                _require_other("destination", destination, branch)
        case AffiliationReceived(branch=branch, home=home, until=until):
            world.require_branch("branch", branch, said.day)
            _require_other("home", home, branch)
            require_ahead("until", until, said)
            if life.standing(world.tree).member_of(branch, said.day):
                raise AlreadyMember("branch")
            if life.state(world.tree, Kind.AFFILIATED, said.day, branch=branch):
                raise AlreadyAffiliated("branch")
        case AffiliationEnded(branch=branch):
            if not life.state(world.tree, Kind.AFFILIATED, said.day, branch=branch):
                raise NotAffiliated("branch")


def _require_other(field: str, other: UUID | None, branch: UUID) -> None:
    if other == branch:
        raise SameBranch(field)


DECIDER: Final = decider_of_life(decide, AffiliationIntroduced, AffiliationReceived, AffiliationEnded)
