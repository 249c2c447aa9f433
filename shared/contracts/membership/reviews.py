"""What did a review of the lists find? Opened for a unit and a period, member by member, closed with two counts."""

from __future__ import annotations

from enum import StrEnum

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Count,
    Period,
    PersonId,
    UnitId,
)


@event("vn.nennep.membership.review-opened.v1", aggregate="review")
class ReviewOpened(Event):
    """The lists of a unit and all below it are reviewed (mở đợt rà soát đoàn viên, hội viên). Subject: its id."""

    unit: UnitId
    period: Period
    """The days on which the review is to be done."""


class Finding(StrEnum):
    """What the review found of a member."""

    CONFIRMED = "confirmed"
    """Here and taking part (có mặt, đang sinh hoạt)."""
    AWAY = "away"
    """Working or studying away (đi làm ăn xa)."""
    NOT_ATTENDING = "not-attending"
    """Here, but does not attend (không tham gia sinh hoạt)."""
    GONE = "gone"
    """Not here and nobody knows where (bỏ địa phương đi, không còn)."""


@event("vn.nennep.membership.member-reviewed.v1", aggregate="review", order_keys=("person",))
class MemberReviewed(Event):
    """What was found of one member; said again, the later finding counts (rà soát từng người). Subject: the review."""

    branch: UnitId
    """On whose list the person stands."""
    person: PersonId
    finding: Finding


@event("vn.nennep.membership.review-closed.v1", aggregate="review")
class ReviewClosed(Event):
    """The review of the unit is done (kết thúc rà soát), with the counts before and after. Subject: the review."""

    unit: UnitId
    """The unit for which it was opened."""
    before: Count
    """Members on the list when it was opened, as signed; it stands beside what the book counts."""
    after: Count
    """Members who remain once what it proposes is decided, as signed."""
