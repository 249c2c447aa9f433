"""Which facts moved a grade between two moments? Each with the criterion that it moved, and by how many points.

A fact's points are what its criterion would lose at the later moment had just that fact not been recorded. So they
need not add up: where two facts say the same, neither is missed alone, and both are named with nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from services.ratings.domain.proposal import propose
from services.ratings.domain.rules import Evidence, Measured
from services.ratings.domain.rules.lines import line, measure_key
from services.ratings.projections.explaining import Adopted, Explaining, asked_by
from services.ratings.projections.people import people
from services.ratings.projections.proposals import Views
from services.ratings.projections.saying import points_text, went
from shared.contracts.envelope import recorded_text
from shared.contracts.ratings import Criterion, RuleDocument
from shared.eventsourcing.facts import Facts
from shared.history.figures import Figure, Question, Relations, Row
from shared.history.past import views_then
from shared.history.replay.compare import NOW, Between, compared
from shared.history.replay.retold import Spot, retold
from shared.history.replay.without import Without

TRIED: Final = 200
"""Facts of one criterion that are taken away one by one; of further ones the points are not told."""


class Moving(NamedTuple):
    """A fact, and the points by which it moved a criterion; None: not tried."""

    fact: Between
    criterion: Criterion
    points: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """Explains what moved a grade."""

    explaining: Explaining

    def between(self, adopted: Adopted, question: Question, before: int, after: int | None) -> dict[str, Any]:
        """The grade at both moments and the facts between that moved it. PastTooLarge."""
        views, rules = Views(self.explaining.runner), adopted.rules.rules
        then, now = (
            propose(rules, views.evidence(rules, replace(question, known=moment), adopted.cited))
            for moment in (before, after)
        )
        found = [
            moving
            for criterion in rules.criteria
            for moving in self._moving(adopted, criterion, replace(question, known=None), before, after)
        ]
        return {
            "unit": str(question.unit),
            "period": {"start": question.start.isoformat(), "end": question.end.isoformat()},
            "known": recorded_text(before),
            "and": None if after is None else recorded_text(after),
            "rule_set": adopted.told(),
            "then": _side(then),
            "now": _side(now),
            "said": went(_label(then), _label(now), _points(then), _points(now)).told(),
            "facts": self._told(found),
            "people": self._people(rules, then, now),
        }

    def _people(self, rules: RuleDocument, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The criteria of which people say something else at the later moment: their words at both, the last counts."""
        title, both = self.explaining.titles, zip(then["criteria"], now["criteria"], strict=True)
        return [
            {
                "code": later["code"],
                "points": {"then": line["points"], "now": later["points"]},
                "then": people(line, rules.grades, title),
                "now": people(later, rules.grades, title),
            }
            for line, later in both
            if (line["scored"], line["votes"]) != (later["scored"], later["votes"])
        ]

    def _moving(
        self, adopted: Adopted, criterion: Criterion, question: Question, before: int, after: int | None
    ) -> Iterator[Moving]:
        """The facts that moved one criterion."""
        asked = asked_by(adopted, question).get(measure_key(criterion) or "")
        if asked is None:
            return
        figure, wanted = asked
        generation = self.explaining.runner.generation
        relations = Relations(generation.facts, generation.metadata.tables, wanted)
        ranks = frozenset(grade.rank for grade in adopted.rules.rules.grades)
        with generation.store.read() as connection:
            moved = [each for each in compared(connection, figure, relations, before, after).between if each.moved]
            if not moved:
                return
            later = NOW if after is None else after
            with views_then(connection, generation.facts, figure.hears, figure.state, later) as views:
                now = Without(views, figure, wanted)
                points = _given(criterion, figure, now.answer().rows[0], ranks)
                for number, each in enumerate(moved):
                    alone = None
                    if number < TRIED:
                        less = _given(criterion, figure, now.answer_without([each.place]).rows[0], ranks)
                        alone = points - less
                    yield Moving(each, criterion, alone)

    def _told(self, found: list[Moving]) -> list[dict[str, Any]]:
        """In the order of recording, each fact once with all criteria that it moved."""
        by_fact: dict[tuple[Any, ...], list[Moving]] = {}
        for moving in sorted(found, key=lambda each: (each.fact.recorded, each.fact.place)):
            by_fact.setdefault(moving.fact.place, []).append(moving)
        explaining, told = self.explaining, list[dict[str, Any]]()
        with explaining.runner.generation.store.read() as connection:
            for movings in by_fact.values():
                fact = movings[0].fact
                spot = _spot(connection, explaining.runner.facts, fact)
                read = [] if spot is None else retold(connection, explaining.runner.facts, [spot], explaining.titles)
                said = explaining.shown(read[0]) if read else {}
                told.append(
                    {
                        **said,
                        "act": fact.act,
                        "recorded": recorded_text(fact.recorded),
                        "criteria": [
                            {"code": each.criterion.code, "how": each.fact.moved, "points": each.points}
                            for each in movings
                        ],
                    }
                )
        return told


def _given(criterion: Criterion, figure: Figure, row: Row, ranks: frozenset[int]) -> int:
    """The points of a criterion by one answer of its figure; open ones are nought."""
    key = measure_key(criterion) or ""
    evidence = Evidence({key: Measured(figure.name, row.numerator, row.denominator)})
    return line(criterion, evidence, ranks).least


def _spot(connection: Connection, facts: Facts, fact: Between) -> Spot | None:
    """Where the version lies of which an event speaks: its own, or the one that it voids."""
    cls = next(cls for cls in facts.tables if cls.name == fact.type)
    table = facts.tables[cls].table
    event = fact.event
    if fact.act == "voided":
        correction = facts.correction
        here = (correction.c.poster == fact.poster) & (correction.c.event_id == fact.event)
        event = connection.execute(select(correction.c.replaces_id).where(here)).scalar() or event
    organisation, root = fact.root
    here = (table.c.event_id == event) & (table.c.organisation == organisation) & (table.c.root_id == root)
    row = connection.execute(select(table).where(here)).first()
    if row is None:
        return None
    return Spot(row.day, row.recorded, row.poster, row.poster_sequence, row.event_id, fact.root, fact.type)


def _side(told: Mapping[str, Any]) -> dict[str, Any]:
    lines = told["criteria"]
    kept = ("code", "title", "clause", "numerator", "denominator", "points", "of")
    criteria = [{name: each[name] for name in kept} for each in lines]
    return {"grade": told["grade"], "points": told["points"], "criteria": criteria}


def _label(told: Mapping[str, Any]) -> str | None:
    return None if told["grade"] is None else str(told["grade"]["label"])


def _points(told: Mapping[str, Any]) -> Any:  # noqa: ANN401 — a sentence
    points = told["points"]
    return points_text(points["least"], points["most"], points["of"])
