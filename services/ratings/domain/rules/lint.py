"""Is a rule document sound? Points that add up, grades that can be reached, names that exist, caps that have a pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from services.ratings.domain.rules.findings import Finding, Path
from services.ratings.domain.rules.lint_conditions import of_conditions
from services.ratings.domain.rules.lint_criteria import of_criteria
from shared.contracts.event import Part
from shared.contracts.ratings import RuleDocument

BEYOND_ONE: Final = frozenset(
    {
        *("groups", "total", "conditions", "vetoes", "otherwise", "youngest", "children_first", "pools", "caps"),
        *("sources", "not_public"),
    }
)
"""What documents of the first version do not hold."""
OF_CRITERIA: Final = frozenset(
    {"group", "by", "mark", "bands", "counts", "months", "threshold", "scored_by", "evidence"}
)


def lint(rules: RuleDocument) -> list[Finding]:
    """Everything that is wrong with it, grave or not, in the order of the document's parts; empty: sound."""
    return [
        *_version(rules),
        *of_criteria(rules),
        *_sums(rules),
        *_thresholds(rules),
        *_ranks(rules),
        *of_conditions(rules),
        *_caps(rules),
    ]


def full(rules: RuleDocument) -> int:
    """What all points come to, each group within its bound."""
    grouped = {group.code: group.most for group in rules.groups}
    sums: Counter[str | None] = Counter()
    for criterion in rules.criteria:
        sums[criterion.group if criterion.group in grouped else None] += criterion.points
    return sums[None] + sum(sums[code] if most is None else min(most, sums[code]) for code, most in grouped.items())


def _version(rules: RuleDocument) -> Iterator[Finding]:
    if rules.schema_version > 1:
        return
    for name in _said(rules, BEYOND_ONE):
        yield Finding("needs-version-2", (name,))
    for index, criterion in enumerate(rules.criteria):
        for name in _said(criterion, OF_CRITERIA):
            yield Finding("needs-version-2", ("criteria", index, name))


def _said(part: Part, names: frozenset[str]) -> list[str]:
    """Those of the fields that say something: a default written out says nothing."""
    return [name for name in sorted(names) if getattr(part, name) != type(part).model_fields[name].default]


def _sums(rules: RuleDocument) -> Iterator[Finding]:
    """Groups come to what they say, and all of them to the total."""
    for index, group in enumerate(rules.groups):
        own = sum(criterion.points for criterion in rules.criteria if criterion.group == group.code)
        most = own if group.most is None else group.most
        if most > own or (most < own and not group.bonus):
            yield Finding("points-do-not-add-up", ("groups", index, "most"))
    if rules.total is not None and rules.total != full(rules):
        yield Finding("points-do-not-add-up", ("total",))


def _thresholds(rules: RuleDocument) -> Iterator[Finding]:
    """Falling from rank to rank is the contract's; here: within the points, down to nought, and for every grade."""
    most, bounded = full(rules), {step.rank for step in rules.thresholds}
    for index, step in enumerate(rules.thresholds):
        if step.at_least > most:
            yield Finding("threshold-above-total", ("thresholds", index, "at_least"))
    if rules.thresholds and rules.otherwise is None and min(step.at_least for step in rules.thresholds) > 0:
        yield Finding("thresholds-gap", ("thresholds",))
    asked = {each.rank for each in rules.conditions}
    if not bounded and not asked:
        yield Finding("points-only", ("thresholds",) if rules.otherwise is None else ("otherwise",))
        return
    for index, grade in enumerate(rules.grades):
        reached = grade.rank in (bounded or asked)
        if not reached and grade.rank != rules.otherwise:
            yield Finding("grade-not-public" if rules.not_public else "grade-unreachable", ("grades", index, "rank"))


def _ranks(rules: RuleDocument) -> Iterator[Finding]:
    """Every rank named is one of the scale, and what bars, bars something."""
    ranks = {grade.rank for grade in rules.grades}
    floors = [(index, group.floor) for index, group in enumerate(rules.groups) if group.floor is not None]
    named: list[tuple[Path, int]] = [
        *((("conditions", index, "rank"), each.rank) for index, each in enumerate(rules.conditions)),
        *((("caps", index, "rank"), each.rank) for index, each in enumerate(rules.caps)),
        *((("caps", index, "below"), each.below) for index, each in enumerate(rules.caps)),
    ]
    if rules.otherwise is not None:
        named.append((("otherwise",), rules.otherwise))
    barring: list[tuple[Path, int]] = [
        *((("vetoes", index, "best"), each.best) for index, each in enumerate(rules.vetoes)),
        *((("groups", index, "floor", "best"), floor.best) for index, floor in floors),
    ]
    for path, rank in (*named, *barring):
        if rank not in ranks:
            yield Finding("unknown-rank", path)
    for path, rank in barring:
        if rank in ranks and rank == min(ranks):
            yield Finding("bars-nothing", path)


def _caps(rules: RuleDocument) -> Iterator[Finding]:
    pools = [pool.code for pool in rules.pools]
    yield from twice(pools, "pools")
    for index, each in enumerate(rules.caps):
        if each.pool not in pools:
            yield Finding("unknown-pool", ("caps", index, "pool"))
        if each.below <= each.rank:
            yield Finding("cap-below-itself", ("caps", index, "below"))
        if each.exception is not None and each.exception < each.share:
            yield Finding("exception-smaller", ("caps", index, "exception"))
    for index, code in enumerate(pools):
        if code not in {each.pool for each in rules.caps}:
            yield Finding("pool-unused", ("pools", index, "code"))


def twice(codes: Iterable[str], part: str) -> Iterator[Finding]:
    """A finding for each code that stood before."""
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield Finding("duplicate", (part, index, "code"))
        seen.add(code)
