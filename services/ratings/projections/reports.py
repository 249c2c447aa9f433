"""What did others report? Figures beside those counted, never among them; words alone are no figure."""

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
        facts.c.split,
        *counts(facts.c.numerator, facts.c.denominator),
        *behind(facts),
    ).where(facts.c.numerator.is_not(None))


FIGURES = (
    Figure(
        "figures-reported",
        "Số liệu do nơi khác báo trong kỳ, từng báo cáo một; đặt bên cạnh số đếm được, không cộng vào.",
        "Figures that others reported in the period, report by report; beside those counted, never among them.",
        _reported,
        frozenset({FigureReported}),
        keys=("indicator", "period", "source", "qualifier", "organisation", "split"),
        apart=("indicator", UNIT, "period", "source", "qualifier", "organisation", "split"),
    ),
)
