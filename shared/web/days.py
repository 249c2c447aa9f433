"""Which days may a request name? Those on which facts may lie; beyond them the calendar itself ends."""

from __future__ import annotations

import datetime as dt

from shared.contracts.event import plausible
from shared.web.problem import TurnedAway


def plausible_day(day: dt.date, field: str) -> dt.date:
    """The day itself. TurnedAway (422) outside 1930 to 9998."""
    try:
        return plausible(day)
    except ValueError:
        raise TurnedAway(422, "year-out-of-range", field) from None


def require_plausible(**days: dt.date | None) -> None:
    """The same of several fields by their names; one that is not given may be any."""
    for field, day in days.items():
        if day is not None:
            plausible_day(day, field)
