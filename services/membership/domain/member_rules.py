"""When may an organisation adopt rules for its members? Its own, at any time, from a day on; ages in their order."""

from __future__ import annotations

from typing import Final

from services.membership.domain.maturity import OnlyYouthUnion, is_youth_union
from shared.contracts.membership import AgeRule, MaturityRule, MemberRulesAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state


class OnlyForItself(Refused):
    """An organisation adopts rules for its own members; the subject is the organisation that posts."""

    vi = "Tổ chức chỉ đặt quy định cho đoàn viên, hội viên của mình."


class AgesOutOfOrder(Refused):
    """The lower age lies above the higher one."""

    vi = "Tuổi thấp nhất phải không lớn hơn tuổi cao nhất."


def decide(_state: None, said: Said, world: World) -> None:
    """Accept rules for members, or raise why not."""
    match said.fact:
        case MemberRulesAdopted(admission=admission, maturity=maturity):
            if said.subject != said.organisation:
                raise OnlyForItself("subject")
            match admission:
                case AgeRule(least=least, most=int() as most) if most < least:
                    raise AgesOutOfOrder("admission.most")
            match maturity:
                case MaturityRule(prompt_age=prompt, latest_age=latest) if latest < prompt:
                    raise AgesOutOfOrder("maturity.latest_age")
                case MaturityRule() if not is_youth_union(said, world):
                    raise OnlyYouthUnion("maturity")


DECIDER: Final = decider_without_state(decide, MemberRulesAdopted)
