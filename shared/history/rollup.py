"""Under what does a row count? Under its unit and all above it, in the tree of its own day or of the date asked for.

A tree older than the row may not know the row's unit, or know it before it gained what it has by now. There the second
closure answers in place of the first. It is joined only where a row may be younger than the tree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    FromClause,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    or_,
    select,
    true,
    union_all,
)

from shared.history.question import Question, Relations
from shared.units.carrying import NO_UNIT
from shared.units.lasting import lasting


class Way(NamedTuple):
    """A closure with `above`, the rows joined with it, and which of these count. Just one speaks of each row."""

    closure: FromClause
    joined: FromClause
    here: ColumnElement[bool]


def under(query: Select[Any], relations: Relations, rows: FromClause) -> Select[Any] | CompoundSelect[Any]:
    """A query of these rows for those that count under the asked unit; with NO_UNIT, for those under none."""
    unit = relations.question.unit
    found = [
        query.select_from(way.joined).where(way.here, way.closure.c.above == unit) for way in ways(relations, rows)
    ]
    if unit == NO_UNIT:
        nowhere = ~exists().where(standing_above(relations, rows)[1])
        found[0] = query.where(nowhere, not_carried(relations, rows))
    return union_all(*found) if len(found) > 1 else found[0]


def ways(relations: Relations, rows: FromClause) -> list[Way]:
    """The closures through which these rows count under the basis that is asked for."""
    above, there = standing_above(relations, rows)
    plain, here = uncarried(relations, rows)
    first = Way(above, plain.join(above, there), here)
    if not looks_back(relations.question):
        return [first]
    carried, spoken_of = carried_back(relations, rows)
    return [first, Way(carried, rows.join(carried, spoken_of), true())]


def uncarried(relations: Relations, rows: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
    """Those of the rows of which the second closure says nothing: what to read, and which of it.

    `not_carried` says the same; but for NOT EXISTS columns would hold all rows in memory, where a join lets them pass.
    """
    if not looks_back(relations.question):
        return rows, true()
    carried, spoken_of = carried_back(relations, rows)
    return rows.outerjoin(carried, spoken_of), carried.c.unit.is_(None)


def near(relations: Relations, unit: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what is seen in a unit may count under the asked one at all, at any time.

    Narrows what is looked at before anything is put together, so that one branch is asked without reading all.
    """
    asked = relations.question.unit
    if not relations.indexed or asked == NO_UNIT:
        return true()
    names = ("unit_above", "unit_carried") if looks_back(relations.question) else ("unit_above",)
    tables = (relations.tables[name].alias() for name in names)
    return or_(*(unit.in_(select(table.c.unit).where(table.c.above == asked)) for table in tables))


def narrowed(query: Select[Any], relations: Relations) -> Select[Any]:
    """The same rows, or of several selects put together those of each that are near: no store narrows these itself."""
    whole = None if query.whereclause is not None else _put_together(query)
    if whole is None:
        return query
    arms = [narrowed(arm, relations) for arm in whole.selects if isinstance(arm, Select)]
    return select(union_all(*(arm.where(near(relations, arm.selected_columns["unit"])) for arm in arms)).subquery())


def _put_together(query: Select[Any]) -> CompoundSelect[Any] | None:
    """The selects put together from which alone this one reads, if it does.

    Whether it reads from anything else takes as long to find out as making the whole query, so it is asked last.
    """
    sources = query.columns_clause_froms
    source = sources[0] if len(sources) == 1 else None
    whole = source.element if isinstance(source, Subquery) else None
    return whole if isinstance(whole, CompoundSelect) and query.get_final_froms() == [source] else None


def looks_back(question: Question) -> bool:
    """Whether anything asked for may be younger than the tree under which it is to count."""
    return question.tree_on is not None and question.tree_on < question.last_day


def own_day(rows: FromClause) -> ColumnElement[Any]:
    """The day of the tree in which a row counts as it was then."""
    return rows.c.get("tree_day", rows.c.day)


def speaks_of(carried: FromClause, question: Question, rows: FromClause) -> ColumnElement[bool]:
    """Whether a row of the second closure, or of what it withholds, speaks of a row."""
    on = tree_day(question, rows)
    return and_(
        carried.c.unit == rows.c.unit,
        carried.c.tree_start <= on,
        carried.c.tree_end > on,
        lasting(carried, own_day(rows)),
    )


def standing_above(relations: Relations, rows: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
    """The first closure, and when a row of it speaks of a row."""
    above = relations.tables["unit_above"].alias()
    return above, and_(above.c.unit == rows.c.unit, lasting(above, tree_day(relations.question, rows)))


def carried_back(relations: Relations, rows: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
    """The second closure, and when a row of it speaks of a row."""
    carried = relations.tables["unit_carried"].alias()
    return carried, speaks_of(carried, relations.question, rows)


def not_carried(relations: Relations, rows: FromClause) -> ColumnElement[bool]:
    """Whether the second closure says nothing of a row."""
    if not looks_back(relations.question):
        return true()
    return ~exists().where(carried_back(relations, rows)[1]).correlate(rows)


def tree_day(question: Question, rows: FromClause) -> ColumnElement[Any]:
    """The day of the tree under which a row is to count."""
    return own_day(rows) if question.tree_on is None else bindparam("tree_on", question.tree_on, Date)
