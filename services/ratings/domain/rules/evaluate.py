"""What comes of a rule set and the evidence? Pure and total, in whole hundredths of points, without a clock.

What is open leaves a range. A grade is given only if it is certain: whatever the open parts turn out to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.ratings.domain.rules.evaluation import Barred, Condition, Evaluation, GroupSum, Line, State, Why
from services.ratings.domain.rules.evidence import Evidence
from services.ratings.domain.rules.lines import line
from services.ratings.domain.rules.logic import Names, both, holds
from services.ratings.domain.rules.names import known_of
from shared.contracts.ratings import CriteriaGroup, RuleDocument


def evaluate(rules: RuleDocument, evidence: Evidence) -> Evaluation:
    """Points for each criterion, their sum, what conditions and vetoes say, and the grade, or why there is none."""
    grades = {grade.rank: grade for grade in rules.grades}
    lines = tuple(line(each, evidence, frozenset(grades)) for each in rules.criteria)
    groups = tuple(_group(each, lines) for each in rules.groups)
    grouped = {group.code for group in groups}
    summed = (*(each for each in lines if each.group not in grouped), *groups)
    least, most, of = (sum(getattr(each, end) for each in summed) for end in ("least", "most", "of"))
    names = known_of(rules, evidence, lines, groups, (least, most, of))
    conditions = tuple(
        Condition(each.rank, each.title, each.clause, each.when, *holds(each.when, names)) for each in rules.conditions
    )
    vetoes = (*_vetoes(rules, names), *_floors(rules, names))
    possible = _possible(rules, least, most, conditions, vetoes)
    why = tuple(dict.fromkeys(_why_none(rules, evidence, lines, conditions, vetoes, possible)))
    return Evaluation(
        lines=lines,
        groups=groups,
        conditions=conditions,
        vetoes=vetoes,
        least=least,
        most=most,
        of=of,
        grade=None if why else next(grade for rank, grade in grades.items() if rank in possible),
        possible=tuple(grades[rank] for rank in sorted(grades) if rank in possible),
        why=why,
    )


def _group(group: CriteriaGroup, lines: Sequence[Line]) -> GroupSum:
    own = [each for each in lines if each.group == group.code]
    of = sum(each.of for each in own)
    bound = of if group.most is None else group.most
    least, most = (min(bound, sum(getattr(each, end) for each in own)) for end in ("least", "most"))
    return GroupSum(group.code, group.title, group.clause, least, most, min(of, bound), group.bonus)


def _vetoes(rules: RuleDocument, names: Names) -> Iterator[Barred]:
    for veto in rules.vetoes:
        yield Barred(veto.code, veto.title, veto.clause, veto.when, veto.best, *holds(veto.when, names))


def _floors(rules: RuleDocument, names: Names) -> Iterator[Barred]:
    """A floor is a veto on the lowest criterion of its group."""
    for group in rules.groups:
        if group.floor is not None:
            share = group.floor.share
            when = f"lowest.{group.code} < {share // 100},{share % 100:02d} %"
            yield Barred(group.code, group.title, group.clause, when, group.floor.best, *holds(when, names))


def _possible(
    rules: RuleDocument, least: int, most: int, conditions: Sequence[Condition], vetoes: Sequence[Barred]
) -> frozenset[int | None]:
    """Every rank that may still be given; None stands for no grade at all."""
    steps = {step.at_least for step in rules.thresholds if least < step.at_least <= most}
    certain = max((veto.best for veto in vetoes if veto.state is State.MET), default=0)
    maybe = {veto.best for veto in vetoes if veto.state is State.NOT_RECORDED and veto.best > certain}
    return frozenset(
        rank
        for points in {least, *steps}
        for best in {certain, *maybe}
        for rank in _reached(rules, points, best, conditions)
    )


def _reached(rules: RuleDocument, points: int, best: int, conditions: Sequence[Condition]) -> Iterator[int | None]:
    """The best rank that is reached with so many points, where nothing better than `best` is given.

    A rank is reached by its threshold, if the document has thresholds, and by each of its conditions; where neither
    speaks of it, only `otherwise` gives it. Further ranks follow as long as conditions are not recorded.
    """
    bounds = {step.rank: step.at_least for step in rules.thresholds}
    for rank in sorted(grade.rank for grade in rules.grades):
        asked = [each.state for each in conditions if each.rank == rank]
        if rank < best or (bounds and rank not in bounds) or not (bounds or asked):
            continue
        reached = both(asked) if points >= bounds.get(rank, 0) else State.NOT_MET
        if reached is not State.NOT_MET:
            yield rank
        if reached is State.MET:
            return
    yield rules.otherwise if rules.otherwise in {grade.rank for grade in rules.grades} else None


def _why_none(
    rules: RuleDocument,
    evidence: Evidence,
    lines: Sequence[Line],
    conditions: Sequence[Condition],
    vetoes: Sequence[Barred],
    possible: frozenset[int | None],
) -> Iterator[Why]:
    """Why there is no grade; nothing where one is certain."""
    states = [*(each.state for each in conditions), *(each.state for each in vetoes)]
    yield from _not_rated(rules, evidence)
    if not (rules.thresholds or rules.conditions) or not rules.grades:
        yield Why.NO_THRESHOLD
    elif possible == {None}:
        yield Why.VETOED if any(veto.state is State.MET for veto in vetoes) else Why.NO_GRADE_REACHED
    elif len(possible) > 1:
        if any(each.open for each in lines):
            yield Why.OPEN_CRITERIA
        if any(state is State.NOT_RECORDED for state in states):
            yield Why.CONDITION_NOT_RECORDED


def _not_rated(rules: RuleDocument, evidence: Evidence) -> Iterator[Why]:
    """What keeps a unit from being rated at all."""
    if rules.youngest is not None:
        if evidence.life is None:
            yield Why.AGE_NOT_RECORDED
        else:
            after = rules.youngest.after_change if evidence.life.of_change else None
            if evidence.life.months < (after or rules.youngest.months):
                yield Why.TOO_YOUNG
    children = evidence.children
    if rules.children_first and (children is None or any(child.rank is None for child in children)):
        yield Why.CHILDREN_NOT_RATED
