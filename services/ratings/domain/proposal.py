"""Which points and grade does a rule set give, and why? Arithmetic in hundredths of points; nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from shared.contracts.ratings import Criterion, RuleDocument

WHOLE: Final = 10_000
"""A rate of 100 % in hundredths of a per cent."""


class Measured(NamedTuple):
    """What a figure says of the branch and the year, with the events behind it (organisation/event)."""

    figure: str
    numerator: int
    denominator: int | None
    events: list[str]


def propose(rules: RuleDocument, measured: Mapping[str | None, Measured]) -> dict[str, Any]:
    """Points for each criterion, their sum, and the grade from the thresholds.

    A human criterion, or one without data, is *open*: its points are unknown, not nought. Then the sum is a range,
    and a grade is proposed only if every sum in the range gives it. Without thresholds there is no grade.
    """
    lines = [_line(criterion, measured.get(criterion.indicator)) for criterion in rules.criteria]
    least = sum(line["points"] or 0 for line in lines)
    most = least + sum(line["of"] for line in lines if line["points"] is None)
    grade, other = _grade(rules, least), _grade(rules, most)
    return {
        "criteria": lines,
        "points": {"least": least, "most": most, "of": sum(criterion.points for criterion in rules.criteria)},
        "grade": grade if grade == other else None,
        "open": [line["code"] for line in lines if line["points"] is None],
    }


def _line(criterion: Criterion, measured: Measured | None) -> dict[str, Any]:
    known = measured is not None and measured.denominator is not None
    return {
        "code": criterion.code,
        "title": criterion.title,
        "clause": criterion.clause,
        "indicator": criterion.indicator,
        "of": criterion.points,
        "points": _points(criterion, measured) if known else None,
        "figure": None if measured is None else measured.figure,
        "numerator": None if measured is None else measured.numerator,
        "denominator": None if measured is None else measured.denominator,
        "full_at": criterion.full_at,
        "events": [] if measured is None else measured.events,
    }


def _points(criterion: Criterion, measured: Measured | None) -> int:
    """Full points from `full_at` on, in proportion below, rounded half up to a hundredth."""
    if measured is None or measured.denominator is None:
        return 0
    reached = measured.numerator * WHOLE
    full = criterion.full_at * measured.denominator
    return criterion.points if reached >= full else (2 * criterion.points * reached + full) // (2 * full)


def _grade(rules: RuleDocument, points: int) -> dict[str, Any] | None:
    for step in sorted(rules.thresholds, key=lambda each: each.rank):
        if points >= step.at_least:
            grade = next(grade for grade in rules.grades if grade.rank == step.rank)
            return {"scale": grade.scale, "rank": grade.rank, "label": grade.label}
    return None
