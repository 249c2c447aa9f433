"""Where does a fact count under the tree of another day? Carried forward or backward along mergers and divisions.

What was seen in a unit that came out of several, or went into several, cannot be apportioned: it counts at the nearest
unit above them all, and the figures of those below it are not comparable. Line and territory are looked at each by
itself: a branch that was founded later counts under its first parent, and in the hamlet in which it first worked. Only
what has no one place above it on the ground counts where the unit works under which it counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.contracts.membership import TerritoryDeclared, UnitFounded, UnitMerged, UnitSplit
from shared.units.ascent import below, nearest
from shared.units.tree import Tree


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a fact counts under another day's tree: in these units and places and in no others."""

    line: tuple[UUID, ...]
    """The units of the line, nearest first; none for what is seen in a place."""
    places: tuple[UUID, ...]
    """The places, nearest first."""
    held_back_from: frozenset[UUID]
    """The units and places of that tree whose figures lack the fact though it may be theirs: not comparable."""

    @property
    def unit(self) -> UUID | None:
        """The nearest of them all; none when nothing is above (key `-`)."""
        return next(iter(self.line + self.places), None)

    @property
    def comparable(self) -> bool:
        """Whether the fact was held back from no figure at all."""
        return not self.held_back_from


_NOWHERE = Carried((), (), frozenset())


@dataclass(frozen=True, slots=True)
class Earlier:
    """Seen in a unit from `start` to before `end` (none: for good), something counts so under older trees.

    Under those of `tree_start` to before `tree_end`, which is never later than `start`.
    """

    start: dt.date
    end: dt.date | None
    tree_start: dt.date
    tree_end: dt.date
    carried: Carried


@dataclass(frozen=True, slots=True)
class _Origins:
    """What a unit has come out of, as trees from a day to before `end` know it; None: of nothing."""

    units: frozenset[UUID | None]
    end: dt.date


def carried(tree: Tree, unit: UUID, seen_on: dt.date, tree_day: dt.date) -> Carried:
    """Where a fact that was seen in a unit on one day counts under the tree of another day.

    What was seen in it before it was founded counts nowhere until then.
    """
    founding = tree.founding(unit)
    if founding is not None and max(seen_on, tree_day) < founding.day:
        return _NOWHERE
    return _carried(tree, unit, seen_on, tree_day)[0]


def earlier(tree: Tree, unit: UUID) -> Iterator[Earlier]:
    """How a unit counts under older trees, wherever that is not simply where it stood in them itself."""
    founding = tree.founding(unit)
    if founding is None:
        return
    changes = {gain.said.day for gain in tree.gains(unit)} | {founding.day}
    days = sorted(day for day in changes if day >= founding.day)
    for number, day in enumerate(days):
        end = days[number + 1] if number + 1 < len(days) else None
        tree_day = FIRST_DAY
        while tree_day < day:
            found, until = _carried(tree, unit, day, tree_day)
            if found != _standing(tree, unit, tree_day):
                yield Earlier(day, end, tree_day, until, found)
            tree_day = until


def descended(tree: Tree, units: Iterable[UUID]) -> frozenset[UUID]:
    """These and all that came out of them: by mergers, even such as contradict others, by divisions, by founding."""
    met = set(units)
    ahead = list(met)
    while ahead:
        new = set(_came_out_of(tree, ahead.pop())) - met
        met |= new
        ahead += new
    return frozenset(met)


def _came_out_of(tree: Tree, unit: UUID) -> Iterator[UUID]:
    life = tree.lives.get(unit)
    for said in () if life is None else life.facts:
        if isinstance(said.fact, UnitMerged) and said.subject != unit:
            yield said.subject
        elif isinstance(said.fact, UnitSplit) and said.subject == unit:
            yield from said.fact.parts
    yield from (each for each in tree.lives.naming(unit) if unit in _founded_in(tree, each))


def _founded_in(tree: Tree, unit: UUID) -> tuple[UUID | None, ...]:
    """Under what, and in which place, a unit was founded."""
    match None if (founding := tree.founding(unit)) is None else founding.fact:
        case UnitFounded(parent=parent, territory=territory):
            return parent, territory
        case TerritoryDeclared(parent=parent):
            return (parent,)
        case _:
            return ()


def _carried(tree: Tree, unit: UUID, seen_on: dt.date, tree_day: dt.date) -> tuple[Carried, dt.date]:
    """The same, and the first day whose tree may say otherwise."""
    places, held, end = _meeting(tree, _origins(tree, unit, seen_on, tree_day, ground=True), tree_day, ground=True)
    if tree.is_place(unit):
        return Carried((), places, held), end
    line, behind, until = _meeting(tree, _origins(tree, unit, seen_on, tree_day, ground=False), tree_day, ground=False)
    if line and not places:
        places = tree.stand(line[0], tree_day).places
    return Carried(line, places, (held | behind).difference(places)), min(end, until)


def _standing(tree: Tree, unit: UUID, day: dt.date) -> Carried:
    """Where a unit itself stands on a day; nowhere before it was founded."""
    founding = tree.founding(unit)
    if founding is None or founding.day > day:
        return _NOWHERE
    stand, upto = tree.stand(unit, day), tree.upto(unit, day)
    if tree.is_place(unit):
        return Carried((), upto, stand.held_back_from)
    return Carried(upto, stand.places, stand.held_back_from)


def _meeting(
    tree: Tree, origins: _Origins, day: dt.date, *, ground: bool
) -> tuple[tuple[UUID, ...], frozenset[UUID], dt.date]:
    """Where all that a unit has come out of comes together, in one dimension, and upwards; what holds only some."""
    chains: list[tuple[UUID, ...]] = []
    held: set[UUID] = set()
    end = origins.end
    for unit in origins.units:
        if unit is None:
            continue
        stand = tree.stand(unit, day)
        end = min(end, stand.end)
        chains.append(stand.places if ground and not tree.is_place(unit) else tree.upto(unit, day))
        held.update(each for each in stand.held_back_from if tree.is_place(each) is ground)
    meeting = nearest(chains) if chains and None not in origins.units else None
    onward = () if meeting is None else chains[0][chains[0].index(meeting) :]
    return onward, frozenset(held | below(meeting, chains)).difference(onward), end


def _origins(tree: Tree, unit: UUID, seen_on: dt.date, tree_day: dt.date, *, ground: bool) -> _Origins:
    """The units of an earlier tree out of which a unit has come by the day on which it was seen.

    A unit that was there already is one of its own origins, beside what it gained since. One that was founded later
    comes out of what it was made of, or else out of its first parent; on the ground, of the place in which it first
    worked.
    """
    units: set[UUID | None] = set()
    end = dt.date.max
    met: set[tuple[UUID, dt.date]] = set()
    ahead = [(unit, seen_on)]
    while ahead:
        unit, day = each = ahead.pop()
        if each in met:
            continue
        met.add(each)
        founding = tree.founding(unit)
        gains = [gain for gain in tree.gains(unit) if gain.said.day <= day]
        gained = [gain for gain in gains if gain.said.day > tree_day]
        ahead += [(gain.source, gain.said.day) for gain in gained]
        changes = [gain.said.day for gain in gained] + ([] if founding is None else [founding.day])
        end = min([end, *(change for change in changes if change > tree_day)])
        if founding is None or founding.day <= tree_day:
            units.add(unit)
        elif not any(gain.said.day <= founding.day for gain in gained):
            first = _first(tree, unit, ground=ground)
            if first is None:
                units.add(None)
            else:
                ahead.append((first, founding.day))
    return _Origins(frozenset(units), end)


def _first(tree: Tree, unit: UUID, *, ground: bool) -> UUID | None:
    """Under what a unit was founded, in one dimension. What was given no place works where its parent works."""
    named = [each for each in reversed(_founded_in(tree, unit)) if each is not None]
    if ground and (places := [each for each in named if tree.is_place(each)]):
        return places[0]
    return next((each for each in named if not tree.is_place(each)), None)
