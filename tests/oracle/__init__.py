"""What would a plain recount say? Every figure counted again from the events alone, slowly, with the standard library.

Nothing of the product is imported here: the rules are written a second time from the definitions, which stand quoted
beside the code that follows them. Where the two ways differ, one of them is wrong.

    history = recount(events)                    # recorded events, or posted ones; any order, with duplicates
    members(history, unit, day)                  # -> Figure(numerator, denominator, events)

`events` what was said · `standing` which facts count · `tree` where a unit stands · `figure` what a figure is ·
`membership`, `standings`, `tasks`, `coverage`, `branches`, `meetings`, `visits`, `models`, `ratings` one function a
figure · `bases` the same sums under the tree of a date · `story` small histories for the tests.
"""

from __future__ import annotations

from tests.oracle.events import posted
from tests.oracle.figure import Figure, History, Item, recount
from tests.oracle.standing import Closing, Fact, Reference

__all__ = ["Closing", "Fact", "Figure", "History", "Item", "Reference", "posted", "recount"]
