"""Which community models were established, and which run? By type and field, on a day."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, Subquery, func, select

from services.ratings.projections.parts import behind, counts, last_day
from shared.contracts.event import Event
from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched
from shared.history.figures import Figure, Relations

MODELS: Final[frozenset[type[Event]]] = frozenset({CommunityModelLaunched, CommunityModelDiscontinued})
NO_FIELD: Final = "-"


def launched(relations: Relations, *, running: bool) -> Subquery:
    """The facts that established models by the last day: of all, or of those that nobody has discontinued by then."""
    facts, day = relations.standing(CommunityModelLaunched), last_day(relations)
    order = func.row_number().over(
        partition_by=facts.c.subject, order_by=[facts.c.day, facts.c.organisation, facts.c.sequence]
    )
    told = select(facts, order.label("told")).where(facts.c.day <= day).subquery()
    query = select(told).where(told.c.told == 1)
    if running:
        ended = relations.standing(CommunityModelDiscontinued)
        query = query.where(told.c.subject.not_in(select(ended.c.subject).where(ended.c.day <= day)))
    return query.subquery()


def _models(relations: Relations, *, running: bool) -> Select[Any]:
    model = launched(relations, running=running)
    return select(
        model.c.place.label("unit"),
        last_day(relations).label("day"),
        model.c.day.label("tree_day"),
        model.c.type,
        func.coalesce(model.c.field, NO_FIELD).label("field"),
        *counts(1),
        *behind(model),
    )


def _established(relations: Relations) -> Select[Any]:
    return _models(relations, running=False)


def _running(relations: Relations) -> Select[Any]:
    return _models(relations, running=True)


FIGURES = (
    Figure(
        "models-established",
        "Mô hình đã thành lập tính đến một ngày, theo loại và lĩnh vực; kể cả mô hình nay đã ngừng.",
        "Models established by a day, by type and field, those since discontinued included.",
        _established,
        frozenset({CommunityModelLaunched}),
        keys=("type", "field"),
        asked="day",
    ),
    Figure(
        "models-running",
        "Mô hình đang hoạt động vào một ngày, theo loại và lĩnh vực; mô hình của tổ chức đã sáp nhập vẫn tính.",
        "Models running on a day, by type and field; those of organisations that have closed run on.",
        _running,
        MODELS,
        keys=("type", "field"),
        asked="day",
    ),
)
