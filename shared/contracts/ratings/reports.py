"""What does ratings keep of others' reports? Figures as somebody reported them, beside those that are counted."""

from __future__ import annotations

from shared.contracts.event import Event, event
from shared.contracts.fields import Code, Count, Name, Period, Positive, Qualifier, ScopeId


@event("vn.nennep.ratings.figure-reported.v1", aggregate="report")
class FigureReported(Event):
    """A figure as somebody reported it (số liệu báo cáo). Subject: an id of the report.

    It stands beside the figure counted and never enters a count.
    """

    indicator: Code
    """The figure beside which it stands, or a word of the reporter's own."""
    scope: ScopeId
    period: Period
    numerator: Count
    denominator: Positive | None = None
    qualifier: Qualifier = Qualifier.EXACT
    source: Name
    """Where the figure was read, in the users' words."""
