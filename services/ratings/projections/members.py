"""Who is a member, and how many were admitted? Members, persons, admissions."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, select

from services.ratings.projections.parts import counts, each, last_day, lasting, with_branch
from shared.contracts.membership import MemberJoined
from shared.history.figures import Distinct, Figure, Relations
from shared.units.projection import Rosters, Units

ROSTER: Final = (Units, Rosters)
MEMBER: Final = ("person", "branch")
"""What makes a member one member."""


def members(relations: Relations) -> Select[Any]:
    """One row for each fact by which somebody is a member on the last day."""
    day, roster = last_day(relations), relations.tables["roster"]
    joined, branch = with_branch(relations, roster, "branch", day)
    return (
        select(
            roster.c.branch.label("unit"),
            day.label("day"),
            roster.c.person,
            branch.label("branch"),
            roster.c.organisation,
            *counts(1),
            roster.c.opened_in.label("log"),
            roster.c.opened_by.label("root"),
        )
        .select_from(joined)
        .where(lasting(roster, day))
    )


def admissions(relations: Relations) -> Select[Any]:
    """One row for each admission."""
    return each(relations, MemberJoined, "branch", "organisation", "branch")


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
)
