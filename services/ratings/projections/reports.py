"""What did others report? Their figures stand beside those counted and never enter a count."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from services.ratings.projections.grades import period
from services.ratings.projections.parts import behind, counts
from shared.contracts.ratings import FigureReported
from shared.history.figures import UNIT, Figure, Relations


def _reported(relations: Relations) -> Select[Any]:
    facts = relations.standing(FigureReported)
    return select(
        facts.c.scope.label("unit"),
        facts.c.day,
        facts.c.indicator,
        period(facts),
        facts.c.source,
        facts.c.qualifier,
        facts.c.organisation,
        *counts(facts.c.numerator, facts.c.denominator),
        *behind(facts),
    )


FIGURES = (
    Figure(
        "figures-reported",
        "Số liệu do nơi khác báo trong kỳ, từng báo cáo một; đặt bên cạnh số đếm được, không cộng vào.",
        "Figures that others reported in the period, report by report; beside those counted, never among them.",
        _reported,
        frozenset({FigureReported}),
        keys=("indicator", "period", "source", "qualifier", "organisation"),
        apart=("indicator", UNIT, "period", "source", "qualifier", "organisation"),
    ),
)
