"""In what is history replayed? In views of its own, filled from verified events and gone when the answer is given.

Facts are written first, then every projection is computed once: an order of magnitude quicker than batch by batch, and
by construction the same rows. What this program cannot read stops an audit; it is never passed over.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import make_url, text

from shared.contracts.envelope import Content, Recorded, genesis, recorded_text
from shared.contracts.event import contract
from shared.eventsourcing.batch import Batch, Reader
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.progress import Progress
from shared.eventsourcing.projection import Views
from shared.eventsourcing.sequencer import Position
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.stream import is_correction, is_voiding
from shared.eventsourcing.views import Declaration, Generation
from shared.history.replay.sources import Source


class _About(msgspec.Struct):
    type: str


_decode_type = msgspec.json.Decoder(_About).decode


class Stop(NamedTuple):
    """An event that this program cannot read, in the order in which stops are told."""

    recorded: int
    service: str
    organisation: UUID
    sequence: int
    type: str
    why: str

    def __str__(self) -> str:
        place = f"{self.service}/{self.organisation} at {self.sequence}"
        return f"{place} ({recorded_text(self.recorded)}): {self.type}: {self.why}"


class CannotJudge(Exception):
    """An event of a type or version that this program does not know, or that does not decode: the first one."""


class Scratch:
    """Views that nobody else sees."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.ends: dict[str, dict[UUID, Position]] = {}
        """How far each organisation's log of each service was taken."""
        self._seen: dict[tuple[str, UUID], int] = {}
        self._reader = Reader(generation.facts)
        self._stops: list[Stop] = []

    def fill(
        self,
        sources: Iterable[Source],
        known: int | None,
        progress: Progress | None = None,
        told: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """Take what was recorded by then and was not taken before; then compute every projection.

        ChainBroken where a chain does not continue; CannotJudge at the first event that cannot be read.
        """
        progress = progress or Progress()
        for source in sources:
            for service, events in source.read():
                self._take(service, events, known)
                progress.done += len(events)
                told(progress)
        if self._stops:
            raise CannotJudge(str(min(self._stops)))
        with self.generation.store.write() as connection:
            views = Views(connection, self.generation.facts)
            for projection in self.generation.projections:
                projection.forget()
                said = views.facts.said(connection, projection.listens)
                projection.recompute(views, frozenset(key for each in said for key in projection.keys(views, each)))

    def reached(self, service: str, organisation: UUID) -> int:
        """How far the sources went in an organisation's log, taken or recorded too late."""
        return self._seen.get((service, organisation), 0)

    def _take(self, service: str, events: Sequence[Recorded], known: int | None) -> None:
        ends = self.ends.setdefault(service, {})
        fresh: list[Recorded] = []
        for recorded in events:
            organisation, sequence = recorded.envelope.organisation, recorded.envelope.sequence
            end = ends.get(organisation) or Position(0, genesis(service, organisation))
            self._seen[service, organisation] = max(sequence, self._seen.get((service, organisation), 0))
            if sequence < end.sequence or (known is not None and recorded.envelope.recorded > known):
                continue
            if not _continues(service, recorded, end):
                message = f"{service}/{organisation} at {sequence}"
                raise ChainBroken(message)
            if sequence > end.sequence:
                ends[organisation] = Position(sequence, recorded.hash)
                fresh.append(recorded)
        self._write(service, fresh)

    def _write(self, service: str, events: Sequence[Recorded]) -> None:
        if events:
            with self.generation.store.write() as connection:
                batch = self._reader.read(connection, events)
            self._stops += _stops(service, events, batch)


def _continues(service: str, recorded: Recorded, end: Position) -> bool:
    """Whether an event is the next after that end, or that end itself once more; by its own bytes."""
    envelope = recorded.envelope
    if envelope.service != service or envelope.hash() != recorded.hash:
        return False
    if envelope.sequence == end.sequence:
        return recorded.hash == end.hash
    return envelope.sequence == end.sequence + 1 and envelope.previous == end.hash


def _stops(service: str, events: Iterable[Recorded], batch: Batch) -> Iterator[Stop]:
    """The events that were not written, and why."""
    for recorded, why in batch.unread:
        yield _stop(service, recorded, why)
    if batch.passed:
        for recorded in events:
            if recorded.envelope.content.type in batch.passed and _unknown(recorded):
                yield _stop(service, recorded, "unknown type")


def _stop(service: str, recorded: Recorded, why: str) -> Stop:
    envelope = recorded.envelope
    return Stop(
        envelope.recorded, service, envelope.organisation, envelope.sequence, said_type(envelope.content) or "?", why
    )


def _unknown(recorded: Recorded) -> bool:
    name = said_type(recorded.envelope.content)
    return name is None or contract(name) is None


def said_type(content: Content) -> str | None:
    """The type of the fact that an event is about: a correction's or voiding's is the one inside."""
    if not (is_correction(content.type) or is_voiding(content.type)):
        return content.type
    try:
        return _decode_type(content.fact).type
    except ValueError:
        return None


@contextmanager
def scratch(declaration: Declaration, url: str | None = None) -> Iterator[Scratch]:
    """Empty views, gone afterwards: in a folder for temporary files, or in a schema of its own in PostgreSQL."""
    if url is not None and make_url(url).get_backend_name() != "sqlite":
        with _schema(url) as name:
            yield from _opened(declaration, open_store(url, schema=name))
        return
    with tempfile.TemporaryDirectory(prefix="nennep-replay-") as folder:
        yield from _opened(declaration, open_store(f"sqlite:///{Path(folder) / 'scratch.sqlite'}", durability="NORMAL"))


def _opened(declaration: Declaration, store: Store) -> Iterator[Scratch]:
    try:
        yield Scratch(Generation(0, declaration, store))
    finally:
        store.close()


@contextmanager
def _schema(url: str) -> Iterator[str]:
    name = f"replay_{secrets.token_hex(8)}"
    store = open_store(url)
    try:
        with store.write() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        yield name
    finally:
        with store.write() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        store.close()
