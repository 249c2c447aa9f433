"""What are units asked to do, and how do they stand? Tasks given and done, units disciplined, registers kept here."""

from __future__ import annotations

from enum import StrEnum

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Day,
    Name,
    PersonId,
    UnitId,
)


@event("vn.nennep.membership.task-assigned.v1", aggregate="task")
class TaskAssigned(Event):
    """A unit, or somebody in it, is given a task (giao nhiệm vụ). Subject: its id; another last day corrects it."""

    unit: UnitId
    """The unit that is to do it, or in which that person is to."""
    person: PersonId | None = None
    """Whoever is to do it himself (cá nhân được giao); none: the unit as such."""
    title: Name
    """What is to be done, in the users' words."""
    due: Day
    """The last day on which it is done in time (thời hạn)."""
    assigned_by: UnitId | None = None
    """The body that gives it, where it is of the same organisation."""


class TaskResult(StrEnum):
    """How a task was done, as whoever accepts the work marks it."""

    DONE = "done"
    """As asked (hoàn thành)."""
    EXCEEDED = "exceeded"
    """Beyond what was asked (vượt mức)."""


@event("vn.nennep.membership.task-completed.v1", aggregate="task")
class TaskCompleted(Event):
    """The unit has done the task (hoàn thành nhiệm vụ); late where that day lies after the last. Subject: the task."""

    unit: UnitId
    result: TaskResult = TaskResult.DONE


@event("vn.nennep.membership.unit-disciplined.v1", aggregate="unit-discipline")
class UnitDisciplined(Event):
    """A unit as such was disciplined (kỷ luật tập thể). Subject: an id of the decision."""

    unit: UnitId
    level: Code
    """Open list: reprimand (khiển trách), warning (cảnh cáo), dissolution (giải tán) …"""
    decided_by: UnitId | None = None
    """The body that decides, where it is of the same organisation."""


@event("vn.nennep.membership.register-kept.v1", aggregate="organisation", effect="starts")
class RegisterKept(Event):
    """From a day on the organisation records all of a kind here (ghi đầy đủ vào sổ), so that nothing said is nought.

    Subject: the organisation. Said again of the same book, the later word counts.
    """

    book: Code
    """Open list: unit-discipline (kỷ luật tập thể) …"""
    starts: Day
    until: Day | None = None
    """The first day from which it no longer does; none: it goes on."""
