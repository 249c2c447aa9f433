"""Is what a condition read said in an office's words? No code of the rule language, no raw hundredths."""

from __future__ import annotations

from typing import Final

import pytest

from services.ratings.domain.rules import Evidence, Measured, Score, Votes, evaluate
from services.ratings.domain.rules.evidence import Child, Life
from services.ratings.projections.readings import readings
from services.ratings.projections.saying import barred, condition
from shared.contracts.fields import Grade
from shared.contracts.ratings import By, CriteriaGroup, Criterion, GradeCondition, Mark, RuleDocument, Threshold, Veto

GRADES: Final = tuple(Grade(scale="s", rank=rank, label=label) for rank, label in ((1, "Mạnh"), (2, "Khá")))
CRITERIA: Final = (
    Criterion(code="meetings", group="habit", title="Sinh hoạt", clause="1", points=2_000, indicator="meetings-held"),
    Criterion(code="content", group="habit", title="Nội dung", clause="2", points=2_000),
    Criterion(code="trust", title="Tín nhiệm", clause="3", points=1_000, by=By.VOTES),
    Criterion(code="unity", title="Đoàn kết", clause="4", points=0, mark=Mark.RANK),
    Criterion(code="plan", title="Có kế hoạch", clause="5", points=0, mark=Mark.YES_NO),
)
SAID: Final = {
    "meetings-held >= 50 %": ("11/12 kỳ có sinh hoạt định kỳ", "11 of 12 periods with a regular meeting"),
    "disciplines = 0": ("0 người bị kỷ luật", "0 members disciplined"),
    "tasks-done = 100 %": ("Nhiệm vụ đã hoàn thành: chưa ghi nhận", "Tasks done: not recorded"),
    "figure.meetings >= 10": ("“Sinh hoạt”: 11/12 kỳ", "“Sinh hoạt”: 11 of 12 periods"),
    "points >= 10": ("tổng điểm: 43,33/50 điểm", "all points: 43.33/50 points"),
    "points.habit >= 10": ("“Nền nếp”: 34,33/40 điểm", "“Nền nếp”: 34.33/40 points"),
    "lowest.habit >= 50 %": (
        "tiêu chí thấp nhất của “Nền nếp”: 16/20 điểm (80,0 %)",
        "the lowest criterion of “Nền nếp”: 16/20 points (80.0%)",
    ),
    "votes.trust >= 80 %": ("“Tín nhiệm”: 18/20 phiếu thuận", "“Tín nhiệm”: 18 of 20 votes in favour"),
    "mark.unity is rank 1": ("“Đoàn kết”: Khá", "“Đoàn kết”: Khá"),
    "worst-mark is rank 1": ("mức thấp nhất: Khá", "the worst mark: Khá"),
    "met.plan": ("“Có kế hoạch”: đạt", "“Có kế hoạch”: met"),
    "children.rank-2 >= 50 %": (
        "2/3 đơn vị trực thuộc xếp hạng 2 trở lên",
        "2 of 3 units below at rank 2 or better",
    ),
    "age >= 12": ("hoạt động được 18 tháng", "18 months at work"),
}


def evidence() -> Evidence:
    """11 of 12 meetings; 16 of 20 points; 18 of 20 votes; marked Khá; with a plan; 18 months; three units below."""
    return Evidence(
        {"meetings-held": Measured("meetings-met", 11, 12), "disciplines": Measured("disciplines", 0, None)},
        scores={"content": Score(points=1_600), "unity": Score(rank=2), "plan": Score(met=True)},
        votes={"trust": Votes(18, 1, 1)},
        life=Life(18, of_change=False),
        children=(Child("a", 1), Child("b", 2), Child("c", 3)),
    )


@pytest.mark.parametrize("when", SAID)
def test_what_was_read_is_said_in_words(when: str) -> None:
    veto = Veto(code="v", title="Chặn", clause="7", when=when, best=2)
    rules = RuleDocument(
        schema_version=2,
        grades=GRADES,
        groups=(CriteriaGroup(code="habit", title="Nền nếp", clause="1", most=4_000),),
        criteria=CRITERIA,
        thresholds=(Threshold(at_least=0, rank=1),),
        conditions=(GradeCondition(rank=1, title="Điều kiện", clause="6", when=when),),
        vetoes=(veto,),
    )
    found = evaluate(rules, evidence())
    vi, en = SAID[when]
    said = readings([each._asdict() for each in found.conditions[0].read], rules)
    assert said.vi.startswith(f"; {vi}")
    assert said.en.startswith(f"; {en}")
    asked = {"title": "Điều kiện", "when": when, "rank": 1, "state": found.conditions[0].state.value}
    read = {"read": [each._asdict() for each in found.conditions[0].read]}
    assert f"Điều kiện của mức Mạnh, Điều kiện ({when}): " in condition(asked | read, rules).vi
    assert vi in barred(asked | read, rules).vi


def test_of_points_that_are_open_both_ends_are_said() -> None:
    open_ = {"name": "points.content", "numerator": None, "denominator": 2_000, "least": 0, "most": 2_000}
    rules = RuleDocument(schema_version=2, grades=(), criteria=CRITERIA[1:2])
    assert readings([open_], rules).vi == "; “Nội dung”: 0 – 20/20 điểm"
