"""Which hamlets have no branch of an organisation? Of those under the organisation's province, on a day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, case, cast, exists, literal, select

from services.ratings.projections.parts import BRANCHES, last_day, lasting, one
from shared.contracts.membership import Body, Level, OrganisationRegistered
from shared.history.figures import Figure, Relations
from shared.units.knowledge import UNIT_FACTS


def _without(relations: Relations) -> Select[Any]:
    """Hamlet by organisation; a branch counts in the hamlet that is its own, or that took its own over."""
    day, organisation = last_day(relations), relations.standing(OrganisationRegistered)
    hamlet, branch = (relations.tables["unit"].alias() for _ in range(2))
    in_province, in_hamlet = (relations.tables["unit_above"].alias() for _ in range(2))
    has_branch = (
        select(literal(1))
        .select_from(branch)
        .join(in_hamlet, and_(in_hamlet.c.unit == branch.c.id, lasting(in_hamlet, day)))
        .where(
            in_hamlet.c.above == hamlet.c.id,
            branch.c.organisation == organisation.c.subject,
            branch.c.kind.in_(BRANCHES),
            lasting(branch, day),
        )
        .correlate(hamlet, organisation)
    )
    return (
        select(
            hamlet.c.id.label("unit"),
            day.label("day"),
            organisation.c.subject.label("organisation"),
            cast(case((exists(has_branch), 0), else_=1), Integer).label("numerator"),
            one().label("denominator"),
            hamlet.c.founded_in.label("poster"),
            hamlet.c.founded_by.label("event_id"),
        )
        .select_from(hamlet)
        .join(in_province, and_(in_province.c.unit == hamlet.c.id, lasting(in_province, day)))
        .join(organisation, organisation.c.province == in_province.c.above)
        .where(
            hamlet.c.level == Level.LOCALITY.value,
            lasting(hamlet, day),
            organisation.c.body == Body.ORGANISATION.value,
        )
    )


FIGURES = (
    Figure(
        "hamlets-without-branch",
        "Thôn, ấp, khóm, khu phố trắng chi đoàn, chi hội của từng tổ chức, trên số thôn, ấp, khóm, khu phố trong tỉnh.",
        "Hamlets without a branch of each organisation, out of the hamlets of its province.",
        _without,
        UNIT_FACTS | {OrganisationRegistered},
        frozenset({"units"}),
        keys=("organisation",),
        asked="day",
    ),
)
