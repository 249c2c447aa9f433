"""What is a figure in every unit and place at once? Summed once for each stretch of a unit's life, then carried up.

Between two changes of what stands above it, all facts of a unit count in the same units and places. So they are summed
by such spans first, and the few sums, not the many facts, go up the tree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import duckdb
import pyarrow as pa
from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Engine,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Uuid,
    and_,
    func,
    select,
    union_all,
)

from shared.eventsourcing.errors import Refused
from shared.history.figures import MONTH, Figure, Relations, keys_asked, month_of
from shared.history.measures import SUM, measured
from shared.history.rollup import tree_day, uncarried, ways
from shared.units.carrying import NO_UNIT
from shared.units.lasting import lasting

WITHIN: Final = "within"
"""The column of the answer that names the unit or place."""
ANY_UNIT: Final = UUID(int=2**128 - 1)
"""Stands for the asked unit: rows that name it look at it."""
ABOVE: Final = "unit_above"
SPAN: Final = "unit_span"
SPAN_ABOVE: Final = "span_above"
SUMS: Final = ("numerator", "denominator")

_MAKE: Final = """
CREATE TABLE {schema}.unit_span AS
WITH cut AS (
    SELECT unit, start_day AS day FROM {schema}.unit_above
    UNION SELECT unit, end_day FROM {schema}.unit_above WHERE end_day IS NOT NULL
)
SELECT (row_number() OVER ())::INTEGER AS span, unit, day AS start_day,
    lead(day) OVER (PARTITION BY unit ORDER BY day) AS end_day
FROM cut;
CREATE TABLE {schema}.span_above AS
SELECT span.span, above.above FROM {schema}.unit_span AS span
JOIN {schema}.unit_above AS above ON above.unit = span.unit
    AND above.start_day <= span.start_day AND (above.end_day IS NULL OR above.end_day > span.start_day);
"""


class OneUnitOnly(Refused):
    """The figure is one of the asked unit alone: it leaves out parts of a whole, or is a share of it."""

    vi = "Số liệu này chỉ tính được cho từng đơn vị một."


def make_spans(database: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Table]:
    """The spans of all units of a state, and what stands above each."""
    database.execute(_MAKE.format(schema=schema))
    metadata = MetaData(schema=schema)
    span = Table(
        SPAN,
        metadata,
        Column("span", Integer, primary_key=True),
        Column("unit", Uuid),
        Column("start_day", Date),
        Column("end_day", Date),
    )
    above = Table(SPAN_ABOVE, metadata, Column("span", Integer), Column("above", Uuid))
    return {SPAN: span, SPAN_ABOVE: above}


def asked_everywhere(
    database: duckdb.DuckDBPyConnection, engine: Engine, figure: Figure, relations: Relations
) -> pa.Table:
    """The answer to `everywhere`, with the keys that the question asks for. UnknownKey too."""
    by = keys_asked(figure, relations.question)
    select = everywhere(figure, relations, by).compile(engine, compile_kwargs={"render_postcompile": True})
    values = [select.params[name] for name in select.positiontup or ()]
    with database.cursor() as cursor:
        return cursor.sql(str(select), params=values).to_arrow_table()


def everywhere(figure: Figure, relations: Relations, by: tuple[str, ...]) -> Select[Any]:
    """`within`, each key, `numerator` and `denominator`: the figure for the question's period in every unit and place.

    The question's unit is not looked at. Rows without a unit count nowhere. OneUnitOnly for figures that look at it.
    """
    question = relations.question
    if figure.everywhere is not None:
        return _each_by_itself(figure, relations, figure.everywhere(relations).subquery(), by)
    facts = figure.rows(replace(relations, question=replace(question, unit=ANY_UNIT)))
    if figure.share_of is not None or ANY_UNIT in facts.compile().params.values():
        raise OneUnitOnly("name")
    told = facts.subquery()
    month = (month_of(told.c.day).label(MONTH),) if MONTH in by or figure.measure is not SUM else ()
    rows = select(told, *month).where(told.c.day >= question.start, told.c.day < question.end).subquery()
    if figure.measure is not SUM:
        return _one_by_one(figure, relations, rows, by)
    _, *carried = ways(relations, rows)
    plain = _span_by_span(relations, rows, by)
    if not carried:
        return plain
    told_by = (_totals(rows, way.closure.c.above, by).select_from(way.joined).where(way.here) for way in carried)
    both = union_all(plain, *told_by).subquery()
    return _totals(both, both.c[WITHIN], by).where(both.c[WITHIN] != NO_UNIT)


def _span_by_span(relations: Relations, rows: FromClause, by: tuple[str, ...]) -> Select[Any]:
    """Add up each span of a unit, then what came of it in all that stands above the unit in that span."""
    span, above = relations.tables[SPAN], relations.tables[SPAN_ABOVE]
    there = and_(span.c.unit == rows.c.unit, lasting(span, tree_day(relations.question, rows)))
    read, here = uncarried(relations, rows)
    small = _totals(rows, span.c.span, by, "span").select_from(read.join(span, there)).where(here).subquery()
    return _totals(small, above.c.above, by).select_from(small.join(above, above.c.span == small.c.span))


def _totals(rows: FromClause, group: ColumnElement[Any], by: tuple[str, ...], label: str = WITHIN) -> Select[Any]:
    """The sums of rows by a column, of theirs or of a table to be joined, and by keys."""
    groups = (group.label(label), *(rows.c[key] for key in by))
    return select(*groups, *(func.sum(rows.c[name]).label(name) for name in SUMS)).group_by(*groups)


def _each_by_itself(figure: Figure, relations: Relations, told: FromClause, by: tuple[str, ...]) -> Select[Any]:
    """Rows that say themselves in which unit they count: what is a part in one is the whole in another."""
    question = relations.question
    rows = (
        select(told, month_of(told.c.day).label(MONTH))
        .where(told.c.day >= question.start, told.c.day < question.end)
        .subquery()
    )
    parameters = dict(figure.parameters) | dict(question.parameters)
    return measured(figure.measure, rows, [rows.c[key] for key in (WITHIN, *by)], parameters)


def _one_by_one(figure: Figure, relations: Relations, rows: FromClause, by: tuple[str, ...]) -> Select[Any]:
    """Different things cannot be summed up: each row goes up by itself."""
    carried_up = (
        select(rows, way.closure.c.above.label(WITHIN))
        .select_from(way.joined)
        .where(way.here, way.closure.c.above != NO_UNIT)
        for way in ways(relations, rows)
    )
    joined = union_all(*carried_up).subquery()
    parameters = dict(figure.parameters) | dict(relations.question.parameters)
    return measured(figure.measure, joined, [joined.c[key] for key in (WITHIN, *by)], parameters)
