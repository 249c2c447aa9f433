"""Which points and grade does a rule set propose, and why? What the evaluation says, as JSON; nothing is decided."""

from __future__ import annotations

from typing import Any

from services.ratings.domain.rules import Evidence, evaluate
from shared.contracts.ratings import RuleDocument


def propose(rules: RuleDocument, evidence: Evidence) -> dict[str, Any]:
    """Points for each criterion, their sum, and the grade, or why there is none; and the units below, if asked for."""
    below = evidence.children
    children = None if below is None else [{**each._asdict(), "events": list(each.events)} for each in below]
    return {**evaluate(rules, evidence).told(), "children": children}
