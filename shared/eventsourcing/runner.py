"""Who applies events to the views? The runner: facts, projections' rows and positions, in one transaction a batch.

Only this file opens the transaction in which projections work. A fault of the store stops the batch, which comes
again; a fault of a projection is retried, then the event is parked with its keys, and the position moves on.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from shared.contracts.corrections import FactCorrected, FactVoided
from shared.contracts.envelope import Recorded, to_cloudevent
from shared.contracts.event import Event, contract, known_versions
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import ChainBroken, UnknownVersion, Unreadable
from shared.eventsourcing.facts import Facts, Version, version_of
from shared.eventsourcing.faults import reach
from shared.eventsourcing.projection import Ledger, Position, Projection, Views
from shared.eventsourcing.stream import fact_of, plain
from shared.eventsourcing.views import Generation

RETRIES = 2
"""How often a failing recomputation is tried again before its event is parked."""
FAILURES, WINDOW, SHARE = 20, 10_000, 100
"""A projection stops when at least 20 and more than 1 % of the last 10,000 events failed."""
FACTS = "facts"
"""The name under which events are parked that cannot be read at all."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Touch:
    """One event with the keys of a projection that it touches."""

    recorded: Recorded
    keys: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked event: where it stands, why, and the keys that it blocks."""

    projection: str
    service: str
    organisation: str
    event: str
    sequence: int
    reason: str
    blocked: bool
    """It only waits behind another parked event."""
    keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """What a batch has brought, read and sorted."""

    versions: list[Version] = field(default_factory=list)
    touched: list[tuple[Recorded, Said]] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    parked: list[tuple[Recorded, str]] = field(default_factory=list)


class Runner:
    """Applies events to one generation of views. One thread at a time; readers use connections of their own."""

    def __init__(self, generation: Generation) -> None:
        self._turn = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._changed: list[Callable[[Iterable[Said] | None], None]] = []
        self._guard: Callable[[Connection], None] = lambda _: None
        self.adopt(generation)

    def guard(self, check: Callable[[Connection], None]) -> None:
        """Check the lease in every transaction that moves a position; it raises when another process holds it."""
        self._guard = check

    def adopt(self, generation: Generation) -> None:
        """Work on these views from now on, and go on from their own positions."""
        with self._turn:
            if (former := getattr(self, "generation", None)) is not None:
                former.store.close()
            self.generation = generation
            self.facts: Facts = generation.facts
            self._ledger: Ledger = generation.ledger
            self._projections: tuple[Projection, ...] = generation.projections
            self._listened = frozenset(generation.facts.tables)
            self._positions = self._load_positions()
            self._failed: dict[str, tuple[int, int]] = {}
            """Projection → (events seen, events failed) in the current window."""

    def paused(self) -> threading.RLock:
        """Hold this while nothing may be applied; what arrives meanwhile waits."""
        return self._turn

    # ── Where we are ─────────────────────────────────────────────────────────────────────────────────────────────

    def positions(self, service: str) -> dict[UUID, Position]:
        """How far each organisation's log of a service has been applied here."""
        return dict(self._positions.get(service, {}))

    def position(self) -> dict[str, dict[UUID, int]]:
        """The same for every service, as answers carry it."""
        return {
            service: {organisation: each.sequence for organisation, each in positions.items()}
            for service, positions in sorted(self._positions.items())
        }

    def entry(self, stream: str) -> str:
        """The last Redis entry whose event is in the rows; `0` at first."""
        with self.generation.store.read() as connection:
            found = connection.execute(
                select(self._ledger.entry.c.entry).where(self._ledger.entry.c.stream == stream)
            ).scalar_one_or_none()
        return found or "0"

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Be called after each batch."""
        self._listeners.append(listener)

    def on_said(self, listener: Callable[[Iterable[Said] | None], None]) -> None:
        """Be told which facts a committed batch brought, replaced versions included; None: any may have changed."""
        self._changed.append(listener)

    def refresh(self) -> None:
        """On a replica that only reads: notice how far the leading one has brought the views."""
        with self._turn:
            before, self._positions = self._positions, self._load_positions()
        if self._positions != before:
            for told in self._changed:
                told(None)
            for listener in self._listeners:
                listener()

    def stopped(self) -> list[str]:
        """Names of the projections that stand still until they are rebuilt."""
        with self.generation.store.read() as connection:
            return sorted(connection.execute(select(self._ledger.stopped.c.projection)).scalars())

    def _load_positions(self) -> dict[str, dict[UUID, Position]]:
        positions: dict[str, dict[UUID, Position]] = defaultdict(dict)
        with self.generation.store.read() as connection:
            for row in connection.execute(select(self._ledger.position)):
                positions[row.service][row.organisation] = Position(row.sequence, bytes(row.hash))
        return positions

    # ── A batch ──────────────────────────────────────────────────────────────────────────────────────────────────

    def take(
        self, service: str, events: Sequence[Recorded], *, stream: str | None = None, entry: str | None = None
    ) -> None:
        """Apply events, each organisation's next in sequence, and remember the position: one transaction.

        Events at or below the position are dropped; ChainBroken when one is left out. The caller has verified hashes.
        """
        with self._turn:
            fresh = self._fresh(service, events)
            try:
                with self.generation.store.write() as connection:
                    self._guard(connection)
                    batch = self._read(connection, fresh)
                    self._apply(connection, batch)
                    ends = self._advance(connection, service, fresh, stream, entry)
                    reach("projection.before-commit")
            except BaseException:
                for projection in self._projections:
                    projection.forget()
                raise
            self._positions.setdefault(service, {}).update(ends)
        for told in self._changed:
            told([said for _, said in batch.touched])
        for listener in self._listeners:
            listener()

    def _fresh(self, service: str, events: Sequence[Recorded]) -> list[Recorded]:
        reached = {organisation: each.sequence for organisation, each in self._positions.get(service, {}).items()}
        fresh: list[Recorded] = []
        for recorded in events:
            organisation, sequence = recorded.envelope.organisation, recorded.envelope.sequence
            if sequence <= reached.get(organisation, 0):
                continue
            if sequence != reached.get(organisation, 0) + 1:
                message = f"{service}/{organisation}: {sequence} does not follow"
                raise ChainBroken(message)
            reached[organisation] = sequence
            fresh.append(recorded)
        return fresh

    def _read(self, connection: Connection, events: Sequence[Recorded]) -> _Batch:
        """Decode, put versions under their roots, and write the fact tables."""
        batch = _Batch()
        plain_events: list[Version] = []
        for recorded in events:
            try:
                fact = self._decode(recorded)
            except Unreadable as error:
                batch.parked.append((recorded, type(error).__name__))
                continue
            if fact is None:
                batch.passed[recorded.envelope.content.type] += 1
            elif recorded.envelope.content.corrects is None:
                plain_events.append(version_of(recorded, fact))
            else:
                self.facts.insert(connection, plain_events)
                batch.versions += plain_events
                plain_events.clear()
                self._correct(connection, batch, recorded, fact)
        self.facts.insert(connection, plain_events)
        batch.versions += plain_events
        self._adopt(connection, batch)
        batch.touched += [(version.recorded, _said(version)) for version in batch.versions if version.sequence]
        return batch

    def _decode(self, recorded: Recorded) -> Event | None:
        """The fact that counts, or nothing when nobody here listens to it. A voiding gives itself."""
        content = recorded.envelope.content
        cls = contract(content.type)
        if cls is not None and issubclass(cls, FactVoided):
            return cls.model_validate_json(content.fact, extra="ignore")
        name = plain(content).type
        said = contract(name)
        if said is None:
            if any(contract(other) in self._listened for other in known_versions(name)):
                raise UnknownVersion(name)
            return None
        return fact_of(content) if said in self._listened else None

    def _correct(self, connection: Connection, batch: _Batch, recorded: Recorded, fact: Event) -> None:
        corrects = recorded.envelope.content.corrects
        voids = isinstance(fact, FactVoided)
        cls = contract(fact.type) if isinstance(fact, FactVoided) else type(fact)
        if corrects is None or cls is None or cls not in self._listened or issubclass(cls, FactCorrected):
            batch.passed[recorded.envelope.content.type] += 1
            return
        old = self.facts.replaced(connection, cls, recorded)
        batch.touched += [(recorded, said) for said in old]
        self.facts.insert_correction(connection, recorded, cls.name, voids=voids)
        if not voids:
            sequence = self.facts.root_sequence(connection, cls, corrects.organisation, corrects.root)
            raw = plain(recorded.envelope.content).fact
            version = Version(recorded, fact, raw, corrects.organisation, corrects.root, sequence)
            self.facts.insert(connection, [version])
            if sequence is not None:
                batch.touched.append((recorded, _said(version)))

    def _adopt(self, connection: Connection, batch: _Batch) -> None:
        """Give corrections from other logs that came before their roots the roots' places."""
        roots = {(version.organisation, version.root): version for version in batch.versions}
        waiting = self._waiting_roots(connection)
        for key in waiting & set(roots):
            version = roots[key]
            self.facts.adopt(connection, type(version.fact), *key, sequence=version.recorded.envelope.sequence)

    def _waiting_roots(self, connection: Connection) -> set[tuple[UUID, UUID]]:
        correction = self.facts.correction.c
        rows = connection.execute(
            select(correction.organisation, correction.root_id).where(correction.organisation != correction.poster)
        )
        return {(row.organisation, row.root_id) for row in rows}

    def _apply(self, connection: Connection, batch: _Batch) -> None:
        for name, count in batch.passed.items():
            _add(connection, self._ledger.passed, name, count)
        for recorded, reason in batch.parked:
            self._park(connection, FACTS, recorded, frozenset({recorded.envelope.content.subject}), reason)
        views = Views(connection, self.facts)
        stopped = set(connection.execute(select(self._ledger.stopped.c.projection)).scalars())
        for projection in self._projections:
            if projection.name not in stopped:
                self._project(views, projection, batch)

    def _project(self, views: Views, projection: Projection, batch: _Batch) -> None:
        blocked = self._blocked(views.connection, projection)
        touches: list[_Touch] = []
        failed = 0
        for recorded, said in batch.touched:
            if type(said.fact) not in projection.listens:
                continue
            keys = frozenset(projection.keys(views, said))
            if keys & blocked:
                self._park(views.connection, projection.name, recorded, keys, "behind a parked event", blocked=True)
                blocked |= keys
            elif keys:
                touches.append(_Touch(recorded, keys))
        everything = frozenset().union(*(touch.keys for touch in touches)) - blocked
        if everything and not self._try(views, projection, everything):
            failed = self._one_by_one(views, projection, touches)
        self._count(views.connection, projection, len(touches), failed)

    def _one_by_one(self, views: Views, projection: Projection, touches: Sequence[_Touch]) -> int:
        """Find the events whose keys cannot be computed, and park just these."""
        failed = 0
        parked: set[UUID] = set()
        for touch in touches:
            if touch.keys & parked:
                self._park(views.connection, projection.name, touch.recorded, touch.keys, "behind a parked event", blocked=True)
                parked |= touch.keys
            elif not any(self._try(views, projection, touch.keys) for _ in range(1 + RETRIES)):
                self._park(views.connection, projection.name, touch.recorded, touch.keys, self._reason)
                parked |= touch.keys
                failed += 1
        return failed

    _reason = ""

    def _try(self, views: Views, projection: Projection, keys: frozenset[UUID]) -> bool:
        try:
            with views.connection.begin_nested():
                projection.recompute(views, keys)
        except DBAPIError as error:
            if not _is_data_fault(error):
                raise
            self._reason = type(error).__name__
        except Exception as error:  # noqa: BLE001 — whatever a projection does wrong is parked, never fatal
            self._reason = f"{type(error).__name__} at {_where(error)}"
        else:
            return True
        projection.forget()
        return False

    def _count(self, connection: Connection, projection: Projection, seen: int, failed: int) -> None:
        events, failures = self._failed.get(projection.name, (0, 0))
        if events >= WINDOW:
            events, failures = events // 2, failures // 2
        events, failures = events + seen, failures + failed
        self._failed[projection.name] = (events, failures)
        if failures >= FAILURES and failures * SHARE > min(events, WINDOW):
            _log.error("projection stopped", projection=projection.name, failures=failures, events=events)
            connection.execute(
                insert(self._ledger.stopped).values(
                    projection=projection.name, reason=f"{failures} of {events} events failed"
                )
            )

    # ── Parking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _blocked(self, connection: Connection, projection: Projection) -> set[UUID]:
        return set(
            connection.execute(
                select(self._ledger.parked.c.key).where(self._ledger.parked.c.projection == projection.name)
            ).scalars()
        )

    def _park(
        self,
        connection: Connection,
        projection: str,
        recorded: Recorded,
        keys: Iterable[UUID],
        reason: str,
        *,
        blocked: bool = False,
    ) -> None:
        envelope = recorded.envelope
        _log.warning("parked", projection=projection, event_id=str(envelope.id), type=envelope.content.type, why=reason)
        connection.execute(
            insert(self._ledger.parked),
            [
                {
                    "projection": projection,
                    "poster": envelope.organisation,
                    "event_id": envelope.id,
                    "key": key,
                    "type": envelope.content.type,
                    "service": envelope.service,
                    "sequence": envelope.sequence,
                    "reason": reason,
                    "blocked": blocked,
                    "event": to_cloudevent(recorded) if projection == FACTS else None,
                }
                for key in keys
            ],
        )

    def retry(self, projection_name: str) -> tuple[int, int]:
        """Compute the parked keys of a projection again: (freed, still parked). Facts are read again first."""
        with self._turn, self.generation.store.write() as connection:
            views = Views(connection, self.facts)
            parked = self._ledger.parked
            freed = left = 0
            for projection in self._projections:
                if projection.name != projection_name:
                    continue
                for key in self._blocked(connection, projection):
                    if self._try(views, projection, frozenset({key})):
                        connection.execute(
                            delete(parked).where(parked.c.projection == projection_name).where(parked.c.key == key)
                        )
                        freed += 1
                    else:
                        left += 1
        return freed, left

    def parked(self) -> list[Parked]:
        """Every parked event with the keys that it blocks, in the order of the logs."""
        found: dict[tuple[str, UUID, UUID], Parked] = {}
        with self.generation.store.read() as connection:
            table = self._ledger.parked
            for row in connection.execute(select(table).order_by(table.c.poster, table.c.sequence, table.c.key)):
                entry = Parked(
                    row.projection, row.service, str(row.poster), str(row.event_id), row.sequence, row.reason, row.blocked
                )
                found.setdefault((row.projection, row.poster, row.event_id), entry).keys.append(str(row.key))
        return list(found.values())

    def parked_in(self, projections: Iterable[str]) -> int:
        """How many events are parked in these projections, or could not be read at all: what an answer may lack."""
        table = self._ledger.parked
        names = [FACTS, *projections]
        query = select(table.c.poster, table.c.event_id).where(table.c.projection.in_(names)).distinct()
        with self.generation.store.read() as connection:
            return connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def parked_count(self) -> int:
        """How many events are parked, over all projections."""
        with self.generation.store.read() as connection:
            return connection.execute(
                select(func.count()).select_from(select(self._ledger.parked.c.event_id).distinct().subquery())
            ).scalar_one()

    # ── Positions ────────────────────────────────────────────────────────────────────────────────────────────────

    def _advance(
        self, connection: Connection, service: str, events: Sequence[Recorded], stream: str | None, entry: str | None
    ) -> Mapping[UUID, Position]:
        ends = {each.envelope.organisation: Position(each.envelope.sequence, each.hash) for each in events}
        table = self._ledger.position
        for organisation, end in ends.items():
            values = {"sequence": end.sequence, "hash": end.hash}
            where = (table.c.service == service, table.c.organisation == organisation)
            if connection.execute(update(table).where(*where).values(values)).rowcount == 0:
                connection.execute(insert(table).values(service=service, organisation=organisation, **values))
        if stream is not None and entry is not None:
            self._enter(connection, stream, entry)
        return ends

    def _enter(self, connection: Connection, stream: str, entry: str) -> None:
        entries = self._ledger.entry
        if connection.execute(update(entries).where(entries.c.stream == stream).values(entry=entry)).rowcount == 0:
            connection.execute(insert(entries).values(stream=stream, entry=entry))

    def entries(self) -> dict[str, str]:
        """Redis stream → last entry whose event is in the rows."""
        with self.generation.store.read() as connection:
            return {row.stream: row.entry for row in connection.execute(select(self._ledger.entry))}

    def enter(self, entries: Mapping[str, str]) -> None:
        """Take over the entries of other views that have come exactly as far as these."""
        with self._turn, self.generation.store.write() as connection:
            for stream, entry in entries.items():
                self._enter(connection, stream, entry)


def _said(version: Version) -> Said:
    envelope = version.recorded.envelope
    day = version.fact.effect_day(envelope.content.occurred)
    return Said(
        version.fact, envelope.content.subject, version.organisation, version.root, version.sequence or 0, day
    )


def _add(connection: Connection, table: Table, name: str, count: int) -> None:
    done = connection.execute(update(table).where(table.c.type == name).values(count=table.c.count + count))
    if done.rowcount == 0:
        connection.execute(insert(table).values(type=name, count=count))


def _is_data_fault(error: DBAPIError) -> bool:
    """A fault of the row, not of the store: constraint or data errors are the projection's own doing."""
    return type(error).__name__ in {"IntegrityError", "DataError", "ProgrammingError"}


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
