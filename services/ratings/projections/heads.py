"""What are the heads of branches granted? Who heads which branch, and how many of them have each benefit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, MetaData, Select, Table, Text, Uuid, and_, literal, select, union_all

from services.ratings.projections.parts import behind, counts, last_day
from shared.contracts.membership import BenefitGranted, BranchHeadLeftOffice, BranchHeadTookOffice
from shared.eventsourcing.decider import Said, in_order
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite
from shared.history.figures import Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.lasting import lasting
from shared.units.projection import Units


class Heads(Projection):
    """Who heads which branch from when to when. Keys: branches."""

    name = "heads"
    version = 2
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
        facts = views.about(self.listens, keys)
        rows = [row for branch, about in facts.items() for row in _terms(branch, about)]
        rewrite(views.connection, self._head, self._head.c.branch, keys, rows)


def _terms(branch: UUID, facts: Iterable[Said]) -> Iterator[dict[str, Any]]:
    """A row for each person's time as head, the last word on it counting; in and out on one day leaves none."""
    open_: dict[UUID, Said] = {}
    for said in in_order(facts):
        if isinstance(said.fact, BranchHeadTookOffice | BranchHeadLeftOffice):
            if (took := open_.pop(said.fact.person, None)) is not None:
                yield from _term(branch, took, said.day)
            if isinstance(said.fact, BranchHeadTookOffice):
                open_[said.fact.person] = said
    for took in open_.values():
        yield from _term(branch, took, None)


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
    """For each head in office on the last day and each benefit known by then.

    One row for the taking of office, which counts below the line, and one for each grant, which counts above too.
    """
    head, unit, day = relations.tables["branch_head"], relations.tables["unit"], last_day(relations)
    grants = relations.standing(BenefitGranted)
    granted = select(grants).where(grants.c.day <= day).subquery()
    kinds = select(granted.c.benefit).distinct().subquery()
    in_office = (
        select(head, kinds.c.benefit)
        .join(unit, and_(unit.c.id == head.c.branch, lasting(unit, day)))
        .join(kinds, literal(1) == literal(1))
        .where(lasting(head, day), near(relations, head.c.branch))
        .cte("in_office")
    )
    thing = (
        in_office.c.branch.label("unit"),
        day.label("day"),
        in_office.c.branch,
        in_office.c.person,
        in_office.c.benefit,
    )
    heads = select(*thing, *counts(0, 1), in_office.c.opened_in.label("log"), in_office.c.opened_by.label("root"))
    theirs = and_(granted.c.person == in_office.c.person, granted.c.benefit == in_office.c.benefit)
    having = select(*thing, *counts(1, 1), *behind(granted)).select_from(in_office).join(granted, theirs)
    return select(union_all(heads, having).subquery())


FIGURES = (
    Figure(
        "benefits",
        "Bí thư chi đoàn, chi hội trưởng đang giữ chức được hưởng từng chế độ, trên số đang giữ chức vào ngày cuối kỳ.",
        "Heads in office on the last day who were granted each benefit by then, out of the heads in office.",
        _benefits,
        frozenset({BenefitGranted}),
        (Units, Heads),
        keys=("benefit",),
        apart=("benefit",),
        measure=Distinct(("benefit", "branch", "person")),
    ),
)
