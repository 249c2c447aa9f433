"""How does the author of a service test it? With a story told to its views in memory, or with everything running.

story = Story(LISTENS, PROJECTIONS)
told = story.tells(MeetingHeld(...), by=WOMEN, on="2025-03-04")
story.corrects(told, MeetingHeld(...))
assert story.rows("duty") == [...]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import StaticPool, create_engine, select

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Content, Correction, Envelope, Recorded, genesis
from shared.contracts.event import Event, contract
from shared.eventsourcing.projection import Projection
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import Store
from shared.eventsourcing.views import Declaration, Generation
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.projection import Units

SOMEBODY = UUID(int=1)


class OrderMatters(AssertionError):
    """The rows depend on which log is heard first: they may rest on the standing facts only."""


@dataclass
class Told:
    """A fact in the story: its root, and its last version."""

    root: Recorded
    last: Recorded
    fact: Event


class Story:
    """Logs of any services and organisations, heard by projections of one's own."""

    def __init__(self, listens: Iterable[type[Event]], projections: Sequence[type[Projection]]) -> None:
        kept: tuple[type[Projection], ...] = tuple(dict.fromkeys((Units, *projections)))
        heard = frozenset(listens).union(KNOWLEDGE_FACTS, *(each.listens for each in kept))
        self._declaration = Declaration("trial", heard, kept, KNOWLEDGE_FACTS)
        self._logs: dict[tuple[str, UUID], list[Recorded]] = {}
        self._clock = 0

    def tells(self, fact: Event, *, by: UUID = SOMEBODY, on: str, subject: UUID | None = None) -> Told:
        """An organisation records a fact about a subject, or about a new thing."""
        content = Content(type=fact.name, subject=subject or uuid4(), occurred=on, fact=_raw(fact))
        root = self._append(by, content)
        return Told(root, root, fact)

    def corrects(self, told: Told, fact: Event) -> None:
        """The whole new fact stands in the place of what it said."""
        whole = _of(told.fact.service, "fact-corrected", FactCorrected)(type=fact.name, fact=json.loads(_raw(fact)))
        told.last, told.fact = self._replaces(told, whole), fact

    def voids(self, told: Told) -> None:
        """It no longer counts."""
        told.last = self._replaces(told, _of(told.fact.service, "fact-voided", FactVoided)(type=told.fact.name))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, in the order of all its columns. OrderMatters when another order gives others."""
        logs = list(self._logs.values())
        rows = self._rows(table, [log for log in logs if log])
        together = [[each] for turn in zip_longest(*reversed(logs)) for each in turn if each is not None]
        if self._rows(table, together) != rows:
            raise OrderMatters(table)
        return rows

    @contextmanager
    def heard(self) -> Iterator[Runner]:
        """The views that have heard all of it, for whatever is asked of them."""
        with self._hearing([log for log in self._logs.values() if log]) as runner:
            yield runner

    def _rows(self, table: str, batches: Iterable[Sequence[Recorded]]) -> list[dict[str, Any]]:
        with self._hearing(batches) as runner:
            described = runner.generation.metadata.tables[table]
            with runner.generation.store.read() as connection:
                found = connection.execute(select(described).order_by(*described.c)).mappings().all()
            return [dict(row) for row in found]

    @contextmanager
    def _hearing(self, batches: Iterable[Sequence[Recorded]]) -> Iterator[Runner]:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        generation = Generation(1, self._declaration, Store(engine, engine))
        runner = Runner(generation)
        try:
            for batch in batches:
                runner.take(batch[0].envelope.service, batch)
            if parked := runner.parked():
                raise AssertionError(parked)
            yield runner
        finally:
            runner.close()

    def _replaces(self, told: Told, whole: Event) -> Recorded:
        root = told.root.envelope
        link = Correction(root.organisation, root.id, told.last.envelope.id)
        content = root.content
        return self._append(
            root.organisation,
            Content(
                type=whole.name, subject=content.subject, occurred=content.occurred, corrects=link, fact=_raw(whole)
            ),
        )

    def _append(self, by: UUID, content: Content) -> Recorded:
        service = content.type.split(".")[2]
        log = self._logs.setdefault((service, by), [])
        self._clock += 1
        envelope = Envelope(
            id=uuid4(),
            organisation=by,
            sequence=len(log) + 1,
            version=1 + sum(each.envelope.content.subject == content.subject for each in log),
            recorded=self._clock,
            actor="trial",
            content=content,
            previous=log[-1].hash if log else genesis(service, by),
        )
        log.append(Recorded(envelope, envelope.hash()))
        return log[-1]


def _of(service: str, what: str, kind: type[Event]) -> Any:  # noqa: ANN401 — the service's own class of that kind
    found = contract(f"vn.nennep.{service}.{what}.v1")
    if found is None or not issubclass(found, kind):
        raise LookupError(service, what)
    return found


def _raw(fact: Event) -> bytes:
    return fact.model_dump_json(exclude_none=True).encode()
