"""How is a history recounted for a comparison? By the independent recount, with three readings of definitions fixed.

*Dissolved: its last parent; split: the nearest unit above all parts.* The recount by itself looks for these in line and
territory apart, so that what is left of a dissolved branch still counts in its old hamlet. The product carries it to
the unit, and counts it where that unit works. And where all parts have come together again in one of them, the recount
still looks above that one, while for the product all parts are in it. Here the recount reads both as the product does.
Nor has the recount a place for what came out of units in two provinces, though a national body holds them: the product
counts it under an older tree where that body works, as it does forward.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tests.oracle import History, recount
from tests.oracle.bases import placed
from tests.oracle.tree import Chain, Dimension, Tree, nearest
from tests.support.logs import Logs


def recounted(logs: Logs, known: int | None = None) -> History:
    """The history that the logs tell; or told by then (microseconds), had nothing been recorded since."""
    history = recount(logs.relayed(known))
    history.tree = _Carried(history.facts, history.closed)
    return history


class Counts(NamedTuple):
    """In what something counts, "-" among it when that is no unit; and from what it is held back."""

    above: frozenset[str]
    held: frozenset[str]


def counts(tree: Tree, node: str, seen: dt.date, tree_day: dt.date) -> Counts:
    """Where what was seen in a unit or place on a day counts under the tree of another one."""
    line, ground = (placed(tree, node, seen, tree_day, way) for way in Dimension)
    if line.nodes and not ground.nodes:
        ground = ground._replace(nodes=tree.chain(line.nodes[0], tree_day, Dimension.TERRITORY).nodes)
    top = ground if tree.is_place(node) else line
    above = {*line.nodes, *ground.nodes, *(() if top.nodes else ("-",))}
    return Counts(frozenset(above), (line.held | ground.held) - above)


class UnderTree(History):
    """A history in which everything counts under the tree of one date."""

    def __init__(self, told: History, tree_day: dt.date) -> None:
        """The same facts."""
        super().__init__(told.facts, told.closed)
        self.tree = told.tree
        self.tree_day = tree_day
        self._counts: dict[tuple[str, dt.date], Counts] = {}

    def has(self, unit: str, node: str, day: dt.date) -> bool:
        """True when what was seen in the node on the day counts in the unit, or place."""
        return unit in self._of(node, day).above

    def lacks(self, unit: str, node: str, day: dt.date) -> bool:
        """True when it is held back from the unit, or place."""
        return unit in self._of(node, day).held

    def _of(self, node: str, day: dt.date) -> Counts:
        if (node, day) not in self._counts:
            self._counts[node, day] = counts(self.tree, node, day, self.tree_day)
        return self._counts[node, day]


class _Carried(Tree):
    """The recount's tree with these readings."""

    def _carried(self, node: str, day: dt.date, way: Dimension) -> Chain:
        end = self.ended[node]
        if end.how == "merged":
            return super()._carried(node, day, way)
        if way is Dimension.TERRITORY and not self.is_place(node):
            line = self.chain(node, day, Dimension.LINE).nodes
            return self.chain(line[0], day, way) if line else Chain()
        if end.how == "split":
            return nearest(within=[self.chain(part, day, way) for part in end.into])
        return super()._carried(node, day, way)
