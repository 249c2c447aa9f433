"""What do indicators of tasks and of units disciplined say? The conditions of Regulation 366, met or not by facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from services.ratings.domain.rules import Evidence, Score, State, evaluate
from services.ratings.domain.rules.sheet import read_sheet
from services.ratings.projections.indicators import measure
from shared.contracts import membership
from shared.contracts.membership import TaskResult
from shared.contracts.ratings import RuleDocument
from tests.ratings.projections.ratings_views import ratings_views
from tests.support.tale import Tale, day, id_of, land
from tests.support.views import Views, asked

IN_2022: Final = ("2022-01-01", "2023-01-01")
EXAMPLES: Final = Path("docs/examples/rule-sets")
REGULATION: Final = EXAMPLES / "quy-dinh-366.yaml"
OF_LEADERS: Final = EXAMPLES / "quy-dinh-366-ca-nhan.yaml"


def given(
    tale: Tale, task: str, unit: str, done: str | None = "2022-06-30", result: TaskResult = TaskResult.DONE
) -> None:
    """A task due at the end of June, and when it was done."""
    said = membership.TaskAssigned(unit=id_of(unit), title="Làm đường", due=day("2022-06-30"))
    tale.say(said, task, "2022-01-10")
    if done is not None:
        tale.say(membership.TaskCompleted(unit=id_of(unit), result=result), task, done)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    """b1 has done 3 of 3, one exceeded; b2 one late of two; x, under b1, has one undone, and is disciplined in 2023."""
    tale = land()
    tale.say(membership.RegisterKept(book="unit-discipline", starts=day("2021-01-01")), "women", "2021-01-01")
    given(tale, "a", "b1", result=TaskResult.EXCEEDED)
    given(tale, "b", "b1")
    given(tale, "c", "b1")
    given(tale, "d", "x", None)
    given(tale, "e", "b2")
    given(tale, "f", "b2", "2022-07-01")
    of_one = membership.TaskAssigned(unit=id_of("b1"), person=id_of("lan"), title="Viết báo cáo", due=day("2022-06-30"))
    tale.say(of_one, "g", "2022-01-10")
    tale.new(membership.UnitDisciplined(unit=id_of("x"), level="reprimand"), "2023-01-01")
    tale.new(membership.UnitDisciplined(unit=id_of("z"), level="warning"), "2022-05-01")
    took = membership.OfficerElected(unit=id_of("b1"), person=id_of("lan"), post="chair")
    tale.say(took, "b1", "2021-01-05")
    tale.say(took.model_copy(update={"unit": id_of("b2"), "person": id_of("moi")}), "b2", "2022-07-01")
    views = ratings_views(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.sqlite'}").feed(tale.logs)
    yield views
    views.close()


def regulation(page: Path = REGULATION) -> RuleDocument:
    """Regulation 366 as shipped."""
    fact = read_sheet(page.read_bytes()).fact
    assert fact is not None
    return fact.rules


def numbers(views: Views, unit: UUID) -> dict[str, tuple[int, int | None]]:
    """What the regulation wants measured of a unit."""
    found = measure(views.runner, regulation(), asked(unit, *IN_2022))
    return {name: (each.numerator, each.denominator) for name, each in found.items()}


def test_a_body_is_judged_by_its_own_tasks_and_by_all_units_below(views: Views) -> None:
    assert numbers(views, id_of("b1")) == {
        "tasks-done": (3, 3),
        "tasks-on-time": (3, 3),
        "tasks-exceeded": (1, 3),
        "tasks-late": (0, 3),
        "units-disciplined": (0, 4),
        "leaders-disciplined": (0, 1),
    }
    assert numbers(views, id_of("b2")) == {
        "tasks-done": (2, 2),
        "tasks-on-time": (1, 2),
        "tasks-exceeded": (0, 2),
        "tasks-late": (1, 2),
        "units-disciplined": (1, 2),
        "leaders-disciplined": (0, 1),
    }


def test_conditions_and_the_veto_of_the_regulation_are_settled_by_facts(views: Views) -> None:
    """b1: 100 % in time, 1 of 3 exceeded; nobody disciplined. b2: half of them late, and a branch disciplined."""
    rules = regulation()
    said = {
        unit: evaluate(rules, Evidence(measure(views.runner, rules, asked(id_of(unit), *IN_2022))))
        for unit in ("b1", "b2", "b3")
    }
    # The second is for people to say: that faults of which the body was told are put right.
    met, not_met, unsaid = State.MET, State.NOT_MET, State.NOT_RECORDED
    assert [each.state for each in said["b1"].conditions] == [met, unsaid, met, met]
    assert [each.state for each in said["b2"].conditions] == [not_met, unsaid, not_met, not_met]
    assert {each.state for each in said["b3"].conditions} == {unsaid}, "no task is not all of them"
    assert {unit: each.vetoes[0].state for unit, each in said.items()} == {
        "b1": State.NOT_MET,
        "b2": State.MET,
        "b3": State.NOT_RECORDED,
    }


def test_who_leads_is_judged_by_what_is_led_and_by_his_own_tasks_from_taking_office_on(views: Views) -> None:
    """Lan leads b1: its three of June and one of her own, undone. Moi led b2 from July on: nothing was due since."""
    rules = regulation(OF_LEADERS)

    def of(person: str, unit: str) -> dict[str, tuple[int, int | None]]:
        found = measure(views.runner, rules, replace(asked(id_of(unit), *IN_2022), person=id_of(person)))
        return {name: (each.numerator, each.denominator) for name, each in found.items()}

    assert of("lan", "b1") == {"tasks-done": (3, 4), "tasks-on-time": (3, 4), "tasks-exceeded": (1, 4)}
    assert of("moi", "b2") == dict.fromkeys(of("lan", "b1"), (0, None))
    evidence = Evidence(
        measure(views.runner, rules, replace(asked(id_of("b1"), *IN_2022), person=id_of("lan"))),
        scores={
            "general-criteria": Score(points=2_900),
            "task-results": Score(points=6_800),
            "remedied": Score(met=True),
        },
    )
    judged = evaluate(rules, evidence)
    assert [each.state for each in judged.conditions] == [State.NOT_MET, State.MET, State.NOT_MET]
    assert judged.grade is None, "97 points, and a task undone: below the two best grades nothing is public"
