"""How many were recommended to the Party, and how many admitted? Two counts; neither is said to come of the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from services.ratings.projections.parts import one, owner_of
from shared.contracts.event import Event
from shared.contracts.membership import MemberAdmittedToParty, MemberReferredToParty
from shared.history.figures import Figure, Relations


def _by_branch(cls: type[Event], relations: Relations) -> Select[Any]:
    facts = relations.standing(cls)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        owner_of(relations, facts.c.branch).label("organisation"),
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _referrals(relations: Relations) -> Select[Any]:
    return _by_branch(MemberReferredToParty, relations)


def _admissions(relations: Relations) -> Select[Any]:
    return _by_branch(MemberAdmittedToParty, relations)


FIGURES = (
    Figure(
        "referrals",
        "Đoàn viên, hội viên ưu tú được giới thiệu cho Đảng trong kỳ.",
        "Outstanding members recommended to the Party in the period.",
        _referrals,
        frozenset({MemberReferredToParty}),
        frozenset({"units"}),
        keys=("organisation",),
    ),
    Figure(
        "party-admissions",
        "Đoàn viên, hội viên được kết nạp Đảng trong kỳ.",
        "Members admitted to the Party in the period.",
        _admissions,
        frozenset({MemberAdmittedToParty}),
        frozenset({"units"}),
        keys=("organisation",),
    ),
)
