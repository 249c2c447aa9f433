"""Are tasks done? Of those that fall due in the period, the ones done by its end, in time, late, and exceeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select, true, union_all
from sqlalchemy.sql.selectable import FromClause

from services.ratings.projections.own import OWN, own, own_everywhere
from services.ratings.projections.parts import behind, counts, last_day, with_branch
from shared.contracts.membership import TaskAssigned, TaskCompleted, TaskResult
from shared.history.figures import Distinct, Figure, Relations

Which = Callable[[FromClause, FromClause], ColumnElement[bool]]
"""Whether a completion counts for a task."""


def _tasks(relations: Relations, which: Which) -> Select[Any]:
    """Each task below the line on its last day, and above it its completion where that counts."""
    task, done = relations.standing(TaskAssigned), relations.standing(TaskCompleted)
    joined, branch = with_branch(relations, task, "unit", task.c.due)
    thing = (
        task.c.unit,
        task.c.due.label("day"),
        task.c.subject.label("task"),
        branch.label("branch"),
        task.c.organisation,
    )
    given = select(*thing, *counts(0, 1), *behind(task)).select_from(joined)
    told = (done.c.subject == task.c.subject) & (done.c.day <= last_day(relations))
    ended = select(*thing, *counts(1, 1), *behind(done)).select_from(joined.join(done, told)).where(which(task, done))
    return select(union_all(given, ended).subquery())


def _done(_task: FromClause, _done: FromClause) -> ColumnElement[bool]:
    return true()


def _on_time(task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.day <= task.c.due


def _late(task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.day > task.c.due


def _exceeded(_task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.result == TaskResult.EXCEEDED.value


def _figure(name: str, vi: str, en: str, which: Which) -> Figure:
    def rows(relations: Relations) -> Select[Any]:
        return _tasks(relations, which)

    return Figure(
        name,
        f"Nhiệm vụ {vi}, trên số nhiệm vụ đến hạn trong kỳ. own = 1: chỉ nhiệm vụ giao cho chính đơn vị được hỏi.",
        f"Tasks {en}, out of those due in the period. own = 1: tasks given to the asked unit itself only.",
        own(rows, "branch"),
        frozenset({TaskAssigned, TaskCompleted}),
        keys=("organisation",),
        measure=Distinct(("task",)),
        parameters={OWN: 0},
        everywhere=own_everywhere(rows, "branch"),
    )


FIGURES: Final = (
    _figure("tasks-done", "đã hoàn thành đến cuối kỳ", "done by the end of the period", _done),
    _figure("tasks-on-time", "hoàn thành đúng hạn", "done in time", _on_time),
    _figure("tasks-late", "hoàn thành chậm, tính đến cuối kỳ", "done late, by the end of the period", _late),
    _figure("tasks-exceeded", "hoàn thành vượt mức", "done beyond what was asked", _exceeded),
)
