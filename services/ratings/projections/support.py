"""What do branches and their heads have? Benefits of heads, equipment, commendations, participation in programmes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    case,
    cast,
    delete,
    exists,
    insert,
    literal,
    select,
    union_all,
)

from services.ratings.projections.parts import last_day, lasting, one
from shared.contracts.meetings import ParticipationCounted
from shared.contracts.membership import (
    BenefitGranted,
    BranchEquipped,
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    CommendationAwarded,
)
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.history.figures import Distinct, Figure, Relations


class Heads(Projection):
    """Who heads which branch from when to when. Keys: branches."""

    name = "heads"
    listens = frozenset({BranchHeadTookOffice, BranchHeadLeftOffice})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`branch_head`."""
        self._head = Table(
            "branch_head",
            metadata,
            Column("branch", Uuid, primary_key=True),
            Column("person", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("title", Text, nullable=False),
            Column("opened_in", Uuid, nullable=False),
            Column("opened_by", Uuid, nullable=False),
        )
        return [self._head]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The branch, which is the subject."""
        del views
        return [said.subject]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these branches' heads again."""
        views.connection.execute(delete(self._head).where(self._head.c.branch.in_(keys)))
        facts: dict[UUID, list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, self.listens, subjects=keys):
            facts[said.subject].append(said)
        rows = [row for branch, told in facts.items() for row in _terms(branch, told)]
        if rows:
            views.connection.execute(insert(self._head), rows)


def _terms(branch: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """A row for each person's time as head; in and out on one day leaves none."""
    open_: dict[UUID, Said] = {}
    for said in in_order(facts):
        match said.fact:
            case BranchHeadTookOffice(person=person):
                open_.setdefault(person, said)
            case BranchHeadLeftOffice(person=person) if person in open_:
                yield from _term(branch, open_.pop(person), said.day)
    for said in open_.values():
        yield from _term(branch, said, None)


def _term(branch: UUID, took: Said, end: dt.date | None) -> Iterator[dict[str, Any]]:
    if isinstance(took.fact, BranchHeadTookOffice) and (end is None or took.day < end):
        yield {
            "branch": branch,
            "person": took.fact.person,
            "start_day": took.day,
            "end_day": end,
            "title": took.fact.title,
            "opened_in": took.organisation,
            "opened_by": took.event,
        }


def _benefits(relations: Relations) -> Select[Any]:
    """One row for each head in office on the day and each kind of benefit that was ever granted by then."""
    head, unit, day = relations.tables["branch_head"], relations.tables["unit"], last_day(relations)
    granted = relations.standing(BenefitGranted)
    kinds = select(granted.c.benefit).where(granted.c.day <= day).distinct().subquery()
    has = exists(
        select(literal(1)).where(
            granted.c.person == head.c.person, granted.c.benefit == kinds.c.benefit, granted.c.day <= day
        )
    )
    heads = (
        select(
            head.c.branch.label("unit"),
            day.label("day"),
            kinds.c.benefit,
            head.c.person,
            head.c.branch,
            cast(case((has, 1), else_=0), Integer).label("numerator"),
            one().label("denominator"),
            head.c.opened_in.label("poster"),
            head.c.opened_by.label("event_id"),
        )
        .select_from(head)
        .join(unit, and_(unit.c.id == head.c.branch, lasting(unit, day)))
        .join(kinds, literal(1) == literal(1))
        .where(lasting(head, day))
    )
    behind = (
        select(
            granted.c.branch,
            day,
            granted.c.benefit,
            granted.c.person,
            granted.c.branch,
            literal(0, Integer),
            literal(0, Integer),
            granted.c.poster,
            granted.c.event_id,
        )
        .where(granted.c.day <= day)
    )
    return select(union_all(heads, behind).subquery())


def _equipment(relations: Relations) -> Select[Any]:
    facts = relations.standing(BranchEquipped)
    return select(
        facts.c.branch.label("unit"),
        facts.c.day,
        facts.c.branch,
        facts.c.equipment,
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _commendations(relations: Relations) -> Select[Any]:
    facts = relations.standing(CommendationAwarded)
    return select(
        facts.c.place.label("unit"),
        facts.c.day,
        facts.c.kind,
        facts.c.recipient,
        facts.c.organisation,
        one().label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


def _participation(relations: Relations) -> Select[Any]:
    facts = relations.standing(ParticipationCounted)
    return select(
        facts.c.scope.label("unit"),
        facts.c.day,
        facts.c.activity,
        facts.c.qualifier,
        facts.c.count.label("numerator"),
        facts.c.poster,
        facts.c.event_id,
    )


FIGURES = (
    Figure(
        "benefits",
        "Bí thư chi đoàn, chi hội trưởng đang giữ chức được hưởng từng chế độ, trên số đang giữ chức vào ngày cuối kỳ.",
        "Heads in office on the last day who were granted each benefit by then, out of the heads in office.",
        _benefits,
        frozenset({BranchHeadTookOffice, BranchHeadLeftOffice, BenefitGranted}),
        frozenset({"units", "heads"}),
        keys=("benefit",),
        measure=Distinct(("benefit", "branch", "person")),
    ),
    Figure(
        "equipment",
        "Chi đoàn, chi hội được trang bị trong kỳ, mỗi chi đoàn, chi hội tính một lần.",
        "Branches equipped in the period, each once.",
        _equipment,
        frozenset({BranchEquipped}),
        frozenset({"units"}),
        keys=("equipment",),
        measure=Distinct(("equipment", "branch")),
    ),
    Figure(
        "commendations",
        "Khen thưởng trong kỳ cho tập thể, cá nhân; chỗ nào báo gộp thì để gộp.",
        "Commendations in the period to units and persons; where a report does not split them, neither do we.",
        _commendations,
        frozenset({CommendationAwarded}),
        frozenset({"units"}),
        keys=("kind", "recipient", "organisation"),
    ),
    Figure(
        "participation",
        "Lượt người tham gia được báo trong kỳ, kèm mức chính xác (đúng, hơn, gần).",
        "Participants stated in the period, with how exact the number is.",
        _participation,
        frozenset({ParticipationCounted}),
        frozenset({"units"}),
        keys=("qualifier", "activity"),
    ),
)
