"""When may a task be given, and when is it done? Each once, done by the unit that was given it, from that day on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.membership import TaskAssigned, TaskCompleted
from shared.eventsourcing.decider import Decider, Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class TaskAlreadyAssigned(Refused):
    """A task of that id stands in the log; another last day is a correction."""

    vi = "Nhiệm vụ mang mã này đã có trong sổ; đổi thời hạn thì đính chính."


class TaskDueBefore(Refused):
    """The task would have to be done before it was given."""

    vi = "Thời hạn phải từ ngày giao nhiệm vụ trở đi."


class TaskNotAssigned(Refused):
    """No task of that id was given by that day."""

    vi = "Đến ngày đó chưa giao nhiệm vụ mang mã này."


class OtherUnitsTask(Refused):
    """The task was given to another unit."""

    vi = "Nhiệm vụ này giao cho đơn vị khác."


class TaskAlreadyDone(Refused):
    """The task was done before."""

    vi = "Nhiệm vụ này đã được ghi hoàn thành."


@dataclass(frozen=True, slots=True)
class Task:
    """Which unit was given it, and whether it is done."""

    unit: UUID | None = None
    done: bool = False


def decide(state: Task, said: Said, world: World) -> None:
    """Accept a task or its completion, or raise why not."""
    match said.fact:
        case TaskAssigned(unit=unit, due=due, assigned_by=body):
            if world.holds(said, TaskAssigned):
                raise TaskAlreadyAssigned("subject")
            world.require_unit("unit", unit, said.day)
            if body is not None:
                world.require_unit("assigned_by", body, said.day)
            if due < said.day:
                raise TaskDueBefore("due")
        case TaskCompleted(unit=unit):
            if state.unit is None:
                raise TaskNotAssigned("subject")
            if unit != state.unit:
                raise OtherUnitsTask("unit")
            if state.done:
                raise TaskAlreadyDone("subject")


def evolve(state: Task, said: Said) -> Task:
    """The task after one more fact of its stream."""
    match said.fact:
        case TaskAssigned(unit=unit):
            return Task(unit, state.done)
        case TaskCompleted():
            return Task(state.unit, done=True)
        case _:
            return state


DECIDER = Decider(facts=frozenset({TaskAssigned, TaskCompleted}), initial=Task(), decide=decide, evolve=evolve)
