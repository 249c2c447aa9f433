"""Who has paid? Each member owes dues for each month, less the months that were exempted; and of these, those paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, exists, select, true, union, union_all

from services.ratings.projections.members import ROSTER
from services.ratings.projections.parts import (
    behind,
    counts,
    merge_behind,
    same_person,
    with_branch,
    with_owner,
)
from shared.contracts.membership import DuesExempted, DuesPaid
from shared.history.figures import MONTH, Distinct, Figure, Relations
from shared.history.rollup import near
from shared.units.lasting import lasting

THING: Final = ("unit", "day", "tree_day", "person", "branch", "organisation")
"""Columns of a month of which somebody is on the book."""
OWED: Final = ("person", "branch", MONTH)
"""What makes the dues of a month one debt."""


def _on_the_book(relations: Relations) -> CTE:
    """One row for each month and each stay in a book on its last day."""
    roster, month = relations.tables["roster"], relations.months()
    theirs = select(roster, month.c.first, month.c.last).where(near(relations, roster.c.branch))
    stay = theirs.join(month, lasting(roster, month.c.last)).subquery()
    joined, branch = with_branch(relations, stay, "branch", stay.c.last)
    owned, organisation = with_owner(relations, joined, stay.c.branch, stay.c.organisation, stay.c.last)
    same = same_person(relations, owned, stay.c.person)
    return (
        select(
            stay.c.branch.label("unit"),
            stay.c.first.label("day"),
            stay.c.last.label("tree_day"),
            same.person.label("person"),
            branch.label("branch"),
            organisation.label("organisation"),
            stay.c.person.label("id"),
            stay.c.opened_in.label("log"),
            stay.c.opened_by.label("root"),
        )
        .select_from(same.joined)
        .cte("on_the_book")
    )


def _settled(relations: Relations, book: CTE, cls: type[DuesPaid | DuesExempted], name: str) -> CTE:
    """Those months of which a fact of the same line says that they are paid, or exempted: one row for each fact."""
    facts = relations.standing(cls)
    same = same_person(relations, facts, facts.c.subject)
    columns = ("branch", "organisation", "period_start", "period_end", "root_id")
    said = (
        select(facts.c.subject.label("id"), same.person.label("person"), *(facts.c[column] for column in columns))
        .select_from(same.joined)
        .where(_of_theirs(relations, book, facts.c.subject))
        .cte(f"{name}_said")
    )
    covers = and_(
        said.c.person == book.c.person, said.c.period_start <= book.c.day, said.c.period_end > book.c.tree_day
    )
    owned, organisation = with_owner(
        relations, book.join(said, covers), said.c.branch, said.c.organisation, book.c.tree_day
    )
    return (
        select(*(book.c[column] for column in THING), said.c.id, *behind(said))
        .select_from(owned)
        .where(organisation == book.c.organisation)
        .cte(name)
    )


def _of_theirs(relations: Relations, book: CTE, subject: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an id may mean somebody in the book: the index finds what they paid, not all that anybody paid."""
    if not relations.indexed:
        return true()
    identity = relations.tables["identity"].alias()
    given_up = select(identity.c.person).where(identity.c.kept.in_(select(book.c.person)))
    return subject.in_(union(select(book.c.person), given_up))


def _dues(relations: Relations) -> Select[Any]:
    """One row for each month owed, and one for each fact that settles one; each again for each merge of an id."""
    book, merges = _on_the_book(relations), relations.tables["identity"]
    paid, exempted = _settled(relations, book, DuesPaid, "paid"), _settled(relations, book, DuesExempted, "exempted")
    return select(
        union_all(
            *_rows(book, (0, 1), merges, exempted),
            *_rows(paid, (1, 1), merges, exempted),
            *_rows(exempted, (0, 0), merges),
        ).subquery()
    )


def _rows(
    months: CTE, numbers: tuple[int, int], merges: FromClause, exempted: CTE | None = None
) -> Iterator[Select[Any]]:
    """These months, but for those that somebody exempted; an exemption says only why a month is not owed."""
    told = (*(months.c[column] for column in THING), *counts(*numbers))
    merge = merge_behind(merges)
    said = select(*told, months.c.log, months.c.root)
    merged = select(*told, *merge).join_from(months, merges, merges.c.person == months.c.id)
    for arm in (said, merged):
        if exempted is None:
            yield arm
        else:
            same = (exempted.c[column] == months.c[column] for column in ("person", "organisation", "day"))
            yield arm.where(~exists().where(*same))


FIGURES = (
    Figure(
        "dues-paid",
        "Tháng đã đóng đoàn phí, hội phí trên số tháng phải đóng: ai có tên trong sổ vào ngày cuối tháng thì phải đóng "
        "tháng đó ở mỗi chi đoàn, chi hội, trừ tháng được miễn.",
        "Months paid out of months owed: whoever is on the book on the last day of a month owes that month's dues in "
        "each branch, unless exempted.",
        _dues,
        frozenset({DuesPaid, DuesExempted}),
        ROSTER,
        keys=("organisation", "branch"),
        measure=Distinct(OWED),
    ),
)
