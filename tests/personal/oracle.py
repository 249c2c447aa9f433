"""When must a person be answered? Counted day by day on paper rules, without a word of the product's own code."""

from __future__ import annotations

import datetime as dt

# Closed days of 2026 besides Saturdays and Sundays, and Saturdays that are worked instead.
CLOSED = {
    (1, 1), (1, 2),
    (2, 16), (2, 17), (2, 18), (2, 19), (2, 20),
    (4, 27), (4, 30), (5, 1),
    (8, 31), (9, 1), (9, 2),
}  # fmt: skip
WORKED = {(1, 10), (8, 22)}
TERMS = {
    # kind: days, days with a third party, days more
    "access": (10, 10, 10),
    "correction": (10, 10, 10),
    "erasure": (20, 20, 20),
    "withdrawal": (15, 20, 15),
    "restriction": (15, 20, 15),
    "objection": (15, 20, 15),
}


def works(day: dt.date) -> bool:
    place = (day.month, day.day)
    if place in WORKED:
        return True
    return day.isoweekday() <= 5 and place not in CLOSED


def acknowledge_by(received: dt.date) -> dt.date:
    """The second working day after the day of receipt."""
    seen, day = 0, received
    while seen < 2:
        day += dt.timedelta(days=1)
        seen += works(day)
    return day


def answer_by(kind: str, received: dt.date, *, third_party: bool, extended: bool) -> dt.date:
    """The last day, or the next working day when nobody works on it."""
    plain, with_third, more = TERMS[kind]
    day = received + dt.timedelta(days=(with_third if third_party else plain) + (more if extended else 0))
    while not works(day):
        day += dt.timedelta(days=1)
    return day


def state(
    today: dt.date, acknowledge: dt.date, answer: dt.date, acknowledged: dt.date | None, answered: dt.date | None
) -> str:
    """What the list must say of it."""
    if answered is not None:
        return "answered-late" if answered > answer else "answered"
    if (acknowledged is None and today > acknowledge) or (acknowledged is not None and acknowledged > acknowledge):
        return "late"
    if today > answer:
        return "late"
    end = answer if acknowledged is not None else min(acknowledge, answer)
    left = sum(works(today + dt.timedelta(days=each)) for each in range(1, (end - today).days + 1))
    return "due" if left <= 2 else "open"
