"""What is owed, by whom, by when? One obligation that is open, or of which nobody records what it would rest upon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.contracts.fields import Period
from shared.contracts.meetings import Every
from shared.contracts.membership import Reporting
from shared.contracts.ratings import Step
from shared.units.calendar import half_year_of, month_of, quarter_of, year_of

ONE_DAY = dt.timedelta(days=1)
_STRETCH: Final = {
    Reporting.MONTH: month_of,
    Reporting.QUARTER: quarter_of,
    Reporting.HALF_YEAR: half_year_of,
    Reporting.YEAR: year_of,
}


class Kind(StrEnum):
    """What sort of thing is owed."""

    MEETING = "meeting"
    """The regular meeting of a branch (sinh hoạt định kỳ)."""
    VISIT = "visit"
    """The visits of a cadre (dự sinh hoạt)."""
    TRANSFER = "transfer"
    """A member who was introduced is to be received (tiếp nhận chuyển sinh hoạt)."""
    RATING = "rating"
    """The yearly rating (xếp loại)."""
    REPORT = "report"
    """A report to the unit above (báo cáo)."""
    RECEIPT = "report-receipt"
    """A report that was sent here is to be received (tiếp nhận báo cáo)."""


class State(StrEnum):
    """How an obligation stands on a day."""

    DUE = "due"
    """It can still be met in time (đến hạn)."""
    MISSED = "missed"
    """The period went by without it (quá hạn)."""
    NOT_RECORDED = "not-recorded"
    """Nobody has recorded what would make it due (chưa ghi nhận)."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One line of a work list."""

    kind: Kind
    state: State
    unit: UUID
    """Where it is owed: a branch, or the area of a cadre."""
    until: dt.date | None = None
    """The last day on which it is met in time."""
    person: UUID | None = None
    """The cadre who owes, or the member who waits."""
    left: int | None = None
    """How many are still owed."""
    step: Step | None = None
    """Of a rating: which step comes next."""
    axis: str | None = None
    """Of a rating: on which axis."""
    period: Period | None = None
    """Of a rating and a report: for which period."""
    matter: str | None = None
    """Of a report: what it is about."""
    sender: UUID | None = None
    """Of a report that is to be received: whose it is."""
    standing: str | None = None
    """Of a rating of persons: in what standing they are rated (member, officer); none: the unit itself is."""
    persons: tuple[UUID, ...] = ()
    """Of a rating of persons: who waits for this step in this unit; `left` says how many."""

    @property
    def about(self) -> str:
        """What tells it from another one of its kind, unit, person and last day."""
        whose = "" if self.standing is None else f"/{self.standing}"
        return f"{self.axis}/{self.period}/{self.step}/{self.matter}/{self.sender}{whose}"

    @property
    def place(self) -> tuple[str, str, str, dt.date, str, str]:
        """Where it stands in every list: by kind, state, unit, day, person and what it is about."""
        return self.kind, self.state, str(self.unit), self.until or dt.date.max, str(self.person or ""), self.about


def period_of(every: Every, day: dt.date) -> Period:
    """The month or quarter in which a day lies."""
    return month_of(day) if every is Every.MONTH else quarter_of(day)


def stretches(every: Reporting, day: dt.date) -> Iterator[Period]:
    """The month, quarter, half-year or year in which a day lies, then each one before."""
    while True:
        period = _STRETCH[every](day)
        yield period
        day = period.start - ONE_DAY


def before(every: Every, period: Period) -> Period:
    """The period before this one."""
    return period_of(every, period.start - ONE_DAY)


def last_day(period: Period) -> dt.date:
    """The last day of a period, whose end is the first day after it."""
    return period.end - ONE_DAY


def read_on(period: Period) -> dt.date:
    """The day on which the rule of a period is read: the first of its last month."""
    return month_of(last_day(period)).start
