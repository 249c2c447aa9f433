"""Where is a figure asked, of the views' own tables or of the columns? Both see the same; they differ in their cost.

The views find what happened in one branch at once, and take seconds for each hundred thousand facts. The columns count
millions in a fraction of a second, but first take in what is not in their files yet.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import NO_UNIT, Figure, Question

FEW: Final = 100_000
"""Facts that the views count within a second, or that the columns take in."""


def in_columns(runner: Runner, columns: Columns, figure: Figure, question: Question, few: int = FEW) -> bool:
    """Whether the columns answer sooner: of a past moment, for which views would have to be made; of many facts."""
    if question.known is not None:
        return True
    filed, later = columns.filed(figure, question)
    return filed > few >= later and filed * _share(runner, question) > few


def _share(runner: Runner, question: Question) -> float:
    """Of all units and places, how many have ever counted in the asked one: so much of all facts does too, about."""
    if question.unit == NO_UNIT:
        return 1.0
    above = runner.generation.metadata.tables["unit_above"].c
    unit = runner.generation.metadata.tables["unit"]
    with runner.generation.store.read() as connection:
        every = connection.execute(select(func.count()).select_from(unit)).scalar_one()
        below = connection.execute(select(func.count(above.unit.distinct())).where(above.above == question.unit))
        return below.scalar_one() / max(every, 1)
