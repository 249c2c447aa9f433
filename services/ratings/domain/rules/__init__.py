"""What does a rule set say of somebody? The evidence it reads, the evaluation it gives, and how many a cap allows."""

from __future__ import annotations

from services.ratings.domain.rules.caps import allowed, cap
from services.ratings.domain.rules.evaluate import evaluate
from services.ratings.domain.rules.evaluation import (
    Barred,
    Condition,
    Evaluation,
    GroupSum,
    Line,
    Reading,
    State,
    Why,
)
from services.ratings.domain.rules.evidence import Child, Evidence, Life, Measured, Score, Votes

__all__ = [
    "Barred",
    "Child",
    "Condition",
    "Evaluation",
    "Evidence",
    "GroupSum",
    "Life",
    "Line",
    "Measured",
    "Reading",
    "Score",
    "State",
    "Votes",
    "Why",
    "allowed",
    "cap",
    "evaluate",
]
