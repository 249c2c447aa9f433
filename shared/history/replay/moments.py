"""Which moment does a day or an instant name? The end of that day in Viet Nam, or the instant itself."""

from __future__ import annotations

import datetime as dt
from typing import Final

from shared.contracts.envelope import EPOCH
from shared.contracts.event import VIETNAM, calendar_day, instant, plausible

MICROSECOND: Final = dt.timedelta(microseconds=1)


def moment(text: str) -> int:
    """Microseconds since 1970 of `2022-05-31` (its last one, in Viet Nam) or of an RFC 3339 instant, rounded down.

    ValueError for anything else, and for days outside 1930 to 9998.
    """
    if len(text) == len("2022-05-31"):
        return end_of(plausible(calendar_day(text)))
    found = instant(text)
    plausible(found.astimezone(VIETNAM).date())
    return (found - EPOCH) // MICROSECOND


def end_of(day: dt.date) -> int:
    """The last microsecond of a local day."""
    following = dt.datetime.combine(day, dt.time(), VIETNAM) + dt.timedelta(days=1)
    return (following - EPOCH) // MICROSECOND - 1


def local(micros: int) -> dt.datetime:
    """The moment by the clocks of Viet Nam."""
    return (EPOCH + micros * MICROSECOND).astimezone(VIETNAM)
