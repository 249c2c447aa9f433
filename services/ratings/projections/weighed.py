"""What do a draft and the rules beside it give each unit, or each person in them? Both put to the same evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from uuid import UUID

from services.ratings.domain.raters import VERTICAL
from services.ratings.domain.rules import Evaluation, Evidence, evaluate
from services.ratings.projections.ages import lives_of, membership_of
from services.ratings.projections.below import asks_children, children_of_each
from services.ratings.projections.bulk import Bulk
from services.ratings.projections.carried import Carried
from services.ratings.projections.explaining import Adopted
from services.ratings.projections.indicators import measure
from services.ratings.projections.judging import Cited, Judged, judged, judged_of_each
from services.ratings.projections.proposals import asks_age
from shared.contracts.ratings import RatedPerson, RuleDocument, rated_id
from shared.eventsourcing.errors import Refused
from shared.history.figures import Question
from shared.units.standing_in import standing_in

PERSONS: Final = 500
"""Persons of one year that are put to a draft at once: each is asked by itself."""


class TooManyPersons(Refused):
    """More persons than a draft is tried on at once: ask for a smaller unit."""

    vi = "Quá nhiều cá nhân cho một lần chạy thử; hãy hỏi đơn vị nhỏ hơn."


class Weighed(NamedTuple):
    """A unit, or a person in it, under both."""

    unit: UUID
    person: RatedPerson | None
    was: Evaluation | None
    """None: no rules stood beside the draft."""
    would: Evaluation

    @property
    def subject(self) -> UUID:
        """The subject of the facts on its rating."""
        return rated_id(self.unit, self.person)


@dataclass(frozen=True, slots=True)
class Scales:
    """A draft, the rules that it is held against, and what of people's words under those it takes."""

    bulk: Bulk
    draft: RuleDocument
    held: Adopted | None
    taken: Carried

    def units(self, question: Question, ids: Sequence[UUID]) -> Iterator[Weighed]:
        """Each of these units; figures, ages and grades below are read of all together."""
        documents, runner = self._documents, self.bulk.runner
        lives = lives_of(runner, question, ids) if any(map(asks_age, documents)) else {}
        below = children_of_each(runner, VERTICAL, question, ids) if any(map(asks_children, documents)) else {}
        held = self.held
        said = {} if held is None else judged_of_each(runner, held.rules.rules, held.cited, question, ids)
        for unit, measured in self.bulk.measured(documents, ids, question):
            evidence, people = Evidence(measured, life=lives.get(unit), children=below.get(unit)), said.get(unit)
            yield Weighed(unit, None, *self._both(evidence, people))

    def persons(self, question: Question, kind: str, ids: Sequence[UUID]) -> Iterator[Weighed]:
        """Whoever has a standing in one of these units on the last day, by what is the person's own. TooManyPersons."""
        runner = self.bulk.runner
        with runner.generation.store.read() as connection:
            tables = runner.generation.metadata.tables
            there = standing_in(connection, runner.facts, tables, kind, ids, question.last_day)
        if sum(map(len, there.values())) > PERSONS:
            raise TooManyPersons("unit")
        for unit in sorted(there):
            for each in sorted(there[unit]):
                person = RatedPerson(person=each, kind=kind)
                yield Weighed(unit, person, *self._both(*self._of_one(replace(question, unit=unit), person)))

    def _of_one(self, question: Question, person: RatedPerson) -> tuple[Evidence, Judged | None]:
        runner, asked = self.bulk.runner, replace(question, person=person.person)
        measured = {key: said for each in self._documents for key, said in measure(runner, each, asked).items()}
        life = membership_of(runner, asked) if any(map(asks_age, self._documents)) else None
        if self.held is None:
            return Evidence(measured, life=life), None
        cited = Cited(self.held.cited.rule_set, VERTICAL, person)
        return Evidence(measured, life=life), judged(runner, self.held.rules.rules, cited, question)

    @property
    def _documents(self) -> list[RuleDocument]:
        return [self.draft, *([] if self.held is None else [self.held.rules.rules])]

    def _both(self, evidence: Evidence, people: Judged | None) -> tuple[Evaluation | None, Evaluation]:
        would = evaluate(self.draft, evidence if people is None else self.taken.beside(evidence, people))
        return None if self.held is None else evaluate(self.held.rules.rules, _with(evidence, people)), would


def _with(evidence: Evidence, people: Judged | None) -> Evidence:
    if people is None:
        return evidence
    return replace(evidence, scores=people.scores, scored=people.scored, votes=people.votes)
