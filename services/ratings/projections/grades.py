"""Which grades were given to units? Decided ratings by level, rater, axis, period, scale and rank; scales never mix."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Label, Select, String, Subquery, case, cast, exists, func, literal, or_, select

from services.ratings.projections.parts import told
from shared.contracts.event import Event
from shared.contracts.ratings import RatingDecided, RatingProposed
from shared.history.figures import UNIT, Figure, Relations

NO_LEVEL: Final = "-"
BY_THE_RATER: Final = "rater"
BY_THE_SUBJECT: Final = "subject"
"""Who says that a body decided: it itself, or the subject's own organisation, until the body confirms it."""
GROUP: Final = ("level", "rater", "axis", "period", "scale", "said_by")
"""What must agree before grades may be put beside each other; the rank is what is then counted."""


def period(facts: Subquery) -> Label[Any]:
    """`2022-01-01/2023-01-01`."""
    start: ColumnElement[Any] = cast(facts.c.period_start, String)
    return start.op("||")(literal("/")).op("||")(cast(facts.c.period_end, String)).label("period")


def _said_by(relations: Relations, facts: Subquery) -> ColumnElement[str]:
    """`rater` where the log is of an organisation that has or had the body, else `subject`: reported, not confirmed."""
    body, tenure = relations.tables["unit"].alias(), relations.tables["tenure"].alias()
    founded = exists().where(body.c.id == facts.c.rater, body.c.organisation == facts.c.organisation)
    took_over = exists().where(tenure.c.unit == facts.c.rater, tenure.c.organisation == facts.c.organisation)
    return case((or_(founded, took_over), literal(BY_THE_RATER)), else_=literal(BY_THE_SUBJECT))


def _rated(cls: type[Event], relations: Relations) -> Select[Any]:
    facts, unit = relations.standing(cls), relations.tables["unit"]
    return (
        select(
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
            _said_by(relations, facts).label("said_by"),
        )
        .select_from(facts.outerjoin(unit, unit.c.id == facts.c.unit))
        .where(facts.c.person_person.is_(None))
    )


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
        "kết quả do cấp dưới báo cáo và bên xếp đã xác nhận chỉ tính một lần; "
        "kết quả do chính bên xếp ghi và kết quả mới chỉ do cấp dưới báo cáo được tách riêng.",
        "Grades decided in the period, out of all decided at the same level, rater, axis, period and scale; a grade "
        "that was reported and then confirmed by its rater counts once; what the rater itself says is told apart from "
        "what the subject's organisation only reports.",
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
