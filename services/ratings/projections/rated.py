"""Which decided ratings stand for periods that lie in the asked one? Each by itself, with its unit's place.

A year's grades are decided when the year is nearly over or later, so what counts is the period that a decision names,
not its own day: decisions up to `until` are read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from services.ratings.domain.distribution import Rated
from services.ratings.projections.grades import FIGURES, NO_LEVEL
from shared.history.figures import Figure, Question, Relations
from shared.history.measures import scoped
from shared.history.past import past
from shared.units.tree import Tree

GRADES: Final[Figure] = FIGURES[0]


def rated(connection: Connection, relations: Relations, until: dt.date, tree: Tree) -> list[Rated]:
    """The ratings under the asked unit, for periods within the asked one, decided before `until`.

    PastTooLarge when the question is refused.
    """
    asked = relations.question
    decided = replace(asked, end=max(asked.end, until))
    with past(connection, GRADES.hears, GRADES.state, replace(relations, question=decided)) as (reader, known):
        rows = scoped(GRADES.rows(known), known)
        unit = known.tables["unit"]
        kind_of = {row.id: row.kind for row in reader.execute(select(unit.c.id, unit.c.kind))}
        found = reader.execute(select(rows).order_by(rows.c.period, rows.c.unit, rows.c.axis, rows.c.log, rows.c.root))
        return list(_within(found.mappings(), asked, kind_of, tree))


def _within(
    rows: Iterator[Mapping[str, Any]] | Any,  # noqa: ANN401 — rows by the names of their columns
    asked: Question,
    kind_of: Mapping[UUID, str],
    tree: Tree,
) -> Iterator[Rated]:
    for row in rows:
        start, end = map(dt.date.fromisoformat, row["period"].split("/"))
        if asked.start <= start and end <= asked.end:
            day = asked.tree_on or row["day"]
            yield Rated(
                row["unit"],
                body_under(tree, asked.unit, row["unit"], day),
                row["level"],
                row["rater"],
                kind_of.get(row["rater"], NO_LEVEL),
                row["axis"],
                start,
                end,
                row["scale"],
                row["rank"],
                row["label"],
                row["rule_set"],
                row["day"],
            )


def body_under(tree: Tree, asked: UUID, unit: UUID, day: dt.date) -> UUID:
    """What stands directly under the asked unit, on the way down to another; that one itself where it does so."""
    return next((each for each in (unit, *tree.above(unit, day)) if tree.parent(each, day) == asked), unit)
