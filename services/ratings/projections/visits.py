"""Do cadres come? Visits in lượt, and sittings visited in cuộc."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from services.ratings.projections.parts import each
from shared.contracts.meetings import VisitCompleted
from shared.history.figures import Distinct, Figure, Relations

SITTING = ("meeting_organisation", "meeting_meeting")
"""What makes a sitting one sitting, whoever came to it."""


def _visits(relations: Relations) -> Select[Any]:
    return each(relations, VisitCompleted, "unit", "cadre", "tier", "organisation", *SITTING)


FIGURES = (
    Figure(
        "visits",
        "Lượt cán bộ dự sinh hoạt trong kỳ; hai cán bộ cùng dự một buổi là hai lượt.",
        "Visits of cadres to sittings in the period; two cadres at one sitting are two visits.",
        _visits,
        frozenset({VisitCompleted}),
        keys=("tier", "cadre", "organisation"),
    ),
    Figure(
        "sittings-visited",
        "Cuộc sinh hoạt có cán bộ dự trong kỳ; nhiều cán bộ cùng dự vẫn là một cuộc, nên không cộng các cấp lại.",
        "Sittings visited in the period; several cadres at one sitting are one, so tiers are not added up.",
        _visits,
        frozenset({VisitCompleted}),
        keys=("tier", "cadre", "organisation"),
        measure=Distinct(SITTING),
    ),
)
