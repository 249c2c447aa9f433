"""Which grades have the units directly below? The decisions that stand for the same axis and period, as known then.

What a unit's own organisation only reports of another's decision gives no grade here until that body confirms it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, Date, and_, exists, literal, select

from services.ratings.domain.course import COURSE_FACTS, Key, aftermath, decisions
from services.ratings.domain.rules import Child
from services.ratings.projections.indicators import named_in
from services.ratings.projections.standings import Standings
from shared.contracts.fields import Period
from shared.contracts.ratings import RatingChanged, RatingDecided, RuleDocument
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.decider import Said
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question, Relations
from shared.history.past import past
from shared.units.lasting import lasting
from shared.units.projection import Units


def asks_children(rules: RuleDocument) -> bool:
    """Whether anything depends on the grades of the units below."""
    return rules.children_first or any(name.partition(".")[0] == "children" for name in named_in(rules))


def children_of(runner: Runner, axis: str, question: Question) -> tuple[Child, ...]:
    """The units directly below on the last day, by their ids, each with the rank that holds; none: not decided."""
    return children_of_each(runner, axis, question, [question.unit])[question.unit]


def children_of_each(
    runner: Runner, axis: str, question: Question, asked: Iterable[UUID]
) -> Mapping[UUID, tuple[Child, ...]]:
    """The same of many units at once, whichever the question names."""
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with (
        runner.generation.store.read() as connection,
        past(connection, COURSE_FACTS, (Units, Standings), relations) as (reader, known),
    ):
        below = {unit: _below(reader, replace(known, question=replace(known.question, unit=unit))) for unit in asked}
        units = sorted({child for children in below.values() for child in children})
        about = defaultdict[UUID, list[Said]](list)
        for said in known.facts.said(reader, COURSE_FACTS, subjects=units):
            about[said.subject].append(said)
        raters = {said.fact.rater for facts in about.values() for said in facts if isinstance(said.fact, RatingDecided)}
        owners = _owners(reader, known, raters)
        key = axis, Period(start=question.start, end=question.end)
        found = {unit: _child(unit, about[unit], key, owners) for unit in units}
        return {unit: tuple(found[child] for child in children) for unit, children in below.items()}


def _below(reader: Connection, known: Relations) -> list[UUID]:
    """Units of a line under the asked one with none of its line between."""
    question, unit = known.question, known.tables["unit"]
    day = literal(question.tree_on or question.last_day, Date)
    above, upper, lower = (known.tables["unit_above"].alias() for _ in range(3))
    between = unit.alias()
    middle = (
        exists()
        .where(lower.c.unit == unit.c.id, lasting(lower, day), lower.c.above == between.c.id, between.c.level.is_(None))
        .where(upper.c.unit == between.c.id, lasting(upper, day), upper.c.above == question.unit)
        .where(between.c.id.not_in([question.unit]), between.c.id != unit.c.id)
    )
    query = (
        select(unit.c.id)
        .join(above, and_(above.c.unit == unit.c.id, lasting(above, day)))
        .where(above.c.above == question.unit, unit.c.id != question.unit, lasting(unit, day), unit.c.level.is_(None))
        .where(~middle)
        .order_by(unit.c.id)
    )
    return list(reader.execute(query).scalars())


def _owners(reader: Connection, known: Relations, bodies: Iterable[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """To whom bodies belong, or ever belonged."""
    found, wanted = defaultdict[UUID, set[UUID]](set), sorted(set(bodies))
    unit, tenure = known.tables["unit"], known.tables["tenure"]
    for chunk in chunks(wanted):
        for query in (
            select(unit.c.id, unit.c.organisation).where(unit.c.id.in_(chunk)),
            select(tenure.c.unit, tenure.c.organisation).where(tenure.c.unit.in_(chunk)),
        ):
            for body, organisation in reader.execute(query):
                found[body].add(organisation)
    return {body: frozenset(owners) for body, owners in found.items()}


def _child(unit: UUID, facts: Sequence[Said], key: Key, owners: Mapping[UUID, frozenset[UUID]]) -> Child:
    """The last decision of the rater itself that still holds."""
    for made in reversed(decisions(facts, key)):
        fact = made.fact
        if not isinstance(fact, RatingDecided) or made.organisation not in owners.get(fact.rater, ()):
            continue
        after = aftermath(made, facts, dt.date.max)
        if after.grade is not None:
            changed = after.of(RatingChanged)[-1:]
            return Child(
                str(unit), after.grade.rank, [f"{each.organisation}/{each.event}" for each in (made, *changed)]
            )
    return Child(str(unit), None)
