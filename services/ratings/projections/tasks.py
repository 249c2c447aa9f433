"""Are tasks done? Of those that fall due in the period, the ones done by its end, in time, late, and exceeded.

Tasks of a unit are those given to it as such. Those of a person are the ones given to that person there, and those of
the unit which the person led on the task's last day (Regulation 366, Article 11: who leads is judged by what is led).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, and_, select, true, union_all
from sqlalchemy.sql.selectable import FromClause

from services.ratings.projections.leaders import offices
from services.ratings.projections.own import OWN, Rows, own, own_everywhere
from services.ratings.projections.parts import (
    behind,
    counts,
    last_day,
    merge_behind,
    same_person,
    with_branch,
)
from shared.contracts.membership import TaskAssigned, TaskCompleted, TaskResult
from shared.history.figures import Distinct, Figure, Relations
from shared.units.lasting import lasting

Which = Callable[[FromClause, FromClause], ColumnElement[bool]]
"""Whether a completion counts for a task."""


def _tasks(relations: Relations, which: Which) -> Select[Any]:
    """Each task of a unit below the line on its last day, and above it its completion where that counts."""
    task, done = relations.standing(TaskAssigned), relations.standing(TaskCompleted)
    joined, branch = with_branch(relations, task, "unit", task.c.due)
    thing = _thing(task, branch, day="day")
    told, of_a_unit = _told(relations, task.c.subject, done), task.c.person.is_(None)
    given = select(*thing, *counts(0, 1), *behind(task)).select_from(joined).where(of_a_unit)
    ended = select(*thing, *counts(1, 1), *behind(done)).select_from(joined.join(done, told))
    return select(union_all(given, ended.where(of_a_unit, which(task, done))).subquery())


def _thing(task: FromClause, branch: ColumnElement[Any], *, day: str) -> tuple[ColumnElement[Any], ...]:
    """A task with its unit and branch; its last day under this name."""
    return (
        task.c.unit,
        task.c.due.label(day),
        task.c.subject.label("task"),
        branch.label("branch"),
        task.c.organisation,
    )


def _told(relations: Relations, task: ColumnElement[Any], done: FromClause) -> ColumnElement[bool]:
    """What says by the period's end that a task is done."""
    return (done.c.subject == task) & (done.c.day <= last_day(relations))


def _whose(relations: Relations) -> CTE:
    """Each task for each person whose it is, again for each fact by which it is: the task, the office, a merge of ids.

    A sub-branch's task is its branch's, and so is led by whoever leads either.
    """
    task, office = relations.standing(TaskAssigned), offices(relations)
    joined, branch = with_branch(relations, task, "unit", task.c.due)
    thing = _thing(task, branch, day="due")
    leads = and_(office.c.unit.in_([task.c.unit, branch]), lasting(office, task.c.due), task.c.person.is_(None))
    given, led = joined, joined.join(office, leads)
    arms = list[Select[Any]]()
    for source, person, roots in (
        (given, task.c.person, (behind(task),)),
        (led, office.c.person, (behind(task), (office.c.log, office.c.root))),
    ):
        same = same_person(relations, source, person)
        who = (*thing, same.person.label("person"))
        here = person.is_not(None)
        arms += [select(*who, *root).select_from(same.joined).where(here) for root in roots]
        arms.append(select(*who, *merge_behind(same.merges)).select_from(same.merged).where(here))
    return union_all(*arms).cte("whose_task")


def tasks_of_persons(which: Which) -> Rows:
    """The same rows of tasks that are a person's own, with the person."""

    def rows(relations: Relations) -> Select[Any]:
        task, done = _whose(relations), relations.standing(TaskCompleted)
        thing = (
            *(task.c[name] for name in ("unit", "task", "branch", "organisation", "person")),
            task.c.due.label("day"),
        )
        given = select(*thing, *counts(0, 1), task.c.log, task.c.root)
        ended = select(*thing, *counts(1, 1), *behind(done)).join_from(task, done, _told(relations, task.c.task, done))
        return select(union_all(given, ended.where(which(task, done))).subquery())

    return own(rows, "branch")


def _done(_task: FromClause, _done: FromClause) -> ColumnElement[bool]:
    return true()


def _on_time(task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.day <= task.c.due


def _late(task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.day > task.c.due


def _exceeded(_task: FromClause, done: FromClause) -> ColumnElement[bool]:
    return done.c.result == TaskResult.EXCEEDED.value


WHICH: Final[Mapping[str, Which]] = {
    "tasks-done": _done,
    "tasks-on-time": _on_time,
    "tasks-late": _late,
    "tasks-exceeded": _exceeded,
}
"""By the figure: which completions count."""


def _figure(name: str, vi: str, en: str) -> Figure:
    def rows(relations: Relations) -> Select[Any]:
        return _tasks(relations, WHICH[name])

    return Figure(
        name,
        f"Nhiệm vụ giao cho đơn vị {vi}, trên số nhiệm vụ đến hạn trong kỳ; nhiệm vụ giao riêng cho cá nhân không "
        "tính. own = 1: chỉ nhiệm vụ giao cho chính đơn vị được hỏi.",
        f"Tasks of units {en}, out of those due in the period; tasks given to a person are left out. own = 1: tasks "
        "given to the asked unit itself only.",
        own(rows, "branch"),
        frozenset({TaskAssigned, TaskCompleted}),
        keys=("organisation",),
        measure=Distinct(("task",)),
        parameters={OWN: 0},
        everywhere=own_everywhere(rows, "branch"),
    )


FIGURES: Final = (
    _figure("tasks-done", "đã hoàn thành đến cuối kỳ", "done by the end of the period"),
    _figure("tasks-on-time", "hoàn thành đúng hạn", "done in time"),
    _figure("tasks-late", "hoàn thành chậm, tính đến cuối kỳ", "done late, by the end of the period"),
    _figure("tasks-exceeded", "hoàn thành vượt mức", "done beyond what was asked"),
)
