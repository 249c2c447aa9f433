"""Do all bases give one total? A check that runs by itself over the closure from which figures are rolled up.

Whatever counts, counts under exactly one root of a line on the day of the tree, or its unit does not live on that day
and nothing is above it: then all roots together, and what counts under no unit, are the same total under every tree.
Under a tree older than the fact, that is where the unit was carried back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select
from sqlalchemy.sql.selectable import FromClause

from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sweep import Sweep
from shared.history.figures import Figure, Question, Relations
from shared.history.rollup import carried_back, looks_back, not_carried, standing_above, tree_day
from shared.units.carrying import NO_UNIT
from shared.units.lasting import lasting

EVERY: Final = 3_600.0
"""Seconds between two checks: each reads all that counts."""
ONE_DAY: Final = dt.timedelta(days=1)


class BasesDiffer(Exception):
    """Something counts under two roots of a line at once, or under none though its unit lives."""


def unreconciled(reader: Connection, figure: Figure, relations: Relations) -> int:
    """How many rows of a figure do not count exactly once, in its period and under its basis."""
    question, tables = relations.question, relations.tables
    rows = figure.rows(relations).subquery()
    day = tree_day(question, rows)
    unit = tables["unit"].alias()
    alone = not_carried(relations, rows)
    above, there = standing_above(relations, rows)
    tops = _tops(relations, rows, above, and_(there, alone))
    if looks_back(question):
        tops += _tops(relations, rows, *carried_back(relations, rows))
    in_line = exists().where(unit.c.id == rows.c.unit, unit.c.level.is_(None), or_(lasting(unit, day), ~alone))
    counted = select(rows.c.unit, tops.label("tops"), in_line.label("living")).where(
        rows.c.day >= question.start, rows.c.day < question.end
    )
    each = counted.subquery()
    wrong = or_(each.c.tops > 1, and_(each.c.tops == 0, each.c.living))
    return reader.execute(select(func.count()).select_from(each).where(wrong)).scalar_one()


def _tops(relations: Relations, rows: FromClause, above: FromClause, here: ColumnElement[bool]) -> ColumnElement[int]:
    """Under how many roots a row counts by a closure. NO_UNIT is one of them."""
    root = relations.tables["unit"].alias()
    top = and_(root.c.id.is_not(None), root.c.level.is_(None), ~_has_upper(relations, root, rows))
    found = select(func.count()).select_from(above.outerjoin(root, root.c.id == above.c.above))
    return found.where(here, or_(top, above.c.above == NO_UNIT)).scalar_subquery()


def _has_upper(relations: Relations, unit: FromClause, rows: FromClause) -> ColumnElement[bool]:
    """Whether another unit of a line stands above it on the day of a row's tree."""
    other, upper = relations.tables["unit_above"].alias(), relations.tables["unit"].alias()
    return (
        exists()
        .where(
            other.c.unit == unit.c.id,
            other.c.above != unit.c.id,
            upper.c.id == other.c.above,
            upper.c.level.is_(None),
            lasting(other, tree_day(relations.question, rows)),
        )
        .correlate(unit, rows)
    )


def reconciling(
    runner: Runner, figures: Iterable[Figure], today: Callable[[], dt.date], leading: Callable[[], bool]
) -> Sweep:
    """The part that checks these figures under three bases: as it was then, today's tree, that of a year ago."""
    checked = list(figures)

    def step() -> None:
        now = today()
        asked = Question(NO_UNIT, now.replace(month=1, day=1), now + ONE_DAY)
        generation = runner.generation
        with generation.store.read() as connection:
            for figure in checked:
                for tree_on in (None, now, now - dt.timedelta(days=365)):
                    start = now if figure.asked == "day" else asked.start
                    question = replace(asked, start=start, parameters=figure.parameters, tree_on=tree_on)
                    if unreconciled(connection, figure, Relations(runner.facts, generation.metadata.tables, question)):
                        raise BasesDiffer

    return Sweep("reconciliation", step, seconds=EVERY, trouble="the bases of a figure differ", leading=leading)
