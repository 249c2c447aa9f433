"""Who was disciplined? Persons of whom a discipline was decided in the period, from reprimand up to expulsion."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, Text, cast, literal, select, union_all

from services.ratings.projections.parts import behind, counts, merge_behind, same_person, with_owner
from shared.contracts.event import Event
from shared.contracts.membership import DisciplineDecided, MemberExpelled
from shared.history.figures import Distinct, Figure, Relations
from shared.units.identities import Identities
from shared.units.projection import Units

SAID: Final[frozenset[type[Event]]] = frozenset({DisciplineDecided, MemberExpelled})
EXPULSION: Final = "expulsion"
"""The heaviest level; it is a fact of its own."""


def disciplined(relations: Relations) -> Select[Any]:
    """One row for each discipline decided: whom it means, and once more for each merge by which it means that one."""
    arms: list[Select[Any]] = []
    for cls in (DisciplineDecided, MemberExpelled):
        facts = relations.standing(cls)
        same = same_person(relations, facts, facts.c.subject)
        level = facts.c.level if cls is DisciplineDecided else cast(literal(EXPULSION), Text)
        merge = merge_behind(same.merges)
        for source, root in ((same.joined, behind(facts)), (same.merged, merge)):
            owned, owner = with_owner(relations, source, facts.c.branch, facts.c.organisation, facts.c.day)
            arms.append(
                select(
                    facts.c.branch.label("unit"),
                    facts.c.day,
                    same.person.label("person"),
                    level.label("level"),
                    owner.label("organisation"),
                    *counts(1),
                    *root,
                ).select_from(owned)
            )
    return select(union_all(*arms).subquery())


FIGURES = (
    Figure(
        "disciplines",
        "Đoàn viên, hội viên bị kỷ luật trong kỳ, từ khiển trách đến khai trừ, mỗi người một lần; kỷ luật sau đó được "
        "xóa vẫn tính cho kỳ có quyết định.",
        "Members of whom a discipline was decided in the period, from reprimand to expulsion, each once; one lifted "
        "later still counts in the period of its decision.",
        disciplined,
        SAID,
        (Units, Identities),
        keys=("level", "organisation"),
        measure=Distinct(("person",)),
    ),
)
