"""Which tree of units and places was known at a moment? Read again from the facts that had been recorded by then."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from shared.contracts.event import decode
from shared.eventsourcing.decider import Said
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.runner import Runner
from shared.units.knowledge import UNIT_FACTS
from shared.units.tree import Tree


def tree_then(runner: Runner, known: int) -> Tree:
    """The tree as known then (microseconds since 1970), of views that keep the facts of units."""
    with runner.generation.store.read() as connection:
        return Tree.empty().with_facts(_told(connection, runner.facts, known))


def _told(connection: Connection, facts: Facts, known: int) -> Iterator[Said]:
    """The facts of units that stood by what had been recorded."""
    for cls in sorted(UNIT_FACTS, key=lambda each: each.name):
        for row in connection.execute(facts.standing(cls, known=known)):
            fact = decode(cls, bytes(row.fact))
            yield Said(fact, row.subject, row.organisation, row.root_id, row.sequence, row.day)
