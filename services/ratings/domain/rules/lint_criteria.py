"""Are the criteria sound? Each judged in one way, by an indicator that exists, with bands that rise to its points."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.ratings.domain.rules.findings import Finding, Path
from services.ratings.domain.rules.indicators import INDICATORS
from services.ratings.domain.rules.lines import judged_by
from shared.contracts.ratings import By, Criterion, Mark, RuleDocument


def of_criteria(rules: RuleDocument) -> Iterator[Finding]:
    """What is wrong with criteria and groups."""
    groups = [group.code for group in rules.groups]
    seen: set[str] = {criterion.code for criterion in rules.criteria}
    for index, code in enumerate(groups):
        if code in seen:
            yield Finding("duplicate", ("groups", index, "code"))
        seen.add(code)
        if code not in {criterion.group for criterion in rules.criteria}:
            yield Finding("empty-group", ("groups", index, "code"))
    for index, criterion in enumerate(rules.criteria):
        path: Path = ("criteria", index)
        if criterion.group is not None and criterion.group not in groups:
            yield Finding("unknown-group", (*path, "group"))
        yield from _judged(criterion, path)
        yield from _bands(criterion, path)


def _judged(criterion: Criterion, path: Path) -> Iterator[Finding]:
    by, indicator = judged_by(criterion), INDICATORS.get(criterion.indicator or "")
    if (by is By.COMPUTED) != (criterion.indicator is not None):
        yield Finding("judged-by-two", (*path, "by"))
    if criterion.mark is not Mark.POINTS and by is not By.HUMAN:
        yield Finding("mark-not-fitting", (*path, "mark"))
    if criterion.mark is Mark.RANK and criterion.points:
        yield Finding("mark-not-fitting", (*path, "points"))
    if criterion.indicator is None:
        return
    if indicator is None:
        yield Finding("unknown-indicator", (*path, "indicator"))
        return
    if indicator.figure is None:
        yield Finding("not-measured", (*path, "indicator"))
    if not indicator.share and not criterion.counts:
        yield Finding("no-share", (*path, "indicator"))
    if criterion.threshold is not None and not indicator.threshold:
        yield Finding("no-threshold-parameter", (*path, "threshold"))


def _bands(criterion: Criterion, path: Path) -> Iterator[Finding]:
    """They may stand in any order; a higher one gives more, and the highest one all."""
    if judged_by(criterion) is By.HUMAN and (criterion.bands or criterion.counts):
        yield Finding("judged-by-two", (*path, "bands" if criterion.bands else "counts"))
        return
    if criterion.counts and criterion.points and not criterion.bands:
        yield Finding("needs-bands", (*path, "counts"))
    rising = sorted(enumerate(criterion.bands), key=lambda item: item[1].at_least)
    for (_, lower), (index, higher) in pairwise(rising):
        if higher.at_least == lower.at_least:
            yield Finding("bands-overlap", (*path, "bands", index, "at_least"))
        elif higher.points <= lower.points:
            yield Finding("bands-fall", (*path, "bands", index, "points"))
    if rising and rising[-1][1].points != criterion.points:
        yield Finding("bands-never-full", (*path, "bands", rising[-1][0], "points"))
