"""How is a history recounted for a comparison? By the independent recount, with two readings of the definitions fixed.

*Dissolved: its last parent; split: the nearest unit above all parts.* The recount by itself looks for these in line and
territory apart, so that what is left of a dissolved branch still counts in its old hamlet. The product carries it to
the unit, and counts it where that unit works. And where all parts have come together again in one of them, the recount
still looks above that one, while for the product all parts are in it. Here the recount reads both as the product does.
"""

from __future__ import annotations

import datetime as dt

from tests.oracle import History, recount
from tests.oracle.tree import Chain, Dimension, Tree, nearest
from tests.support.logs import Logs


def recounted(logs: Logs, known: int | None = None) -> History:
    """The history that the logs tell; or told by then (microseconds), had nothing been recorded since."""
    history = recount(logs.relayed(known))
    history.tree = _Carried(history.facts, history.closed)
    return history


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
