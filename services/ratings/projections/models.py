"""Which community models run, and which hamlets have none? Established and running by type and field; hamlets without."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, exists, func, literal, select, union_all

from services.ratings.projections.parts import last_day, lasting, one
from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched
from shared.contracts.membership import Level
from shared.history.figures import Distinct, Figure, Relations
from shared.units.knowledge import UNIT_FACTS

MODELS = frozenset({CommunityModelLaunched, CommunityModelDiscontinued})
NO_FIELD = "-"


def _launched(relations: Relations, *, running: bool) -> Select[Any]:
    """Launches up to the day; of those that run, the ones that nobody has discontinued by then."""
    launched, ended = relations.standing(CommunityModelLaunched), relations.standing(CommunityModelDiscontinued)
    query = select(launched).where(launched.c.day <= last_day(relations))
    if running:
        stopped = select(literal(1)).where(ended.c.subject == launched.c.subject, ended.c.day <= last_day(relations))
        query = query.where(~exists(stopped.correlate(launched)))
    return query


def _models(relations: Relations, *, running: bool) -> Select[Any]:
    model = _launched(relations, running=running).subquery()
    return select(
        model.c.place.label("unit"),
        last_day(relations).label("day"),
        model.c.day.label("tree_day"),
        model.c.subject.label("model"),
        model.c.type,
        func.coalesce(model.c.field, NO_FIELD).label("field"),
        one().label("numerator"),
        model.c.poster,
        model.c.event_id,
    )


def _established(relations: Relations) -> Select[Any]:
    return _models(relations, running=False)


def _running(relations: Relations) -> Select[Any]:
    return _models(relations, running=True)


def _hamlets_without(relations: Relations, *, tied: bool) -> Select[Any]:
    """Living hamlets; 1 for those that are, or have taken over, none of the running models' hamlets."""
    hamlet, above, day = relations.tables["unit"], relations.tables["unit_above"], last_day(relations)
    model = _launched(relations, running=True).subquery()
    named = relations.children(CommunityModelLaunched, "hamlets")
    has_model = (
        select(literal(1))
        .select_from(model)
        .join(named, and_(named.c.poster == model.c.poster, named.c.poster_sequence == model.c.poster_sequence))
        .join(above, and_(above.c.unit == named.c.value, lasting(above, day)))
        .where(above.c.above == hamlet.c.id)
    )
    if tied:
        has_model = has_model.where(model.c.skilful_mobilisation.is_(True))
    hamlets = select(
        hamlet.c.id.label("unit"),
        day.label("day"),
        cast(case((exists(has_model.correlate(hamlet)), 0), else_=1), Integer).label("numerator"),
        one().label("denominator"),
        hamlet.c.founded_in.label("poster"),
        hamlet.c.founded_by.label("event_id"),
    ).where(hamlet.c.level == Level.LOCALITY.value, lasting(hamlet, day))
    behind = select(
        model.c.place,
        day,
        literal(0, Integer),
        literal(0, Integer),
        model.c.poster,
        model.c.event_id,
    )
    return select(union_all(hamlets, behind).subquery())


def _without(relations: Relations) -> Select[Any]:
    return _hamlets_without(relations, tied=False)


def _without_tied(relations: Relations) -> Select[Any]:
    return _hamlets_without(relations, tied=True)


FIGURES = (
    Figure(
        "models-established",
        "Mô hình đã thành lập tính đến một ngày, theo loại và lĩnh vực; kể cả mô hình nay đã ngừng.",
        "Models established by a day, by type and field, those since discontinued included.",
        _established,
        MODELS,
        frozenset({"units"}),
        keys=("type", "field"),
        asked="day",
        measure=Distinct(("model",)),
    ),
    Figure(
        "models-running",
        "Mô hình đang hoạt động vào một ngày, theo loại và lĩnh vực.",
        "Models running on a day, by type and field.",
        _running,
        MODELS,
        frozenset({"units"}),
        keys=("type", "field"),
        asked="day",
        measure=Distinct(("model",)),
    ),
    Figure(
        "hamlets-without-model",
        "Thôn, ấp, khóm, khu phố chưa có mô hình nào đang hoạt động, trên số thôn, ấp, khóm, khu phố.",
        "Hamlets without any running model, out of the hamlets.",
        _without,
        MODELS | UNIT_FACTS,
        frozenset({"units"}),
        asked="day",
    ),
    Figure(
        "hamlets-without-mobilisation-model",
        "Thôn, ấp, khóm, khu phố chưa có mô hình gắn với “Dân vận khéo”, trên số thôn, ấp, khóm, khu phố.",
        "Hamlets without a running model tied to “Dân vận khéo”, out of the hamlets.",
        _without_tied,
        MODELS | UNIT_FACTS,
        frozenset({"units"}),
        asked="day",
    ),
)
