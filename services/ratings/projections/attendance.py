"""Who comes often enough? Of the persons whom rolls name, those present at a share of the regular meetings."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Integer, Select, literal, select, union_all

from services.ratings.projections.meetings import REGULAR
from services.ratings.projections.parts import behind, counts, merge_behind, same_person
from shared.contracts.meetings import MeetingHeld
from shared.history.figures import Figure, Reaching, Relations
from shared.units.identities import Identities
from shared.units.projection import Units

ON_THE_ROLL: Final = {"roll_named_present": 1, "roll_named_excused": 0, "roll_named_absent": 0}
"""The parts of a roll by names, and whether who stands there came."""


def _named(relations: Relations, part: str) -> Select[Any]:
    names = relations.children(MeetingHeld, part)
    came = literal(ON_THE_ROLL[part], Integer).label("came")
    return select(names.c.poster, names.c.poster_sequence, names.c.value.label("person"), came)


def on_rolls(relations: Relations) -> Select[Any]:
    """One row for each person on a named roll of a regular meeting: came (1) or not."""
    facts = relations.standing(MeetingHeld)
    named = union_all(*(_named(relations, part) for part in ON_THE_ROLL)).subquery()
    on_roll = facts.join(
        named, (named.c.poster == facts.c.poster) & (named.c.poster_sequence == facts.c.poster_sequence)
    )
    same = same_person(relations, on_roll, named.c.person)
    about = (facts.c.branch.label("unit"), facts.c.day, same.person.label("person"))
    merge = merge_behind(same.merges)
    counted = select(*about, *counts(named.c.came, 1), *behind(facts)).select_from(same.joined)
    merged = select(*about, *counts(0, 0), *merge).select_from(same.merged)
    return select(union_all(*(each.where(facts.c.kind == REGULAR) for each in (counted, merged))).subquery())


FIGURES = (
    Figure(
        "attending-regularly",
        "Người có mặt từ ngưỡng đã chọn (thường 75 %) số buổi định kỳ điểm danh tên mình, trên số người có tên trong "
        "sổ điểm danh; buổi chỉ ghi số lượng không tính.",
        "Persons present at the threshold (75 % unless asked otherwise) of the regular meetings whose rolls name them, "
        "out of those named; rolls that give numbers only are left out.",
        on_rolls,
        frozenset({MeetingHeld}),
        (Units, Identities),
        measure=Reaching("person", "threshold"),
        parameters={"threshold": 75},
    ),
)
