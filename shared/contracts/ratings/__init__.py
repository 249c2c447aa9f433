"""What does ratings publish? Rule sets as data, ratings proposed and decided, figures that others reported."""

from __future__ import annotations

from shared.contracts.closings import closing_of
from shared.contracts.corrections import corrections_of
from shared.contracts.ratings.caps import Cap, CapOf, Pool, Rounding
from shared.contracts.ratings.conditions import GradeCondition, Veto, YoungestAge
from shared.contracts.ratings.criteria import Band, By, CriteriaGroup, Criterion, Floor, Mark, Points, Share
from shared.contracts.ratings.decisions import RatingDecided, RatingProposed
from shared.contracts.ratings.reports import FigureReported
from shared.contracts.ratings.rules import RuleDocument, RuleSetAdopted, Threshold

RatingsFactCorrected, RatingsFactVoided = corrections_of("ratings")
RatingsLogClosed = closing_of("ratings")

__all__ = [
    "Band",
    "By",
    "Cap",
    "CapOf",
    "CriteriaGroup",
    "Criterion",
    "FigureReported",
    "Floor",
    "GradeCondition",
    "Mark",
    "Points",
    "Pool",
    "RatingDecided",
    "RatingProposed",
    "RatingsFactCorrected",
    "RatingsFactVoided",
    "RatingsLogClosed",
    "Rounding",
    "RuleDocument",
    "RuleSetAdopted",
    "Share",
    "Threshold",
    "Veto",
    "YoungestAge",
]
