"""Which role has which right? One matrix for every door of every service: what does not stand in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.contracts.event import Event
from shared.contracts.membership import (
    DisciplineDecided,
    DisciplineLifted,
    MemberAdmittedToParty,
    MemberExpelled,
    MemberReferredToParty,
    MemberStruckOff,
    Role,
    StrikeOffDeclined,
    UnitDisciplined,
)
from shared.contracts.ratings import RatingPoolClosed, RatingPublished, ReratingOrdered


class Right(StrEnum):
    """What an endpoint asks of a caller. How far the right reaches is said by `shared.units.reach`."""

    POST = "post"
    """Post facts (ghi sự việc)."""
    DECIDE = "decide"
    """Post decisions: facts that conclude what another one recorded (quyết định)."""
    FIGURES = "figures"
    """Read figures and reports' names: counts without ids of persons or events (xem số liệu)."""
    EVENTS = "events"
    """Read events with their facts, timelines, causes, work lists (xem sự việc)."""
    SENSITIVE = "sensitive"
    """Read facts on discipline, Party referral and admission (xem kỷ luật, giới thiệu và kết nạp Đảng)."""
    PERSONAL = "personal"
    """Read the personal part of facts in the clear, each reading written down (xem dữ liệu cá nhân)."""
    PLACES = "places"
    """Look up places: names, lines and lineage of the territory, which are public (tra cứu địa bàn)."""
    READINGS = "readings"
    """See who of one's organisation has read personal data, when and why (xem nhật ký truy cập)."""
    REPORTS = "reports"
    """Have a report computed from history, with the positions of every chain that it rests upon (tính lại báo cáo)."""
    PROOFS = "proofs"
    """Read heads, checkpoints, keys and proofs of one's own chains (lấy bằng chứng)."""
    STANDING = "standing"
    """See how far a service's views have come (xem tình trạng)."""
    ADMINISTER = "administer"
    """Issue keys, look after views, archive and signing keys (quản trị)."""


_READS: Final = frozenset({Right.FIGURES, Right.EVENTS, Right.PLACES, Right.PROOFS, Right.STANDING})
_BY_ROLE: Final[Mapping[Role, frozenset[Right]]] = {
    Role.OPERATOR: frozenset(Right) - {Right.PERSONAL, Right.READINGS},
    Role.RECORDER: _READS | {Right.POST, Right.DECIDE, Right.SENSITIVE, Right.PERSONAL},
    Role.DECIDER: _READS | {Right.DECIDE, Right.SENSITIVE, Right.PERSONAL},
    Role.READER: _READS,
    Role.AUDITOR: _READS | {Right.SENSITIVE, Right.READINGS, Right.REPORTS},
    Role.TERRITORIAL_READER: frozenset({Right.FIGURES, Right.PLACES, Right.STANDING}),
}
_BY_NAME: Final[Mapping[str, frozenset[Right]]] = {role.value: rights for role, rights in _BY_ROLE.items()}

SENSITIVE_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {DisciplineDecided, DisciplineLifted, MemberExpelled, MemberReferredToParty, MemberAdmittedToParty}
)
"""Facts that only holders of `Right.SENSITIVE` read one by one (Law 91/2025/QH15); counts of them are figures."""


DECISIONS: Final[frozenset[type[Event]]] = frozenset(
    {
        *(MemberStruckOff, StrikeOffDeclined, MemberExpelled, DisciplineDecided, DisciplineLifted),
        UnitDisciplined,
        *(RatingPoolClosed, RatingPublished, ReratingOrdered),
    }
)
"""Decisions that need not rest upon a recorded proposal; those that do say so in their contracts (`concludes`)."""


def is_decision(fact: type[Event]) -> bool:
    """Whether a fact is for those who may decide."""
    return fact in DECISIONS or bool(fact.concludes)


def rights_of(role: str) -> frozenset[Right]:
    """What a role may do; a role that this program does not know may do nothing."""
    return _BY_NAME.get(role, frozenset())
