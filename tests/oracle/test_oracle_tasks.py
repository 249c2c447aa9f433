"""Does the oracle count tasks and units disciplined as the decision says? Each case counted by hand."""

from __future__ import annotations

from tests.oracle.standings import once
from tests.oracle.story import branches, date, rate
from tests.oracle.tasks import disciplined_unit_items, task_items

YEAR = (date("2022-01-01"), date("2023-01-01"))


def test_tasks_are_those_that_fall_due_in_the_period() -> None:
    """Tasks: a in time and exceeded, b late, c done in 2023, d not at all; e is due in 2023: 2, 1, 1 and 1 of 4."""
    story = branches()
    for task, due in (("a", "06-30"), ("b", "03-31"), ("c", "12-31"), ("d", "05-31")):
        story.say("task-assigned", task, "2022-01-10", unit="x", title="T", due=f"2022-{due}")
    story.say("task-assigned", "e", "2022-01-10", unit="x", title="T", due="2023-01-01")
    story.say("task-completed", "a", "2022-06-30", unit="x", result="exceeded")
    story.say("task-completed", "b", "2022-04-01", unit="x")
    story.say("task-completed", "c", "2023-01-05", unit="x", result="exceeded")
    story.say("task-completed", "e", "2022-12-01", unit="x", result="exceeded")
    history = story.recount()
    found = {
        which: rate(once(history.within("b1", task_items(history, which, *YEAR)), "task"))
        for which in ("tasks-done", "tasks-on-time", "tasks-late", "tasks-exceeded")
    }
    assert found == {"tasks-done": (2, 4), "tasks-on-time": (1, 4), "tasks-late": (1, 4), "tasks-exceeded": (1, 4)}


def test_nought_of_units_needs_the_word_of_their_organisation() -> None:
    """Units disciplined: b1, x and y live in b1, x disciplined twice: 1 of 3; without the word 1."""
    for said, rated in (
        ({"starts": "2022-01-01"}, (1, 3)),
        ({"starts": "2022-01-02"}, (1, None)),
        ({"starts": "2021-01-01", "until": "2022-12-31"}, (1, None)),
        ({"starts": "2021-01-01", "until": "2023-01-01"}, (1, 3)),
    ):
        story = branches()
        story.say("register-kept", "org", said["starts"], book="unit-discipline", **said)
        for decision in ("first", "second"):
            story.say("unit-disciplined", decision, "2022-05-01", unit="x", level="warning")
        history = story.recount()
        assert rate(once(history.within("b1", disciplined_unit_items(history, *YEAR)), "whole")) == rated
