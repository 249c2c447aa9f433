"""When may a member be struck off? By the organisation's own rule: cause, months, who proposes, who decides.

The software shows and refuses what the rule refuses; people propose and decide. Where no rule is known, or the branch
gives no grounds, there is nothing to hold a decision against, and people answer for it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from services.membership.domain.life import Life, decider_of_life, require_above, require_member
from services.membership.domain.states import Kind, State
from shared.contracts.membership import (
    Grounds,
    Joining,
    MemberStruckOff,
    StrikeOffDeclined,
    StrikeOffProposed,
    StrikeOffRule,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.calendar import months_after
from shared.units.world import World

NOT_ATTENDING: Final = "not-attending"
DUES_UNPAID: Final = "dues-unpaid"
GONE_AWAY: Final = "gone-away"
FOR_BEING_AWAY: Final = frozenset({NOT_ATTENDING, GONE_AWAY})
"""The causes from which a member who is away and has said so is protected for a time."""
ALSO: Final = {"base-branch": ("branch", "base-unit")}
"""A branch that is a base at once (chi đoàn cơ sở) acts as either."""


class UnknownCause(Refused):
    """The organisation's rules know no such cause to strike a member off."""

    vi = "Quy định của tổ chức không có lý do xóa tên này."


class GroundsTooFew(Refused):
    """The grounds given fall short of the organisation's rule: months, one after another, either or both."""

    vi = "Căn cứ nêu ra chưa đủ theo quy định của tổ chức (số tháng, liên tục hay cộng dồn, một hay cả hai căn cứ)."


class ProtectedWhileAway(Refused):
    """The member is away, has said so, and is protected by the organisation's rule for so many months."""

    vi = "Người này đi xa có báo cáo và còn trong thời hạn được giữ tên theo quy định."


class NotTheirsToPropose(Refused):
    """By the organisation's rule units of another kind propose."""

    vi = "Theo quy định, cấp này không có thẩm quyền đề nghị xóa tên."


class NotTheirsToDecide(Refused):
    """By the organisation's rule units of another kind decide."""

    vi = "Theo quy định, cấp này không có thẩm quyền quyết định xóa tên."


class AlreadyProposed(Refused):
    """A proposal waits for its decision."""

    vi = "Đã có đề nghị xóa tên đang chờ quyết định."


class NotProposed(Refused):
    """No proposal for this cause waits for a decision on that day."""

    vi = "Ngày đó không có đề nghị xóa tên nào vì lý do này đang chờ quyết định."


def decide(life: Life, said: Said, world: World) -> None:
    """Accept a proposal or a decision, or raise why not."""
    adopted = world.rules(said.organisation, said.day)
    rule = None if adopted is None else adopted.strike_off
    match said.fact:
        case StrikeOffProposed(branch=branch, cause=cause, proposed_by=body, grounds=grounds):
            require_member(life, branch, said, world)
            proposer = require_above("proposed_by", body, branch, said, world)
            if life.state(world.tree, Kind.PROPOSED, said.day, branch=branch):
                raise AlreadyProposed("branch")
            if rule is not None:
                if rule.proposes is not None and not _is(rule.proposes, proposer, world):
                    raise NotTheirsToPropose("proposed_by")
                _require_cause(life, branch, cause, grounds, said, world, rule)
        case StrikeOffDeclined(branch=branch, decided_by=body):
            require_member(life, branch, said, world)
            decider = require_above("decided_by", body, branch, said, world)
            if not life.state(world.tree, Kind.PROPOSED, said.day, branch=branch):
                raise NotProposed("branch")
            _require_decider(rule, decider, world)
        case MemberStruckOff(branch=branch, cause=cause, decided_by=body, grounds=grounds):
            require_member(life, branch, said, world)
            decider = require_above("decided_by", body, branch, said, world)
            _require_decider(rule, decider, world)
            if rule is not None:
                proposal = life.state(world.tree, Kind.PROPOSED, said.day, branch=branch)
                if rule.proposes is not None and (proposal is None or proposal.detail != cause):
                    raise NotProposed("cause")
                _require_cause(life, branch, cause, grounds, said, world, rule)


def _require_decider(rule: StrikeOffRule | None, decider: UUID, world: World) -> None:
    if rule is not None and not _is(rule.decides, decider, world):
        raise NotTheirsToDecide("decided_by")


def _is(kind: str, unit: UUID, world: World) -> bool:
    own = world.tree.kind(unit)
    return own is not None and kind in (own, *ALSO.get(own, ()))


def _require_cause(  # noqa: PLR0913, PLR0917 — one question of all that is known
    life: Life,
    branch: UUID,
    cause: str,
    grounds: Grounds | None,
    said: Said,
    world: World,
    rule: StrikeOffRule,
) -> None:
    if cause not in rule.causes:
        raise UnknownCause("cause")
    away = life.state(world.tree, Kind.AWAY, said.day, branch=branch)
    if away is not None and cause in FOR_BEING_AWAY and protects(rule, away, said.day):
        raise ProtectedWhileAway("cause")
    if grounds is not None and not suffices(rule, cause, grounds):
        raise GroundsTooFew("grounds")


def protects(rule: StrikeOffRule, away: State, day: dt.date) -> bool:
    """Whether the rule still keeps a member who is away and has said so."""
    return away.reported and rule.away_months is not None and day <= months_after(away.since, rule.away_months)


def suffices(rule: StrikeOffRule, cause: str, grounds: Grounds) -> bool:
    """Whether the grounds reach the rule. Causes that are neither absence nor dues need none."""
    if cause not in {NOT_ATTENDING, DUES_UNPAID}:
        return True
    if rule.consecutive and not grounds.consecutive:
        return False
    absent, unpaid = grounds.months_absent >= rule.months, grounds.months_unpaid >= rule.months
    if rule.grounds is Joining.ALL:
        return absent and unpaid
    return absent if cause == NOT_ATTENDING else unpaid


DECIDER: Final = decider_of_life(decide, StrikeOffProposed, StrikeOffDeclined, MemberStruckOff)
