"""Who is a member, and how many were admitted, or admitted again? Ids that are one person count once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, select, union_all

from services.ratings.projections.parts import (
    counts,
    each_owned,
    last_day,
    same_person,
    with_branch,
    with_owner,
)
from shared.contracts.membership import MemberJoined, MemberReadmitted
from shared.history.figures import Distinct, Figure, Relations
from shared.units.identities import Identities
from shared.units.lasting import lasting
from shared.units.projection import Rosters, Units

ROSTER: Final = (Units, Rosters, Identities)
MEMBER: Final = ("person", "branch")
"""What makes a member one member."""


def members(relations: Relations) -> Select[Any]:
    """One row for each fact by which somebody is a member on the last day, merges of ids among them."""
    day, roster = last_day(relations), relations.tables["roster"]
    joined, branch = with_branch(relations, roster, "branch", day)
    owned, organisation = with_owner(relations, joined, roster.c.branch, roster.c.organisation, day)
    same = same_person(relations, owned, roster.c.person)

    def rows(source: FromClause, log: ColumnElement[Any], root: ColumnElement[Any]) -> Select[Any]:
        return (
            select(
                roster.c.branch.label("unit"),
                day.label("day"),
                same.person.label("person"),
                branch.label("branch"),
                organisation.label("organisation"),
                *counts(1),
                log.label("log"),
                root.label("root"),
            )
            .select_from(source)
            .where(lasting(roster, day))
        )

    opened = rows(same.joined, roster.c.opened_in, roster.c.opened_by)
    merged = rows(same.merged, same.merges.c.merged_in, same.merges.c.merged_by)
    return select(union_all(opened, merged).subquery())


def admissions(relations: Relations) -> Select[Any]:
    """One row for each admission."""
    return each_owned(relations, MemberJoined, "branch")


def _readmissions(relations: Relations) -> Select[Any]:
    return each_owned(relations, MemberReadmitted, "branch")


FIGURES = (
    Figure(
        "members",
        "Đoàn viên, hội viên trong sổ vào một ngày, mỗi người một lần ở mỗi chi đoàn, chi hội; tổ hội, phân hội, phân "
        "đoàn tính cho chi hội, chi đoàn; người đang chuyển sinh hoạt tính ở nơi cũ đến ngày nơi mới tiếp nhận.",
        "Members on the book on a day, each once in each branch; sub-branches count in the branch above; who is on the "
        "way counts in the old branch until the day on which the new one receives.",
        members,
        frozenset(),
        ROSTER,
        keys=("organisation", "branch"),
        asked="day",
        measure=Distinct(MEMBER),
    ),
    Figure(
        "persons",
        "Số người là đoàn viên, hội viên vào một ngày; mỗi người tính một lần.",
        "Persons who are members on a day; each counts once.",
        members,
        frozenset(),
        ROSTER,
        keys=("organisation", "branch"),
        asked="day",
        measure=Distinct(("person",)),
    ),
    Figure(
        "admissions",
        "Đoàn viên, hội viên được kết nạp trong kỳ, ở chi đoàn, chi hội kết nạp; người có sẵn khi mở sổ không tính.",
        "Members admitted in the period, in the branch that admitted; those already on the book do not count.",
        admissions,
        frozenset({MemberJoined}),
        keys=("organisation",),
    ),
    Figure(
        "readmissions",
        "Đoàn viên, hội viên được kết nạp lại trong kỳ, sau khi đã ra khỏi tổ chức; tính riêng với kết nạp.",
        "Members readmitted in the period after having left; they stand apart from admissions.",
        _readmissions,
        frozenset({MemberReadmitted}),
        keys=("organisation",),
    ),
)
