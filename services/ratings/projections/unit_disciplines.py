"""Which units were disciplined as such? Out of those whose organisation says that it records all of that here."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Date, Select, and_, literal, or_, select, union_all

from services.ratings.projections.parts import behind, counts, in_force, last_day, with_owner
from shared.contracts.membership import RegisterKept, UnitDisciplined
from shared.history.figures import UNIT, Distinct, Figure, Relations
from shared.units.lasting import lasting

REGISTER: Final = "unit-discipline"
"""The register whose keeping makes nought of it nought."""


def _units(relations: Relations) -> Select[Any]:
    """Below the line each unit of a line that keeps the register for the whole period; above it each decision."""
    unit, said, day = relations.tables["unit"], relations.standing(UnitDisciplined), last_day(relations)
    kept = in_force(relations, RegisterKept, "book")
    joined, owner = with_owner(relations, unit, unit.c.id, unit.c.organisation, day)
    first = literal(relations.question.start, Date)
    since = and_(kept.c.organisation == owner, kept.c.book == REGISTER, lasting(kept, first))
    still = or_(kept.c.until.is_(None), kept.c.until > day)
    every = (
        select(unit.c.id.label("unit"), day.label("day"), unit.c.id.label("whole"), *counts(0, 1), *behind(kept))
        .select_from(joined.join(kept, since))
        .where(still, lasting(unit, day), unit.c.level.is_(None))
    )
    decided = select(said.c.unit, said.c.day, said.c.unit.label("whole"), *counts(1), *behind(said))
    return select(union_all(every, decided).subquery())


FIGURES = (
    Figure(
        "units-disciplined",
        "Đơn vị bị kỷ luật tập thể trong kỳ, kể cả chính đơn vị được hỏi, mỗi đơn vị một lần; trên số đơn vị hoạt động "
        "vào ngày cuối mà tổ chức ghi đầy đủ kỷ luật tập thể suốt kỳ.",
        "Units disciplined as such in the period, the asked one among them, each once; out of the units living on the "
        "last day whose organisation records all such decisions here for the whole period.",
        _units,
        frozenset({UnitDisciplined, RegisterKept}),
        common=(UNIT,),
        measure=Distinct(("whole",)),
    ),
)
