"""When are tasks given and done, units disciplined, and registers kept?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.membership.domain.member_rules import OnlyForItself
from services.membership.domain.task import (
    OtherUnitsTask,
    TaskAlreadyAssigned,
    TaskAlreadyDone,
    TaskDueBefore,
    TaskNotAssigned,
)
from services.membership.domain.unit_discipline import KeptForNoDay, UnitAlreadyDisciplined
from shared.contracts.event import calendar_day
from shared.contracts.membership import RegisterKept, TaskAssigned, TaskCompleted, TaskResult, UnitDisciplined
from shared.units.scope import UnknownUnit
from shared.units.world import NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    HAMLET,
    NOWHERE,
    OTHER_BRANCH,
    WOMEN,
    WOMEN_COMMUNE,
    YOUTH,
    dissolved,
    says,
)
from tests.support.posts import Post, corrected, id_of

THING = id_of("thing")
DUE = calendar_day("2022-06-30")


def assigned(on: str = "2022-02-01", unit: UUID = BRANCH, **fields: Any) -> Post:
    fact = TaskAssigned.model_validate({"unit": unit, "title": "Vận động làm đường", "due": DUE, **fields})
    return says(fact, THING, on=on)


def completed(on: str = "2022-06-30", unit: UUID = BRANCH, result: TaskResult = TaskResult.DONE) -> Post:
    return says(TaskCompleted(unit=unit, result=result), THING, on=on)


def test_a_living_unit_is_given_a_task_once_and_its_last_day_is_put_right() -> None:
    given().when(assigned(assigned_by=WOMEN_COMMUNE)).then(TaskAssigned)
    given().when(assigned(unit=NOWHERE)).then(UnknownUnit, "unit")
    given().when(assigned(unit=HAMLET)).then(NotAUnit, "unit")
    given().when(assigned(assigned_by=NOWHERE)).then(UnknownUnit, "assigned_by")
    given(dissolved(BRANCH, "2022-01-01")).when(assigned()).then(NotAlive, "unit")
    given(assigned()).when(assigned("2022-03-01")).then(TaskAlreadyAssigned, "subject")
    post = assigned()
    given(post).when(corrected(post, assigned(due=calendar_day("2022-09-30")).fact)).then(TaskAssigned)


def test_a_task_is_due_from_the_day_on_which_it_is_given() -> None:
    given().when(assigned("2022-06-30")).then(TaskAssigned)
    given().when(assigned("2022-07-01")).then(TaskDueBefore, "due")


def test_a_task_is_done_once_by_the_unit_that_was_given_it_and_late_too() -> None:
    given(assigned()).when(completed(result=TaskResult.EXCEEDED)).then(TaskCompleted)
    given(assigned()).when(completed("2022-08-01")).then(TaskCompleted)
    given().when(completed()).then(TaskNotAssigned, "subject")
    given(assigned()).when(completed("2022-01-31")).then(TaskNotAssigned, "subject")
    given(assigned()).when(completed(unit=OTHER_BRANCH)).then(OtherUnitsTask, "unit")
    given(assigned(), completed()).when(completed("2022-07-01")).then(TaskAlreadyDone, "subject")


def disciplined(on: str = "2022-05-01", unit: UUID = BRANCH, **fields: Any) -> Post:
    return says(UnitDisciplined.model_validate({"unit": unit, "level": "reprimand", **fields}), THING, on=on)


def test_a_living_unit_is_disciplined_once_a_decision() -> None:
    given().when(disciplined(decided_by=WOMEN_COMMUNE)).then(UnitDisciplined)
    given().when(disciplined(unit=NOWHERE)).then(UnknownUnit, "unit")
    given().when(disciplined(decided_by=HAMLET)).then(NotAUnit, "decided_by")
    given(disciplined()).when(disciplined("2022-06-01")).then(UnitAlreadyDisciplined, "subject")


def test_an_organisation_says_of_itself_what_it_records_here() -> None:
    fact = RegisterKept(book="unit-discipline", starts=DUE)
    given().when(says(fact, WOMEN, on="2022-06-30")).then(RegisterKept)
    given().when(says(fact, YOUTH, on="2022-06-30")).then(OnlyForItself, "subject")
    ended = fact.model_copy(update={"until": DUE})
    given().when(says(ended, WOMEN, on="2022-06-30")).then(KeptForNoDay, "until")
