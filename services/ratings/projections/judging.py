"""What have people said of a unit's criteria? Scores and counted votes under one rule set, as known then.

Of each body in each step its last word; of several bodies the order is the cycle's, and the last one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from services.ratings.domain.course import SCORE_FACTS
from services.ratings.domain.raters import VERTICAL
from services.ratings.domain.rules import Score, Votes
from shared.contracts.event import Event
from shared.contracts.ratings import By, CriterionScored, RatedPerson, RuleDocument, ScoredIn, VotesCounted, rated_id
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question, Relations
from shared.history.past import past

IN_ORDER: Final[Mapping[str, int]] = {step.value: place for place, step in enumerate(ScoredIn)}


SAID: Final[tuple[type[Event], ...]] = (CriterionScored, VotesCounted)


class Cited(NamedTuple):
    """Which rating is meant: the rule set that its facts cite, the axis, and the person, where one is rated."""

    rule_set: UUID
    axis: str = VERTICAL
    person: RatedPerson | None = None

    def of(self, question: Question) -> Question:
        """The question, of the person where one is rated."""
        return replace(question, person=None if self.person is None else self.person.person)


class Judged(NamedTuple):
    """By the criterion's code: the scores that count, all of them, and the votes."""

    scores: Mapping[str, Score]
    scored: Mapping[str, tuple[Score, ...]]
    votes: Mapping[str, Votes]


NOTHING: Final = Judged({}, {}, {})


def judged(runner: Runner, rules: RuleDocument, cited: Cited | None, question: Question) -> Judged:
    """What was said of the unit for just this period, by what was known; nothing where no rule set is cited."""
    if cited is None or not asks_people(rules):
        return NOTHING
    relations = Relations(runner.facts, runner.generation.metadata.tables, question)
    with (
        runner.generation.store.read() as connection,
        past(connection, SCORE_FACTS, (), relations) as (reader, known),
    ):
        return _judged(reader, known, cited)


def asks_people(rules: RuleDocument) -> bool:
    """Whether any criterion is scored or voted on."""
    return any(each.by in {By.HUMAN, By.VOTES} or each.indicator is None for each in rules.criteria)


def judged_of_each(
    runner: Runner, rules: RuleDocument, cited: Cited, question: Question, units: Iterable[UUID]
) -> Mapping[UUID, Judged]:
    """The same of many units at once, whichever the question names; of whom nothing was said is not there."""
    if not asks_people(rules):
        return {}
    relations, found = Relations(runner.facts, runner.generation.metadata.tables, question), dict[UUID, Judged]()
    with runner.generation.store.read() as connection:
        for chunk in chunks(sorted(set(units))):
            said = defaultdict[UUID, tuple[list[Row[Any]], list[Row[Any]]]](lambda: ([], []))
            for place, cls in enumerate(SAID):
                for row in connection.execute(_about(relations, cls, cited, chunk)):
                    said[row.unit][place].append(row)
            found |= {unit: _told(*rows) for unit, rows in said.items()}
    return found


def _judged(reader: Connection, known: Relations, cited: Cited) -> Judged:
    unit = [known.question.unit]
    return _told(*(reader.execute(_about(known, cls, cited, unit)).all() for cls in SAID))


def _told(scores: Iterable[Row[Any]], counts: Iterable[Row[Any]]) -> Judged:
    last: dict[str, dict[tuple[int, UUID], Row[Any]]] = defaultdict(dict)
    for row in scores:
        last[row.criterion][IN_ORDER[row.step], row.body] = row
    scored = {
        code: tuple(_score(row) for _, row in sorted(rows.items(), key=lambda each: (each[0][0], _place(each[1]))))
        for code, rows in last.items()
    }
    votes = {row.criterion: _votes(row) for row in counts}
    return Judged({code: each[-1] for code, each in scored.items()}, scored, votes)


def _about(known: Relations, cls: type[Event], cited: Cited, units: Sequence[UUID]) -> Select[Any]:
    """What stands about these units, in order: the later word comes last."""
    facts, question = known.standing(cls), known.question
    person = None if cited.person is None else cited.person.person
    kind = None if cited.person is None else cited.person.kind
    return (
        select(facts)
        .where(facts.c.subject.in_([rated_id(unit, cited.person) for unit in units]), facts.c.unit.in_(units))
        .where(facts.c.person_person.is_not_distinct_from(person), facts.c.person_kind.is_not_distinct_from(kind))
        .where(facts.c.rule_set == cited.rule_set, facts.c.axis == cited.axis)
        .where(facts.c.period_start == question.start, facts.c.period_end == question.end)
        .order_by(facts.c.day, facts.c.organisation, facts.c.sequence)
    )


def _place(row: Row[Any]) -> tuple[Any, ...]:
    return row.day, row.organisation, row.sequence


def _score(row: Row[Any]) -> Score:
    return Score(
        points=row.score_points,
        rank=row.score_mark_rank,
        met=row.score_met,
        by=str(row.body),
        step=row.step,
        day=row.day.isoformat(),
        comment=row.comment,
        title=row.evidence_title,
        document=row.evidence_sha256,
        event=f"{row.organisation}/{row.root_id}",
    )


def _votes(row: Row[Any]) -> Votes:
    return Votes(
        in_favour=row.votes_in_favour,
        against=row.votes_against,
        blank=row.votes_blank,
        present=row.votes_present,
        entitled=row.votes_entitled,
        by=str(row.body),
        day=row.day.isoformat(),
        title=row.evidence_title,
        document=row.evidence_sha256,
        event=f"{row.organisation}/{row.root_id}",
    )
