"""Is every change put to the rules once? And are numbers in an explanation written as offices write them?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.ratings.domain.rules import Evaluation, Evidence, Life, Measured, evaluate
from services.ratings.domain.rules.sheet import read_sheet
from services.ratings.projections import nearness
from services.ratings.projections.indicators import asked_of
from services.ratings.projections.readings import readings
from shared.contracts.ratings import Criterion, RuleDocument


def test_no_change_is_put_to_the_rules_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both searches, for a better grade and for a worse one, begin with every indicator by itself."""
    sheet = read_sheet(Path("docs/examples/rule-sets/chi-hoi-phu-nu-kieu-mau.yaml").read_bytes())
    assert sheet.fact is not None
    rules, asked = sheet.fact.rules, Counter[tuple[int, ...]]()

    def counting(document: RuleDocument, evidence: Evidence) -> Evaluation:
        asked[tuple(each.numerator for each in evidence.measured.values())] += 1
        return evaluate(document, evidence)

    monkeypatch.setattr(nearness, "evaluate", counting)
    measured = {key: Measured("figure", 8, 12) for key in asked_of(rules)}
    nearness.smallest_changes(rules, Evidence(measured, life=Life(60, of_change=False)))
    assert len(asked) > 12 * len(measured) > 0
    assert set(asked.values()) == {1}


def test_what_a_condition_read_is_written_with_the_dots_of_the_language() -> None:
    said = readings(
        [
            {"name": "attendance", "numerator": 26_140, "denominator": 30_000},
            {"name": "visits", "numerator": 1_200, "denominator": None},
            {"name": "dues-paid", "numerator": None, "denominator": None},
        ],
        RuleDocument(
            schema_version=2, grades=(), criteria=(Criterion(code="c", title="Nội dung", clause="1", points=100),)
        ),
    )
    assert said.vi == (
        "; 26.140/30.000 lượt có mặt; 1.200 lượt cán bộ dự sinh hoạt; Đóng đoàn phí, hội phí: chưa ghi nhận"
    )
    assert said.en == (
        "; 26,140 of 30,000 attendances; 1,200 visits of cadres; Dues paid out of dues owed: not recorded"
    )
