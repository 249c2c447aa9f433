"""How do projections take a batch, and what if one fails? Keys are recomputed together; what fails is parked alone.

A fault of the store is raised: the batch comes again. A fault of a projection is tried again, then its event is parked
with its keys. Whatever was counted in a transaction that did not commit is forgotten with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from shared.contracts.envelope import Recorded
from shared.eventsourcing.batch import Batch
from shared.eventsourcing.decider import Said
from shared.eventsourcing.facts import Facts
from shared.eventsourcing.parking import UNREAD, Parking, Spot
from shared.eventsourcing.projection import Ledger, Projection, Views

RETRIES: Final = 2
"""How often a failing recomputation is tried again before its event is parked."""
FAILURES, WINDOW, SHARE = 20, 10_000, 100
"""A projection stops when at least 20 and more than 1 % of the last 10,000 events failed."""

_log = structlog.get_logger(__name__)


class Applying:
    """The projections of one generation at work. Every method works in the caller's transaction."""

    def __init__(
        self, ledger: Ledger, facts: Facts, projections: Sequence[Projection], left_out: frozenset[Spot]
    ) -> None:
        self.parking = Parking(ledger.parked)
        self.projections = projections
        self._facts = facts
        self._stopped = ledger.stopped
        self._standing_still = select(self._stopped.c.projection)
        self._tally: dict[str, tuple[int, int]] = {}
        """Projection → (events seen, events failed) in the current window, up to the last commit."""
        self._pending = dict(self._tally)
        """The same with what the transaction under way has seen."""
        self.leave_out(left_out)

    def leave_out(self, spots: frozenset[Spot]) -> None:
        """From now on these events are as if they had never come to these projections."""
        self.left_out = spots
        self._facts.leave_out(_by_projection(spots))

    def views(self, connection: Connection, name: str) -> Views:
        """What a projection works with."""
        return Views(connection, self._facts.of(name))

    def committed(self) -> None:
        """What was counted since the last commit holds."""
        self._tally = dict(self._pending)

    def rolled_back(self) -> None:
        """What was counted or remembered since the last commit never happened."""
        self._pending = dict(self._tally)
        for projection in self.projections:
            projection.forget()

    def stopped(self, connection: Connection) -> set[str]:
        """Names of the projections that stand still until they are rebuilt."""
        return set(connection.execute(self._standing_still).scalars())

    def apply(self, connection: Connection, batch: Batch) -> None:
        """Let every projection take what a batch has brought; park what cannot be read."""
        for recorded, why in batch.unread:
            subject = [recorded.envelope.content.subject]
            if Spot.of(UNREAD, recorded) in self.left_out:
                self.parking.set_aside(connection, UNREAD, recorded, subject)
            else:
                self.parking.park(connection, UNREAD, recorded, subject, why)
        stopped = self.stopped(connection)
        for projection in self.projections:
            if projection.name not in stopped:
                self._project(self.views(connection, projection.name), projection, batch)

    def _project(self, views: Views, projection: Projection, batch: Batch) -> None:
        """Recompute all keys that the batch touches at once; if that fails, event by event."""
        blocked = self.parking.blocked(views.connection, projection.name)
        clear, failed = list[tuple[Recorded, set[UUID]]](), 0
        for recorded, told in _by_event(batch, projection):
            keys, why = keys_of(views, projection, told)
            if self.left_out and Spot.of(projection.name, recorded) in self.left_out:
                self.parking.set_aside(views.connection, projection.name, recorded, keys or {told[0].subject})
            elif why:
                self.parking.park(views.connection, projection.name, recorded, keys, why)
                blocked |= keys
                failed += 1
            elif not keys.isdisjoint(blocked):
                self.parking.queue(views.connection, projection.name, recorded, keys)
                blocked |= keys
            elif keys:
                clear.append((recorded, keys))
        everything = frozenset[UUID]().union(*(keys for _, keys in clear)) - blocked
        seen = len(clear) + failed
        if everything and self.fault(views, projection, everything):
            queued, more = self._one_by_one(views, projection, clear)
            seen, failed = seen - queued, failed + more
        self._count(views.connection, projection, seen, failed)

    def _one_by_one(
        self, views: Views, projection: Projection, events: Iterable[tuple[Recorded, set[UUID]]]
    ) -> tuple[int, int]:
        """Find the events whose keys cannot be computed, and park just these; how many wait behind, how many failed."""
        queued, failed, blocked = 0, 0, set[UUID]()
        for recorded, keys in events:
            if keys & blocked:
                self.parking.queue(views.connection, projection.name, recorded, keys)
                blocked |= keys
                queued += 1
            elif why := self._lasting_fault(views, projection, frozenset(keys)):
                self.parking.park(views.connection, projection.name, recorded, keys, why)
                blocked |= keys
                failed += 1
        return queued, failed

    def _lasting_fault(self, views: Views, projection: Projection, keys: frozenset[UUID]) -> str:
        why = ""
        for _ in range(1 + RETRIES):
            if not (why := self.fault(views, projection, keys)):
                break
        return why

    def fault(self, views: Views, projection: Projection, keys: frozenset[UUID]) -> str:
        """Recompute; nothing when that went well, else what went wrong, with the rows as they were before."""
        try:
            with views.connection.begin_nested():
                projection.recompute(views, keys)
        except DBAPIError as error:
            if not isinstance(error, IntegrityError | DataError | ProgrammingError):
                raise
            why = type(error).__name__
        except Exception as error:  # noqa: BLE001 — whatever a projection does wrong is parked, never fatal
            why = f"{type(error).__name__} at {_where(error)}"
        else:
            return ""
        projection.forget()
        return why

    def _count(self, connection: Connection, projection: Projection, seen: int, failed: int) -> None:
        """Stop a projection that fails too often; both counts are halved when the window is full."""
        events, failures = self._pending.get(projection.name, (0, 0))
        if events >= WINDOW:
            events, failures = events // 2, failures // 2
        events, failures = events + seen, failures + failed
        self._pending[projection.name] = (events, failures)
        if failures >= FAILURES and failures * SHARE > min(events, WINDOW):
            why = f"{failures} of {events} events failed"
            _log.error("projection stopped", projection=projection.name, why=why)
            connection.execute(insert(self._stopped).values(projection=projection.name, reason=why))


def keys_of(views: Views, projection: Projection, told: Iterable[Said]) -> tuple[set[UUID], str]:
    """The keys that an event touches; or its subject, and why the projection could not tell."""
    told, keys = list(told), set[UUID]()
    try:
        for said in told:
            keys.update(projection.keys(views, said))
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 — whatever a projection does wrong is parked, never fatal
        return {said.subject for said in told}, f"{type(error).__name__} at {_where(error)}"
    return keys, ""


def _by_event(batch: Batch, projection: Projection) -> Iterable[tuple[Recorded, list[Said]]]:
    """The versions that a projection listens to, new and replaced, gathered under the events that brought them."""
    listens = projection.listens
    touched: dict[int, tuple[Recorded, list[Said]]] = {}
    for recorded, said in batch.touched:
        if type(said.fact) in listens:
            touched.setdefault(id(recorded), (recorded, []))[1].append(said)
    return touched.values()


def _by_projection(spots: Iterable[Spot]) -> dict[str, list[tuple[str, UUID, UUID]]]:
    found: dict[str, list[tuple[str, UUID, UUID]]] = {}
    for spot in spots:
        found.setdefault(spot.projection, []).append((spot.service, spot.organisation, spot.event))
    return found


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
