"""What would the views hold had nothing been recorded since a moment? A small set of them, made for one question.

Fact tables know when each version was recorded; state tables know only the present. So an answer *as known then* is
asked of views in memory, filled with the facts that were known then and computed by the same projections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    StaticPool,
    Table,
    and_,
    create_engine,
    func,
    insert,
    or_,
    select,
)

from shared.contracts.event import Event
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.store import Store
from shared.eventsourcing.views import Declaration, Generation
from shared.history.question import Relations

FACTS_AT_MOST: Final = 200_000
"""Some ten seconds of work and 300 MB of memory; a longer past is asked of the archive."""
PAGE: Final = 5_000


class PastTooLarge(Refused):
    """More facts were known then than are held in memory for one question."""

    vi = "Thời điểm hỏi có quá nhiều sự việc cho một lần hỏi."


@dataclass(frozen=True, slots=True)
class Then:
    """A moment of the past: by the clock, or of some logs by how far they had been read."""

    known: int
    reached: Mapping[tuple[str, UUID], int] = field(default_factory=dict)

    def of(self, table: Table, service: str) -> ColumnElement[bool]:
        """Which rows of a table of a service's events were known then."""
        listed = {organisation: sequence for (each, organisation), sequence in self.reached.items() if each == service}
        by_clock = table.c.recorded <= self.known
        if not listed:
            return by_clock
        read = (and_(table.c.poster == each, table.c.poster_sequence <= end) for each, end in sorted(listed.items()))
        return or_(*read, and_(table.c.poster.not_in(sorted(listed)), by_clock))


@contextmanager
def past(
    connection: Connection, hears: frozenset[type[Event]], state: Sequence[type[Projection]], relations: Relations
) -> Iterator[tuple[Connection, Relations]]:
    """The relations as known at the asked moment, and a connection to read them; those given, when none is asked.

    PastTooLarge when it would be too much. Events outside `hears` are left out.
    """
    known = relations.question.known
    if known is None:
        yield connection, relations
        return
    then = Then(known, relations.question.reached)
    with views_then(connection, relations.facts, hears, state, then) as generation, generation.store.read() as reader:
        yield (
            reader,
            Relations(generation.facts, generation.metadata.tables, replace(relations.question, known=None)),
        )


@contextmanager
def views_then(
    connection: Connection,
    facts: Facts,
    hears: frozenset[type[Event]],
    state: Sequence[type[Projection]],
    known: int | Then,
) -> Iterator[Generation]:
    """Views in memory of just these facts and projections, as known at a moment. PastTooLarge as above."""
    then = known if isinstance(known, Then) else Then(known)
    if _count(connection, facts, hears, then) > FACTS_AT_MOST:
        raise PastTooLarge("known")
    generation = Generation(0, Declaration("past", hears, tuple(state)), _in_memory())
    try:
        with generation.store.write() as writer:
            _copy(connection, writer, facts, generation.facts, then)
            _compute(Views(writer, generation.facts), generation.projections)
        yield generation
    finally:
        generation.store.close()


def _in_memory() -> Store:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    return Store(engine, engine)


def _count(connection: Connection, facts: Facts, hears: Iterable[type[Event]], known: Then) -> int:
    tables = ((facts.tables[cls].table, cls.service) for cls in hears)
    queries = (select(func.count()).select_from(table).where(known.of(table, service)) for table, service in tables)
    return sum(connection.execute(query).scalar_one() for query in queries)


def _copy(reader: Connection, writer: Connection, present: Facts, then: Facts, known: Then) -> None:
    for cls, copied in then.tables.items():
        table, by_then = present.tables[cls].table, known.of(present.tables[cls].table, cls.service)
        columns = (table.c[column.name] for column in copied.table.c)
        _fill(reader, writer, copied.table, select(*columns).where(by_then))
        for path, child in copied.children.items():
            names = present.tables[cls].children[path]
            of_fact = (names.c.poster == table.c.poster) & (names.c.poster_sequence == table.c.poster_sequence)
            _fill(reader, writer, child, select(names).join(table, of_fact).where(by_then))
    correction = present.correction
    services = {cls.service for cls in present.tables} | {service for service, _ in known.reached}
    for service in sorted(services):
        about = correction.c.type.startswith(f"vn.nennep.{service}.", autoescape=True)
        _fill(reader, writer, then.correction, select(correction).where(about, known.of(correction, service)))


def _fill(reader: Connection, writer: Connection, table: Table, query: Select[Any]) -> None:
    for page in reader.execution_options(yield_per=PAGE).execute(query).mappings().partitions():
        writer.execute(insert(table), [dict(row) for row in page])


def _compute(views: Views, projections: Iterable[Projection]) -> None:
    for projection in projections:
        told = views.facts.said(views.connection, projection.listens)
        projection.recompute(views, frozenset(key for said in told for key in projection.keys(views, said)))
