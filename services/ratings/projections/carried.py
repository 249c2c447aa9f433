"""What of people's words is taken for a draft? Scores, marks and votes on criteria that the draft still asks for.

People judged under the rules that were in force. Under a draft their word stands where a criterion of the same code
asks for the same sort of word. Points that may be more or fewer now are taken in proportion: 8 of 10 are 16 of 20.
That is a supposition of the trial, told with the answer; no decision is ever computed so. Marks keep to their scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.ratings.domain.rules import Evidence, Score
from services.ratings.domain.rules.lines import judged_by
from services.ratings.projections.judging import Judged
from shared.contracts.ratings import By, Criterion, Mark, RuleDocument

PEOPLE: Final = frozenset({By.HUMAN, By.VOTES})


@dataclass(frozen=True, slots=True)
class Carried:
    """By the criterion's code in the draft: the most points that it gave, and those that it would give."""

    most: Mapping[str, tuple[int, int]]
    asked: tuple[str, ...]
    """Every criterion of the draft on which people have the word."""

    def beside(self, evidence: Evidence, said: Judged) -> Evidence:
        """The evidence with what people said, as far as the draft asks for it."""
        scored = {code: tuple(self._score(code, each) for each in said.scored[code]) for code in self._of(said.scored)}
        votes = {code: said.votes[code] for code in self._of(said.votes)}
        return replace(evidence, scores={code: each[-1] for code, each in scored.items()}, scored=scored, votes=votes)

    def told(self) -> dict[str, Any]:
        """As the answer has it; what stands in none of the first two is not recorded."""
        return {
            "taken": [code for code, (was, would) in self.most.items() if was == would],
            "in_proportion": [code for code, (was, would) in self.most.items() if was != would],
            "not_recorded": [code for code in self.asked if code not in self.most],
        }

    def _of(self, said: Mapping[str, Any]) -> list[str]:
        return [code for code in self.most if code in said]

    def _score(self, code: str, score: Score) -> Score:
        was, would = self.most[code]
        if score.points is None or was == would:
            return score
        # Half up to a hundredth of a point, as all points in proportion.
        return score._replace(points=(2 * score.points * would + was) // (2 * was))


def carried(before: RuleDocument | None, draft: RuleDocument) -> Carried:
    """Which criteria of a draft are those of the rules before it, so that people's words on them count."""
    asked = [each for each in draft.criteria if judged_by(each) in PEOPLE]
    old = {} if before is None else {each.code: each for each in before.criteria}
    scales = [{grade.scale for grade in rules.grades} for rules in (before, draft) if rules is not None]
    found: dict[str, tuple[int, int]] = {}
    for each in asked:
        was = old.get(each.code)
        if was is not None and _alike(was, each, same_scale=scales[0] == scales[-1]):
            found[each.code] = was.points, each.points
    return Carried(found, tuple(each.code for each in asked))


def _alike(was: Criterion, now: Criterion, *, same_scale: bool) -> bool:
    """Whether both ask for the same sort of word. Points out of none say nothing of points out of some."""
    if judged_by(was) is not judged_by(now) or was.mark is not now.mark:
        return False
    return (now.mark is not Mark.RANK or same_scale) and (
        bool(was.points) or not now.points or now.mark is not Mark.POINTS
    )
