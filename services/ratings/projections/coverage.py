"""How many of those who could be members are? Rates over people counted, and over targets.

Whoever counts may count a whole and its parts: a count of a scope that lies below another counted scope of the same
organisation is a part of that one and is not added again.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    cast,
    exists,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import Uuid as UuidType

from services.ratings.projections.members import MEMBER, ROSTER, admissions, members
from services.ratings.projections.parts import behind, counts, in_force, last_day
from shared.contracts.membership import MemberJoined, PeopleCounted, TargetSet
from shared.history.figures import NO_UNIT, Distinct, Figure, Relations
from shared.history.rollup import ways
from shared.units.lasting import lasting

ELIGIBLE: Final = "eligible"
ADMISSIONS: Final = "admissions"
Alike = tuple[str, ...]
"""Columns in which a part and its whole agree."""
RATE: Final = ("unit", "day", "tree_day", "person", "branch", "organisation", "numerator", "denominator", "log", "root")


def last_counted(relations: Relations) -> Subquery:
    """The last count of each scope and group by the last day."""
    facts = in_force(relations, PeopleCounted, "scope", "group")
    return select(facts).where(lasting(facts, last_day(relations))).subquery()


def _eligible(relations: Relations) -> Subquery:
    people = last_counted(relations)
    return select(people).where(people.c.group == ELIGIBLE).subquery()


def _targets(relations: Relations) -> Subquery:
    """Targets for admissions as last revised, whose periods lie within the question's."""
    facts, question = in_force(relations, TargetSet, "subject"), relations.question
    return (
        select(facts)
        .where(facts.c.end_day.is_(None), facts.c.indicator == ADMISSIONS)
        .where(facts.c.period_start >= question.start, facts.c.period_end <= question.end)
        .subquery()
    )


def whole(relations: Relations, facts: Subquery) -> ColumnElement[bool]:
    """Whether a stated number is not a part of another one under the asked unit."""
    alike = ("organisation", "group") if "group" in facts.c else ("organisation",)
    held, stated = _above(relations, facts.alias(), alike), _asked(relations, facts.alias(), alike)
    matching = and_(held.c.above == stated.c.scope, *(held.c[name] == stated.c[name] for name in alike))
    parts = select(held.c.organisation, held.c.root_id).join(stated, matching)
    return tuple_(facts.c.organisation, facts.c.root_id).not_in(parts)


def _above(relations: Relations, facts: FromClause, alike: Alike) -> Subquery:
    """Every unit and place above the scope of each stated number, on the day for which it was stated."""
    above = relations.tables["unit_above"].alias()
    return (
        select(facts.c.root_id, above.c.above, *(facts.c[name] for name in alike))
        .join(above, and_(above.c.unit == facts.c.scope, lasting(above, facts.c.day)))
        .where(above.c.above != facts.c.scope)
        .distinct()
        .subquery()
    )


def _asked(relations: Relations, facts: FromClause, alike: Alike) -> Subquery:
    """The scopes under the asked unit of which somebody stated a number."""
    above, unit = relations.tables["unit_above"].alias(), relations.question.unit
    within = and_(above.c.unit == facts.c.scope, lasting(above, facts.c.day))
    scopes = select(facts.c.scope, *(facts.c[name] for name in alike)).distinct()
    if unit == NO_UNIT:
        return scopes.where(~exists().where(within)).subquery()
    return scopes.join(above, within).where(above.c.above == unit).subquery()


def _stated(relations: Relations, facts: Subquery, value: str) -> Select[Any]:
    """One row for each stated number that is not a part of another, as a denominator."""
    return _number(relations, facts, value).where(whole(relations, facts))


def _number(relations: Relations, facts: Subquery, value: str) -> Select[Any]:
    """One row for each stated number, as a denominator."""
    return select(
        facts.c.scope.label("unit"),
        last_day(relations).label("day"),
        facts.c.day.label("tree_day"),
        cast(null(), UuidType).label("person"),
        cast(null(), UuidType).label("branch"),
        facts.c.organisation,
        *counts(0, facts.c[value]),
        *behind(facts),
    )


def _parts_within(relations: Relations, facts: Subquery) -> Select[Any]:
    """(unit, organisation, root) of each stated number that is a part of another one under that unit."""
    alike = ("organisation", "group") if "group" in facts.c else ("organisation",)
    above, stated = relations.tables["unit_above"].alias(), facts.alias()
    asked = (
        select(above.c.above.label("within"), stated.c.scope, *(stated.c[name] for name in alike))
        .join(stated, and_(above.c.unit == stated.c.scope, lasting(above, stated.c.day)))
        .distinct()
        .subquery()
    )
    held = _above(relations, facts.alias(), alike)
    matching = and_(held.c.above == asked.c.scope, *(held.c[name] == asked.c[name] for name in alike))
    return select(asked.c.within, held.c.organisation, held.c.root_id).join(held, matching)


def _within(relations: Relations, rows: Subquery, named: Alike) -> Subquery:
    """Rows in every unit and place above their own, under the tree of their day or of the date that is asked for."""
    columns = [rows.c[name] for name in named]
    joined = (
        select(way.closure.c.above.label("within"), *columns)
        .select_from(way.joined)
        .where(way.here, way.closure.c.above != NO_UNIT)
        for way in ways(relations, rows)
    )
    return union_all(*joined).subquery()


def stated_within(relations: Relations, facts: Subquery, rows: Subquery, named: Alike) -> Select[Any]:
    """Stated numbers in every unit and place where they are not parts of others."""
    joined = _within(relations, rows, named)
    whole = tuple_(joined.c.within, joined.c.log, joined.c.root).not_in(_parts_within(relations, facts))
    return select(joined).where(whole)


def _rate_everywhere(relations: Relations, part: Select[Any], facts: Subquery, value: str) -> Select[Any]:
    """The rows of `_rate` in every unit and place at once."""
    named = tuple(name for name in RATE if name not in {"unit", "tree_day"})
    counted = part.subquery()
    plain = select(
        *((dict(counted.c.items()) | _lacking(counted))[name].label(name) for name in RATE),
    ).subquery()
    stated = _number(relations, facts, value).subquery()
    counted_within = select(_within(relations, plain, named))
    return select(union_all(counted_within, stated_within(relations, facts, stated, named)).subquery())


def _lacking(counted: Subquery) -> dict[str, ColumnElement[Any]]:
    """What rows of some figures do not have."""
    given = {"tree_day": counted.c.day, "person": cast(null(), UuidType)}
    return {name: column for name, column in given.items() if name not in counted.c}


def _rate(part: Select[Any], whole: Select[Any]) -> Select[Any]:
    """The rows of a count as numerator, those of stated numbers as denominator."""
    counted = part.subquery()
    rows = select(*((_lacking(counted) | dict(counted.c.items()))[name].label(name) for name in RATE))
    return select(union_all(rows, whole).subquery())


def _recruiting(relations: Relations) -> Select[Any]:
    return _rate(admissions(relations), _stated(relations, _eligible(relations), "count"))


def _of_target(relations: Relations) -> Select[Any]:
    return _rate(admissions(relations), _stated(relations, _targets(relations), "value"))


def _gathering(relations: Relations) -> Select[Any]:
    return _rate(members(relations), _stated(relations, _eligible(relations), "count"))


def _recruiting_everywhere(relations: Relations) -> Select[Any]:
    return _rate_everywhere(relations, admissions(relations), _eligible(relations), "count")


def _of_target_everywhere(relations: Relations) -> Select[Any]:
    return _rate_everywhere(relations, admissions(relations), _targets(relations), "value")


def _gathering_everywhere(relations: Relations) -> Select[Any]:
    return _rate_everywhere(relations, members(relations), _eligible(relations), "count")


PEOPLE: Final = ("day", "group", "qualifier", "organisation", "numerator", "denominator", "log", "root")


def _counted_everywhere(relations: Relations) -> Select[Any]:
    facts = last_counted(relations)
    return stated_within(relations, facts, _counts(relations, facts).subquery(), PEOPLE)


def _counted(relations: Relations) -> Select[Any]:
    facts = last_counted(relations)
    return _counts(relations, facts).where(whole(relations, facts))


def _counts(relations: Relations, facts: Subquery) -> Select[Any]:
    """One row for each count of people."""
    return select(
        facts.c.scope.label("unit"),
        last_day(relations).label("day"),
        facts.c.day.label("tree_day"),
        facts.c.group,
        facts.c.qualifier,
        facts.c.organisation,
        *counts(facts.c["count"]),
        *behind(facts),
    )


FIGURES = (
    Figure(
        "recruiting-rate",
        "Kết nạp trong kỳ trên số người đủ điều kiện theo lần đếm gần nhất; số của phần không cộng thêm vào toàn bộ.",
        "Admitted in the period out of the people last counted as eligible; a part is not added to its whole.",
        _recruiting,
        frozenset({MemberJoined, PeopleCounted}),
        keys=("organisation",),
        common=(),
        everywhere=_recruiting_everywhere,
    ),
    Figure(
        "admissions-of-target",
        "Kết nạp trong kỳ trên chỉ tiêu kết nạp của các kỳ nằm trong đó, theo lần giao sau cùng.",
        "Admitted in the period out of the targets, as last revised, whose periods lie within it.",
        _of_target,
        frozenset({MemberJoined, TargetSet}),
        keys=("organisation",),
        common=(),
        everywhere=_of_target_everywhere,
    ),
    Figure(
        "gathering-rate",
        "Đoàn viên, hội viên vào một ngày trên số người đủ điều kiện theo lần đếm gần nhất (tỷ lệ tập hợp).",
        "Members on a day out of the people last counted as eligible (gathering rate).",
        _gathering,
        frozenset({PeopleCounted}),
        ROSTER,
        keys=("organisation",),
        common=(),
        asked="day",
        measure=Distinct(MEMBER, of_sum=True),
        everywhere=_gathering_everywhere,
    ),
    Figure(
        "people",
        "Số người theo lần đếm gần nhất, theo nhóm; số đếm của phần không cộng thêm vào toàn bộ.",
        "People as last counted, by group; a part is not added to its whole.",
        _counted,
        frozenset({PeopleCounted}),
        keys=("group", "qualifier", "organisation"),
        asked="day",
        apart=("group",),
        everywhere=_counted_everywhere,
    ),
)
