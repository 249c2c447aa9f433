"""What does a rule set make of the evidence, and what does it never make of what is missing?"""

from __future__ import annotations

from typing import Any

import pytest

from services.ratings.domain.rules import (
    Child,
    Evaluation,
    Evidence,
    Life,
    Measured,
    Score,
    State,
    Votes,
    Why,
    evaluate,
)
from shared.contracts.ratings import RuleDocument

LABELS = ("Hoàn thành xuất sắc", "Hoàn thành tốt", "Hoàn thành", "Không hoàn thành")
GRADES = [{"scale": "four-levels", "rank": rank, "label": label} for rank, label in enumerate(LABELS, start=1)]
THRESHOLDS = [{"rank": rank, "at_least": points} for rank, points in ((1, 9000), (2, 7000), (3, 5000), (4, 0))]


def criterion(code: str, points: int, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": "Tiêu chí", "clause": "Điều 1", "points": points, **more}


def document(*criteria: dict[str, Any], **more: Any) -> RuleDocument:
    values = {"schema_version": 2, "grades": GRADES, "criteria": criteria, "thresholds": THRESHOLDS} | more
    return RuleDocument.model_validate(values, strict=False)


def condition(rank: int, when: str) -> dict[str, Any]:
    return {"rank": rank, "title": "Điều kiện", "clause": "Điều 2", "when": when}


def veto(when: str, best: int) -> dict[str, Any]:
    return {"code": "veto", "title": "Kỷ luật", "clause": "Điều 3", "when": when, "best": best}


def rank(found: Evaluation) -> int | None:
    return None if found.grade is None else found.grade.rank


GENERAL = document(criterion("general", 3000), criterion("tasks", 7000, indicator="tasks-done"))


def test_what_is_open_is_a_range_and_never_nought() -> None:
    done = {"tasks-done": Measured("tasks", 9, 10)}
    found = evaluate(GENERAL, Evidence(done))
    assert (found.least, found.most, found.of, found.grade) == (6300, 9300, 10000, None)
    assert [(each.points, each.least, each.most) for each in found.lines] == [(None, 0, 3000), (6300, 6300, 6300)]
    assert (found.open, found.why) == (("general",), (Why.OPEN_CRITERIA,))
    assert [grade.rank for grade in found.possible] == [1, 2, 3]


@pytest.mark.parametrize(("points", "expected"), [(2700, 1), (2699, 2), (700, 2), (699, 3), (0, 3)])
def test_the_grade_goes_by_the_threshold_reached(points: int, expected: int) -> None:
    done = {"tasks-done": Measured("tasks", 9, 10)}
    assert rank(evaluate(GENERAL, Evidence(done, {"general": Score(points)}))) == expected


def test_a_grade_is_certain_before_all_is_known_when_every_completion_gives_it() -> None:
    found = evaluate(GENERAL, Evidence(scores={"general": Score(3000)}, measured={"tasks-done": Measured("t", 6, 7)}))
    assert rank(found) == 1
    none_left = evaluate(
        document(criterion("a", 9000), criterion("b", 500), criterion("c", 500)),
        Evidence(scores={"a": Score(9000)}),
    )
    assert (rank(none_left), none_left.open) == (1, ("b", "c"))


def test_there_is_no_rate_of_nothing() -> None:
    found = evaluate(GENERAL, Evidence({"tasks-done": Measured("tasks", 0, 0)}, {"general": Score(3000)}))
    assert (found.lines[1].points, found.lines[1].why) == (None, (Why.NOTHING_DUE,))


def test_a_condition_that_is_not_met_leaves_the_next_grade() -> None:
    rules = document(
        criterion("general", 10000),
        conditions=[condition(1, "tasks-done = 100 % and tasks-exceeded >= 30 %"), condition(2, "tasks-done = 100 %")],
    )
    full = Evidence(scores={"general": Score(10000)})
    done, some = Measured("t", 10, 10), Measured("t", 2, 10)
    assert rank(evaluate(rules, Evidence({"tasks-done": done, "tasks-exceeded": done}, full.scores))) == 1
    assert rank(evaluate(rules, Evidence({"tasks-done": done, "tasks-exceeded": some}, full.scores))) == 2
    assert rank(evaluate(rules, Evidence({"tasks-done": some}, full.scores))) == 3
    unknown = evaluate(rules, Evidence({"tasks-done": done}, full.scores))
    assert (rank(unknown), unknown.why) == (None, (Why.CONDITION_NOT_RECORDED,))
    assert [each.state for each in unknown.conditions] == [State.NOT_RECORDED, State.MET]


def test_a_veto_bars_whatever_the_points() -> None:
    rules = document(criterion("general", 10000), vetoes=[veto("disciplines > 0", 3)])
    scores = {"general": Score(10000)}
    assert rank(evaluate(rules, Evidence({"disciplines": Measured("d", 0, None)}, scores))) == 1
    assert rank(evaluate(rules, Evidence({"disciplines": Measured("d", 1, None)}, scores))) == 3
    unknown = evaluate(rules, Evidence(scores=scores))
    assert ([grade.rank for grade in unknown.possible], unknown.grade) == ([1, 3], None)
    few = evaluate(rules, Evidence(scores={"general": Score(4000)}))
    assert rank(few) == 4


def test_a_floor_bars_where_one_criterion_stays_below_half() -> None:
    group = {"code": "common", "title": "Nhóm", "clause": "I", "floor": {"share": 5000, "best": 3}}
    rules = document(criterion("a", 1000, group="common"), criterion("b", 9000, group="common"), groups=[group])
    assert rank(evaluate(rules, Evidence(scores={"a": Score(500), "b": Score(9000)}))) == 1
    assert rank(evaluate(rules, Evidence(scores={"a": Score(499), "b": Score(9000)}))) == 3
    assert rank(evaluate(rules, Evidence(scores={"b": Score(9000)}))) is None


def test_bonus_is_bounded_by_its_group() -> None:
    group = {"code": "bonus", "title": "Điểm thưởng", "clause": "V", "most": 500, "bonus": True}
    rules = document(
        criterion("a", 9500), criterion("b", 400, group="bonus"), criterion("c", 400, group="bonus"), groups=[group]
    )
    scores = {"a": Score(8500), "b": Score(400), "c": Score(400)}
    found = evaluate(rules, Evidence(scores=scores))
    assert (found.least, found.most, found.of, rank(found)) == (9000, 9000, 10000, 1)
    assert (found.groups[0].least, found.groups[0].of) == (500, 500)


def test_bands_count_shares_or_numbers_and_the_highest_one_reached_counts() -> None:
    bands = [{"at_least": 8000, "points": 1000}, {"at_least": 5000, "points": 600}]
    rules = document(criterion("a", 1000, indicator="attendance", bands=bands))
    points = [evaluate(rules, Evidence({"attendance": Measured("x", n, 100)})).least for n in (80, 79, 50, 49)]
    assert points == [1000, 600, 600, 0]
    counted = document(criterion("a", 1000, indicator="models", counts=True, bands=[{"at_least": 2, "points": 1000}]))
    assert [evaluate(counted, Evidence({"models": Measured("x", n, None)})).least for n in (1, 2)] == [0, 1000]


def test_votes_are_a_share_of_all_cast() -> None:
    rules = document(criterion("trust", 1000, by="votes", full_at=8000))
    assert evaluate(rules, Evidence(votes={"trust": Votes(8, 1, 1)})).least == 1000
    assert evaluate(rules, Evidence(votes={"trust": Votes(4, 5, 1)})).least == 500
    assert evaluate(rules, Evidence(votes={"trust": Votes(0, 0, 0)})).lines[0].why == (Why.NOT_VOTED,)


def test_a_young_unit_is_not_rated_and_one_that_came_of_a_change_sooner() -> None:
    rules = document(criterion("a", 10000), youngest={"months": 12, "after_change": 6, "clause": "Mục I"})
    scores = {"a": Score(9000)}
    grades = [
        rank(evaluate(rules, Evidence(scores=scores, life=Life(months, of_change))))
        for months, of_change in ((12, False), (11, False), (6, True), (5, True))
    ]
    assert grades == [1, None, 1, None]
    assert evaluate(rules, Evidence(scores=scores)).why == (Why.AGE_NOT_RECORDED,)


def test_children_come_first_where_the_rules_say_so() -> None:
    rules = document(criterion("a", 10000), children_first=True, conditions=[condition(1, "children.rank-2 >= 50 %")])
    scores = {"a": Score(9000)}
    good, bad, open_ = Child("x", 2), Child("y", 3), Child("z", None)
    assert rank(evaluate(rules, Evidence(scores=scores, children=(good, bad)))) == 1
    assert rank(evaluate(rules, Evidence(scores=scores, children=(good, bad, bad)))) == 2
    waiting = evaluate(rules, Evidence(scores=scores, children=(good, open_)))
    assert (rank(waiting), waiting.why) == (None, (Why.CHILDREN_NOT_RATED,))


def test_without_thresholds_or_conditions_there_are_points_and_no_grade() -> None:
    rules = document(criterion("a", 10000), thresholds=[])
    found = evaluate(rules, Evidence(scores={"a": Score(10000)}))
    assert (found.least, found.grade, found.why) == (10000, None, (Why.NO_THRESHOLD,))


def test_marks_alone_can_give_a_grade() -> None:
    rules = document(
        criterion("line", 0, mark="rank"),
        criterion("tasks", 0, mark="rank"),
        thresholds=[],
        conditions=[condition(1, "worst-mark is rank 2 or better and mark.tasks is rank 1")],
        otherwise=3,
    )
    found = {
        (line, tasks): rank(evaluate(rules, Evidence(scores={"line": Score(rank=line), "tasks": Score(rank=tasks)})))
        for line in (1, 2, 3)
        for tasks in (1, 2)
    }
    assert found == {(1, 1): 1, (2, 1): 1, (3, 1): 3, (1, 2): 3, (2, 2): 3, (3, 2): 3}
    assert rank(evaluate(rules, Evidence(scores={"line": Score(rank=3)}))) == 3
    assert rank(evaluate(rules, Evidence(scores={"line": Score(rank=2)}))) is None


def test_a_score_beyond_its_criterion_is_open() -> None:
    found = evaluate(GENERAL, Evidence(scores={"general": Score(3001)}))
    assert found.lines[0].why == (Why.OUT_OF_BOUNDS,)
    assert found.lines[0].points is None
