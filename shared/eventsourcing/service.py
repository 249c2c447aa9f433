"""What is a service made of? Log, intake, relay, views, own feed, subscription: built once, started and stopped as one.

Only a service's `app.py` builds one. A service that records nothing has no log: it only subscribes.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Busy
from shared.eventsourcing.feed import OwnFeed
from shared.eventsourcing.footing import Footing
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.lease import SECONDS, FileLease, Lease, TableLease, WhileAwake
from shared.eventsourcing.log import Log
from shared.eventsourcing.rebuild import Rebuild
from shared.eventsourcing.relay import KEPT, Relay
from shared.eventsourcing.renewal import Renewal
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory
from shared.eventsourcing.shadow import Source
from shared.eventsourcing.sources import LogSource, SharedSource
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.submission import Ground, Outcome
from shared.eventsourcing.subscription import Subscription, streams_of
from shared.eventsourcing.sweep import Pace
from shared.eventsourcing.views import KEEP, Declaration, Generations

WAIT: Final = 2.0
"""Seconds that a request may wait for a position."""
REFRESH: Final = 0.5
"""Seconds between two looks at the positions of the replica that leads."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a service keeps its stores, and where the courier is."""

    folder: Path
    redis: str
    database: str | None = None
    """PostgreSQL URL; none: SQLite files in the folder."""
    shards: int = 1
    kept: int = KEPT
    """Entries that stay in a Redis stream though they are sealed."""
    sealed: Callable[[str], SealedHistory] = lambda _: NOTHING_SEALED
    """What the archive holds of a service."""
    keep_views: float = KEEP
    """Days for which the views that a rebuild replaced are kept."""
    leased: float = SECONDS
    """Seconds for which a lease on PostgreSQL that is not renewed keeps other replicas out."""

    def url(self, store: str) -> str:
        """The URL of the `log` or the `views`."""
        return self.database or f"sqlite:///{self.folder / store}.sqlite"

    def lease(self, store: Store, name: str) -> Lease:
        """The right to move the positions in a store."""
        if store.on_sqlite:
            return FileLease(self.folder / f"{name}.sqlite")
        return TableLease(store, name, f"{socket.gethostname()}/{os.getpid()}", seconds=self.leased)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of readiness: what, whether it is well, and why not."""

    name: str
    well: bool
    reason: str = ""


class Part(Protocol):
    """Something more that a service does beside taking, relaying and applying facts."""

    @property
    def name(self) -> str:
        """What readiness calls it."""

    @property
    def problem(self) -> str | None:
        """Why it does not do its work; none when it does."""

    async def run(self) -> None:
        """Do it until `stop`, whatever happens."""

    def stop(self) -> None:
        """Make `run` end soon; from any thread."""


class Service:
    """The moving parts of one service."""

    def __init__(
        self,
        declaration: Declaration,
        where: Whereabouts,
        make_ground: Callable[[Service], Ground] | None = None,
    ) -> None:
        self.name = declaration.service
        self._where = where
        self.generations = Generations(declaration, where.url("views"), keep=where.keep_views)
        self.runner = Runner(self.generations.serving())
        lease = where.lease(self.generations.control, "views")
        self._views_lease = WhileAwake(lease, lambda: self.runner.stands_still)
        self.runner.guard(self._may_apply)
        self.runner.follow(self.generations.moved_from)
        self._leases: list[Lease] = [self._views_lease]
        streams = streams_of(declaration.listens, self.name, where.shards)
        self.subscription = Subscription(
            where.redis,
            self.name,
            streams,
            self.runner,
            self._views_lease,
            shards=where.shards,
            sealed=where.sealed,
        )
        self._streams = streams
        self.rebuild = Rebuild(self.generations, self.runner, self.sources, check=lease.check)
        self.renewal = Renewal(self.generations, self.rebuild, lambda: self._views_lease.held)
        self._more: list[Part] = [self.renewal]
        self.log: Log | None = None
        self.intake: Intake | None = None
        self.relay: Relay | None = None
        self.feed: OwnFeed | None = None
        self.footing: Footing | None = None
        if make_ground is not None:
            self._make_writing_side(make_ground)
        self._tasks: list[asyncio.Task[None]] = []
        self._following = Pace(REFRESH)
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.runner.on_advance(self._tell)

    def _make_writing_side(self, make_ground: Callable[[Service], Ground]) -> None:
        store = open_store(self._where.url("log"))
        self.log = Log(self.name, store)
        self.log_lease = self._where.lease(store, "log")
        self._leases.append(self.log_lease)
        self.relay = Relay(
            self.log, self._where.redis, self.log_lease, shards=self._where.shards, kept=self._where.kept
        )
        self.footing = Footing(self.log, lambda: self.runner.positions(self.name))
        self._more.append(self.footing)
        self.feed = OwnFeed(self.log, self.runner, leading=lambda: self.subscription.status.leading and self.sound)
        self.intake = Intake(self.log, make_ground(self), after_commit=self._committed)

    def _committed(self) -> None:
        if self.relay is not None and self.feed is not None:
            self.relay.wake()
            self.feed.wake()

    def beside(self, name: str) -> tuple[Store, Lease]:
        """A store of a part's own beside log and views, and the right to move the positions in it."""
        store = open_store(self._where.url(name))
        lease = self._where.lease(store, name)
        return store, lease

    def add(self, part: Part) -> None:
        """Let another part start and stop with the service; before `start`."""
        self._more.append(part)

    @property
    def sound(self) -> bool:
        """Whether the own log is the one from which the views were made."""
        return self.footing is None or self.footing.sound

    def _may_apply(self, connection: Connection) -> object:
        """LeaseLost or ViewsMoved unless this process leads and applies to the views that serve."""
        term = self._views_lease.check(connection)
        self.generations.check(connection, self.runner.generation.number)
        return term

    def leads(self) -> bool:
        """Whether this process is the one that relays, seals and publishes what its log holds."""
        return self.relay is not None and self.relay.status.leading

    def keeps_views(self) -> bool:
        """Whether this process is the one that writes the views."""
        return self._views_lease.held

    @property
    def folder(self) -> Path:
        """Where the service keeps what is its own on this machine."""
        return self._where.folder

    # ── Life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Start every part; each goes on by itself whatever happens to Redis.

        AlreadyRunning when another process works on the same SQLite files.
        """
        for lease in self._leases:
            await asyncio.to_thread(lease.acquire)
        if self.footing is not None:
            await asyncio.to_thread(self.footing.look)
        if self.intake is not None:
            self.intake.start()
        own = (part for part in (self.subscription, self.relay, self.feed) if part is not None)
        runs = [self._follow, *(part.run for part in (*own, *self._more))]
        self._tasks = [asyncio.create_task(run(), name=f"{self.name}-{run.__qualname__}") for run in runs]

    async def stop(self) -> None:
        """Finish what is under way, save marks, and give stores back."""
        if self.intake is not None:
            await asyncio.to_thread(self.intake.stop)
        for part in (*self._more, self.feed, self.relay, self.subscription):
            if part is not None:
                part.stop()
        self._following.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self.runner.close()
        self.generations.close()
        if self.log is not None:
            self.log.store.close()

    async def _follow(self) -> None:
        """On a replica that does not lead: notice how far the leading one has come.

        What has begun in a thread ends before the stores are closed; it would open others, which nobody closes.
        """
        with self._following.kept():
            while not self._following.ended:
                await asyncio.to_thread(self.runner.let_go)
                if not self.subscription.status.leading:
                    with suppress(SQLAlchemyError):
                        await asyncio.to_thread(self.runner.refresh)
                await self._following.wait()

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def submit(
        self, poster: Poster, drafts: Sequence[Draft], *, lenient: bool, trial: bool = False
    ) -> Future[list[Outcome]]:
        """Hand drafts to the intake, a trial to be judged only; Busy when its queue is full, or without a log.

        LogContradicted while the log is not the one from which the views were made.
        """
        if self.intake is None or self.footing is None:
            raise Busy
        self.footing.require_sound()
        return self.intake.submit(poster, drafts, lenient=lenient, trial=trial)

    # ── Waiting for positions ────────────────────────────────────────────────────────────────────────────────────

    async def seen(self, positions: Mapping[tuple[str, UUID], tuple[int, bytes]], wait: float = WAIT) -> bool:
        """Wait until these (service, organisation) → (sequence, hash) have been applied here."""
        told = asyncio.Event()
        entry = (asyncio.get_running_loop(), told)
        self._waiting.add(entry)
        try:
            async with asyncio.timeout(wait):
                while not self._has_seen(positions):
                    await told.wait()
                    told.clear()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(entry)
        return True

    def _has_seen(self, positions: Mapping[tuple[str, UUID], tuple[int, bytes]]) -> bool:
        for (service, organisation), (sequence, digest) in positions.items():
            reached = self.runner.positions(service).get(organisation)
            if reached is None or reached.sequence < sequence:
                return False
            if reached.sequence == sequence and reached.hash != digest:
                return False
        return True

    def _tell(self) -> None:
        for loop, told in list(self._waiting):
            loop.call_soon_threadsafe(told.set)

    # ── Health ───────────────────────────────────────────────────────────────────────────────────────────────────

    def checks(self) -> Iterator[Check]:
        """What `/readyz` says, part by part."""
        courier = self.subscription.status
        if self._streams:
            yield Check("courier", courier.connected or not courier.leading, "Redis is away")
            yield Check("subscription", courier.problem is None, courier.problem or "")
        if self.relay is not None:
            relay = self.relay.status
            yield Check("relay", relay.connected or not relay.leading, relay.problem or "Redis is away")
        if self.feed is not None:
            yield Check("own-facts", self.feed.problem is None, self.feed.problem or "")
        for part in self._more:
            yield Check(part.name, part.problem is None, part.problem or "")
        ended = [task.get_name() for task in self._tasks if task.done()]
        yield Check("parts", not ended, ", ".join(ended))
        stopped = self.runner.stopped()
        yield Check("projections", not stopped, ", ".join(stopped))

    def lag(self) -> dict[str, int]:
        """Events by service that exist and are not in the views yet."""
        lag = dict(self.subscription.status.lag)
        if self.log is not None:
            applied = self.runner.positions(self.name)
            lag[self.name] = sum(
                head.sequence - (applied[org].sequence if org in applied else 0)
                for org, head in self.log.heads().items()
            )
        return lag

    def sources(self) -> Sequence[Source]:
        """All that this service hears, from its beginning: the own log, then each producer's history."""
        own: list[Source] = [] if self.log is None else [LogSource(self.log)]
        return [
            *own,
            *(SharedSource(self._where.redis, each, self._where.sealed(each.service)) for each in self._streams),
        ]
