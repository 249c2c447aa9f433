"""Which grades were given? Decided ratings by level, rater, axis, period, scale and rank; scales never mix."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, cast, literal, select

from services.ratings.projections.parts import one
from shared.contracts.event import Event
from shared.contracts.ratings import FigureReported, RatingDecided, RatingProposed
from shared.history.figures import Figure, Relations


def _rated(cls: type[Event], relations: Relations) -> Select[Any]:
    facts, unit = relations.standing(cls), relations.tables["unit"]
    level = select(unit.c.kind).where(unit.c.id == facts.c.unit).scalar_subquery()
    period = cast(facts.c.period_start, String).op("||")(literal("/")).op("||")(cast(facts.c.period_end, String))
    return select(
        facts.c.unit,
        facts.c.day,
        level.label("level"),
        facts.c.rater,
        facts.c.axis,
        period.label("period"),
        facts.c.grade_scale.label("scale"),
        facts.c.grade_rank.label("rank"),
        facts.c.grade_label.label("label"),
        facts.c.organisation,
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _decided(relations: Relations) -> Select[Any]:
    return _rated(RatingDecided, relations)


def _proposed(relations: Relations) -> Select[Any]:
    return _rated(RatingProposed, relations)


def _reported(relations: Relations) -> Select[Any]:
    facts = relations.standing(FigureReported)
    return select(
        facts.c.scope.label("unit"),
        facts.c.day,
        facts.c.indicator,
        facts.c.qualifier,
        facts.c.organisation,
        facts.c.numerator,
        facts.c.denominator,
        facts.c.poster,
        facts.c.event_id,
    )


KEYS = ("level", "rater", "axis", "period", "scale", "rank", "label", "organisation")
FIGURES = (
    Figure(
        "grades",
        "Kết quả xếp loại được quyết định trong kỳ, trên số được xếp loại cùng cấp, bên xếp, trục, kỳ và thang.",
        "Grades decided in the period, out of all decided at the same level, rater, axis, period and scale.",
        _decided,
        frozenset({RatingDecided}),
        frozenset({"units"}),
        keys=KEYS,
        share_of=("level", "rater", "axis", "period", "scale"),
        units=("unit",),
    ),
    Figure(
        "grades-proposed",
        "Mức xếp loại được đề xuất trong kỳ; chưa phải quyết định.",
        "Grades proposed in the period; not decided yet.",
        _proposed,
        frozenset({RatingProposed}),
        frozenset({"units"}),
        keys=KEYS,
        share_of=("level", "rater", "axis", "period", "scale"),
        units=("unit",),
    ),
    Figure(
        "figures-reported",
        "Số liệu do nơi khác báo trong kỳ; đặt bên cạnh số đếm được, không cộng vào.",
        "Figures that others reported in the period; beside those counted, never among them.",
        _reported,
        frozenset({FigureReported}),
        frozenset({"units"}),
        keys=("indicator", "qualifier", "organisation"),
    ),
)
