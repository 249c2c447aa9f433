"""Who rates a unit on a day? A body, or *rater not set* with the reason why.

Until 30 June 2025 the district rates bases and hamlet branches for whom nothing else was posted: that is how the
provinces themselves report it (Châu Thành, Đồng Tháp, 16/6/2021). From then on nobody does until a rule is posted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.ratings.domain.authority import (
    DISTRICT_BODY,
    NO_DISTRICTS_FROM,
    governing_of,
    is_of,
    no_district,
    over,
    rater_in_line,
)
from shared.contracts.ratings import RatedPerson, RatingAuthoritySet
from shared.eventsourcing.decider import Said
from shared.units.tree import Tree

BY_CUSTOM: Final = frozenset({"branch", "base-branch", "base-unit"})
"""Kinds of units that the district rated."""
VERTICAL: Final = "vertical"


class Why(StrEnum):
    """How the answer comes about."""

    BY_RULE = "by-rule"
    """A posted rule names the kind of body."""
    BY_CUSTOM = "by-custom"
    """No rule was posted; before 1 July 2025 the district rates."""
    NO_RULE = "no-rule-posted"
    """Nobody has posted who rates such units on that day."""
    NO_SUCH_BODY = "no-such-body-above"
    """The rule names a kind of body of which none stands above the unit on that day."""
    NO_DISTRICT = "no-district-any-more"
    """The rule names a district body, and there is none since 1 July 2025."""
    WAITING = "unit-not-assigned"
    """Its base was divided and nobody has said yet to which part the unit goes."""


class Rater(NamedTuple):
    """A body, or none; why, and the rule that says so."""

    body: UUID | None
    why: Why
    rule: RatingAuthoritySet | None = None


def rater_of(  # noqa: PLR0913 — the last one by name
    rules: Iterable[Said],
    tree: Tree,
    unit: UUID,
    axis: str,
    day: dt.date,
    raters: Iterable[UUID] = (),
    *,
    person: RatedPerson | None = None,
) -> Rater:
    """Who rates a unit, or a person in it, on an axis on a day.

    `raters` are bodies of other organisations that come into question.
    """
    rules, raters = list(rules), sorted(raters)
    rule = governing_of(rules, tree, unit, day, person=person)
    if rule is None:
        for each in raters:
            theirs = governing_of(rules, tree, unit, day, each, person=person)
            if theirs is not None and is_of(theirs.decides, each, tree) and over(each, unit, tree, day):
                return Rater(each, Why.BY_RULE, theirs)
        return _by_custom(tree, unit, axis, day) if person is None else Rater(None, Why.NO_RULE)
    if rule.decides == DISTRICT_BODY and day >= NO_DISTRICTS_FROM:
        return Rater(None, Why.NO_DISTRICT, rule)
    body = rater_in_line(rule.decides, unit, tree, day, person=person) or next(
        (each for each in raters if is_of(rule.decides, each, tree) and over(each, unit, tree, day)), None
    )
    if body is not None:
        return Rater(body, Why.BY_RULE, rule)
    return Rater(None, Why.WAITING if tree.held_back_from(unit, day) else Why.NO_SUCH_BODY, rule)


def _by_custom(tree: Tree, unit: UUID, axis: str, day: dt.date) -> Rater:
    body = rater_in_line(DISTRICT_BODY, unit, tree, day)
    if axis == VERTICAL and tree.kind(unit) in BY_CUSTOM and body is not None and not no_district(body, tree, day):
        return Rater(body, Why.BY_CUSTOM)
    return Rater(None, Why.NO_RULE)
