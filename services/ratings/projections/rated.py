"""Which decided ratings stand for periods that lie in the asked one? Each by itself, with its unit's place.

A year's grades are decided when the year is nearly over or later, so what counts is the period that a decision names,
not its own day: decisions up to `until` are read. What counts is the grade that holds by then: after objections it may
be another, or none; and what the rater has confirmed is not counted a second time as its subject had reported it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, select

from services.ratings.domain.distribution import Rated
from services.ratings.projections.grades import FIGURES, NO_LEVEL
from shared.contracts.event import Event
from shared.contracts.fields import Grade
from shared.contracts.ratings import RatingCancelled, RatingChanged, RatingDecided
from shared.history.figures import Figure, Question, Relations
from shared.history.measures import scoped
from shared.history.past import past
from shared.units.lineage import carried
from shared.units.tree import Tree

GRADES: Final[Figure] = FIGURES[0]
Reference = tuple[UUID, UUID]
"""Organisation and event of a decision."""


class Settled(NamedTuple):
    """What has become of decisions since, by (organisation, event) of the decision."""

    confirmed: Mapping[Reference, Reference]
    """A rating that the unit's own organisation had reported, and the decision that the rater itself posted of it.

    Only the latter is counted; what is said of either is meant of it."""
    cancelled: frozenset[Reference]
    changed: Mapping[Reference, Grade]

    def holding(self, decision: Reference, grade: Grade) -> Grade | None:
        """The grade that holds; none where none does."""
        if decision in self.cancelled:
            return None
        return self.changed.get(decision, grade)


def rated(connection: Connection, relations: Relations, until: dt.date, tree: Tree) -> list[Rated]:
    """The ratings under the asked unit, for periods within the asked one, as they hold before `until`.

    PastTooLarge when the question is refused.
    """
    asked = relations.question
    decided = replace(asked, end=max(asked.end, until))
    hears: frozenset[type[Event]] = GRADES.hears | {RatingChanged, RatingCancelled}
    with past(connection, hears, GRADES.state, replace(relations, question=decided)) as (reader, known):
        rows = scoped(GRADES.rows(known), known)
        unit = known.tables["unit"]
        kind_of = {row.id: row.kind for row in reader.execute(select(unit.c.id, unit.c.kind))}
        found = reader.execute(select(rows).order_by(rows.c.period, rows.c.unit, rows.c.axis, rows.c.log, rows.c.root))
        return list(_within(found.mappings(), asked, kind_of, tree, settled(reader, known, until)))


def settled(reader: Connection, relations: Relations, until: dt.date) -> Settled:
    """What was said of decisions before a day."""
    decisions = relations.standing(RatingDecided)
    confirming = reader.execute(select(decisions).where(decisions.c.confirms_event.is_not(None)))
    confirmed = {(row.confirms_organisation, row.confirms_event): (row.organisation, row.root_id) for row in confirming}
    cancellations, changes = (_of_decisions(reader, relations, cls, until) for cls in (RatingCancelled, RatingChanged))
    changed = {
        _meant(confirmed, row): Grade(scale=row.grade_scale, rank=row.grade_rank, label=row.grade_label)
        for row in changes
    }
    return Settled(confirmed, frozenset(_meant(confirmed, row) for row in cancellations), changed)


def _of_decisions(
    reader: Connection, relations: Relations, cls: type[RatingCancelled | RatingChanged], until: dt.date
) -> Sequence[Row[Any]]:
    table = relations.standing(cls)
    order = (table.c.day, table.c.organisation, table.c.sequence)
    return reader.execute(select(table).where(table.c.day < until).order_by(*order)).all()


def _meant(confirmed: Mapping[Reference, Reference], row: Row[Any]) -> Reference:
    named = (row.decision_organisation, row.decision_event)
    return confirmed.get(named, named)


def _within(
    rows: Iterable[Mapping[Any, Any]],
    asked: Question,
    kind_of: Mapping[UUID, str],
    tree: Tree,
    since: Settled,
) -> Iterator[Rated]:
    for row in rows:
        start, end = map(dt.date.fromisoformat, row["period"].split("/"))
        said = Grade.model_construct(scale=row["scale"], rank=row["rank"], label=row["label"])
        grade = since.holding((row["log"], row["root"]), said)
        if grade is None or start < asked.start or end > asked.end:
            continue
        yield Rated(
            row["unit"],
            body_under(tree, asked.unit, row["unit"], row["day"], asked.tree_on),
            row["level"],
            row["rater"],
            kind_of.get(row["rater"], NO_LEVEL),
            row["axis"],
            start,
            end,
            grade.scale,
            grade.rank,
            grade.label,
            row["rule_set"],
            row["day"],
        )


def body_under(tree: Tree, asked: UUID, unit: UUID, day: dt.date, tree_on: dt.date | None = None) -> UUID:
    """What stands directly under the asked unit, on the way down to another; that one itself where it does so.

    Under the tree of the day on which the other was seen, or of another date.
    """
    on = tree_on or day
    at = carried(tree, unit, day, on)
    return next((each for each in at.line + at.places if tree.parent(each, on) == asked), unit)
