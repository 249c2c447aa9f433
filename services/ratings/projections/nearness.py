"""What would have changed this grade? The rules asked again with other numerators, and the answers in plain sentences.

Looked for both ways: what would have given a better grade, and what would have cost this one. Only what facts count is
moved; what people score is theirs to say, so the points that they would have had to give stand beside, never mixed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from services.ratings.domain.nearest import FAR, Change, Goal, Lever, Nearest, Outcome, nearest
from services.ratings.domain.rules import Evidence, Measured, evaluate
from services.ratings.projections.saying import changed
from shared.contracts.ratings import RuleDocument
from shared.history.replay.sentences import Spoken

NONE: Final = 10**6
"""In place of a rank where there is no grade: worse than any."""
BEYOND: Final = frozenset({"recruiting"})
"""Indicators whose numerator may pass its denominator: targets are surpassed."""
NOWHERE: Final = {
    True: Spoken(
        "Không thay đổi nào ở những gì đếm được làm mức xếp loại cao hơn.",
        "No change in what is counted would have given a better grade.",
    ),
    False: Spoken(
        "Không thay đổi nào ở những gì đếm được làm mức xếp loại thấp hơn.",
        "No change in what is counted would have given a worse grade.",
    ),
}


def smallest_changes(rules: RuleDocument, evidence: Evidence) -> dict[str, Any]:
    """`better` and `worse`: the smallest change, what each indicator would do alone, and how far was searched."""
    measured = evidence.measured

    @cache
    def outcome(moves: frozenset[tuple[str, int]]) -> Outcome:
        by = dict(moves)
        moved = {name: each._replace(numerator=each.numerator + by.get(name, 0)) for name, each in measured.items()}
        found = evaluate(rules, replace(evidence, measured=moved))
        return Outcome(None if found.grade is None else found.grade.rank, tuple(line.least for line in found.lines))

    def judge(moves: Mapping[str, int]) -> Outcome:
        # Both searches begin with each indicator by itself: thousands of questions, asked once.
        return outcome(frozenset(moves.items()))

    levers = [_lever(name, each) for name, each in measured.items()]
    now = judge({})
    rank = NONE if now.rank is None else now.rank
    return {
        "better": _told(
            rules, nearest(judge, levers, _than(rank, better=True), _needed(rules, now, rank)), better=True
        ),
        "worse": None
        if now.rank is None
        else _told(rules, nearest(judge, levers, _than(rank, better=False), _to_spare(rules, now, rank)), better=False),
    }


def _lever(name: str, measured: Measured) -> Lever:
    whole = measured.denominator or 0
    beyond = name.partition(":")[0] in BEYOND or not whole
    return Lever(name, measured.numerator, FAR if beyond else max(0, whole - measured.numerator))


def _than(rank: int, *, better: bool) -> Goal:
    def reached(outcome: Outcome) -> bool:
        found = NONE if outcome.rank is None else outcome.rank
        return found < rank if better else found > rank

    return reached


def _needed(rules: RuleDocument, now: Outcome, rank: int) -> int | None:
    """The points that are lacking for the next better grade; none where no threshold says."""
    wanted = [step.at_least for step in rules.thresholds if step.rank < rank]
    return max(0, min(wanted) - sum(now.points)) or None if wanted else None


def _to_spare(rules: RuleDocument, now: Outcome, rank: int) -> int | None:
    """How many points less, as a negative number, it takes to lose the grade."""
    held = [step.at_least for step in rules.thresholds if step.rank == rank]
    return held[0] - 1 - sum(now.points) if held else None


def _told(rules: RuleDocument, found: Nearest, *, better: bool) -> dict[str, Any]:
    smallest = found.smallest
    return {
        "smallest": None if smallest is None else _change(rules, smallest, better=better),
        "alone": [_change(rules, change, better=better) for change in found.alone],
        "searched": found.searched,
        **({} if smallest is not None else NOWHERE[better].told()),
    }


def _change(rules: RuleDocument, change: Change, *, better: bool) -> dict[str, Any]:
    labels = {grade.rank: grade for grade in rules.grades}
    grade = None if change.outcome.rank is None else labels[change.outcome.rank]
    return {
        "moves": [{"indicator": move.indicator, "by": move.by} for move in change.moves],
        "size": change.size,
        "grade": None if grade is None else {"scale": grade.scale, "rank": grade.rank, "label": grade.label},
        "points": sum(change.outcome.points),
        **changed(change, None if grade is None else grade.label, better=better).told(),
    }
