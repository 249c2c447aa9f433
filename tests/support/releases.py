"""Which views does one release after another declare? How many meetings each branch held, kept in different ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, delete, insert, select

from shared.contracts.envelope import Recorded
from shared.contracts.meetings import MeetingHeld, VisitDutySet
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration, Generation, Generations
from tests.support.history import Chronicle


class Held(Projection):
    """How many meetings each branch held."""

    name = "held"
    listens = frozenset({MeetingHeld})
    columns: ClassVar[tuple[str, ...]] = ("held",)

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        counts = (Column(name, BigInteger, nullable=False) for name in self.columns)
        self.table = Table(self.name, metadata, Column("branch", Uuid, primary_key=True), *counts)
        return [self.table]

    def keys(self, _: Views, said: Said) -> Iterable[UUID]:
        assert isinstance(said.fact, MeetingHeld)
        return [said.fact.branch]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        views.connection.execute(delete(self.table).where(self.table.c.branch.in_(keys)))
        facts = views.facts.standing(MeetingHeld).subquery()
        query = select(facts.c.branch, facts.c.roll_present).where(facts.c.branch.in_(keys))
        rows: dict[UUID, dict[str, Any]] = {}
        for found in views.connection.execute(query):
            row = rows.setdefault(found.branch, {"branch": found.branch} | dict.fromkeys(self.columns, 0))
            for column in self.columns:
                row[column] += self.counted(column, found.roll_present)
        if rows:
            views.connection.execute(insert(self.table), list(rows.values()))

    def counted(self, column: str, present: int) -> int:
        """What one meeting adds."""
        return 1 if column == "held" else present


class HeldAndPeople(Held):
    """The next release's: a column more."""

    columns = ("held", "people")


class HeldTwice(Held):
    """The next release's: the same table, other rows."""

    version = 2

    def counted(self, column: str, present: int) -> int:
        return 2 * super().counted(column, present)


class People(Held):
    """How many people came, in a table of its own."""

    name = "people"
    columns = ("people",)


LISTENS = frozenset({MeetingHeld})
FIRST = Declaration("meetings", LISTENS, (Held,))
ONE_MORE = Declaration("meetings", LISTENS | {VisitDutySet}, (Held, People))
WIDER = Declaration("meetings", LISTENS, (HeldAndPeople,))
CHANGED = Declaration("meetings", LISTENS, (HeldTwice,))


class Told:
    """A source that tells a chronicle from its beginning."""

    service = "meetings"

    def __init__(self, chronicle: Chronicle, size: int = 2) -> None:
        self._chronicle, self._size = chronicle, size
        self._told: set[UUID] = set()

    def read(self) -> Iterator[Sequence[Recorded]]:
        """In batches."""
        while fresh := [each for each in self._chronicle.events() if each.envelope.id not in self._told]:
            batch = fresh[: self._size]
            self._told |= {each.envelope.id for each in batch}
            yield batch


def rows(generation: Generation, table: str) -> list[tuple[Any, ...]]:
    """A table's rows in the order of their keys."""
    described = generation.metadata.tables[table]
    with generation.store.read() as connection:
        return [tuple(row) for row in connection.execute(select(described).order_by(*described.primary_key))]


def everything(generation: Generation) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table but the runner's notes."""
    notes = {each.name for each in (generation.ledger.entry, generation.ledger.passed, generation.ledger.parked)}
    return {name: rows(generation, name) for name in generation.metadata.tables if name not in notes}


def replayed(declaration: Declaration, events: Sequence[Recorded], url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What a fresh replay into an empty store gives."""
    generations = Generations(declaration, url)
    runner = Runner(generations.serving())
    runner.take("meetings", events)
    found = everything(runner.generation)
    runner.generation.store.close()
    generations.close()
    return found
