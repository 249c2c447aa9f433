"""What was given, and who took part? Equipment of branches, commendations, participation in programmes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from services.ratings.projections.parts import each, told
from shared.contracts.meetings import ParticipationCounted
from shared.contracts.membership import BranchEquipped, CommendationAwarded
from shared.history.figures import Distinct, Figure, Relations


def _equipment(relations: Relations) -> Select[Any]:
    return each(relations, BranchEquipped, "branch", "branch", "equipment")


def _commendations(relations: Relations) -> Select[Any]:
    return each(relations, CommendationAwarded, "place", "kind", "recipient", "organisation")


def _participation(relations: Relations) -> Select[Any]:
    facts = relations.standing(ParticipationCounted)
    return select(*told(facts, "scope", facts.c["count"]), facts.c.activity, facts.c.qualifier)


FIGURES = (
    Figure(
        "equipment",
        "Chi đoàn, chi hội được trang bị trong kỳ, mỗi chi đoàn, chi hội tính một lần cho mỗi thứ.",
        "Branches equipped in the period, each once for each thing.",
        _equipment,
        frozenset({BranchEquipped}),
        keys=("equipment",),
        measure=Distinct(("equipment", "branch")),
    ),
    Figure(
        "commendations",
        "Khen thưởng trong kỳ cho tập thể, cá nhân; chỗ nào báo gộp thì để gộp.",
        "Commendations in the period to units and persons; where a report does not split them, neither do we.",
        _commendations,
        frozenset({CommendationAwarded}),
        keys=("kind", "recipient", "organisation"),
    ),
    Figure(
        "participation",
        "Lượt người tham gia được báo trong kỳ, kèm mức chính xác (đúng, hơn, gần).",
        "Participants stated in the period, with how exact the number is.",
        _participation,
        frozenset({ParticipationCounted}),
        keys=("qualifier", "activity"),
    ),
)
