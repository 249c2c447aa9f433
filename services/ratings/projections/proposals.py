"""Which grade do rules propose for a branch? Its figures, as known then, put to a rule set that was in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Date, literal, select

from services.ratings.domain.proposal import propose
from services.ratings.domain.raters import VERTICAL
from services.ratings.domain.rules import Evidence
from services.ratings.projections.ages import life_of, membership_of
from services.ratings.projections.below import asks_children, children_of
from services.ratings.projections.indicators import measure, named_in
from services.ratings.projections.judging import Cited, judged
from services.ratings.projections.parts import with_owner
from shared.contracts.event import decode
from shared.contracts.membership import Body, OrganisationRegistered
from shared.contracts.ratings import RuleDocument, RuleSetAdopted
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.runner import Runner
from shared.history.figures import Question, Relations
from shared.history.replay.report import Asked, Proposals
from shared.units.lasting import lasting

BRANCHES: Final = 2_000


class TooManyBranches(Refused):
    """More branches than are rated in one report: ask for a smaller unit."""

    vi = "Quá nhiều chi hội, chi đoàn cho một báo cáo; hãy hỏi đơn vị nhỏ hơn."


class _Branch(NamedTuple):
    id: UUID
    organisation: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Views:
    """Views that figures are asked of."""

    runner: Runner

    def evidence(self, rules: RuleDocument, question: Question, cited: Cited | None = None) -> Evidence:
        """What is recorded of a unit: figures, what people said under the cited rule set, its age, the units below.

        Each only if the rules ask for it. Without a cited rule set, as for a draft, people have said nothing yet. Of a
        person the figures say what is the person's own, and its age is the time for which that person is a member.
        """
        said = judged(self.runner, rules, cited, question)
        if cited is not None and cited.person is not None:
            asked = cited.of(question)
            member = membership_of(self.runner, asked) if asks_age(rules) else None
            return Evidence(measure(self.runner, rules, asked), said.scores, said.scored, said.votes, member)
        life = life_of(self.runner, question) if asks_age(rules) else None
        axis = VERTICAL if cited is None else cited.axis
        children = children_of(self.runner, axis, question) if asks_children(rules) else None
        measured = measure(self.runner, rules, question)
        return Evidence(measured, said.scores, said.scored, said.votes, life, children)

    def rule_sets(self) -> list[Said]:
        """Every rule set that stands."""
        with self.runner.generation.store.read() as connection:
            return in_order(self.runner.facts.said(connection, [RuleSetAdopted]))

    def rule_set(self, subject: UUID, known: int | None = None) -> RuleSetAdopted | None:
        """A rule set as it stands, or stood."""
        said = self.rule_set_said(subject, known)
        return said.fact if said is not None and isinstance(said.fact, RuleSetAdopted) else None

    def rule_set_said(self, subject: UUID, known: int | None = None) -> Said | None:
        """The same, with the fact that adopted it."""
        facts = self.runner.facts
        standing = facts.standing(RuleSetAdopted, known=known)
        query = standing.where(facts.tables[RuleSetAdopted].table.c.subject == subject)
        with self.runner.generation.store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        fact = decode(RuleSetAdopted, bytes(row.fact))
        return Said(fact, row.subject, row.organisation, row.root_id, row.sequence, row.day)

    def branches(self, question: Question) -> list[_Branch]:
        """The units of a line under the asked one on the last day, by their ids. TooManyBranches."""
        tables = self.runner.generation.metadata.tables
        day = literal(question.tree_on or question.last_day, Date)
        unit, above = tables["unit"], tables["unit_above"]
        joined = unit.join(above, above.c.unit == unit.c.id)
        relations, last = Relations(self.runner.facts, tables, question), literal(question.last_day, Date)
        owned, owner = with_owner(relations, joined, unit.c.id, unit.c.organisation, last)
        query = (
            select(unit.c.id, owner.label("organisation"), unit.c.kind)
            .select_from(owned)
            .where(above.c.above == question.unit, lasting(above, day), lasting(unit, day), unit.c.level.is_(None))
            .order_by(unit.c.id)
            .limit(BRANCHES + 1)
        )
        with self.runner.generation.store.read() as connection:
            found = [_Branch(row.id, row.organisation, row.kind) for row in connection.execute(query)]
        if len(found) > BRANCHES:
            raise TooManyBranches("unit")
        return found

    def lines(self) -> frozenset[UUID]:
        """The organisations whose rules are for their own line only."""
        registered = self.runner.facts.standing(OrganisationRegistered).subquery()
        own = select(registered.c.subject).where(registered.c.body == Body.ORGANISATION.value)
        with self.runner.generation.store.read() as connection:
            return frozenset(connection.execute(own).scalars())


def asks_age(rules: RuleDocument) -> bool:
    """Whether anything depends on how long the unit has been at work."""
    return rules.youngest is not None or "age" in named_in(rules)


def in_force(rule_sets: list[Said], day: dt.date) -> Iterator[tuple[Said, RuleSetAdopted]]:
    """The rule sets that hold on a day, first begun first: begun, not ended, and superseded by none that has begun."""
    begun = [(said, said.fact) for said in rule_sets if isinstance(said.fact, RuleSetAdopted) and said.day <= day]
    superseded = {rules.supersedes for _, rules in begun}
    for said, rules in begun:
        ended = rules.effective_to is not None and rules.effective_to <= day
        if not ended and said.subject not in superseded:
            yield said, rules


def proposals(runner: Runner, asked: Asked) -> Proposals:
    """For each branch under the asked unit what each rule set in force for its kind proposes."""
    views = Views(runner)
    question = Question(asked.unit, asked.start, asked.end, tree_on=asked.tree)
    held = list(in_force(views.rule_sets(), asked.rules or question.last_day))
    branches, lines = views.branches(question) if held else [], views.lines()
    found = [
        _line(views, said, rules, replace(question, unit=branch.id))
        for branch in branches
        for said, rules in held
        if rules.subject_kind == branch.kind
        and said.organisation in {branch.organisation} | ({said.organisation} - lines)
    ]
    return Proposals([_told(said, rules) for said, rules in held], found)


def _line(views: Views, said: Said, rules: RuleSetAdopted, question: Question) -> dict[str, Any]:
    proposed = propose(rules.rules, views.evidence(rules.rules, question, Cited(said.subject)))
    return {"branch": str(question.unit), "rule_set": str(said.subject), **proposed}


def _told(said: Said, rules: RuleSetAdopted) -> dict[str, Any]:
    return {
        "id": str(said.subject),
        "organisation": str(said.organisation),
        "event": str(said.event),
        "title": rules.title,
        "legal_reference": rules.legal_reference,
    }
