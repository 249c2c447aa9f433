"""Which grades were given? Decided ratings by level, rater, axis, period, scale and rank; scales never mix."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Label, Select, String, Subquery, cast, exists, func, literal, select

from services.ratings.projections.parts import told
from shared.contracts.event import Event
from shared.contracts.ratings import RatingDecided, RatingProposed
from shared.history.figures import UNIT, Figure, Relations

NO_LEVEL: Final = "-"
GROUP: Final = ("level", "rater", "axis", "period", "scale")
"""What must agree before grades may be put beside each other; the rank is what is then counted."""


def period(facts: Subquery) -> Label[Any]:
    """`2022-01-01/2023-01-01`."""
    start: ColumnElement[Any] = cast(facts.c.period_start, String)
    return start.op("||")(literal("/")).op("||")(cast(facts.c.period_end, String)).label("period")


def _rated(cls: type[Event], relations: Relations) -> Select[Any]:
    facts, unit = relations.standing(cls), relations.tables["unit"]
    return select(
        *told(facts, "unit"),
        func.coalesce(unit.c.kind, NO_LEVEL).label("level"),
        facts.c.rater,
        facts.c.axis,
        period(facts),
        facts.c.grade_scale.label("scale"),
        facts.c.grade_rank.label("rank"),
        facts.c.grade_label.label("label"),
        facts.c.rule_set,
        facts.c.organisation,
    ).select_from(facts.outerjoin(unit, unit.c.id == facts.c.unit))


def _decided(relations: Relations) -> Select[Any]:
    """What the subject's organisation had reported counts no more once the body says it itself (`confirms`)."""
    rated, confirming = _rated(RatingDecided, relations).subquery(), relations.standing(RatingDecided)
    said_itself = exists().where(
        confirming.c.confirms_organisation == rated.c.log, confirming.c.confirms_event == rated.c.root
    )
    return select(rated).where(~said_itself)


def _proposed(relations: Relations) -> Select[Any]:
    return _rated(RatingProposed, relations)


KEYS: Final = (*GROUP, "rank", "label", "organisation")
FIGURES = (
    Figure(
        "grades",
        "Kết quả xếp loại được quyết định trong kỳ, trên số được xếp loại cùng cấp, bên xếp, trục, kỳ và thang; "
        "kết quả do cấp dưới báo cáo và bên xếp đã xác nhận chỉ tính một lần.",
        "Grades decided in the period, out of all decided at the same level, rater, axis, period and scale; a grade "
        "that was reported and then confirmed by its rater counts once.",
        _decided,
        frozenset({RatingDecided}),
        keys=KEYS,
        apart=("scale",),
        share_of=GROUP,
        units=(UNIT,),
    ),
    Figure(
        "grades-proposed",
        "Mức xếp loại được đề xuất trong kỳ; chưa phải quyết định.",
        "Grades proposed in the period; not decided yet.",
        _proposed,
        frozenset({RatingProposed}),
        keys=KEYS,
        apart=("scale",),
        share_of=GROUP,
        units=(UNIT,),
    ),
)
