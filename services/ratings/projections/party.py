"""How many were recommended to the Party, and how many admitted? Two counts; neither is said to come of the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from services.ratings.projections.parts import each_owned
from shared.contracts.membership import MemberAdmittedToParty, MemberReferredToParty
from shared.history.figures import Figure, Relations


def _referrals(relations: Relations) -> Select[Any]:
    return each_owned(relations, MemberReferredToParty)


def _admissions(relations: Relations) -> Select[Any]:
    return each_owned(relations, MemberAdmittedToParty)


FIGURES = (
    Figure(
        "referrals",
        "Đoàn viên, hội viên ưu tú được giới thiệu cho Đảng trong kỳ.",
        "Outstanding members recommended to the Party in the period.",
        _referrals,
        frozenset({MemberReferredToParty}),
        keys=("organisation",),
    ),
    Figure(
        "party-admissions",
        "Đoàn viên, hội viên được kết nạp Đảng trong kỳ.",
        "Members admitted to the Party in the period.",
        _admissions,
        frozenset({MemberAdmittedToParty}),
        keys=("organisation",),
    ),
)
