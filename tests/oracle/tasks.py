"""Which tasks are done, and which units were disciplined as such? One item for each thing counted.

The definitions say nothing of these; the sentences quoted here stand in
`docs/decisions/0031-figures-behind-indicators.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tests.oracle.figure import History, Item
from tests.oracle.standing import Fact

ONE_DAY = dt.timedelta(days=1)
REGISTER = "unit-discipline"


def task_items(history: History, which: str, start: dt.date, end: dt.date) -> Iterator[Item]:
    """An item for each task that falls due in the period, and one for each completion of it by then that counts."""
    # «tasks» "of a unit as such; a person's own are none of them"
    # «tasks» "due in the period; done: by the period's end; on time: by the last day; late: after it; exceeded: as
    # marked"
    done = history.named("task-completed")
    for task in history.named("task-assigned"):
        due = dt.date.fromisoformat(task.body["due"])
        if start <= due < end and task.body.get("person") is None:
            keys = {
                "task": task.subject,
                "branch": history.tree.branch_above(task.body["unit"], due),
                "organisation": task.organisation,
            }
            yield Item(task.body["unit"], due, 0, 1, frozenset({task.reference}), keys)
            for fact in done:
                if fact.subject == task.subject and fact.day < end and _counts(which, fact, due):
                    yield Item(task.body["unit"], due, 1, 1, frozenset({fact.reference}), keys)


def _counts(which: str, done: Fact, due: dt.date) -> bool:
    return {
        "tasks-done": True,
        "tasks-on-time": done.day <= due,
        "tasks-late": done.day > due,
        "tasks-exceeded": done.body.get("result") == "exceeded",
    }[which]


def disciplined_unit_items(history: History, start: dt.date, end: dt.date) -> Iterator[Item]:
    """An item for each unit of which nought would mean none, and one for each that was disciplined."""
    # «units disciplined» "units disciplined in the period, each once; out of the units that live on the last day and
    # whose organisation has said that it keeps the register on every day of the period"
    for fact in history.during(start, end, "unit-disciplined"):
        yield Item(fact.body["unit"], fact.day, 1, None, frozenset({fact.reference}), {"whole": fact.body["unit"]})
    last: dict[str, Fact] = {}
    for fact in history.named("register-kept"):
        if fact.body["book"] == REGISTER and fact.day <= start:
            last[fact.organisation] = fact
    day = end - ONE_DAY
    for unit in history.tree.living(day):
        word = None if history.tree.is_place(unit) else last.get(history.tree.owner(unit, day))
        until = None if word is None else word.body.get("until")
        if word is not None and (until is None or dt.date.fromisoformat(until) > day):
            yield Item(unit, day, 0, 1, frozenset({word.reference}), {"whole": unit})
