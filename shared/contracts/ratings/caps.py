"""How many may be given the best grade? Pools of units that are compared, and the cap in each of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Part
from shared.contracts.fields import Code, Count, Name, Positive


class CapOf(StrEnum):
    """Of which number the cap takes its share."""

    LEFT = "left"
    """Reading A: of the units left at the grade below, once the capped grade is given."""
    ALL = "all"
    """Reading B: of all units of the pool that reach the grade below or a better one."""


class Rounding(StrEnum):
    """What becomes of a fraction of a unit (làm tròn)."""

    DOWN = "down"
    """The fraction is left out."""
    NEAREST = "nearest"
    """Half goes up."""
    UP = "up"
    """Any fraction makes one more."""


class Pool(Part):
    """Units that are compared with each other (nhóm có chức năng, nhiệm vụ tương đồng)."""

    code: Code
    """Its name within the rule set."""
    title: Name
    clause: Name
    """Where it stands in the document."""
    same: Annotated[tuple[Code, ...], Field(min_length=1, max_length=10)]
    """In what they agree. Open list: rater, period, axis, kind, peers (a group that the rater names) …"""


class Cap(Part):
    """The most units of a pool that may be given a grade (tỷ lệ khống chế). It warns and never lowers a grade."""

    pool: Code
    """One of the document's pools."""
    rank: Positive
    """The capped rank."""
    below: Positive
    """The rank whose number the share is of: units at this rank or a better one make the pool's number."""
    share: Annotated[int, Field(ge=1, le=10_000)]
    """Hundredths of a per cent: 20 % is 2000."""
    of: CapOf
    """The reading of the rule."""
    rounding: Rounding
    """What becomes of a fraction."""
    exception: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """The share that holds instead where the document allows a body more."""
    least: Count = 0
    """So many are allowed even where the share gives fewer."""
    clause: Name
