"""What does ratings keep of others' reports? Figures as somebody reported them, beside those that are counted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, Part, event
from shared.contracts.fields import Code, Count, Name, Period, Positive, Qualifier, ScopeId


class ReportedOf(Part):
    """Of which line of a figure a number was reported: one of its keys and the value, e.g. `rank` and `1`."""

    key: Code
    """A key by which the figure can be split."""
    value: Name
    """The value of that key, as the figure gives it."""


@event("vn.nennep.ratings.figure-reported.v1", aggregate="report")
class FigureReported(Event):
    """A figure as somebody reported it (số liệu báo cáo). Subject: an id of the report.

    It stands beside the figure counted and never enters a count.
    """

    indicator: Code
    """The figure beside which it stands, or a word of the reporter's own."""
    scope: ScopeId
    period: Period
    numerator: Count | None = None
    """None where only words were reported (hầu hết)."""
    denominator: Positive | None = None
    qualifier: Qualifier = Qualifier.EXACT
    source: Name
    """Where the figure was read, in the users' words."""
    scope_said: Name | None = None
    """Of what the report itself says that it speaks, in its own words; none where it does not say (phạm vi)."""
    document: Name | None = None
    """Number and date of the paper that states it, in the users' words (văn bản)."""
    received_by: Name | None = None
    """Who received the report (nơi nhận)."""
    only_rate: bool = False
    """Only a rate was reported, and the two numbers are its digits: 65,7 % is 657 of 1000."""
    split: Annotated[tuple[ReportedOf, ...], Field(max_length=8)] = ()
    """Of which line of the figure; nothing: of the figure as a whole."""
