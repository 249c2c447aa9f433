"""Which step of a rating waits for whom, until when? By the posted rule; without one the decision alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from services.ratings.domain.authority import is_of, rater_in_line
from services.ratings.domain.order import IN_ORDER, last_day
from services.ratings.domain.raters import Rater
from shared.contracts.fields import Period
from shared.contracts.ratings import RatingAuthoritySet, Step
from shared.units.tree import Tree


class Reached(NamedTuple):
    """How far one rating has come, of a unit or of a person in it."""

    unit: UUID
    axis: str
    period: Period
    days: Mapping[Step, dt.date]
    """The steps that stand, each with its first day."""
    rater: UUID | None = None
    """Who decided."""
    open: bool = False
    """Whether an objection or an order waits."""
    reverified: bool = False
    cancelled: bool = False

    def due(self, step: Step, rule: RatingAuthoritySet | None) -> dt.date | None:
        """The last day for a step; none where no limit is set, or where it has not begun to run."""
        return last_day(rule, step, self.period, self.days)


class Waiting(NamedTuple):
    """The next step, whose turn it is, and by when."""

    step: Step
    body: UUID | None
    due: dt.date | None


def next_step(reached: Reached, rater: Rater, tree: Tree, day: dt.date) -> Waiting | None:
    """What comes next; nothing where all is done."""
    rule = rater.rule
    if Step.DECIDED in reached.days and not reached.cancelled:
        return _afterwards(reached, rule, rater, tree, day)
    asked = set() if rule is None else set(rule.steps)
    for step in IN_ORDER:
        if step is Step.DECIDED or (step in asked and step not in reached.days):
            return Waiting(step, _whose(step, reached, rater, tree, day), reached.due(step, rule))
    return None


def _afterwards(
    reached: Reached, rule: RatingAuthoritySet | None, rater: Rater, tree: Tree, day: dt.date
) -> Waiting | None:
    steps = () if rule is None else rule.steps
    if reached.open:
        step = Step.REVERIFIED if Step.REVERIFIED in steps and not reached.reverified else Step.SETTLED
        return Waiting(step, _whose(step, reached, rater, tree, day), reached.due(step, rule))
    if Step.PUBLISHED in steps and Step.PUBLISHED not in reached.days:
        return Waiting(Step.PUBLISHED, reached.rater, reached.due(Step.PUBLISHED, rule))
    return None


def _whose(step: Step, reached: Reached, rater: Rater, tree: Tree, day: dt.date) -> UUID | None:
    """The body whose turn it is; none where nobody has said."""
    rule = rater.rule
    kinds = {} if rule is None else {Step.PROPOSED: rule.proposes, Step.VERIFIED: rule.verifies}
    settles = None if rule is None else rule.settles
    match step:
        case Step.SELF_RATED:
            return reached.unit
        case Step.PROPOSED | Step.VERIFIED:
            return _nearest(kinds.get(step), reached.unit, tree, day)
        case Step.REVERIFIED | Step.SETTLED:
            return _nearest(settles, reached.unit, tree, day) if settles is not None else reached.rater
        case _:
            return rater.body


def _nearest(kind: str | None, unit: UUID, tree: Tree, day: dt.date) -> UUID | None:
    if kind is None:
        return None
    return unit if is_of(kind, unit, tree) else rater_in_line(kind, unit, tree, day)
