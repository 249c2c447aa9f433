"""Where does each rating stand? Of every unit, and person in it, the days of its steps, and the grade that holds.

What a row is about is the subject of its facts: the unit itself, or the id that follows from unit, person and kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, MetaData, Table, Text, Uuid

from services.ratings.domain.course import BEFORE, COURSE_FACTS, Key, aftermath, decisions, keyed
from shared.contracts.ratings import RatingDecided, Step
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import found_by, rewrite

STEP_COLUMNS: Final = {
    Step.SELF_RATED: "self_rated",
    Step.PROPOSED: "proposed",
    Step.VERIFIED: "verified",
    Step.DECIDED: "decided",
    Step.PUBLISHED: "published",
}
"""Under which column the first day of a step stands."""


class Standings(Projection):
    """How far each rating has come. Keys: what is rated, a unit or a person in it (`rated_id`)."""

    name = "standings"
    version = 3
    listens = COURSE_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`rating_standing`, found by unit; a decision that confirms a report is found by that report."""
        found_by(metadata, RatingDecided, "confirms_event")
        self._standing = Table(
            "rating_standing",
            metadata,
            Column("rated", Uuid, primary_key=True),
            Column("axis", Text, primary_key=True),
            Column("period_start", Date, primary_key=True),
            Column("period_end", Date, primary_key=True),
            Column("unit", Uuid, nullable=False),
            Column("person", Uuid),
            Column("person_kind", Text),
            *(Column(name, Date) for name in STEP_COLUMNS.values()),
            Column("rater", Uuid),
            Column("decision_in", Uuid),
            Column("decision", Uuid),
            Column("open", BigInteger, nullable=False),
            Column("open_since", Date),
            Column("reverified", Boolean, nullable=False),
            Column("cancelled", Boolean, nullable=False),
            Column("scale", Text),
            Column("rank", BigInteger),
            Column("label", Text),
        )
        Index("rating_standing_unit", self._standing.c.unit)
        return [self._standing]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """What is rated, which is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Look at these ratings again."""
        about = views.about(self.listens, keys)
        rows = [row for rated, facts in about.items() for row in _rows(rated, facts)]
        rewrite(views.connection, self._standing, self._standing.c.rated, keys, rows)


def _rows(rated: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """A row for each axis and period of which anything is said."""
    facts = in_order(facts)
    unit, person = getattr(facts[0].fact, "unit", rated), getattr(facts[0].fact, "person", None)
    for axis, period in dict.fromkeys(key for said in facts if (key := keyed(said)) is not None):
        yield {
            "rated": rated,
            "axis": axis,
            "period_start": period.start,
            "period_end": period.end,
            "unit": unit,
            "person": None if person is None else person.person,
            "person_kind": None if person is None else person.kind,
            **steps_of((axis, period), facts),
        }


def steps_of(key: Key, facts: list[Said]) -> dict[str, Any]:
    """The first day of each step, and what has become of the last decision."""
    first: dict[str, Any] = dict.fromkeys(STEP_COLUMNS.values())
    for step, cls in BEFORE.items():
        days = [said.day for said in facts if isinstance(said.fact, cls) and keyed(said) == key]
        first[STEP_COLUMNS[step]] = min(days, default=None)
    made = decisions(facts, key)
    row: dict[str, Any] = {
        **first,
        **dict.fromkeys(("rater", "decision_in", "decision", "open_since", "scale", "rank", "label")),
        "open": 0,
        "reverified": False,
        "cancelled": False,
    }
    if not made:
        return row
    after = aftermath(made[-1], facts, dt.date.max)
    fact, grade, published, raised = made[-1].fact, after.grade, after.published, after.raised
    return row | {
        "decided": made[-1].day,
        "published": None if published is None else published.day,
        "rater": fact.rater if isinstance(fact, RatingDecided) else None,
        "decision_in": made[-1].organisation,
        "decision": made[-1].event,
        "open": max(0, after.open),
        "open_since": raised[-1].day if after.open > 0 and raised else None,
        "reverified": after.reverified,
        "cancelled": after.cancelled is not None,
        "scale": None if grade is None else grade.scale,
        "rank": None if grade is None else grade.rank,
        "label": None if grade is None else grade.label,
    }
