"""Why this grade? From the grade down: criteria, indicators, numerators and denominators, and the facts behind them.

Every line names the clause, the rule set's version and its legal reference. What a figure rests on beside the facts
that it counts (the rule that says what is due, the founding of the units) is named too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.ratings.domain.proposal import propose
from services.ratings.domain.raters import VERTICAL
from services.ratings.domain.rules.lines import measure_key
from services.ratings.projections.behind import Behind
from services.ratings.projections.indicators import Put, asked_of, put
from services.ratings.projections.individuals import OF_PERSONS
from services.ratings.projections.judging import Cited, judged
from services.ratings.projections.nearness import smallest_changes
from services.ratings.projections.people import people
from services.ratings.projections.proposals import Views
from services.ratings.projections.saying import (
    barred,
    because,
    condition,
    criterion,
    heading,
    lacking,
    period_text,
    points_text,
    reference,
    whose,
)
from shared.contracts.envelope import recorded_text
from shared.contracts.ratings import Criterion, RatedPerson, RuleDocument, RuleSetAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.runner import Runner
from shared.history.columns.columns import Columns
from shared.history.figures import MONTH, UNIT, Distinct, Question
from shared.history.replay.canonical import digest
from shared.history.replay.retold import Retold, Spot, retold
from shared.history.replay.sentences import Spoken, Titles
from shared.units.rights import SENSITIVE_FACTS

MET: Final = Distinct((UNIT, MONTH))
"""The measure of figures of which each month is met or not."""


class Adopted(NamedTuple):
    """A rule set, the fact that adopted it, and on which axis it is put to a unit, or to a person in it."""

    said: Said
    rules: RuleSetAdopted
    axis: str = VERTICAL
    person: RatedPerson | None = None

    @property
    def cited(self) -> Cited:
        """Which of a unit's ratings is meant."""
        return Cited(self.said.subject, self.axis, self.person)

    @property
    def version(self) -> str:
        """SHA-256 of the whole rule set in canonical JSON: another letter, another version."""
        return digest(self.rules.model_dump(mode="json", exclude_none=True))

    def told(self) -> dict[str, Any]:
        """As an answer has it."""
        rules = self.rules
        return {
            "id": str(self.said.subject),
            "organisation": str(self.said.organisation),
            "event": str(self.said.event),
            "version": self.version,
            "title": rules.title,
            "issuer": rules.issuer,
            "legal_reference": rules.legal_reference,
            "issued": rules.issued.isoformat(),
            "effective_from": rules.effective_from.isoformat(),
            "effective_to": None if rules.effective_to is None else rules.effective_to.isoformat(),
            "said": reference(rules).told(),
        }


WITHHELD: Final = {"vi": "Một sự việc mà khóa này không được xem.", "en": "A fact that this key may not read."}
"""Of a fact that the asker may not read: that it counts, and nothing else."""
Sees = Callable[[Retold], bool]
"""Whether a fact may be shown to whoever asks."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """Explains what a rule set gives a unit for a period."""

    runner: Runner
    titles: Titles
    sees: Sees
    columns: Columns | None = None

    def explained(self, adopted: Adopted, question: Question, facts: int) -> dict[str, Any]:
        """The whole explanation; of each criterion the first so many facts."""
        rules = adopted.rules.rules
        evidence = Views(self.runner).evidence(rules, question, adopted.cited)
        told = propose(rules, evidence)
        points = points_text(**told["points"]) if told["points"]["of"] else None
        unit = self.titles(question.unit, question.last_day) or str(question.unit)
        rated = Spoken(unit, unit) if adopted.person is None else whose(adopted.person, unit)
        return {
            "unit": str(question.unit),
            "unit_title": unit,
            "person": None if adopted.person is None else adopted.person.model_dump(mode="json"),
            "period": {"start": question.start.isoformat(), "end": question.end.isoformat()},
            "known": None if question.known is None else recorded_text(question.known),
            "tree": None if question.tree_on is None else question.tree_on.isoformat(),
            "rule_set": adopted.told(),
            "grade": told["grade"],
            "possible": told["possible"],
            "why": [{"code": code, **because(code).told()} for code in told["why"]],
            "points": told["points"],
            "open": told["open"],
            "said": heading(rated, period_text(question.start, question.end), told["grade"], points).told(),
            "criteria": [
                self._criterion(adopted, each, line, question, facts)
                for each, line in zip(rules.criteria, told["criteria"], strict=True)
            ],
            "conditions": [self._barrier(adopted, each, question, facts) for each in told["conditions"]],
            "vetoes": [self._barrier(adopted, each, question, facts) for each in told["vetoes"]],
            "children": self._children(told["children"], question),
            "rests_on": self._told(self._behind.rests_on(list(asked_by(adopted, question).values()))),
            "changes": smallest_changes(rules, evidence),
        }

    def facts(self, adopted: Adopted, question: Question, code: str, skip: int, limit: int) -> dict[str, Any] | None:
        """A page of the facts behind one criterion; none where the rule set has no such one."""
        rules = adopted.rules.rules
        criterion = next((each for each in rules.criteria if each.code == code), None)
        if criterion is None:
            return None
        found = self._counted(asked_by(adopted, question).get(measure_key(criterion) or ""))
        if not found:
            said = judged(self.runner, rules, adopted.cited, question)
            events = [each.event for each in (said.scores.get(code), said.votes.get(code)) if each is not None]
            found = self._behind.named([each for each in events if each is not None], question.known)
        return {"of": len(found), "facts": self._told(found[skip : skip + limit])}

    @property
    def _behind(self) -> Behind:
        return Behind(self.runner, self.columns)

    def _criterion(
        self, adopted: Adopted, each: Criterion, line: Mapping[str, Any], question: Question, facts: int
    ) -> dict[str, Any]:
        asked = asked_by(adopted, question).get(measure_key(each) or "")
        found = self._counted(asked) or self._behind.named(line["events"], question.known)
        months = [] if asked is None else self._behind.by_month(*asked)
        missing = [row.keys[MONTH] or "" for row in months if not row.numerator]
        plain = {name: value for name, value in line.items() if name != "events"}
        return {
            **plain,
            "said": criterion(line).told(),
            "people": people(line, adopted.rules.rules.grades, self.titles),
            "reference": reference(adopted.rules, line["clause"]).told(),
            "version": adopted.version,
            "months": [
                {"month": row.keys[MONTH], "numerator": row.numerator, "denominator": row.denominator} for row in months
            ],
            "lacking": lacking(missing).told() if missing and asked is not None and asked[0].measure == MET else None,
            "facts": {"of": len(found), "shown": self._told(found[:facts])},
        }

    def _barrier(self, adopted: Adopted, each: Mapping[str, Any], question: Question, facts: int) -> dict[str, Any]:
        """A condition or a veto: what it asks, what it read, and the facts of the indicators that it names."""
        asked = asked_by(adopted, question)
        read = {reading["name"]: asked[reading["name"]] for reading in each["read"] if reading["name"] in asked}
        found = sorted({spot for one in read.values() for spot in self._counted(one)})
        return {
            **each,
            "said": (barred if "best" in each else condition)(each, adopted.rules.rules).told(),
            "reference": reference(adopted.rules, each["clause"]).told(),
            "version": adopted.version,
            "facts": {"of": len(found), "shown": self._told(found[:facts])},
        }

    def _children(
        self, children: Sequence[Mapping[str, Any]] | None, question: Question
    ) -> list[dict[str, Any]] | None:
        """The units below with their ranks, and the facts that decided them; none where the rules do not ask."""
        if children is None:
            return None
        return [
            {
                "unit": each["unit"],
                "unit_title": self.titles(UUID(each["unit"]), question.last_day),
                "rank": each["rank"],
                "facts": self._told(self._behind.named(each["events"], question.known)),
            }
            for each in children
        ]

    def _counted(self, asked: Put | None) -> list[Spot]:
        return [] if asked is None else self._behind.counted(*asked)

    def _told(self, found: Sequence[Spot]) -> list[dict[str, Any]]:
        """The facts that may be seen, with their sentences; of the others only that they are there."""
        with self.runner.generation.store.read() as connection:
            read = retold(connection, self.runner.facts, found, self.titles)
        return [self.shown(each) for each in read]

    def shown(self, each: Retold) -> dict[str, Any]:
        """A fact as the asker may see it."""
        return each.told() if self.sees(each) else dict(WITHHELD)


def asked_by(adopted: Adopted, question: Question) -> dict[str, Put]:
    """What each key of the evidence asks of which figure; what no figure measures of such a subject is not there."""
    asked = ((key, put(asked, adopted.cited.of(question))) for key, asked in asked_of(adopted.rules.rules).items())
    return {key: wanted for key, wanted in asked if wanted is not None}


def tells_sensitive(rules: RuleSetAdopted, person: RatedPerson | None) -> bool:
    """Whether computing it says of one person what only few may read: discipline, referral, admission to the Party."""
    if person is None:
        return False
    return asks_sensitive(rules.rules)


def asks_sensitive(rules: RuleDocument) -> bool:
    """The same of whomever these rules are put to."""
    asked = (OF_PERSONS.get(each.indicator) for each in asked_of(rules).values())
    return any(figure is not None and figure.listens & SENSITIVE_FACTS for figure in asked)


def adopted(views: Views, cited: Cited, known: int | None = None) -> Adopted | None:
    """A rule set as it stands, or stood then."""
    found = views.rule_set_said(cited.rule_set, known)
    return (
        None
        if found is None or not isinstance(found.fact, RuleSetAdopted)
        else Adopted(found, found.fact, cited.axis, cited.person)
    )
