"""How many members stand in a unit's book on a day? Each once in each branch, sub-branches in the branch above them."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select

from shared.eventsourcing.runner import Runner
from shared.units.lasting import lasting
from shared.units.tree import Tree

SUB_BRANCH: Final = "sub-branch"


def on_book(runner: Runner, tree: Tree, unit: UUID, day: dt.date) -> int:
    """Members of all branches that stood under the unit, or are it, by the views as they are now."""
    tables = runner.generation.metadata.tables
    roster, above = tables["roster"], tables["unit_above"]
    query = (
        select(roster.c.person, roster.c.branch)
        .join(above, and_(above.c.unit == roster.c.branch, above.c.above == unit, lasting(above, day)))
        .where(lasting(roster, day))
        .distinct()
    )
    holders: dict[UUID, UUID] = {}
    found: set[tuple[UUID, UUID]] = set()
    with runner.generation.store.read() as connection:
        for person, branch in connection.execute(query):
            holder = holders.setdefault(branch, branch_of(tree, branch, day))
            found.add((person, holder))
    return len(found)


def branch_of(tree: Tree, unit: UUID, day: dt.date) -> UUID:
    """The branch in which the members of a unit count: of a sub-branch the one above it."""
    line = (unit, *tree.line(unit, day))
    return next((each for each in line if tree.kind(each) != SUB_BRANCH), unit)
