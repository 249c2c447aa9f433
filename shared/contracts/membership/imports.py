"""When is a unit's book open? What was on paper has been brought in, counted, and signed off."""

from __future__ import annotations

from shared.contracts.event import Event, event
from shared.contracts.fields import Count, Day, UnitId


@event("vn.nennep.membership.book-opened.v1", aggregate="book", effect="opened_on")
class BookOpened(Event):
    """The book of a unit is complete from this day on, by a signed count (mở sổ, chốt số dư đầu kỳ). Subject: the unit.

    The signed document stands in the envelope. Before this day the unit's member figures come from the opening only.
    """

    unit: UnitId
    opened_on: Day
    members: Count
    """Members counted and signed off: each once in each branch, sub-branches in the branch above them."""
