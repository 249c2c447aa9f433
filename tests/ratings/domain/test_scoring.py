"""Who may score a criterion or count votes on it, what may be said, and when?"""

from __future__ import annotations

from typing import Any

import pytest

from services.ratings.domain.authority import NotTheRater
from services.ratings.domain.order import DecidedBefore, NotYetOpened, NotYetSelfRated
from services.ratings.domain.rated import OtherKindOfUnit, UnknownGrade
from services.ratings.domain.rating import MayNotPropose
from services.ratings.domain.rule_set import UnknownRuleSet
from services.ratings.domain.scoring import (
    EvidenceMissing,
    NotOverTheUnit,
    OtherKindOfCriterion,
    OtherMark,
    PointsOutOfBounds,
    ScoresItself,
    UnknownCriterion,
)
from services.ratings.domain.steps import MayNotVerify
from shared.contracts.fields import Grade
from shared.contracts.ratings import (
    By,
    Criterion,
    CriterionScored,
    FiledDocument,
    Mark,
    RuleDocument,
    ScoredIn,
    Step,
    VotesCounted,
)
from shared.eventsourcing.errors import Refused
from shared.units.world import NotAlive, PeriodNotBegun
from tests.ratings.domain.cycle_posts import authority, decided, objected, opened, scored, self_rated, voted, year
from tests.ratings.domain.test_rule_set import GRADES, adopted
from tests.support.given import Given, given
from tests.support.landscape import (
    BRANCH,
    COMMITTEE,
    OTHER_BRANCH,
    PARTY,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    WOMEN_PROVINCE,
    dissolved,
)
from tests.support.posts import Post, again, corrected, voided

FILED = FiledDocument(title="Biên bản thẩm định", sha256="ab" * 32)
SELF: dict[str, Any] = {"body": BRANCH, "step": ScoredIn.SELF_RATED}


def _criterion(code: str, **fields: Any) -> Criterion:
    return Criterion(code=code, title="Tiêu chí", clause="1", **{"points": 10_000, **fields})


RULE_SET = adopted(
    rules=RuleDocument(
        schema_version=2,
        grades=GRADES,
        criteria=(
            _criterion("movement"),
            _criterion("kept", mark=Mark.YES_NO, evidence=True),
            _criterion("unity", mark=Mark.RANK, points=0),
            _criterion("trust", by=By.VOTES),
            _criterion("meetings", indicator="meetings-held"),
        ),
    )
)


def country(*posts: Post) -> Given:
    """The small country with the rule set, and what else stands."""
    return given(RULE_SET, *posts)


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_bodies_above_score_in_their_steps_and_the_unit_in_its_own() -> None:
    country().when(scored(**SELF)).then(CriterionScored)
    for step, body in (
        (ScoredIn.PROPOSED, WOMEN_COMMUNE),
        (ScoredIn.VERIFIED, WOMEN_DISTRICT),
        (ScoredIn.DECIDED, WOMEN_PROVINCE),
    ):
        country().when(scored(step=step, body=body)).then(CriterionScored)
        country().when(scored(step=step, body=BRANCH)).then(ScoresItself, "body")
    country().when(scored(step=ScoredIn.SELF_RATED)).then(ScoresItself, "body")


def test_nobody_scores_whom_he_does_not_stand_above() -> None:
    country().when(scored(body=OTHER_BRANCH)).then(NotOverTheUnit, "body")
    country().when(voted(body=OTHER_BRANCH)).then(NotOverTheUnit, "body")
    country().when(voted(body=WOMEN_COMMUNE)).then(VotesCounted)
    country().when(scored(body=COMMITTEE, by=PARTY)).then(CriterionScored)
    country().when(scored(body=COMMITTEE)).then(NotOverTheUnit, "body")
    country(dissolved(WOMEN_DISTRICT, "2022-12-01")).when(scored()).then(NotAlive, "body")


def test_by_a_posted_rule_each_step_is_scored_by_whose_turn_it_is() -> None:
    rule = authority(decides="district-body", proposes="base-unit", verifies="district-body")
    country(rule).when(scored(step=ScoredIn.PROPOSED, body=WOMEN_COMMUNE)).then(CriterionScored)
    country(rule).when(scored(step=ScoredIn.PROPOSED)).then(MayNotPropose, "body")
    country(rule).when(scored(body=WOMEN_COMMUNE)).then(MayNotVerify, "body")
    country(rule).when(scored(step=ScoredIn.DECIDED)).then(CriterionScored)
    country(rule).when(scored(step=ScoredIn.DECIDED, body=WOMEN_PROVINCE)).then(NotTheRater, "body")


# ── When ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scores_come_in_the_posted_order() -> None:
    rule = authority(steps=(Step.OPENED, Step.SELF_RATED))
    country(rule).when(scored(**SELF)).then(NotYetOpened, "period")
    country(rule).when(voted()).then(NotYetOpened, "period")
    country(rule, opened()).when(scored(**SELF)).then(CriterionScored)
    country(rule, opened()).when(voted()).then(VotesCounted)
    country(rule, opened()).when(scored()).then(NotYetSelfRated, "period")
    country(rule, opened(), self_rated()).when(scored()).then(CriterionScored)
    country().when(scored("2021-12-31")).then(PeriodNotBegun, "period")


def test_what_is_decided_is_scored_again_only_while_an_objection_waits() -> None:
    decision = decided("2022-12-20")
    country(decision).when(scored("2022-12-20")).then(CriterionScored)
    country(decision).when(scored("2022-12-21")).then(DecidedBefore, "period")
    country(decision).when(voted("2022-12-21")).then(DecidedBefore, "period")
    country(decision).when(scored("2022-12-21", period=year(2021))).then(CriterionScored)
    country(decision, objected(decision)).when(scored("2022-12-27")).then(CriterionScored)
    country(decision, objected(decision)).when(scored("2022-12-25")).then(DecidedBefore, "period")


# ── What ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_score_is_of_a_criterion_of_a_rule_set_that_stands_and_rates_such_units() -> None:
    given().when(scored()).then(UnknownRuleSet, "rule_set")
    given(adopted(subject_kind="base-unit")).when(scored()).then(OtherKindOfUnit, "rule_set")
    country().when(scored(criterion="nothing")).then(UnknownCriterion, "criterion")
    country().when(scored(criterion="meetings")).then(OtherKindOfCriterion, "criterion")
    country().when(scored(criterion="trust")).then(OtherKindOfCriterion, "criterion")
    country().when(voted(criterion="movement")).then(OtherKindOfCriterion, "criterion")


@pytest.mark.parametrize(
    ("criterion", "score", "expected"),
    [
        ("movement", {"points": 10_000}, None),
        ("movement", {"points": 10_001}, (PointsOutOfBounds, "score.points")),
        ("movement", {"met": True}, (OtherMark, "score")),
        ("kept", {"met": False}, None),
        ("kept", {"points": 1}, (OtherMark, "score")),
        ("unity", {"mark": GRADES[2]}, None),
        ("unity", {"points": 0}, (OtherMark, "score")),
        ("unity", {"mark": Grade(scale="strength", rank=2, label="Tốt")}, (UnknownGrade, "score.mark")),
    ],
)
def test_a_score_is_of_the_sort_that_is_asked_for_and_within_its_bounds(
    criterion: str, score: dict[str, Any], expected: tuple[type[Refused], str] | None
) -> None:
    judged = country().when(scored(criterion=criterion, score=score, evidence=FILED))
    judged.then(CriterionScored) if expected is None else judged.then(*expected)


def test_where_evidence_is_asked_for_a_filed_document_is_named() -> None:
    country().when(scored(criterion="kept", score={"met": True})).then(EvidenceMissing, "evidence")
    country().when(scored(criterion="movement")).then(CriterionScored)


def test_a_score_is_said_again_corrected_and_voided() -> None:
    post = scored()
    country(post).when(scored("2022-12-06", score={"points": 100})).then(CriterionScored)
    country(post).when(corrected(post, scored(score={"points": 100}).fact)).then(CriterionScored)
    country(post).when(corrected(post, scored(score={"points": 10_001}).fact)).then(PointsOutOfBounds, "score.points")
    country(post, voided(post)).when(again(post)).then(CriterionScored)
