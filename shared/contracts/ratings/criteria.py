"""What is judged, by whom or from which figure, and how many points does it give? The lines of a rule set."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Part
from shared.contracts.fields import Code, Count, Name, Positive

Points = Annotated[int, Field(ge=0, le=1_000_000)]
"""Points in hundredths (điểm): 12,5 points are 1250."""
Share = Annotated[int, Field(ge=0, le=10_000)]
"""A share in hundredths of a per cent: 85 % is 8500."""


class By(StrEnum):
    """Who or what gives a criterion its points."""

    COMPUTED = "computed"
    """A named indicator, from recorded facts (tính từ sự việc)."""
    HUMAN = "human"
    """A person or body that scores it (người chấm)."""
    VOTES = "votes"
    """Counted votes: those in favour out of all cast (phiếu tín nhiệm)."""


class Mark(StrEnum):
    """What those who score a human criterion say of it."""

    POINTS = "points"
    """So many points."""
    YES_NO = "yes-no"
    """Fulfilled or not (đạt, không đạt); full points or none."""
    RANK = "rank"
    """One of the rule document's grades; it gives no points."""


class Band(Part):
    """So many points from so much on (mức điểm)."""

    at_least: Count
    """Hundredths of a per cent, or a number where the criterion judges the number itself."""
    points: Points


class Criterion(Part):
    """One line of a rule set (tiêu chí). Full points when the indicator reaches `full_at`, in proportion below."""

    code: Code
    """Its name within the rule set."""
    title: Name
    clause: Name
    """Where the criterion stands in the document."""
    points: Points
    indicator: Code | None = None
    """Named indicator with numerator and denominator; none: a human score."""
    full_at: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """The rate, in hundredths of a per cent, from which the full points are given."""
    group: Code | None = None
    """The group in which it stands, if the document has groups."""
    by: By | None = None
    """None: computed where an indicator is named, else human."""
    mark: Mark = Mark.POINTS
    bands: Annotated[tuple[Band, ...], Field(max_length=50)] = ()
    """Steps in place of the proportion; the highest one reached counts."""
    counts: bool = False
    """The number itself is judged, not its share of a denominator; it needs bands."""
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    """Measured over so many months up to the end of the period; none: over the period."""
    threshold: Annotated[int, Field(ge=0, le=100)] | None = None
    """The parameter of indicators that have one, in per cent; none: the indicator's own."""
    scored_by: Name | None = None
    """Who scores it, in the document's words (đơn vị chấm)."""
    evidence: bool = False
    """A filed document is wanted beside the score (minh chứng)."""


class Floor(Part):
    """A criterion that stays below this share of its points bars the grades better than `best` (điểm sàn)."""

    share: Annotated[int, Field(ge=1, le=10_000)]
    """Hundredths of a per cent: half of the points is 5000."""
    best: Positive
    """The best rank that is still given."""


class CriteriaGroup(Part):
    """Criteria that belong together (nhóm tiêu chí)."""

    code: Code
    title: Name
    clause: Name
    most: Points | None = None
    """The most that the group gives, whatever its criteria come to; none: their sum."""
    bonus: bool = False
    """Points on top, for what is asked of nobody (điểm thưởng)."""
    floor: Floor | None = None
