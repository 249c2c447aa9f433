"""Who may score a criterion, and what may he say of it? Another body than the unit, in the posted order, within bounds.

The unit scores itself in its self-rating and nowhere else. Votes are counted by the unit or by a body above it. Scores
come before the decision; after it only while an objection or an order to rate again waits.
"""

from __future__ import annotations

from services.ratings.domain.authority import NoDistrictAnyMore, governing, is_of, no_district, over, require_rater
from services.ratings.domain.course import aftermath, decisions, reported
from services.ratings.domain.order import DecidedBefore, require_steps, require_undecided
from services.ratings.domain.rated import OtherKindOfUnit, UnknownGrade, kind_of, require_rated
from services.ratings.domain.rating import MayNotPropose, RatesItself
from services.ratings.domain.rule_set import UnknownRuleSet, adoptions
from services.ratings.domain.rules.lines import judged_by
from services.ratings.domain.steps import MayNotVerify
from shared.contracts.ratings import (
    By,
    Criterion,
    CriterionScored,
    Mark,
    RatingAuthoritySet,
    RuleDocument,
    ScoredIn,
    Step,
    VotesCounted,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World, decider_without_state

Judged = CriterionScored | VotesCounted


class UnknownCriterion(Refused):
    """The rule set has no criterion of that code."""

    vi = "Bộ tiêu chí không có tiêu chí mang mã này."


class OtherKindOfCriterion(Refused):
    """That criterion is computed from facts, scored by people or voted on; the fact says something else of it."""

    vi = "Tiêu chí này không được chấm theo cách đó (tính từ sự việc, người chấm, hoặc bỏ phiếu)."


class OtherMark(Refused):
    """The criterion asks for points, for yes or no, or for one of the grades; the score says another of these."""

    vi = "Tiêu chí này yêu cầu kiểu chấm khác: điểm, đạt hay không đạt, hoặc mức."


class PointsOutOfBounds(Refused):
    """More points than the criterion gives."""

    vi = "Số điểm vượt quá điểm tối đa của tiêu chí."


class EvidenceMissing(Refused):
    """The criterion asks for a filed document beside the score."""

    vi = "Tiêu chí này phải có minh chứng kèm theo điểm chấm."


class ScoresItself(RatesItself):
    """Nobody scores himself but in his self-rating, and nobody else rates him there."""

    vi = "Chỉ chính đơn vị được tự chấm, và chỉ ở bước tự xếp loại."


class NotOverTheUnit(Refused):
    """Who scores or counts stands above the unit, or around its place, and speaks for itself."""

    vi = "Bên chấm phải là cấp trên của đơn vị hoặc phụ trách địa bàn, và tự mình ghi nhận."

    foreign = True


def decide(_state: None, said: Said, world: World) -> None:
    """Accept a score or a count of votes, or raise why not. Either may repeat; the later word counts."""
    match said.fact:
        case CriterionScored(unit=unit, body=body, axis=axis) as score:
            rules, criterion = _require_judged(score, By.HUMAN, said, world)
            rule = governing(world, unit, axis, said.day, body, person=score.person)
            _require_another(score)
            _require_called(score, rule, said, world)
            require_steps(rule, Step(score.step), (axis, score.period), said, world)
            _require_within(score, rules, criterion)
        case VotesCounted(unit=unit, body=body, axis=axis) as votes:
            _, criterion = _require_judged(votes, By.VOTES, said, world)
            rule = governing(world, unit, axis, said.day, body, person=votes.person)
            require_steps(rule, Step.SELF_RATED, (axis, votes.period), said, world)
            if criterion.evidence and votes.evidence is None:
                raise EvidenceMissing("evidence")


def _require_another(score: CriterionScored) -> None:
    """Raise ScoresItself unless just the self-rating is scored by who is rated: the unit, or the person who signs."""
    itself, signer = score.step is ScoredIn.SELF_RATED, score.signer.person
    if score.person is None:
        if itself != (score.body == score.unit):
            raise ScoresItself("body")
        return
    own = signer == score.person.person
    if (own and not itself) or (itself and signer is not None and not own):
        raise ScoresItself("signer")


def _require_judged(fact: Judged, by: By, said: Said, world: World) -> tuple[RuleDocument, Criterion]:
    """What is asked of both: the unit, the body, an open rating, and a criterion of that kind."""
    require_rated(fact, said, world)
    world.require_unit("body", fact.body, said.day)
    if no_district(fact.body, world.tree, said.day):
        raise NoDistrictAnyMore("body")
    below = fact.body != fact.unit and not over(fact.body, fact.unit, world.tree, said.day)
    if below or reported(said, fact.body, world.tree):
        raise NotOverTheUnit("body")
    adopted = adoptions(fact.rule_set, world)
    if not adopted:
        raise UnknownRuleSet("rule_set")
    if adopted[0].subject_kind != kind_of(fact.unit, fact.person, world.tree):
        raise OtherKindOfUnit("rule_set")
    criterion = next((each for each in adopted[0].rules.criteria if each.code == fact.criterion), None)
    if criterion is None:
        raise UnknownCriterion("criterion")
    if judged_by(criterion) is not by:
        raise OtherKindOfCriterion("criterion")
    _require_open(fact, said, world)
    return adopted[0].rules, criterion


def _require_open(fact: Judged, said: Said, world: World) -> None:
    """Raise DecidedBefore unless it is not decided yet, or what was decided is looked at again."""
    try:
        require_undecided((fact.axis, fact.period), said, world)
    except DecidedBefore:
        facts = list(world.others(said))
        made = decisions(facts, (fact.axis, fact.period))
        if all(aftermath(each, facts, said.day).open <= 0 for each in made):
            raise


def _require_called(score: CriterionScored, rule: RatingAuthoritySet | None, said: Said, world: World) -> None:
    """Raise unless the body is the one whose turn the step is by the posted rule."""
    if score.step is ScoredIn.DECIDED:
        require_rater(score.body, score.unit, rule, said, world, field="body", person=score.person)
    if rule is None:
        return
    for step, kind, refused in (
        (ScoredIn.PROPOSED, rule.proposes, MayNotPropose),
        (ScoredIn.VERIFIED, rule.verifies, MayNotVerify),
    ):
        if score.step is step and kind is not None and not is_of(kind, score.body, world.tree):
            raise refused("body")


def _require_within(score: CriterionScored, rules: RuleDocument, criterion: Criterion) -> None:
    """Raise unless the score is of the sort that the criterion asks for, within its bounds, and has its evidence."""
    said = score.score
    if {Mark.POINTS: said.points, Mark.YES_NO: said.met, Mark.RANK: said.mark}[criterion.mark] is None:
        raise OtherMark("score")
    if said.points is not None and said.points > criterion.points:
        raise PointsOutOfBounds("score.points")
    if said.mark is not None and said.mark not in rules.grades:
        raise UnknownGrade("score.mark")
    if criterion.evidence and score.evidence is None:
        raise EvidenceMissing("evidence")


DECIDER = decider_without_state(decide, CriterionScored, VotesCounted)
