"""How does the log of an organisation end that goes on in others? One event that every producing service has.

It is the last event of that log: whatever the organisation posts afterwards is refused. The log is never joined to
another. The successors named read it on, and put right in their own logs what stands in it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Day, OrganisationId, UnitId


class Portion(Part):
    """What goes to a successor other than the first."""

    unit: UnitId
    """The root of a subtree of the closed organisation's line."""
    successor: OrganisationId
    """One of the successors."""


class LogClosed(Event):
    """The organisation goes on in its successors from a day on, and posts no more here (đóng sổ). Subject: its id."""

    successors: Annotated[tuple[OrganisationId, ...], Field(min_length=1, max_length=20)]
    """The first one takes whatever no portion names."""
    portions: Annotated[tuple[Portion, ...], Field(max_length=200)] = ()
    """Subtrees that go to others; the nearest one above a unit counts."""
    effective: Day
    """The first day on which the successors are the owners."""
    closes: ClassVar[bool] = True


def closing_of(service: str) -> type[LogClosed]:
    """Register the event for a producing service and give it back."""
    closed = type("LogClosed", (LogClosed,), {"__doc__": LogClosed.__doc__, "__module__": __name__})
    register = event(
        f"vn.nennep.{service}.log-closed.v1", aggregate="organisation", effect="effective", correctable=False
    )
    return register(closed)
