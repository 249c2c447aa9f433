"""What is known of the one that is rated? Figures, scores, votes, its age and its branches; what is missing is unknown.

Every entry is optional. An entry that is not there is *not recorded*: it never counts as nought nor as fulfilled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    step: str | None = None
    """In which step of the cycle: self-rated, proposed, verified, decided."""
    day: str | None = None
    comment: str | None = None
    title: str | None = None
    """What the evidence is, in the users' words."""
    document: str | None = None
    """SHA-256 of the filed document that is the evidence (minh chứng)."""
    event: str | None = None
    """The fact that says so (organisation/event)."""


class Votes(NamedTuple):
    """How a vote was cast."""

    in_favour: int
    against: int
    blank: int
    present: int | None = None
    """How many were there."""
    entitled: int | None = None
    """How many had a vote."""
    by: str | None = None
    """Who counted: the id of a body."""
    day: str | None = None
    title: str | None = None
    document: str | None = None
    """SHA-256 of the minutes."""
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
    events: Sequence[str] = ()
    """The decision, and what changed it since (organisation/event)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rating rests on."""

    measured: Mapping[str, Measured] = field(default_factory=dict)
    """By indicator; by `measure_key` of the criterion where it asks for another period or parameter."""
    scores: Mapping[str, Score] = field(default_factory=dict)
    """By the criterion's code: the one that counts."""
    scored: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    """By the criterion's code: every body's last score, in the order of the cycle, the one that counts last."""
    votes: Mapping[str, Votes] = field(default_factory=dict)
    """By the criterion's code."""
    life: Life | None = None
    children: tuple[Child, ...] | None = None
    """Empty: there are none; None: not recorded."""

    @property
    def events(self) -> Iterator[str]:
        """The facts behind all of it (organisation/event), as far as they are named."""
        for figure in self.measured.values():
            yield from figure.events
        for child in self.children or ():
            yield from child.events
        told = [*(score.event for score in self.scores.values()), *(votes.event for votes in self.votes.values())]
        yield from (event for event in told if event is not None)
