"""How is a history recounted for a comparison? By the independent recount, with one reading of the definitions fixed.

The definitions carry what has ended to a unit: dissolved, to its last parent; split, to the nearest unit above all parts.
The recount by itself looks for that in line and territory apart, so that what is left of a dissolved branch still counts
in its old hamlet. The product carries it to the unit and counts it where that unit works. Here the recount does too.
"""

from __future__ import annotations

import datetime as dt

from tests.oracle import History, recount
from tests.oracle.tree import Chain, Dimension, Tree
from tests.support.logs import Logs


def recounted(logs: Logs, known: int | None = None) -> History:
    """The history that the logs tell; or told by then (microseconds), had nothing been recorded since."""
    history = recount(logs.relayed(known))
    history.tree = _Carried(history.facts)
    return history


class _Carried(Tree):
    """The recount's tree, in which what has ended works where the unit works to which it was carried."""

    def _carried(self, node: str, day: dt.date, way: Dimension) -> Chain:
        if way is Dimension.LINE or self.is_place(node) or self.ended[node].how == "merged":
            return super()._carried(node, day, way)
        line = self.chain(node, day, Dimension.LINE).nodes
        return self.chain(line[0], day, way) if line else Chain()
