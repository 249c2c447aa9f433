"""Which grade holds of each of many units? The last decision of the cycle that was not cancelled, as changed since.

What a unit's own organisation only reports is told too: a draft shows what stands in the book, whoever says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select

from services.ratings.domain.raters import VERTICAL
from shared.contracts.event import Event
from shared.contracts.ratings import RatingCancelled, RatingChanged, RatingDecided
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question

SAID: Final = (RatingDecided, RatingChanged, RatingCancelled)
Root = tuple[UUID, UUID]


def labels(runner: Runner, question: Question, units: Iterable[UUID]) -> Mapping[UUID, str]:
    """The label that holds of each unit, or person in it (`rated_id`), for just this period, in the unit's line.

    Of whom none holds is not there.
    """
    found: dict[UUID, str] = {}
    with runner.generation.store.read() as connection:
        for chunk in chunks(sorted(set(units))):
            made, changed, cancelled = (_about(connection, runner.facts, cls, question, chunk) for cls in SAID)
            outcomes: dict[Root, str | None] = {_decision(row): row.grade_label for row in changed}
            outcomes |= dict.fromkeys(map(_decision, cancelled))
            alike = dict(_alike(made))
            for row in made:
                root = (row.organisation, row.root_id)
                held = [outcomes[each] for each in (root, alike.get(root, root)) if each in outcomes]
                label = row.grade_label if not held else None if None in held else held[-1]
                if label is not None:
                    found[row.subject] = label
    return found


def _about(
    connection: Connection, facts: Facts, cls: type[Event], question: Question, units: Sequence[UUID]
) -> list[Row[Any]]:
    """What stands of these units, in order."""
    said = facts.standing(cls, known=question.known).subquery()
    query = (
        select(said)
        .where(said.c.subject.in_(units), said.c.axis == VERTICAL)
        .where(said.c.period_start == question.start, said.c.period_end == question.end)
        .order_by(said.c.day, said.c.organisation, said.c.sequence)
    )
    return list(connection.execute(query))


def _decision(row: Row[Any]) -> Root:
    return row.decision_organisation, row.decision_event


def _alike(made: Iterable[Row[Any]]) -> Iterator[tuple[Root, Root]]:
    """Each decision that confirms a report, and that report, are the same one."""
    for row in made:
        if row.confirms_event is not None:
            root, report = (row.organisation, row.root_id), (row.confirms_organisation, row.confirms_event)
            yield root, report
            yield report, root
