"""Which reports do units owe to the body above, and which were sent and received? By kind of unit and by period."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Day,
    Period,
    UnitId,
)

Lag = Annotated[int, Field(ge=-27, le=366)]
"""Days after the last day of a period; before it where negative, and still within the shortest month."""


class Reporting(StrEnum):
    """Over which stretch of the calendar a regular report tells (kỳ báo cáo)."""

    MONTH = "month"
    """Each calendar month (hằng tháng)."""
    QUARTER = "quarter"
    """Each calendar quarter (hằng quý)."""
    HALF_YEAR = "half-year"
    """January to June, and July to December (6 tháng)."""
    YEAR = "year"
    """Each calendar year (hằng năm)."""


@event("vn.nennep.membership.reporting-set.v1", aggregate="organisation", effect="starts")
class ReportingSet(Event):
    """Units of a kind owe the body above a regular report (chế độ báo cáo định kỳ). Subject: the organisation.

    Said again of the same kind of unit, matter and stretch, the later word counts.
    """

    unit_kind: Code
    """The kind of unit that owes, as its founding says it: branch, base-unit, district-body …"""
    matter: Code
    """Open list: activity (kết quả công tác), dues (thu nộp phí) …"""
    every: Reporting
    within: Lag
    """The last day for sending it is so many days after the last day of the period (thời hạn gửi)."""
    starts: Day
    until: Day | None = None
    """The first day from which it is owed no longer; none: it goes on."""


@event("vn.nennep.membership.report-sent.v1", aggregate="unit-report")
class ReportSent(Event):
    """A unit sent its report (gửi báo cáo). Its paper is the fact's document. Subject: an id of the report."""

    unit: UnitId
    """The unit that reports."""
    matter: Code
    """Open list: activity (kết quả công tác), dues (thu nộp phí) …"""
    period: Period
    """The period on which it reports; a regular report names the whole month, quarter, half-year or year."""
    recipient: UnitId | None = None
    """The body above it to which it goes; none: a body outside the organisation, which discharges no duty."""


@event("vn.nennep.membership.report-received.v1", aggregate="unit-report")
class ReportReceived(Event):
    """The body to which a report was sent has received it (tiếp nhận báo cáo). Subject: the report's id."""

    unit: UnitId
    """The unit that reports."""
