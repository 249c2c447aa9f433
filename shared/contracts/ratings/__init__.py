"""What does ratings publish? Rule sets as data, scores, ratings proposed and decided, figures that others reported."""

from __future__ import annotations

from shared.contracts.closings import closing_of
from shared.contracts.corrections import corrections_of
from shared.contracts.ratings.acts import (
    Basis,
    Moment,
    RatedPerson,
    Reached,
    Signer,
    authority_id,
    period_id,
    pool_id,
    rated_id,
)
from shared.contracts.ratings.authority import Deadline, GradeEffect, RatingAuthoritySet, Step
from shared.contracts.ratings.caps import Cap, CapOf, Pool, Rounding
from shared.contracts.ratings.conditions import GradeCondition, Veto, YoungestAge
from shared.contracts.ratings.criteria import Band, By, CriteriaGroup, Criterion, Floor, Mark, Points, Share
from shared.contracts.ratings.cycle import (
    PeriodKind,
    PoolMember,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingPublished,
    RatingVerified,
    UnitSelfRated,
)
from shared.contracts.ratings.decisions import RatingDecided, RatingProposed
from shared.contracts.ratings.objections import (
    ObjectionRaised,
    RatingCancelled,
    RatingChanged,
    RatingReverified,
    RatingUpheld,
    ReratingOrdered,
)
from shared.contracts.ratings.reports import FigureReported
from shared.contracts.ratings.rules import RuleDocument, RuleSetAdopted, Threshold
from shared.contracts.ratings.scores import Ballot, CriterionScored, FiledDocument, Score, ScoredIn, VotesCounted

RatingsFactCorrected, RatingsFactVoided = corrections_of("ratings")
RatingsLogClosed = closing_of("ratings")

__all__ = [
    "Ballot",
    "Band",
    "Basis",
    "By",
    "Cap",
    "CapOf",
    "CriteriaGroup",
    "Criterion",
    "CriterionScored",
    "Deadline",
    "FigureReported",
    "FiledDocument",
    "Floor",
    "GradeCondition",
    "GradeEffect",
    "Mark",
    "Moment",
    "ObjectionRaised",
    "PeriodKind",
    "Points",
    "Pool",
    "PoolMember",
    "RatedPerson",
    "RatingAuthoritySet",
    "RatingCancelled",
    "RatingChanged",
    "RatingDecided",
    "RatingPeriodOpened",
    "RatingPoolClosed",
    "RatingProposed",
    "RatingPublished",
    "RatingReverified",
    "RatingUpheld",
    "RatingVerified",
    "RatingsFactCorrected",
    "RatingsFactVoided",
    "RatingsLogClosed",
    "Reached",
    "ReratingOrdered",
    "Rounding",
    "RuleDocument",
    "RuleSetAdopted",
    "Score",
    "ScoredIn",
    "Share",
    "Signer",
    "Step",
    "Threshold",
    "UnitSelfRated",
    "Veto",
    "VotesCounted",
    "YoungestAge",
    "authority_id",
    "period_id",
    "pool_id",
    "rated_id",
]
