"""Who holds what is known of a person? By a service's views: the organisation, and whose knowledge went on to it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.runner import Runner
from shared.units.heritage import OnBook, inherited
from shared.units.tree import Tree


class Heritage:
    """The question, asked of the rosters that serve now."""

    def __init__(self, runner: Runner, tree: Callable[[], Tree]) -> None:
        self._runner = runner
        self._tree = tree

    def holders(
        self, organisation: UUID, persons: Iterable[UUID], day: dt.date = dt.date.max
    ) -> Mapping[UUID, tuple[UUID, ...]]:
        """Person → whose knowledge of the person the organisation has by a day: what it inherited, itself last."""
        wanted, tree = sorted(set(persons)), self._tree()
        stays: dict[UUID, list[OnBook]] = defaultdict(list)
        before = tree.predecessors(organisation)
        if before:
            roster = self._runner.generation.metadata.tables["roster"]
            columns = select(roster.c.person, roster.c.organisation, roster.c.branch, roster.c.end_day)
            with self._runner.generation.store.read() as connection:
                for chunk in chunks(wanted):
                    query = columns.where(roster.c.person.in_(chunk))
                    for row in connection.execute(query):
                        stays[row.person].append(OnBook(row.organisation, row.branch, row.end_day))
        return {each: (*inherited(tree, organisation, stays[each], day), organisation) for each in wanted}
