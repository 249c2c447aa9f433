"""On what did a decision rest, and what would the same rules give now? Both computed, with the facts that differ.

A basis is handed out with a proposal and posted with the decision. Computing it again asks views of the past: of the
listed logs up to their sequence, of the others up to the moment. Only a person rates again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import and_, select

from services.ratings.domain.basis import digest, rules_digest
from services.ratings.domain.proposal import propose
from services.ratings.domain.rules import Evidence
from services.ratings.projections.behind import Behind
from services.ratings.projections.explaining import Adopted, asked_by, tells_sensitive
from services.ratings.projections.indicators import EVENTS
from services.ratings.projections.judging import Cited
from services.ratings.projections.proposals import Views
from shared.contracts.envelope import recorded_micros, recorded_text
from shared.contracts.ratings import Basis, RatingDecided, Reached, RuleSetAdopted
from shared.eventsourcing.chunks import chunks
from shared.history.figures import Question
from shared.history.past import PastTooLarge
from shared.units.tree import Tree

FORMAT: Final = 1
"""Of what the digest of a proposal is taken; another format is another number."""
Ends: TypeAlias = Mapping[str, Mapping[UUID, int]]
"""Service → organisation → sequence."""
LINE: Final = ("code", "of", "points", "figure", "numerator", "denominator", "events")
"""What of each criterion is frozen: the names of facts, numerator, denominator, points."""
PEOPLE: Final = ("score", "votes")
"""And what people said of it, where they did; not their words."""
WORDS: Final = frozenset({"comment", "title"})
LOGS: Final = 200
"""Logs that a basis lists at most; of further ones the moment says what was known."""


def frozen(told: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a proposal that is held fast, whatever later programs add to their answers."""
    return {
        "format": FORMAT,
        "criteria": [_line(line) for line in told["criteria"]],
        "points": {name: told["points"][name] for name in ("least", "most", "of")},
        "grade": told["grade"],
        **({} if told["children"] is None else {"children": told["children"]}),
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: line[name] for name in PEOPLE if line[name] is not None}
    return {name: line[name] for name in LINE} | {
        name: {each: word for each, word in value.items() if each not in WORDS} for name, value in said.items()
    }


def logs_of(unit: UUID, tree: Tree, question: Question) -> frozenset[UUID]:
    """The organisations whose logs a proposal for a unit is made of: who owned it, and who declared its places."""
    places = tree.places(unit, question.last_day)
    declared = (tree.founder(place) for place in places)
    return frozenset({each.organisation for each in tree.tenures(unit)} | {each for each in declared if each})


@dataclass(frozen=True, slots=True)
class Freezing:
    """Computes proposals with their basis, and again from it."""

    views: Views
    tree: Tree

    def proposed(self, adopted: Adopted, question: Question) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """A proposal, and the basis to post with a decision; none while new facts keep arriving, ask again then."""
        before, rules = self.views.runner.position(), adopted.rules.rules
        evidence = self.views.evidence(rules, question, adopted.cited)
        told = propose(rules, evidence)
        if question.known is None and self.views.runner.position() != before:
            return told, None
        logs = frozenset() if question.known is not None else self._logs(adopted, evidence, question)
        reached = self._reached(logs, before, question)
        return told, self._basis(adopted.rules, question, told, reached)

    def _logs(self, adopted: Adopted, evidence: Evidence, question: Question) -> frozenset[UUID]:
        """Every organisation whose logs the evidence came from, beside those that a proposal always rests on."""
        found = {UUID(event.partition("/")[0]) for event in evidence.events}
        for key, (figure, asked) in asked_by(adopted, question).items():
            measured = evidence.measured.get(key)
            if measured is not None and len(measured.events) >= EVENTS:
                found |= Behind(self.views.runner).logs(figure, asked)
        return frozenset(found | {adopted.said.organisation})

    def _reached(
        self, logs: frozenset[UUID], ends: Mapping[str, Mapping[UUID, int]], question: Question
    ) -> tuple[Reached, ...]:
        """How far these logs were read; where they are too many, the unit's own and the territory's."""
        own = logs_of(question.unit, self.tree, question)
        found = [
            Reached(service=service, organisation=organisation, sequence=sequence)
            for service, positions in sorted(ends.items())
            for organisation, sequence in sorted(positions.items())
            if question.known is None and organisation in own | logs
        ]
        kept = found if len(found) <= LOGS else [each for each in found if each.organisation in own]
        return tuple(kept[:LOGS])

    def _basis(
        self, adopted: RuleSetAdopted, question: Question, told: Mapping[str, Any], reached: tuple[Reached, ...]
    ) -> dict[str, Any]:
        basis = Basis(
            known=recorded_text(self._latest() if question.known is None else question.known),
            reached=reached,
            tree=question.tree_on or question.last_day,
            rules_digest=rules_digest(adopted),
            proposal_digest=digest(frozen(told)),
        )
        return basis.model_dump(mode="json")

    def _latest(self) -> int:
        """The moment of the newest fact that the views hold."""
        runner = self.views.runner
        tables = [table.table for table in runner.facts.tables.values()] + [runner.facts.correction]
        with runner.generation.store.read() as connection:
            newest = (
                connection.execute(select(table.c.recorded).order_by(table.c.recorded.desc()).limit(1)).scalar()
                for table in tables
            )
            return max((each for each in newest if each is not None), default=0)

    def again(self, decision: RatingDecided, recorded: int) -> dict[str, Any] | None:
        """What the decision rested on, computed now; none where it cites no rule set that was known then."""
        if decision.rule_set is None:
            return None
        question = self.asked(decision, recorded)
        adopted = self.views.rule_set(decision.rule_set, question.known)
        if adopted is None:
            return None
        cited = Cited(decision.rule_set, decision.axis, decision.person)
        told = propose(adopted.rules, self.views.evidence(adopted.rules, question, cited))
        return {"known": recorded_text(question.known or 0), **frozen(told), "digest": digest(frozen(told))}

    def now(self, decision: RatingDecided) -> dict[str, Any] | None:
        """What the same rule set gives with all that is known now."""
        adopted = None if decision.rule_set is None else self.views.rule_set(decision.rule_set)
        if adopted is None or decision.rule_set is None:
            return None
        question = Question(decision.unit, decision.period.start, decision.period.end)
        cited = Cited(decision.rule_set, decision.axis, decision.person)
        told = propose(adopted.rules, self.views.evidence(adopted.rules, question, cited))
        return {**frozen(told), "digest": digest(frozen(told))}

    def tells_sensitive(self, decision: RatingDecided) -> bool:
        """Whether computing it again would say of one person what only few may read."""
        rules = None if decision.rule_set is None else self.views.rule_set(decision.rule_set)
        return rules is not None and tells_sensitive(rules, decision.person)

    def asked(self, decision: RatingDecided, recorded: int) -> Question:
        """The question of the basis; without one that of the moment of recording."""
        period, basis = decision.period, decision.basis
        question = Question(decision.unit, period.start, period.end, known=recorded)
        if basis is None:
            return question
        return replace(
            question,
            known=recorded_micros(basis.known),
            reached={(each.service, each.organisation): each.sequence for each in basis.reached},
            tree_on=None if basis.tree == question.last_day else basis.tree,
        )

    def beside(self, decision: RatingDecided, recorded: int) -> dict[str, Any]:
        """*Grade as decided* and *figure now*, with the facts that differ; nothing is changed by asking.

        A past that is too large for one question is asked of the archive (`nennep replay`): it stays open here.
        """
        try:
            then, too_large = self.again(decision, recorded), False
        except PastTooLarge:
            then, too_large = None, True
        now = self.now(decision)
        return {
            "as_decided": then,
            "past_too_large": too_large,
            "as_frozen": None if decision.basis is None or then is None else self._kept(decision.basis, then),
            "now": now,
            "same": then is not None and now is not None and then["digest"] == now["digest"],
            "differs": [] if then is None or now is None else list(self._differs(then, now)),
        }

    def _kept(self, basis: Basis, then: Mapping[str, Any]) -> bool | None:
        """Whether the basis gives the very bytes again."""
        return None if basis.proposal_digest is None else basis.proposal_digest == then["digest"]

    def _differs(self, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        earlier = recorded_micros(then["known"])
        lines = {line["code"]: line for line in now["criteria"]}
        for line in then["criteria"]:
            later = lines.get(line["code"])
            if later is None or (line == later and not line["events"]):
                continue
            before, after = set(line["events"]), set(later["events"])
            changed = self._corrected(sorted(before & after), earlier)
            found = [
                *({"event": each, "how": "counted-now"} for each in sorted(after - before)),
                *({"event": each, "how": "no-longer-counted"} for each in sorted(before - after)),
                *({"event": each, "how": "corrected"} for each in changed),
            ]
            numbers = [(each["numerator"], each["denominator"], each["points"]) for each in (line, later)]
            if found or numbers[0] != numbers[1]:
                yield {
                    "criterion": line["code"],
                    "then": dict(zip(("numerator", "denominator", "points"), numbers[0], strict=True)),
                    "now": dict(zip(("numerator", "denominator", "points"), numbers[1], strict=True)),
                    "facts": found,
                }

    def _corrected(self, roots: Sequence[str], since: int) -> list[str]:
        """Which of these facts were put right after a moment."""
        correction, runner = self.views.runner.facts.correction, self.views.runner
        wanted = {(UUID(log), UUID(event)) for log, event in (each.split("/") for each in roots)}
        found: set[str] = set()
        ids = sorted({event for _, event in wanted})
        with runner.generation.store.read() as connection:
            for chunk in chunks(ids):
                query = select(correction.c.organisation, correction.c.root_id).where(
                    and_(correction.c.root_id.in_(chunk), correction.c.recorded > since)
                )
                found |= {f"{row.organisation}/{row.root_id}" for row in connection.execute(query)}
        return sorted(found & set(roots))
