"""What is known of the one that is rated? Figures, scores, votes, its age and its branches; what is missing is unknown.

Every entry is optional. An entry that is not there is *not recorded*: it never counts as nought nor as fulfilled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Measured(NamedTuple):
    """What a figure says of the unit and the period, with the events behind it (organisation/event)."""

    figure: str
    numerator: int
    denominator: int | None
    """None where no fact gives one; 0 only where facts say 0."""
    events: Sequence[str] = ()


class Score(NamedTuple):
    """What people say of one criterion: points, or a rank, or yes and no, as the criterion asks for."""

    points: int | None = None
    """In hundredths."""
    rank: int | None = None
    """The rank of one of the rule document's grades."""
    met: bool | None = None
    by: str | None = None
    """Who scored: the id of a body."""
    comment: str | None = None
    document: str | None = None
    """SHA-256 of the filed document that is the evidence (minh chứng)."""
    event: str | None = None
    """The fact that says so (organisation/event)."""


class Votes(NamedTuple):
    """How a vote was cast."""

    in_favour: int
    against: int
    blank: int
    event: str | None = None

    @property
    def cast(self) -> int:
        """All votes, blank ones too."""
        return self.in_favour + self.against + self.blank


class Life(NamedTuple):
    """How long the unit has been at work by the last day of the period."""

    months: int
    """Full months since it was founded, merged or split off."""
    of_change: bool
    """It came of a merger or a split (sáp nhập, chia tách)."""


class Child(NamedTuple):
    """A unit directly below and the rank it was given for the same period; None: not rated yet."""

    unit: str
    rank: int | None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rating rests on."""

    measured: Mapping[str, Measured] = field(default_factory=dict)
    """By indicator; by `measure_key` of the criterion where it asks for another period or parameter."""
    scores: Mapping[str, Score] = field(default_factory=dict)
    """By the criterion's code."""
    votes: Mapping[str, Votes] = field(default_factory=dict)
    """By the criterion's code."""
    life: Life | None = None
    children: tuple[Child, ...] | None = None
    """Empty: there are none; None: not recorded."""
