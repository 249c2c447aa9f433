"""What happens to a decision afterwards? Objected to, verified again, then upheld, changed or cancelled: new facts."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from shared.contracts.event import Event, event
from shared.contracts.fields import Code, EventReference, Grade, Period, RuleSetId, UnitId
from shared.contracts.ratings.acts import RatedPerson, Signer
from shared.contracts.ratings.criteria import Points

_RAISED: Final = "vn.nennep.ratings.objection-raised.v1"


class _After(Event):
    unit: UnitId
    """The rated unit; the same as the subject."""
    person: RatedPerson | None = None
    """Who is rated in the unit; none: the unit itself. Then the subject is the id that follows (`rated_id`)."""
    axis: Code
    period: Period
    decision: EventReference
    """The decision that it is about, on that axis and for that period."""
    body: UnitId
    """Who acts."""
    signer: Signer


@event(_RAISED, aggregate="rating", act="rate")
class ObjectionRaised(_After):
    """Somebody objects to a decision (kiến nghị, khiếu nại kết quả xếp loại). Subject: the rated unit."""

    ground: Code
    """Open list: fact-missing (thiếu sự việc), fact-wrong (sự việc ghi sai), rule-misapplied (áp dụng sai quy định),
    complaint (đơn thư khiếu nại), denunciation (đơn tố cáo), sign-of-violation (có dấu hiệu vi phạm),
    disunity (mất đoàn kết) …"""


@event("vn.nennep.ratings.rerating-ordered.v1", aggregate="rating", act="rate")
class ReratingOrdered(_After):
    """A body above orders that a unit be rated again (yêu cầu đánh giá, xếp loại lại). Subject: the rated unit."""

    ground: Code


@event("vn.nennep.ratings.rating-reverified.v1", aggregate="rating", act="rate")
class RatingReverified(_After):
    """It was verified again, with the grade that is held right now (thẩm định lại). Subject: the rated unit."""

    rule_set: RuleSetId | None = None
    """The same as the decision's."""
    grade: Grade


@event(
    "vn.nennep.ratings.rating-upheld.v1",
    aggregate="rating",
    act="rate",
    concludes=(_RAISED,),
    alike=("unit", "decision"),
)
class RatingUpheld(_After):
    """The decision stands as it is (giữ nguyên kết quả). Subject: the rated unit."""


@event(
    "vn.nennep.ratings.rating-changed.v1",
    aggregate="rating",
    act="rate",
    concludes=(_RAISED,),
    alike=("unit", "decision"),
)
class RatingChanged(_After):
    """Another grade holds from now on; the decision stays in the book beside it (thay đổi kết quả).

    Subject: the rated unit.
    """

    rule_set: RuleSetId | None = None
    """The same as the decision's."""
    grade: Grade
    points: Points | None = None
    effects: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    """What the grade opens from now on, if the decision was published; as in `rating-published`."""


@event(
    "vn.nennep.ratings.rating-cancelled.v1",
    aggregate="rating",
    act="rate",
    concludes=(_RAISED,),
    alike=("unit", "decision"),
)
class RatingCancelled(_After):
    """No grade holds from now on, and nothing that it opened; it may be decided anew (hủy kết quả).

    Subject: the rated unit.
    """
