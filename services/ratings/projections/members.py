"""Who is a member, and how many of those who could be? Members, persons, admissions, and the rates made of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, exists, literal, select, union_all

from services.ratings.projections.parts import branch_of, last_day, last_word, lasting, one, owner_of
from shared.contracts.event import Event
from shared.contracts.membership import MemberJoined, PeopleCounted, TargetSet
from shared.history.figures import Distinct, Figure, Relations
from shared.units.knowledge import UNIT_FACTS
from shared.units.roster import ROSTER_FACTS

ON_THE_BOOK: frozenset[type[Event]] = ROSTER_FACTS | UNIT_FACTS
ROSTER = frozenset({"units", "rosters"})
ELIGIBLE, ADMISSIONS = "eligible", "admissions"


def _members(relations: Relations) -> Select[Any]:
    roster, day = relations.tables["roster"], last_day(relations)
    return select(
        roster.c.branch.label("unit"),
        day.label("day"),
        roster.c.person,
        branch_of(relations, roster.c.branch, day).label("branch"),
        roster.c.organisation,
        one().label("numerator"),
        roster.c.opened_in.label("poster"),
        roster.c.opened_by.label("event_id"),
    ).where(lasting(roster, day))


def _admissions(relations: Relations) -> Select[Any]:
    facts = relations.standing(MemberJoined)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        owner_of(relations, facts.c.branch).label("organisation"),
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _highest(relations: Relations, cls: type[Event], value: str, about: str, **only: str) -> Select[Any]:
    """Denominator rows from the last count of each scope, leaving out scopes that lie below another counted one."""
    facts = last_word(relations, cls, about, until=last_day(relations) if cls is PeopleCounted else None)
    whole, below, asked = facts.alias(), relations.tables["unit_above"].alias(), relations.tables["unit_above"].alias()
    wanted = [facts.c[column] == value for column, value in only.items()]
    part = (
        select(literal(1))
        .select_from(whole)
        .join(below, and_(below.c.unit == facts.c.scope, below.c.above == whole.c.scope, lasting(below, facts.c.day)))
        .join(asked, and_(asked.c.unit == whole.c.scope, asked.c.above == relations.question.unit))
        .where(whole.c.organisation == facts.c.organisation, whole.c.scope != facts.c.scope)
        .where(*(whole.c[column] == value for column, value in only.items()), lasting(asked, whole.c.day))
        .correlate(facts)
    )
    query = select(
        facts.c.scope.label("unit"),
        last_day(relations).label("day"),
        facts.c.day.label("tree_day"),
        literal(0, Integer).label("numerator"),
        facts.c[value].label("denominator"),
        facts.c.poster,
        facts.c.event_id,
    ).where(*wanted, ~exists(part))
    if cls is TargetSet:
        query = query.where(
            facts.c.period_start >= relations.question.start, facts.c.period_end <= relations.question.end
        )
    return query


def _part(rows: Select[Any]) -> Select[Any]:
    """Rows of a count as the numerator of a rate."""
    table = rows.subquery()
    tree_day = table.c.get("tree_day", table.c.day)
    return select(
        table.c.unit,
        table.c.day,
        tree_day.label("tree_day"),
        table.c.numerator,
        literal(0, Integer).label("denominator"),
        table.c.poster,
        table.c.event_id,
    )


def _rate(part: Select[Any], whole: Select[Any]) -> Select[Any]:
    return select(union_all(_part(part), whole).subquery())


def _recruiting(relations: Relations) -> Select[Any]:
    return _rate(_admissions(relations), _highest(relations, PeopleCounted, "count", "scope", group=ELIGIBLE))


def _of_target(relations: Relations) -> Select[Any]:
    return _rate(_admissions(relations), _highest(relations, TargetSet, "value", "subject", indicator=ADMISSIONS))


def _gathering(relations: Relations) -> Select[Any]:
    return _rate(_members(relations), _highest(relations, PeopleCounted, "count", "scope", group=ELIGIBLE))


def _people(relations: Relations) -> Select[Any]:
    facts = last_word(relations, PeopleCounted, "scope", "group", until=last_day(relations))
    return select(
        facts.c.scope.label("unit"),
        last_day(relations).label("day"),
        facts.c.group,
        facts.c.qualifier,
        facts.c.count.label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


FIGURES = (
    Figure(
        "members",
        "Đoàn viên, hội viên trong sổ của các chi đoàn, chi hội vào một ngày; một người ở hai chi hội tính hai lần.",
        "Members on the books of branches on a day; a person in two branches counts twice.",
        _members,
        ON_THE_BOOK,
        ROSTER,
        keys=("organisation",),
        asked="day",
        measure=Distinct(("person", "branch")),
    ),
    Figure(
        "persons",
        "Số người là đoàn viên, hội viên vào một ngày; mỗi người tính một lần.",
        "Persons who are members on a day; each counts once.",
        _members,
        ON_THE_BOOK,
        ROSTER,
        keys=("organisation",),
        asked="day",
        measure=Distinct(("person",)),
    ),
    Figure(
        "admissions",
        "Đoàn viên, hội viên được kết nạp trong kỳ; người có sẵn khi mở sổ không tính.",
        "Members admitted in the period; those already on the book when it was opened do not count.",
        _admissions,
        frozenset({MemberJoined}),
        frozenset({"units"}),
        keys=("organisation",),
    ),
    Figure(
        "recruiting-rate",
        "Kết nạp trong kỳ trên số người đủ điều kiện theo lần đếm gần nhất.",
        "Admitted in the period out of the people last counted as eligible.",
        _recruiting,
        frozenset({MemberJoined, PeopleCounted}),
        frozenset({"units"}),
    ),
    Figure(
        "admissions-of-target",
        "Kết nạp trong kỳ trên chỉ tiêu kết nạp của các kỳ nằm trong đó.",
        "Admitted in the period out of the targets whose periods lie within it.",
        _of_target,
        frozenset({MemberJoined, TargetSet}),
        frozenset({"units"}),
    ),
    Figure(
        "gathering-rate",
        "Đoàn viên, hội viên vào một ngày trên số người đủ điều kiện theo lần đếm gần nhất (tỷ lệ tập hợp).",
        "Members on a day out of the people last counted as eligible (gathering rate).",
        _gathering,
        ON_THE_BOOK | {PeopleCounted},
        ROSTER,
        asked="day",
    ),
    Figure(
        "people",
        "Số người theo lần đếm gần nhất, theo nhóm; người đếm ghi rõ nguồn.",
        "People as last counted, by group; whoever counted names the source.",
        _people,
        frozenset({PeopleCounted}),
        frozenset({"units"}),
        keys=("group", "qualifier"),
        asked="day",
    ),
)
