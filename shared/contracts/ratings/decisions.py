"""What does ratings say of a unit's grade? Proposed by one body, decided by another, each under a rule set it names."""

from __future__ import annotations

from shared.contracts.event import Event, event
from shared.contracts.fields import Code, EventReference, Grade, Period, RuleSetId, UnitId
from shared.contracts.ratings.acts import Basis, RatedPerson, Signer
from shared.contracts.ratings.criteria import Points


class _Rating(Event):
    unit: UnitId
    """The rated unit; the same as the subject."""
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    rater: UnitId
    """The body that rates: a unit of the poster's own line."""
    axis: Code
    """Open list: vertical, party-committee, territorial …; two raters on two axes stand side by side."""
    period: Period
    rule_set: RuleSetId | None = None
    """None where the policy was never posted."""
    grade: Grade
    points: Points | None = None
    """None where the policy gives no points."""
    confirms: EventReference | None = None
    """The event in which the subject's own organisation had reported this rating."""
    signer: Signer | None = None


@event("vn.nennep.ratings.rating-proposed.v1", aggregate="rating", act="rate")
class RatingProposed(_Rating):
    """A body proposes a grade for a unit (đề xuất xếp loại). Subject: the rated unit."""


@event(
    "vn.nennep.ratings.rating-decided.v1",
    aggregate="rating",
    act="rate",
    concludes=("vn.nennep.ratings.rating-proposed.v1", "vn.nennep.ratings.unit-self-rated.v1"),
    alike=("unit", "period"),
)
class RatingDecided(_Rating):
    """A body decides the grade of a unit for a period (quyết định xếp loại). Subject: the rated unit."""

    basis: Basis | None = None
    """On what it rests; none: on what was known when it was recorded."""
    instead_of: EventReference | None = None
    """The decision in whose place it is made, which was cancelled."""
