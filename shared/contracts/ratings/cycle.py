"""How does a rating come about? Period opened, self-rated, verified, pool closed, published: each step a fact.

*Proposed* and *decided* stand in `decisions`, what follows an objection in `objections`. Number and date of each
step's document are the envelope's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Code, EventReference, Grade, Name, Period, RuleSetId, UnitId
from shared.contracts.ratings.acts import RatedPerson, Signer
from shared.contracts.ratings.criteria import Points


class PeriodKind(StrEnum):
    """How long a rated period is."""

    QUARTER = "quarter"
    """Three months (quý)."""
    HALF_YEAR = "half-year"
    """Six months (sáu tháng)."""
    YEAR = "year"
    """Twelve months, from January or from the school's August (năm)."""
    TERM = "term"
    """Whole years (nhiệm kỳ)."""


@event("vn.nennep.ratings.rating-period-opened.v1", aggregate="rating-period")
class RatingPeriodOpened(Event):
    """A body opens a period for all units of a kind under it (mở đợt xếp loại).

    Subject: the id that follows from axis and period (`period_id`).
    """

    body: UnitId
    axis: Code
    period: Period
    kind: PeriodKind
    subject_kind: Code
    """Kind of the units to be rated."""
    rule_set: RuleSetId | None = None
    """The rule set by which they are to be rated; none: it was never posted."""
    signer: Signer


@event("vn.nennep.ratings.unit-self-rated.v1", aggregate="rating", act="rate")
class UnitSelfRated(Event):
    """A unit or person rates itself; said again, the later word counts (tự xếp loại). Subject: the unit."""

    unit: UnitId
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    axis: Code
    period: Period
    rule_set: RuleSetId | None = None
    grade: Grade
    points: Points | None = None
    signer: Signer


@event("vn.nennep.ratings.rating-verified.v1", aggregate="rating", act="rate")
class RatingVerified(Event):
    """The advisory body has verified and says which grade it holds right (thẩm định). Subject: the rated unit."""

    unit: UnitId
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    body: UnitId
    axis: Code
    period: Period
    rule_set: RuleSetId | None = None
    grade: Grade
    points: Points | None = None
    signer: Signer


class PoolMember(Part):
    """A unit, or a person in it, of a pool with the grade that is to be given."""

    unit: UnitId
    grade: Grade
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. A pool holds units or persons, as its rule set rates them."""


@event("vn.nennep.ratings.rating-pool-closed.v1", aggregate="rating-pool", act="rate")
class RatingPoolClosed(Event):
    """A rater closes a group of comparable units or persons; the cap is tested (chốt nhóm, xét tỷ lệ khống chế).

    Subject: the id that follows from rater, axis and period (`pool_id`). Closed again, the later list counts.
    """

    rater: UnitId
    axis: Code
    period: Period
    pool: Code
    """One of the rule set's pools."""
    group: Code
    """The peer group within it, in the rater's words: branches, school-branches …"""
    rule_set: RuleSetId
    members: Annotated[tuple[PoolMember, ...], Field(max_length=5_000)]
    over_because: Name | None = None
    """Why more than the cap allows are given the capped grade; without it the list is refused."""
    exceptional: bool = False
    """Whether the share holds that the document allows outstanding bodies (tỷ lệ ngoại lệ)."""
    signer: Signer


@event("vn.nennep.ratings.rating-published.v1", aggregate="rating", act="rate")
class RatingPublished(Event):
    """A decision is made known, with what the grade opens elsewhere (công bố kết quả). Subject: the rated unit.

    Until a later `rating-changed` or `rating-cancelled` of the same decision the listed effects hold: services that
    act upon grades listen to these three.
    """

    unit: UnitId
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    axis: Code
    period: Period
    decision: EventReference
    """The decision that is published."""
    body: UnitId
    effects: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    """Exactly what the rules grant to the grade, in the order of the words."""
    signer: Signer
