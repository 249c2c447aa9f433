"""What do the facts say of one unit or place by itself? When it began and ended, its names, where it was put.

Pure, and without the tree: what a parent did since is found out by whoever walks up.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from shared.contracts.event import FIRST_DAY, Event
from shared.contracts.membership import (
    MembershipLogClosed,
    PlaceReclassified,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)
from shared.eventsourcing.decider import Said

UNIT_FACTS: frozenset[type[Event]] = frozenset(
    {
        *(TerritoryDeclared, UnitFounded, UnitRenamed, PlaceReclassified),
        *(UnitMoved, UnitMerged, UnitSplit, UnitDissolved),
        MembershipLogClosed,
    }
)
"""The facts that make the tree: who stands where, and whose it is."""
NEVER = dt.date(9999, 1, 1)
"""The day on which nothing happens any more: the open end of every span."""


class Statement(NamedTuple):
    """Where a fact puts a unit from a day on: under `parent`, and working in `territory` where it says so."""

    said: Said
    parent: UUID | None
    territory: UUID | None


class Gain(NamedTuple):
    """What a unit took over on a day: all of a merged `source`, or a part of a split one."""

    said: Said
    source: UUID


class Dependence(NamedTuple):
    """Whatever stands above `below` depends on where `above` stands."""

    below: UUID
    above: UUID


@dataclass(frozen=True, slots=True)
class Life:
    """One unit or place, from every fact that speaks of it. Of an organisation it knows the closing only."""

    unit: UUID
    facts: tuple[Said, ...]
    founding: Said | None
    ending: Said | None
    """The first fact that ended it; later ones contradict and change nothing."""
    statements: tuple[Statement, ...]
    titles: tuple[tuple[dt.date, str], ...]
    kinds: tuple[tuple[dt.date, str], ...]
    """What it was founded as, and the other kinds that it has been of since."""
    gains: tuple[Gain, ...]
    turns: tuple[dt.date, ...]
    """The days on which its own place may change, ascending."""

    @property
    def place(self) -> bool:
        """Whether it belongs to the territory, not to an organisation's line."""
        return self.founding is not None and isinstance(self.founding.fact, TerritoryDeclared)

    @property
    def successors(self) -> tuple[UUID, ...]:
        """In what it goes on after its end: the target of its merge, or the parts of its division."""
        match self.ending:
            case Said(fact=UnitMerged(), subject=target):
                return (target,)
            case Said(fact=UnitSplit(parts=parts)):
                return tuple(dict.fromkeys(parts))
            case _:
                return ()

    @property
    def closing(self) -> Said | None:
        """By which fact an organisation went on in others; its own first word on it counts."""
        own = (said for said in self.facts if said.organisation == self.unit == said.subject)
        return next((said for said in own if isinstance(said.fact, MembershipLogClosed)), None)

    def ended(self, day: dt.date) -> bool:
        """Whether it had ended by that day."""
        return self.ending is not None and self.ending.day <= day

    def alive(self, day: dt.date) -> bool:
        """Founded ≤ day < ended."""
        return self.founding is not None and self.founding.day <= day and not self.ended(day)

    def window(self, day: dt.date) -> tuple[dt.date, dt.date]:
        """The longest span around a day in which nothing was said of where it stands."""
        place = bisect_right(self.turns, day)
        start = self.turns[place - 1] if place else FIRST_DAY
        return start, self.turns[place] if place < len(self.turns) else NEVER

    def stated(self, day: dt.date) -> Iterator[Statement]:
        """What counted on that day of where it stands, newest first. Before the first word the first one counts."""
        told = [statement for statement in self.statements if statement.said.day <= day] or self.statements[:1]
        return reversed(told)

    def title(self, day: dt.date) -> str | None:
        """Its name on that day; before the first one the first, after the end the last."""
        return _told(self.titles, day)

    def kind(self, day: dt.date) -> str | None:
        """Its kind on that day; before the first one the first, after the end the last."""
        return _told(self.kinds, day)


def life_of(unit: UUID, facts: tuple[Said, ...]) -> Life:
    """Put together what facts (in fold order) say of a unit."""
    founding = next((said for said in facts if _founds(unit, said)), None)
    ending = next((said for said in facts if _ends(unit, said)), None)
    before = [said for said in facts if ending is None or said.place < ending.place]
    statements = tuple(
        statement
        for said in before
        for statement in _statements(unit, said)
        if said is founding or not _founds(unit, said)
    )
    days = {statement.said.day for statement in statements}
    days |= {said.day for said in (founding, ending) if said is not None}
    return Life(
        unit=unit,
        facts=facts,
        founding=founding,
        ending=ending,
        statements=statements,
        titles=tuple((said.day, title) for said in before if (title := _title(unit, said, founding)) is not None),
        kinds=tuple((said.day, kind) for said in before if (kind := _kind(unit, said, founding)) is not None),
        gains=tuple(Gain(said, source) for said in facts for source in _gained(unit, said)),
        turns=tuple(sorted(days)),
    )


def spoken_of(said: Said) -> set[UUID]:
    """The units and places whose life a fact is part of."""
    match said.fact:
        case UnitMerged(sources=sources):
            return {said.subject, *sources}
        case UnitSplit(parts=parts, sides=sides):
            return {said.subject, *parts, *(side.child for side in sides)}
        case _:
            return {said.subject}


def dependences(said: Said) -> Iterator[Dependence]:
    """Who stands where others stand, by this fact."""
    match said.fact:
        case UnitFounded(parent=parent, territory=territory) | UnitMoved(parent=parent, territory=territory):
            yield from (Dependence(said.subject, above) for above in (parent, territory) if above is not None)
        case TerritoryDeclared(parent=parent) if parent is not None:
            yield Dependence(said.subject, parent)
        case UnitMerged(sources=sources):
            yield from (Dependence(source, said.subject) for source in sources)
        case UnitSplit(parts=parts, sides=sides):
            yield from (Dependence(said.subject, part) for part in parts)
            yield from (Dependence(side.child, side.part) for side in sides)
        case _:
            return


def _founds(unit: UUID, said: Said) -> bool:
    return said.subject == unit and isinstance(said.fact, UnitFounded | TerritoryDeclared)


def _ends(unit: UUID, said: Said) -> bool:
    match said.fact:
        case UnitDissolved() | UnitSplit(whole=True):
            return said.subject == unit
        case UnitMerged(sources=sources):
            return said.subject != unit and unit in sources
        case _:
            return False


def _statements(unit: UUID, said: Said) -> Iterator[Statement]:
    match said.fact:
        case UnitSplit(sides=sides):
            yield from (Statement(said, side.part, None) for side in sides if side.child == unit)
        case UnitFounded(parent=parent, territory=territory) | UnitMoved(parent=parent, territory=territory):
            if said.subject == unit:
                yield Statement(said, parent, territory)
        case TerritoryDeclared(parent=parent) if said.subject == unit:
            yield Statement(said, parent, None)
        case _:
            return


def _title(unit: UUID, said: Said, founding: Said | None) -> str | None:
    match said.fact:
        case UnitRenamed(title=title) if said.subject == unit:
            return title
        case UnitFounded(title=title) | TerritoryDeclared(title=title) if said is founding:
            return title
        case _:
            return None


def _kind(unit: UUID, said: Said, founding: Said | None) -> str | None:
    match said.fact:
        case PlaceReclassified(kind=kind) if said.subject == unit:
            return kind
        case UnitFounded(kind=kind) | TerritoryDeclared(kind=kind) if said is founding:
            return kind
        case _:
            return None


def _told(words: tuple[tuple[dt.date, str], ...], day: dt.date) -> str | None:
    told = [word for since, word in words if since <= day] or [word for _, word in words[:1]]
    return told[-1] if told else None


def _gained(unit: UUID, said: Said) -> Iterator[UUID]:
    match said.fact:
        case UnitMerged(sources=sources) if said.subject == unit:
            yield from (source for source in sources if source != unit)
        case UnitSplit(parts=parts) if unit in parts and said.subject != unit:
            yield said.subject
        case _:
            return
