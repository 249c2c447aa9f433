"""Who waits for a word after a division, and from whose figures is what they do held back until then?

A child of a divided unit that names no side counts above the parts. The figures of the parts lack what may be theirs,
so they are not comparable with those of other days, until a fact moves the child to one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.eventsourcing.decider import Said
from shared.units.life import Life
from shared.units.lives import Lives
from shared.units.tree import Tree


@dataclass(frozen=True, slots=True)
class Waiting:
    """A living unit or place that stands or works in something divided, and in none of its parts yet."""

    unit: UUID
    split: Said
    """The division that left it open."""
    parts: tuple[UUID, ...]
    above: UUID | None
    """Where it counts meanwhile; none: nowhere."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What happens in a unit from `start` to before `end` (none: for good) is left out of a cell's figures."""

    unit: UUID
    start: dt.date
    end: dt.date | None


def waiting(tree: Tree, day: dt.date) -> list[Waiting]:
    """All who wait on a day, in order of their ids."""
    lives = tree.lives
    found: dict[UUID, Waiting] = {}
    for divided in sorted(lives.divided):
        life = lives.get(divided)
        if life is None or life.ending is None or not life.ended(day):
            continue
        for unit in _left(lives, life, day):
            if tree.held_back_from(unit, day):
                found[unit] = Waiting(unit, life.ending, life.successors, tree.parent(unit, day))
    return [found[unit] for unit in sorted(found)]


def withheld(tree: Tree, cell: UUID, tree_on: dt.date | None, start: dt.date, end: dt.date) -> list[Withheld]:
    """What a cell's figures lack in a period, under the tree of a date or as it was then (none)."""
    return [lacks for each, lacks in withheld_everywhere(tree, tree_on, start, end) if each == cell]


def withheld_everywhere(
    tree: Tree, tree_on: dt.date | None, start: dt.date, end: dt.date
) -> Iterator[tuple[UUID, Withheld]]:
    """The same of every cell: each with what its figures lack."""
    for unit in sorted(tree.affected(tree.lives.divided)):
        if tree_on is not None:
            lacked = tree.held_back_from(unit, tree_on) if _founded(tree, unit, tree_on) else ()
            yield from ((cell, Withheld(unit, FIRST_DAY, None)) for cell in sorted(lacked))
            continue
        for span in tree.spans(unit):
            if span.start < end and (span.end is None or start < span.end):
                yield from ((cell, Withheld(unit, span.start, span.end)) for cell in sorted(span.held_back_from))


def _founded(tree: Tree, unit: UUID, day: dt.date) -> bool:
    founding = tree.founding(unit)
    return founding is not None and founding.day <= day


def _left(lives: Lives, divided: Life, day: dt.date) -> Iterator[UUID]:
    """The living units and places that were last put into the divided one, or into what fell to it."""
    met, ahead = {divided.unit}, [divided]
    while ahead:
        upper = ahead.pop()
        for unit in lives.naming(upper.unit) - met:
            life = lives.get(unit)
            if life is None or upper.unit not in _last_put(lives, life, day):
                continue
            met.add(unit)
            if life.alive(day):
                yield unit
            elif not life.successors:
                ahead.append(life)


def _last_put(lives: Lives, life: Life, day: dt.date) -> set[UUID]:
    """Under what it stands by the last word on its own dimension; for a unit of a line, and in which place it works."""
    found: set[UUID] = set()
    for place in (life.place, True):
        for statement in life.stated(day):
            named = (statement.territory, statement.parent) if place and not life.place else (statement.parent,)
            fit = [each for each in named if each is not None and (other := lives.get(each)) and other.place == place]
            if fit:
                found.add(fit[0])
                break
    return found
