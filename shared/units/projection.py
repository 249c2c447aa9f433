"""Which units stand where, and who is a member of which branch? The views of membership's facts that services mount.

`unit_above` is the closure of the dated tree: a row says that from `start_day` to before `end_day` one unit or place
counts in another. Every unit counts in itself. Figures are rolled up by joining it on a fact's unit and day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Index, MetaData, Table, Text, Uuid, delete, insert, select

from shared.contracts.event import FIRST_DAY, Event
from shared.contracts.membership import OrganisationRegistered, UnitMerged
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.runner import Runner
from shared.units.knowledge import UNIT_FACTS
from shared.units.life import spoken_of
from shared.units.roster import ROSTER_FACTS, Membership, standing
from shared.units.tree import Tree

T = TypeVar("T")
CHUNK: Final = 400
"""Ids in one IN list."""


class Trees:
    """The tree of one generation of views, kept in step with its fact tables."""

    def __init__(self) -> None:
        self._tree: Tree | None = None
        self._roots: dict[UUID, set[tuple[UUID, UUID]]] = defaultdict(set)

    @classmethod
    def of(cls, metadata: MetaData) -> Trees:
        """The tree that the projections of these tables share."""
        trees = metadata.info.setdefault("trees", cls())
        assert isinstance(trees, cls)
        return trees

    def current(self, views: Views) -> Tree:
        """The tree as last brought up to date; read whole when there is none."""
        return self.updated(views, ()) if self._tree is None else self._tree

    def updated(self, views: Views, subjects: Iterable[UUID]) -> Tree:
        """The tree after the facts about these subjects were read again."""
        wanted = None if self._tree is None else set(subjects)
        before = set().union(*(self._roots.pop(subject, set()) for subject in wanted or ()))
        said = views.facts.said(views.connection, UNIT_FACTS, subjects=wanted)
        for each in said:
            self._roots[each.subject].add((each.organisation, each.event))
        tree = Tree.empty() if self._tree is None else self._tree
        self._tree = tree.without(before - {(each.organisation, each.event) for each in said}).with_facts(said)
        return self._tree

    def forget(self) -> None:
        """What was read may have been rolled back: read everything again next time."""
        self._tree = None
        self._roots.clear()


class Units(Projection):
    """Units and places, and the closure of their dated tree. Keys: units."""

    name = "units"
    listens = UNIT_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`unit` and `unit_above`."""
        self._trees = Trees.of(metadata)
        self._unit = Table(
            "unit",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("organisation", Uuid, nullable=False),
            Column("kind", Text, nullable=False),
            Column("level", Text),
            Column("title", Text, nullable=False),
            Column("start_day", Date, nullable=False),
            Column("end_day", Date),
            Column("founded_in", Uuid, nullable=False),
            Column("founded_by", Uuid, nullable=False),
        )
        self._above = Table(
            "unit_above",
            metadata,
            Column("unit", Uuid, primary_key=True),
            Column("above", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
        )
        Index("unit_above_above", self._above.c.above)
        return self._unit, self._above

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """Every unit of whose life the fact is part."""
        del views
        return spoken_of(said)

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Rewrite these units and all whose place rests on them."""
        tree = self._trees.updated(views, keys)
        touched = sorted(tree.affected(keys))
        for chunk in _chunks(touched):
            views.connection.execute(delete(self._unit).where(self._unit.c.id.in_(chunk)))
            views.connection.execute(delete(self._above).where(self._above.c.unit.in_(chunk)))
        known = [unit for unit in touched if tree.known(unit)]
        _insert(views, self._unit, [_unit_row(tree, unit) for unit in known])
        _insert(views, self._above, [row for unit in known for row in _above_rows(tree, unit)])

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


class Rosters(Projection):
    """Who is a member of which branch from when to when. Keys: persons."""

    name = "rosters"
    listens: frozenset[type[Event]] = ROSTER_FACTS | {UnitMerged}

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`roster`: a row a membership, mergers of branches applied."""
        self._trees = Trees.of(metadata)
        self._roster = Table(
            "roster",
            metadata,
            Column("person", Uuid, primary_key=True),
            Column("branch", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("organisation", Uuid, nullable=False),
            Column("opened_in", Uuid, nullable=False),
            Column("opened_by", Uuid, nullable=False),
            Column("entered", Boolean, nullable=False),
        )
        Index("roster_branch", self._roster.c.branch)
        return [self._roster]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """The person; for a merger everybody who was ever in one of its branches."""
        if not isinstance(said.fact, UnitMerged):
            return [said.subject]
        branches = [said.subject, *said.fact.sources]
        query = select(self._roster.c.person).where(self._roster.c.branch.in_(branches)).distinct()
        return views.connection.execute(query).scalars().all()

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Fold these persons' facts again."""
        tree = self._trees.current(views)
        lives: dict[UUID, list[Said]] = defaultdict(list)
        for said in views.facts.said(views.connection, ROSTER_FACTS, subjects=keys):
            lives[said.subject].append(said)
        for chunk in _chunks(sorted(keys)):
            views.connection.execute(delete(self._roster).where(self._roster.c.person.in_(chunk)))
        rows = [
            _roster_row(person, membership, {said.event: said.organisation for said in facts})
            for person, facts in lives.items()
            for membership in standing(facts, tree).memberships
        ]
        _insert(views, self._roster, rows)

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


def _unit_row(tree: Tree, unit: UUID) -> dict[str, Any]:
    founding, ending, level = tree.founding(unit), tree.ending(unit), tree.level(unit)
    if founding is None:
        raise LookupError
    return {
        "id": unit,
        "organisation": founding.organisation,
        "kind": tree.kind(unit),
        "level": None if level is None else level.value,
        "title": tree.title(unit, dt.date.max) or "",
        "start_day": founding.day,
        "end_day": None if ending is None else ending.day,
        "founded_in": founding.organisation,
        "founded_by": founding.event,
    }


def _above_rows(tree: Tree, unit: UUID) -> Iterator[dict[str, Any]]:
    yield {"unit": unit, "above": unit, "start_day": FIRST_DAY, "end_day": None}
    joined: dict[UUID, dict[str, Any]] = {}
    for span in tree.spans(unit):
        for above in set(span.above) - {unit}:
            row = joined.get(above)
            if row is not None and row["end_day"] == span.start:
                row["end_day"] = span.end
            else:
                if row is not None:
                    yield row
                joined[above] = {"unit": unit, "above": above, "start_day": span.start, "end_day": span.end}
    yield from joined.values()


def _roster_row(person: UUID, membership: Membership, organisations: dict[UUID, UUID]) -> dict[str, Any]:
    return {
        "person": person,
        "branch": membership.branch,
        "start_day": membership.start,
        "end_day": membership.end,
        "organisation": membership.organisation,
        "opened_in": organisations[membership.opened_by],
        "opened_by": membership.opened_by,
        "entered": membership.entered,
    }


def _insert(views: Views, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        views.connection.execute(insert(table), rows)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def titles(runner: Runner, units: Iterable[UUID]) -> dict[str, str]:
    """The names of units, places and organisations as they are now; those unknown are left out."""
    table = runner.generation.metadata.tables["unit"]
    wanted = sorted(units)
    found: dict[str, str] = {}
    with runner.generation.store.read() as connection:
        for chunk in _chunks(wanted):
            rows = connection.execute(select(table.c.id, table.c.title).where(table.c.id.in_(chunk)))
            found |= {str(row.id): row.title for row in rows}
            organisations = runner.facts.standing(OrganisationRegistered).subquery()
            rows = connection.execute(
                select(organisations.c.subject, organisations.c.title).where(organisations.c.subject.in_(chunk))
            )
            found |= {str(row.subject): row.title for row in rows}
    return found
