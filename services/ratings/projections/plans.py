"""How do the heads of branches themselves stand? Who of them was disciplined, and who registered the year's plan."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Date, Select, and_, literal, select, union_all

from services.ratings.projections.disciplines import SAID, disciplined
from services.ratings.projections.heads import Heads
from services.ratings.projections.own import OWN, own, own_everywhere
from services.ratings.projections.parts import behind, counts, last_day, merge_behind, same_person
from shared.contracts.membership import PlanRegistered
from shared.history.figures import UNIT, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.identities import Identities
from shared.units.lasting import lasting
from shared.units.projection import Units

HEAD: Final = ("unit", "person")
"""What makes a head of a branch one."""


def _heads(relations: Relations) -> CTE:
    """Who heads which living branch on the last day; one row more for each merge by which an id means that person."""
    head, unit, day = relations.tables["branch_head"], relations.tables["unit"], last_day(relations)
    same = same_person(relations, head.join(unit, unit.c.id == head.c.branch), head.c.person)
    merge = merge_behind(same.merges)
    took = (head.c.opened_in.label("log"), head.c.opened_by.label("root"))
    who = (head.c.branch.label("unit"), day.label("day"), same.person.label("person"))
    arms = ((same.joined, took), (same.merged, merge))
    return union_all(
        *(
            select(*who, *root)
            .select_from(source)
            .where(lasting(head, day), lasting(unit, day), near(relations, head.c.branch))
            for source, root in arms
        )
    ).cte("heads")


def _disciplined(relations: Relations) -> Select[Any]:
    """Each head below the line, and above it each discipline of one that was decided in the period, wherever it was."""
    heads, said, question = _heads(relations), disciplined(relations).subquery(), relations.question
    decided = and_(
        said.c.person == heads.c.person, said.c.day >= literal(question.start, Date), said.c.day <= heads.c.day
    )
    having = select(*_who(heads), *counts(1, 1), said.c.log, said.c.root).join_from(heads, said, decided)
    return select(union_all(_every(heads), having).subquery())


def _with_plan(relations: Relations) -> Select[Any]:
    """Each head below the line, and above it the plan that one has registered for the year of the last day."""
    heads, facts, last = _heads(relations), relations.standing(PlanRegistered), relations.question.last_day
    same = same_person(relations, facts, facts.c.subject)
    theirs = and_(same.person == heads.c.person, facts.c.unit == heads.c.unit)
    merge = merge_behind(same.merges)
    having = (
        select(*_who(heads), *counts(1, 1), *root)
        .select_from(source.join(heads, theirs))
        .where(facts.c.year == last.year, facts.c.day <= heads.c.day)
        for source, root in ((same.joined, behind(facts)), (same.merged, merge))
    )
    return select(union_all(_every(heads), *having).subquery())


def _who(heads: CTE) -> tuple[ColumnElement[Any], ...]:
    return heads.c.unit, heads.c.day, heads.c.person


def _every(heads: CTE) -> Select[Any]:
    return select(*_who(heads), *counts(0, 1), heads.c.log, heads.c.root)


FIGURES = (
    Figure(
        "heads-disciplined",
        "Bí thư chi đoàn, chi hội trưởng đang giữ chức vào ngày cuối kỳ mà trong kỳ bị kỷ luật, ở bất cứ đâu, trên số "
        "đang giữ chức. own = 1: chỉ của chính chi đoàn, chi hội được hỏi.",
        "Heads of branches in office on the last day who were disciplined in the period, wherever it was decided, out "
        "of the heads in office. own = 1: of the asked branch itself only.",
        own(_disciplined),
        SAID,
        (Units, Identities, Heads),
        common=(UNIT,),
        measure=Distinct(HEAD),
        parameters={OWN: 0},
        everywhere=own_everywhere(_disciplined),
    ),
    Figure(
        "heads-with-plan",
        "Bí thư chi đoàn, chi hội trưởng đang giữ chức vào ngày cuối kỳ đã đăng ký kế hoạch tu dưỡng của năm đó ở chi "
        "đoàn, chi hội mình, trên số đang giữ chức. own = 1: chỉ của chính chi đoàn, chi hội được hỏi.",
        "Heads of branches in office on the last day who have registered their plan for that year in their branch, out "
        "of the heads in office. own = 1: of the asked branch itself only.",
        own(_with_plan),
        frozenset({PlanRegistered}),
        (Units, Identities, Heads),
        common=(UNIT,),
        measure=Distinct(HEAD),
        parameters={OWN: 0},
        everywhere=own_everywhere(_with_plan),
    ),
)
