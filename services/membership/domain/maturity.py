"""When may a member mature, or be kept past the age? In the Youth Union only, by people's decision, never by itself.

The ages of the organisation's rules prompt, they forbid nothing: the birth date is personal data that no rule reads,
and officers elected or full-time stay as long as they serve.
"""

from __future__ import annotations

from typing import Final

from services.membership.domain.life import Life, decider_of_life, require_ahead, require_member
from shared.contracts.membership import MaturityDeferred, MemberMatured
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World

YOUTH_UNION: Final = "youth-union"
"""The kind of organisation whose members grow out of it."""


class OnlyYouthUnion(Refused):
    """Only members of the Youth Union mature (trưởng thành đoàn), and only where its rules in force know it."""

    vi = "Chỉ đoàn viên Đoàn Thanh niên mới trưởng thành đoàn, theo quy định đang có hiệu lực."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept that a member matures or stays on, or raise why not."""
    match said.fact:
        case MemberMatured(branch=branch):
            require_member(life, branch, said, world)
            _require_rule(said, world)
        case MaturityDeferred(branch=branch, until=until):
            require_member(life, branch, said, world)
            _require_rule(said, world)
            require_ahead("until", until, said)


def _require_rule(said: Said, world: World) -> None:
    rules = world.rules(said.organisation, said.day)
    if not is_youth_union(said, world) or (rules is not None and rules.maturity is None):
        raise OnlyYouthUnion("branch")


def is_youth_union(said: Said, world: World) -> bool:
    """Whether the organisation that says it is one whose members grow out of it."""
    registered = world.directory.organisation(said.organisation)
    return registered is not None and registered.kind == YOUTH_UNION


DECIDER: Final = decider_of_life(decide, MemberMatured, MaturityDeferred)
