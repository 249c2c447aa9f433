"""Who comes to the regular meetings? The share of those expected, and the persons who come often enough."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, literal, select, union_all

from services.ratings.projections.parts import REGULAR, one
from shared.contracts.meetings import MeetingHeld
from shared.history.figures import Figure, Reaching, Relations

ON_THE_ROLL = ("roll_named_present", "roll_named_excused", "roll_named_absent")


def _attendance(relations: Relations) -> Select[Any]:
    facts = relations.standing(MeetingHeld)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        facts.c.roll_present.label("numerator"),
        facts.c.roll_expected.label("denominator"),
        facts.c.poster,
        facts.c.event_id,
    ).where(facts.c.kind == REGULAR)


def _persons(relations: Relations) -> Select[Any]:
    """One row for each person on a named roll: present (1) or not, of one meeting."""
    facts = relations.standing(MeetingHeld)
    rolls = []
    for part in ON_THE_ROLL:
        names = relations.children(MeetingHeld, part)
        rolls.append(
            select(
                facts.c.branch.label("unit"),
                facts.c.day,
                names.c.value.label("person"),
                literal(int(part == ON_THE_ROLL[0]), Integer).label("numerator"),
                one().label("denominator"),
                facts.c.poster,
                facts.c.event_id,
            )
            .join(names, (names.c.poster == facts.c.poster) & (names.c.poster_sequence == facts.c.poster_sequence))
            .where(facts.c.kind == REGULAR)
        )
    return select(union_all(*rolls).subquery())


FIGURES = (
    Figure(
        "attendance",
        "Lượt có mặt trên lượt phải dự ở các buổi sinh hoạt định kỳ; khách không tính.",
        "Members present out of members expected at regular meetings; guests stand apart.",
        _attendance,
        frozenset({MeetingHeld}),
        frozenset({"units"}),
    ),
    Figure(
        "attending-regularly",
        "Người có mặt từ {threshold} % số buổi định kỳ có điểm danh tên mình, trên số người có tên trong sổ điểm danh.",
        "Persons present at {threshold} % or more of the regular meetings whose rolls name them, out of those named.",
        _persons,
        frozenset({MeetingHeld}),
        frozenset({"units"}),
        measure=Reaching("person", "threshold"),
        parameters={"threshold": 75},
    ),
)
