"""Which hamlets have no community model, or no branch? Those alive on a day; what merged passes its own on."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, select

from services.ratings.projections.models import MODELS, launched
from services.ratings.projections.parts import BRANCHES, counts, founded, last_day, with_owner
from shared.contracts.event import Event
from shared.contracts.meetings import CommunityModelLaunched
from shared.contracts.membership import Body, Level, MembershipLogClosed, OrganisationRegistered
from shared.history.figures import Figure, Relations
from shared.units.lasting import lasting

REGISTERED: Final[frozenset[type[Event]]] = frozenset({OrganisationRegistered, MembershipLogClosed})


def _without_model(relations: Relations, *, tied: bool = False) -> Select[Any]:
    """One row for each living hamlet; 1 for those that have none of the running models."""
    day, hamlet, carried = last_day(relations), relations.tables["unit"], relations.tables["unit_above"]
    model, named = launched(relations, running=True), relations.children(CommunityModelLaunched, "hamlets")
    having = (
        select(carried.c.above)
        .select_from(model)
        .join(named, and_(named.c.poster == model.c.poster, named.c.poster_sequence == model.c.poster_sequence))
        .join(carried, and_(carried.c.unit == named.c.value, lasting(carried, day)))
    )
    if tied:
        having = having.where(model.c.skilful_mobilisation.is_(True))
    return select(
        hamlet.c.id.label("unit"),
        day.label("day"),
        *counts(_missing(hamlet.c.id.in_(having)), 1),
        *founded(hamlet),
    ).where(hamlet.c.level == Level.LOCALITY.value, lasting(hamlet, day))


def _without_mobilisation_model(relations: Relations) -> Select[Any]:
    return _without_model(relations, tied=True)


def _without_branch(relations: Relations) -> Select[Any]:
    """One row for each organisation and living hamlet of its province; 1 where it has no living branch.

    An organisation that has gone on in others by then has no hamlets of its own.
    """
    day, organisation = last_day(relations), relations.standing(OrganisationRegistered)
    closing = relations.standing(MembershipLogClosed)
    closed = exists().where(closing.c.subject == organisation.c.subject, closing.c.day <= day)
    hamlet, branch, first, province = (relations.tables["unit"].alias() for _ in range(4))
    around, carried, working = (relations.tables["unit_above"].alias() for _ in range(3))
    branches = branch.join(working, and_(working.c.unit == branch.c.id, lasting(working, day)))
    owned, owner = with_owner(relations, branches, branch.c.id, branch.c.organisation, day)
    having = (
        select(branch.c.id)
        .select_from(owned)
        .where(working.c.above == hamlet.c.id, owner == organisation.c.subject)
        .where(branch.c.kind.in_(BRANCHES), lasting(branch, day))
        .correlate(hamlet, organisation)
    )
    return (
        select(
            hamlet.c.id.label("unit"),
            day.label("day"),
            organisation.c.subject.label("organisation"),
            *counts(_missing(exists(having)), 1),
            *founded(hamlet),
        )
        .select_from(organisation)
        .join(first, first.c.id == organisation.c.province)
        .join(carried, and_(carried.c.unit == first.c.id, lasting(carried, day)))
        .join(province, and_(province.c.id == carried.c.above, province.c.level == first.c.level))
        .join(around, and_(around.c.above == province.c.id, lasting(around, day)))
        .join(hamlet, and_(hamlet.c.id == around.c.unit, lasting(hamlet, day)))
        .where(hamlet.c.level == Level.LOCALITY.value, organisation.c.body == Body.ORGANISATION.value)
        .where(~closed)
    )


def _missing(having: ColumnElement[bool]) -> ColumnElement[int]:
    return case((having, 0), else_=1)


FIGURES = (
    Figure(
        "hamlets-without-model",
        "Thôn, ấp, khóm, khu phố chưa có mô hình đang hoạt động của bất kỳ tổ chức nào, trên số thôn, ấp, khóm, khu "
        "phố; nơi sáp nhập được tính mô hình của nơi cũ.",
        "Hamlets without any running model of any organisation, out of the hamlets; what merged passes its models on.",
        _without_model,
        MODELS,
        asked="day",
    ),
    Figure(
        "hamlets-without-mobilisation-model",
        "Thôn, ấp, khóm, khu phố chưa có mô hình gắn với “Dân vận khéo”, trên số thôn, ấp, khóm, khu phố.",
        "Hamlets without a running model tied to “Dân vận khéo”, out of the hamlets.",
        _without_mobilisation_model,
        MODELS,
        asked="day",
    ),
    Figure(
        "hamlets-without-branch",
        "Thôn, ấp, khóm, khu phố trắng chi đoàn, chi hội của từng tổ chức, trên số thôn, ấp, khóm, khu phố trong tỉnh; "
        "không xét chi đoàn, chi hội có bao nhiêu người.",
        "Hamlets without a living branch of each organisation, whoever is in it, out of the hamlets of its province.",
        _without_branch,
        REGISTERED,
        keys=("organisation",),
        asked="day",
    ),
)
