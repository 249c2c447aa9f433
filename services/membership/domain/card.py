"""When is a card issued and taken back, and a training recorded? A card in turn; training of members only."""

from __future__ import annotations

from typing import Final

from services.membership.domain.life import Life, decider_of_life, require_member
from services.membership.domain.states import Kind
from shared.contracts.membership import CardIssued, CardWithdrawn, TrainingCompleted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class HoldsACard(Refused):
    """The person holds a card of the organisation on that day; it is taken back first."""

    vi = "Ngày đó người này đang giữ thẻ của tổ chức; phải thu hồi trước."


class HoldsNoCard(Refused):
    """The person holds no card of the organisation on that day."""

    vi = "Ngày đó người này không giữ thẻ của tổ chức."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept a card or a training, or raise why not. A card is taken back from those who have left, too."""
    match said.fact:
        case CardIssued(branch=branch):
            require_member(life, branch, said, world)
            if life.held(world.tree, Kind.CARD, said.day, organisation=said.organisation):
                raise HoldsACard("branch")
        case CardWithdrawn():
            if not life.held(world.tree, Kind.CARD, said.day, organisation=said.organisation):
                raise HoldsNoCard("branch")
        case TrainingCompleted(branch=branch):
            require_member(life, branch, said, world)


DECIDER: Final = decider_of_life(decide, CardIssued, CardWithdrawn, TrainingCompleted)
