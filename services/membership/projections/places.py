"""Which places bear a name on a day, and what became of a place? Names without accents; lineage with its documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Date, MetaData, Table, Text, Uuid, func, select

from shared.contracts.envelope import Document, Recorded
from shared.contracts.membership import Level, TerritoryDeclared, UnitSplit
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rows import rewrite
from shared.eventsourcing.runner import Runner
from shared.units.folding import folded
from shared.units.knowledge import UNIT_FACTS
from shared.units.lasting import lasting
from shared.units.life import spoken_of
from shared.units.lineage import carried
from shared.units.tree import Tree
from shared.units.trees import Trees

Told = dict[str, Any]
Find = Callable[[UUID, UUID], Recorded | None]
"""The event of an organisation with an id."""
LEVELS: Final = {level.value: depth for depth, level in enumerate(Level)}


class Places(Projection):
    """Every name that a place has had, folded, from when to when. Keys: places."""

    name = "places"
    version = 1
    listens = UNIT_FACTS

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        """`place_name`: a row for each span in which name and kind stayed."""
        self._trees = Trees.of(metadata)
        self._name = Table(
            "place_name",
            metadata,
            Column("place", Uuid, primary_key=True),
            Column("start_day", Date, primary_key=True),
            Column("end_day", Date),
            Column("level", Text, nullable=False),
            Column("folded", Text, nullable=False),
        )
        return [self._name]

    def keys(self, views: Views, said: Said) -> Iterable[UUID]:
        """Every place of whose life the fact is part."""
        del views
        return spoken_of(said)

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        """Rewrite the names of these places."""
        tree = self._trees.current(views)
        rows = [row for place in sorted(keys) for row in _names(tree, place)]
        rewrite(views.connection, self._name, self._name.c.place, keys, rows)

    def forget(self) -> None:
        """Read the tree again."""
        self._trees.forget()


def _names(tree: Tree, place: UUID) -> Iterator[Mapping[str, Any]]:
    founding, ending, level = tree.founding(place), tree.ending(place), tree.level(place)
    if founding is None or level is None:
        return
    end = dt.date.max if ending is None else ending.day
    days = sorted({founding.day, *(day for day in tree.renamed(place) if founding.day < day < end)})
    for day, until in zip(days, [*days[1:], end], strict=True):
        yield {
            "place": place,
            "start_day": day,
            "end_day": None if until == dt.date.max else until,
            "level": level.value,
            "folded": f" {folded(tree.title(place, day) or '')}",
        }


def found(runner: Runner, name: str, level: Level | None, day: dt.date, most: int) -> list[UUID]:
    """Up to `most` places that live on a day and bear the words on it, the shortest names first, larger ones before."""
    words = folded(name)
    if not words:
        return []
    table = runner.generation.metadata.tables["place_name"]
    query = (
        select(table.c.place, table.c.level)
        .where(table.c.folded.contains(f" {words}", autoescape=True), lasting(table, day))
        .order_by(func.length(table.c.folded), table.c.folded, table.c.level.desc(), table.c.place)
        .limit(most)
    )
    with runner.generation.store.read() as connection:
        rows = connection.execute(query if level is None else query.where(table.c.level == level.value))
        return [row.place for row in rows]


class Gazetteer:
    """Says of a place what it was on a day, what lay around it, what it was made of and where it went."""

    def __init__(self, tree: Tree, find: Find) -> None:
        self._tree = tree
        self._find = find

    def line(self, place: UUID, day: dt.date) -> Told:
        """A place with all that lies above it on a day, nearest first."""
        return self._named(place, day) | {"above": [self._named(each, day) for each in self._tree.above(place, day)]}

    def whole(self, place: UUID, day: dt.date, today: dt.date) -> Told:
        """The same, with what lies directly in it, its lineage, and where it lies today."""
        tree = self._tree
        lies = carried(tree, place, day, today)
        return self.line(place, day) | {
            "below": [self._named(each, day) for each in tree.children(place, day) if tree.is_place(each)],
            "predecessors": [
                self._step(gain.source, gain.said, gain.said.day - dt.timedelta(days=1)) for gain in tree.gains(place)
            ],
            "successors": [self._step(each, said, said.day) for each, said in tree.heirs(place)],
            "today": {
                "place": None if lies.unit is None else self.line(lies.unit, today),
                "comparable": lies.comparable,
            },
        }

    def _named(self, place: UUID, day: dt.date) -> Told:
        tree, founding, ending = self._tree, self._tree.founding(place), self._tree.ending(place)
        level, fact = tree.level(place), None if founding is None else founding.fact
        return {
            "id": str(place),
            "title": tree.title(place, day),
            "level": None if level is None else level.value,
            "kind": tree.kind_on(place, day),
            "code": fact.code if isinstance(fact, TerritoryDeclared) else None,
            "start": None if founding is None else founding.day.isoformat(),
            "end": None if ending is None else ending.day.isoformat(),
        }

    def _step(self, place: UUID, said: Said, day: dt.date) -> Told:
        recorded = self._find(said.organisation, said.event)
        document = None if recorded is None else recorded.envelope.content.document
        return self._named(place, day) | {
            "day": said.day.isoformat(),
            "whole": not isinstance(said.fact, UnitSplit),
            "event": {"organisation": str(said.organisation), "event": str(said.event)},
            "document": _paper(document),
        }


def _paper(document: Document | None) -> Told | None:
    if document is None:
        return None
    return {"number": document.number, "issuer": document.issuer, "date": document.date.isoformat()}
