"""What is owed, by whom, by when? One obligation that is open, or of which nobody records what it would rest upon."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.contracts.fields import Period
from shared.contracts.meetings import Every
from shared.contracts.ratings import Step
from shared.units.calendar import month_of, quarter_of

ONE_DAY = dt.timedelta(days=1)


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
    """Of a rating: for which period."""

    @property
    def place(self) -> tuple[str, str, str, dt.date, str, str]:
        """Where it stands in every list: by kind, state, unit, day, person and what is rated."""
        rated = f"{self.axis}/{self.period}/{self.step}"
        return self.kind, self.state, str(self.unit), self.until or dt.date.max, str(self.person or ""), rated


def period_of(every: Every, day: dt.date) -> Period:
    """The month or quarter in which a day lies."""
    return month_of(day) if every is Every.MONTH else quarter_of(day)


def before(every: Every, period: Period) -> Period:
    """The period before this one."""
    return period_of(every, period.start - ONE_DAY)


def last_day(period: Period) -> dt.date:
    """The last day of a period, whose end is the first day after it."""
    return period.end - ONE_DAY


def read_on(period: Period) -> dt.date:
    """The day on which the rule of a period is read: the first of its last month."""
    return month_of(last_day(period)).start
