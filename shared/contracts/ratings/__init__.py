"""What does ratings publish? Rule sets as data, ratings proposed and decided, figures that others reported."""

from __future__ import annotations

from shared.contracts.closings import closing_of
from shared.contracts.corrections import corrections_of
from shared.contracts.ratings.decisions import RatingDecided, RatingProposed
from shared.contracts.ratings.reports import FigureReported
from shared.contracts.ratings.rules import Criterion, Points, RuleDocument, RuleSetAdopted, Threshold

RatingsFactCorrected, RatingsFactVoided = corrections_of("ratings")
RatingsLogClosed = closing_of("ratings")

__all__ = [
    "Criterion",
    "FigureReported",
    "Points",
    "RatingDecided",
    "RatingProposed",
    "RatingsFactCorrected",
    "RatingsFactVoided",
    "RatingsLogClosed",
    "RuleDocument",
    "RuleSetAdopted",
    "Threshold",
]
