"""Where does a fact count under the tree of another day? Carried forward or backward along mergers and divisions.

What was seen in a unit that came out of several, or went into several, cannot be apportioned: it counts at the nearest
unit above them all, and the figures of those below it are not comparable.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from shared.units.tree import Tree


@dataclass(frozen=True, slots=True)
class Carried:
    """The unit at which a fact counts under another day's tree; none when nothing is above (key `-`)."""

    unit: UUID | None
    held_back_from: frozenset[UUID]
    """The units and places of that tree whose figures lack the fact though it may be theirs: not comparable."""

    @property
    def comparable(self) -> bool:
        """Whether the fact was held back from no figure at all."""
        return not self.held_back_from


def carried(tree: Tree, unit: UUID, seen_on: dt.date, tree_day: dt.date) -> Carried:
    """Where a fact that was seen in a unit on one day counts under the tree of another day."""
    founding = tree.founding(unit)
    seen_on = seen_on if founding is None else max(seen_on, founding.day)
    origins = _origins(tree, unit, seen_on, tree_day)
    meeting = tree.meeting((each for each in origins if each is not None), tree_day)
    if None not in origins or meeting.unit is None:
        return Carried(meeting.unit, meeting.held_back_from)
    lacking = (meeting.unit, *tree.above(meeting.unit, tree_day))
    return Carried(None, meeting.held_back_from.union(lacking))


def _origins(tree: Tree, unit: UUID, seen_on: dt.date, tree_day: dt.date) -> set[UUID | None]:
    """The units of an earlier tree out of which a unit has come by the day on which it was seen; None: out of nothing.

    A unit that was there already is one of its own origins, beside what it gained since. One that was founded later
    comes out of what it was made of, or else out of its first parent.
    """
    origins: set[UUID | None] = set()
    met: set[tuple[UUID, dt.date]] = set()
    ahead = [(unit, seen_on)]
    while ahead:
        each = ahead.pop()
        if each in met:
            continue
        met.add(each)
        unit, day = each
        founding = tree.founding(unit)
        gained = [gain for gain in tree.gains(unit) if tree_day < gain.said.day <= day]
        ahead += [(gain.source, gain.said.day) for gain in gained]
        if founding is None or founding.day <= tree_day:
            origins.add(unit)
        elif not any(gain.said.day <= founding.day for gain in gained):
            parent = tree.first_parent(unit)
            if parent is None:
                origins.add(None)
            else:
                ahead.append((parent, founding.day))
    return origins
