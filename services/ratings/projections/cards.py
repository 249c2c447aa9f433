"""Who holds a card? Of the members on a day, those of whom the last word in their line is that a card was issued."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Subquery, and_, func, literal, select, union_all

from services.ratings.projections.members import MEMBER, ROSTER, members
from services.ratings.projections.parts import behind, counts, last_day, same_person, with_owner
from shared.contracts.membership import CardIssued, CardWithdrawn
from shared.history.figures import Distinct, Figure, Relations

WORDS = {CardIssued: 1, CardWithdrawn: 0}
"""The facts that say of somebody's card, and whether the card is held from then on."""


def _last_words(relations: Relations) -> Subquery:
    """One row for each person and line: the last word on a card by the last day."""
    day = last_day(relations)
    said = []
    for cls, held in WORDS.items():
        facts = relations.standing(cls)
        same = same_person(relations, facts, facts.c.subject)
        owned, owner = with_owner(relations, same.joined, facts.c.branch, facts.c.organisation, day)
        said.append(
            select(
                same.person.label("person"),
                owner.label("line"),
                facts.c.subject.label("id"),
                literal(held).label("held"),
                *(facts.c[name] for name in ("day", "organisation", "sequence", "root_id")),
            )
            .select_from(owned)
            .where(facts.c.day <= day)
        )
    words = union_all(*said).subquery()
    order = func.row_number().over(
        partition_by=[words.c.person, words.c.line],
        order_by=[words.c.day.desc(), words.c.organisation.desc(), words.c.sequence.desc()],
    )
    ranked = select(words, order.label("told")).subquery()
    return select(ranked).where(ranked.c.told == 1).subquery()


def _cards(relations: Relations) -> Select[Any]:
    """One row for each fact by which somebody is a member, and one for the last word on the member's card."""
    member, words, merges = members(relations).subquery(), _last_words(relations), relations.tables["identity"]
    thing = [member.c[name] for name in ("unit", "day", "person", "branch", "organisation")]
    told = and_(words.c.person == member.c.person, words.c.line == member.c.organisation)
    owed = select(*thing, *counts(0, 1), member.c.log, member.c.root)
    said = select(*thing, *counts(words.c.held, 1), *behind(words)).join_from(member, words, told)
    merged = (
        select(
            *thing,
            *counts(words.c.held, 1),
            merges.c.merged_in.label("log"),
            merges.c.merged_by.label("root"),
        )
        .join_from(member, words, told)
        .join(merges, merges.c.person == words.c.id)
    )
    return select(union_all(owed, said, merged).subquery())


FIGURES = (
    Figure(
        "cards-held",
        "Đoàn viên, hội viên giữ thẻ vào một ngày, trên số đoàn viên, hội viên trong sổ; thẻ theo người khi chuyển "
        "sinh hoạt trong cùng tổ chức, đến khi bị thu hồi.",
        "Members holding a card on a day, out of the members on the book; a card goes along within the organisation "
        "until it is taken back.",
        _cards,
        frozenset(WORDS),
        ROSTER,
        keys=("organisation", "branch"),
        asked="day",
        measure=Distinct(MEMBER),
    ),
)
