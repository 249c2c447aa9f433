"""Which tree of units and places was known at a moment? Read again from the facts that had been recorded by then."""

from __future__ import annotations

from shared.eventsourcing.runner import Runner
from shared.history.past import views_then
from shared.units.knowledge import UNIT_FACTS
from shared.units.tree import Tree


def tree_then(runner: Runner, known: int) -> Tree:
    """The tree as known then (microseconds since 1970), from the views that serve. PastTooLarge."""
    with (
        runner.generation.store.read() as connection,
        views_then(connection, runner.facts, UNIT_FACTS, (), known, UNIT_FACTS) as generation,
        generation.store.read() as reader,
    ):
        return Tree.empty().with_facts(generation.facts.said(reader, UNIT_FACTS))
