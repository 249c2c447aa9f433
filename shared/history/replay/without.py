"""What would a figure be had certain events never been recorded? Asked of small views in memory, time and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, tuple_

from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.views import Generation
from shared.history.figures import Figure, Question, Relations, Row, answered
from shared.history.measures import scoped

Place = tuple[str, UUID, int]
"""Which service's log, of whom, and which sequence there."""
Root = tuple[UUID, UUID] | None
"""(organisation, event id) of a root fact; none: nobody said so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure, and what each root fact brings into it."""

    rows: tuple[Row, ...]
    weights: Mapping[Root, tuple[str, ...]]
    """Root → all that it brings in: `numerator/denominator`, then unit, day and keys."""

    @property
    def roots(self) -> int:
        """How many facts are behind the figure."""
        return len(self.weights.keys() - {None})


class Without:
    """A figure over views of its own, from which events can be taken away for a moment."""

    def __init__(self, generation: Generation, figure: Figure, question: Question) -> None:
        self._generation = generation
        self._figure = figure
        self._relations = Relations(generation.facts, generation.metadata.tables, question)
        with generation.store.read() as connection:
            views = Views(connection, generation.facts)
            self._keys = {projection.name: _keys(views, projection) for projection in generation.projections}

    def answer(self) -> Answer:
        """As it is."""
        with self._generation.store.read() as connection:
            return self._answer(connection)

    def answer_without(self, places: Sequence[Place]) -> Answer:
        """As it would be without these events. A correction that is gone lets stand what it had replaced."""
        with self._gone(places):
            return self.answer()

    def _answer(self, connection: Connection) -> Answer:
        rows = answered(connection, self._figure, self._relations)
        said = scoped(self._figure.rows(self._relations), self._relations)
        weights: dict[Root, list[str]] = defaultdict(list)
        for row in connection.execute(select(said)):
            root = None if row.root is None else (row.log, row.root)
            weights[root].append("|".join((f"{row.numerator}/{row.denominator}", *map(str, row))))
        return Answer(tuple(rows), {root: tuple(sorted(lines)) for root, lines in weights.items()})

    @contextmanager
    def _gone(self, places: Sequence[Place]) -> Iterator[None]:
        with self._generation.store.write() as connection:
            taken = [(table, rows) for table, here in self._tables(places) for rows in _take(connection, table, here)]
            self._compute(connection)
        try:
            yield
        finally:
            with self._generation.store.write() as connection:
                for table, rows in taken:
                    connection.execute(insert(table), rows)
                self._compute(connection)

    def _tables(self, places: Sequence[Place]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
        """Every table that may hold rows of these events, and which rows these are."""
        facts = self._generation.facts
        for service in sorted({service for service, _, _ in places}):
            here = [(poster, sequence) for of, poster, sequence in places if of == service]
            for chunk in chunks(here):
                for cls, each in facts.tables.items():
                    if cls.service == service:
                        yield from ((table, _of(table, chunk)) for table in (each.table, *each.children.values()))
                theirs = facts.correction.c.type.startswith(f"vn.nennep.{service}.")
                yield facts.correction, and_(theirs, _of(facts.correction, chunk))

    def _compute(self, connection: Connection) -> None:
        views = Views(connection, self._generation.facts)
        for projection in self._generation.projections:
            projection.forget()
        for projection in self._generation.projections:
            projection.recompute(views, self._keys[projection.name])


def _keys(views: Views, projection: Projection) -> frozenset[UUID]:
    told = views.facts.said(views.connection, projection.listens)
    return frozenset(key for said in told for key in projection.keys(views, said))


def _of(table: Table, places: Sequence[tuple[UUID, int]]) -> ColumnElement[bool]:
    return tuple_(table.c.poster, table.c.poster_sequence).in_(places)


def _take(connection: Connection, table: Table, here: ColumnElement[bool]) -> Iterator[list[dict[str, Any]]]:
    """Take rows out of a table; nothing where there are none."""
    rows = [dict(row) for row in connection.execute(select(table).where(here)).mappings()]
    if rows:
        connection.execute(delete(table).where(here))
        yield rows
