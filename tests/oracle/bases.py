"""Where does a count belong under the tree of another date, and do all bases give the same total?

Three bases: *as it was then* (every fact under the tree of its own day), *under the tree of a date*, and *under
today's tree*, which is that of a date too. Each tree (line, territory) is looked at by itself.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.oracle.figure import Item
from tests.oracle.tree import Chain, Dimension, Tree, nearest

ONE_DAY = dt.timedelta(days=1)
NO_UNIT = "-"


@dataclass(frozen=True)
class Cell:
    """What counts in one unit; not comparable when something was held back from it at a unit above."""

    numerator: int
    denominator: int
    comparable: bool


def placed(tree: Tree, node: str, day: dt.date, on: dt.date | None, way: Dimension) -> Chain:
    """Where what happened in the node on the day counts: under the tree of `on`, or as it was then (none)."""
    if on is None or on == day:
        return tree.chain(node, day, way)
    if on > day:
        # «tree of a date, forward» "a living unit is itself; merged: its target; dissolved without successor: its last
        # parent; split: the nearest unit above all parts"
        return tree.chain(node, on, way)
    # Named although it had ended: whoever names it means the unit that lived on that date.
    return backward(tree, node, day, on, way)


def backward(tree: Tree, node: str, day: dt.date, on: dt.date, way: Dimension) -> Chain:
    """Where what happens in the node up to a day counts under the tree of an earlier date."""
    if node not in tree.founded:
        return Chain()
    merges = [fact for fact in tree.merges[node] if on < fact.day <= day]
    splits = [fact for fact in tree.splits[node] if on < fact.day <= day]
    founded = tree.founded[node]
    begun = max((fact.day for fact in (*merges, *splits, founded) if on < fact.day <= day), default=None)
    if begun is None:
        return tree.chain(node, on, way)
    # «tree of a date, backward» "result of a merge: the nearest unit above all sources", which may be one of them: what
    # went on in another one under a new name can be told from nothing else, and a child lies within its parent.
    sources = [source for fact in merges if fact.day == begun for source in fact.body["sources"]]
    # … "part of a split: its source"
    whole = [fact.subject for fact in splits if fact.day == begun]
    if not sources and not whole:
        return _first_parent(tree, node, begun, on, way)

    def before(origin: str) -> Chain:
        # What it was merged into on that day it may have been made of, or have gained, on the same day.
        return backward(tree, origin, begun, on, way)

    # … "also for what an existing target gained": what it had of its own cannot be told from what it gained.
    existing = [backward(tree, node, begun - ONE_DAY, on, way)] if founded.day < begun else []
    return nearest(within=[*existing, *(before(origin) for origin in (*sources, *whole))])


def _first_parent(tree: Tree, node: str, founding: dt.date, on: dt.date, way: Dimension) -> Chain:
    # … "founded later: its first parent"; in the territory, the place in which it first worked
    body = tree.founded[node].body
    parent, place = body.get("parent"), body.get("territory")
    first = place if way is Dimension.TERRITORY and place is not None else parent
    return Chain() if first is None else backward(tree, first, founding, on, way)


def cells(tree: Tree, items: Iterable[Item], on: dt.date | None, way: Dimension) -> dict[str, Cell]:
    """What counts in every unit, or place, under a basis; "-" for what has nothing above."""
    counted = list(items)
    numerators: dict[str, int] = defaultdict(int)
    denominators: dict[str, int] = defaultdict(int)
    held: set[str] = set()
    for item in counted:
        chain = placed(tree, item.unit, item.day, on, way)
        # «not comparable» "mark on every cell from which something was held back at a unit above; per figure and key"
        held |= chain.held
        # «no unit» "key "-" when nothing is above; totals then still reconcile"
        for node in chain.nodes or (NO_UNIT,):
            numerators[node] += item.numerator
            denominators[node] += item.denominator or 0
    return {
        node: Cell(numerators[node], denominators[node], comparable=node not in held) for node in set(numerators) | held
    }


def total(tree: Tree, items: Iterable[Item], on: dt.date | None, way: Dimension) -> tuple[int, int]:
    """Numerator and denominator of all cells at the top: the roots of the tree, and "-"."""
    numerator = denominator = 0
    if on is None:
        # Roots change with the day: each day's items under that day's tree.
        days: dict[dt.date, list[Item]] = defaultdict(list)
        for item in items:
            days[item.day].append(item)
        parts = list(days.items())
    else:
        parts = [(on, list(items))]
    for day, same in parts:
        for node, cell in cells(tree, same, day, way).items():
            if node == NO_UNIT or tree.chain(node, day, way).nodes == (node,):
                numerator += cell.numerator
                denominator += cell.denominator
    return numerator, denominator


def reconciled(tree: Tree, items: Iterable[Item], dates: Iterable[dt.date]) -> bool:
    """True when *as it was then* and the trees of all these dates give one total, in both trees."""
    counted = list(items)
    bases: list[dt.date | None] = [None, *dates]
    totals = {total(tree, counted, on, way) for on in bases for way in Dimension}
    return len(totals) == 1 and totals == {
        (sum(item.numerator for item in counted), sum(item.denominator or 0 for item in counted))
    }
