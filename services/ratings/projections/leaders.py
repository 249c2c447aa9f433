"""Who leads a unit, and who of them was disciplined? Offices of units and heads of branches, each while it is held."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Date, Select, Subquery, and_, case, func, literal, or_, select, union_all

from services.ratings.projections.disciplines import SAID, disciplined
from services.ratings.projections.heads import Heads
from services.ratings.projections.own import OWN, own, own_everywhere
from services.ratings.projections.parts import behind, counts, merge_behind, same_person
from shared.contracts.membership import OfficerElected, OfficerLeft
from shared.history.figures import UNIT, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.identities import Identities
from shared.units.lasting import lasting
from shared.units.projection import Units

OFFICE: Final = ("unit", "person", "start_day", "end_day", "log", "root")


def _posts(relations: Relations) -> Select[Any]:
    """Each post from the day on which somebody took it to the next word on whether that person holds it."""
    words = union_all(
        *(
            select(
                *(facts.c[name] for name in ("unit", "person", "post", "day", "organisation", "sequence", "root_id")),
                literal(took).label("took"),
            )
            for facts, took in ((relations.standing(OfficerElected), 1), (relations.standing(OfficerLeft), 0))
        )
    ).subquery()
    following = func.lead(words.c.day).over(
        partition_by=[words.c.unit, words.c.person, words.c.post],
        order_by=[words.c.day, words.c.organisation, words.c.sequence],
    )
    held = select(words, words.c.day.label("start_day"), following.label("end_day")).subquery()
    return select(*(held.c[name] for name in OFFICE[:4]), *behind(held)).where(
        held.c.took == 1, or_(held.c.end_day.is_(None), held.c.end_day > held.c.start_day)
    )


def offices(relations: Relations, *, within: bool = False) -> Subquery:
    """Everybody who leads a unit: in a post of it, or as the head of a branch; `within`: what may count as asked."""
    head = relations.tables["branch_head"]
    heads = select(
        head.c.branch.label("unit"),
        *(head.c[name] for name in OFFICE[1:4]),
        head.c.opened_in.label("log"),
        head.c.opened_by.label("root"),
    )
    return union_all(_posts(relations), heads.where(near(relations, head.c.branch)) if within else heads).subquery()


def _leaders(relations: Relations) -> Select[Any]:
    """Below the line whoever held office in the period; above it, on its day, each discipline while in office."""
    office, question = offices(relations, within=True), relations.question
    first = literal(question.start, Date)
    same = same_person(relations, office, office.c.person)
    since = case((office.c.start_day < first, first), else_=office.c.start_day)
    led = (office.c.unit, since.label("day"), same.person.label("person"), *counts(0, 1))
    while_asked = and_(
        office.c.start_day < literal(question.end, Date), or_(office.c.end_day.is_(None), office.c.end_day > first)
    )
    merge = merge_behind(same.merges)
    said = disciplined(relations).subquery()
    in_office = and_(said.c.person == same.person, lasting(office, said.c.day))
    case_of = (office.c.unit, said.c.day, said.c.person, *counts(1, 1), said.c.log, said.c.root)
    arms = (
        select(*led, office.c.log, office.c.root).select_from(same.joined).where(while_asked),
        select(*led, *merge).select_from(same.merged).where(while_asked),
        select(*case_of).select_from(same.joined.join(said, in_office)),
    )
    return select(union_all(*arms).subquery())


FIGURES = (
    Figure(
        "leaders-disciplined",
        "Người giữ chức vụ trong kỳ bị kỷ luật khi đang giữ chức, trên số người giữ chức vụ trong kỳ, mỗi người một "
        "lần. own = 1: chỉ chức vụ của chính đơn vị được hỏi.",
        "Holders of an office in the period who were disciplined while in office, out of all who held one, each "
        "once. own = 1: offices of the asked unit itself only.",
        own(_leaders),
        SAID | {OfficerElected, OfficerLeft},
        (Units, Identities, Heads),
        common=(UNIT,),
        measure=Distinct(("person",)),
        parameters={OWN: 0},
        everywhere=own_everywhere(_leaders),
    ),
)
