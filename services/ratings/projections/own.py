"""What is a unit's own, and not its units' below? Figures that can be asked for either, by a parameter.

A figure adds up what stands under a unit. A rule that judges a unit by its leaders, or by the tasks given to it, means
those of the unit itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Select, select, union_all

from shared.history.figures import NO_UNIT, Relations
from shared.history.rollup import ways

OWN: Final = "own"
"""The parameter: 1 counts only what is the asked unit's own."""
Rows = Callable[[Relations], Select[Any]]


def own(rows: Rows, unit: str = "unit") -> Rows:
    """These rows, or of them those whose `unit` is the asked one."""

    def asked(relations: Relations) -> Select[Any]:
        told = rows(relations)
        if not _alone(relations):
            return told
        every = told.subquery()
        return select(every).where(every.c[unit] == relations.question.unit)

    return asked


def own_everywhere(rows: Rows, unit: str = "unit") -> Rows:
    """The same in every unit and place at once."""

    def everywhere(relations: Relations) -> Select[Any]:
        told = rows(relations).subquery()
        found = (
            select(way.closure.c.above.label("within"), told)
            .select_from(way.joined)
            .where(
                way.here, way.closure.c.above == told.c[unit] if _alone(relations) else way.closure.c.above != NO_UNIT
            )
            for way in ways(relations, told)
        )
        return select(union_all(*found).subquery())

    return everywhere


def _alone(relations: Relations) -> bool:
    return bool(relations.question.parameters.get(OWN, 0))
