"""How does a service learn what others recorded? It reads their Redis streams into a sink, exactly once in effect.

The position lives with the rows, not in Redis: one transaction stores both. What the courier loses, repeats or
reorders is noticed by sequence and hash, read again, or asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

import redis
import structlog
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.event import Event
from shared.eventsourcing.courier import Fields, Stream, make_broker
from shared.eventsourcing.delivery import Sink
from shared.eventsourcing.heads import BEAT_FIELD, Head, from_fields
from shared.eventsourcing.lease import Lease
from shared.eventsourcing.pause import Backoff, within
from shared.eventsourcing.reading import PULSE, Reading
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory

BEAT: Final = 1.0
"""Seconds between two renewals of the lease."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """How the subscription fares, for readiness and metrics."""

    connected: bool
    """Whether every stream is being read now."""
    leading: bool
    """Whether this process holds the lease; a replica that does not only waits."""
    head_age: float
    """Seconds since the oldest heads were written; infinite when none were seen."""
    lag: Mapping[str, int]
    """Events by service that are known to exist and were not taken."""
    unreadable: int
    """Entries passed over since the streams were last begun: they hold no event of their service."""
    problem: str | None
    """A gap that cannot be filled, a hash that differs, a head below a position, a sink that fails; else nothing."""


def streams_of(listens: Iterable[type[Event]], consumer: str, shards: int = 1) -> tuple[Stream, ...]:
    """The streams that carry these contracts, but for the consumer's own: its own facts come from its own log."""
    producers = sorted({contract.service for contract in listens} - {consumer})
    return tuple(Stream(service, shard) for service in producers for shard in range(shards))


class Subscription:
    """Reads every stream that a service listens to, for as long as `run` runs; only the lease's holder reads."""

    def __init__(  # noqa: PLR0913 — its parts, each given by name
        self,
        url: str,
        consumer: str,
        streams: Iterable[Stream],
        sink: Sink,
        lease: Lease,
        *,
        shards: int = 1,
        sealed: Callable[[str], SealedHistory] = lambda _: NOTHING_SEALED,
    ) -> None:
        """`sealed` gives what the archive holds of a service: it is read before the service's streams."""
        self._url, self._lease = url, lease
        turn = asyncio.Lock()
        self._readings = [
            Reading(url, stream, consumer, sink, turn, shards=shards, sealed=sealed(stream.service))
            for stream in streams
        ]
        self._leading = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()

    @property
    def status(self) -> SubscriptionStatus:
        """How it fares now."""
        lag: dict[str, int] = {}
        for reading in self._readings:
            lag[reading.stream.service] = lag.get(reading.stream.service, 0) + reading.lag
        return SubscriptionStatus(
            connected=all(reading.connected for reading in self._readings),
            leading=self._leading,
            head_age=max((reading.watch.age for reading in self._readings), default=0.0),
            lag=lag,
            unreadable=sum(reading.unreadable for reading in self._readings),
            problem=next((reading.problem for reading in self._readings if reading.problem), None),
        )

    def heads(self, service: str) -> tuple[dict[UUID, Head], float]:
        """The last known heads of a service's log and an upper bound of their age in seconds; asks nobody."""
        watches = [reading.watch for reading in self._readings if reading.stream.service == service]
        heads = {organisation: head for watch in watches for organisation, head in watch.heads.items()}
        return heads, max((watch.age for watch in watches), default=float("inf"))

    def stop(self) -> None:
        """Make `run` end once the batches under way are stored, also one that has not begun. From any thread."""
        loop = self._loop
        if loop is None:
            self._stopped.set()
        else:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._stopped.set)

    async def run(self) -> None:
        """Subscribe until `stop`; goes on by itself whatever happens to Redis, the streams or the sink."""
        self._loop = asyncio.get_running_loop()
        await self._hold_lease()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch_heads())
                tasks.create_task(self._read())
        finally:
            self._loop, self._leading = None, False
            await asyncio.to_thread(self._lease.release)

    async def _hold_lease(self) -> None:
        """Take or renew the lease; a store that is away means that it is not held."""
        try:
            self._leading = await asyncio.to_thread(self._lease.acquire)
        except SQLAlchemyError as error:
            _log.warning("lease not renewed", error=type(error).__name__)
            self._leading = False

    async def _read(self) -> None:
        while not self._stopped.is_set():
            if self._leading:
                await self._lead()
            await within(self._stopped, BEAT)
            if not self._stopped.is_set():
                await self._hold_lease()

    async def _lead(self) -> None:
        """Read every stream for as long as the lease is held."""
        async with asyncio.TaskGroup() as tasks:
            for reading in self._readings:
                tasks.create_task(reading.keep())
            while self._leading and not self._stopped.is_set():
                await within(self._stopped, BEAT)
                await self._hold_lease()
            for reading in self._readings:
                reading.end()

    async def _watch_heads(self) -> None:
        """Look at the heads of every stream twice a second, leading or not: every replica judges by them.

        Whatever goes wrong, at connecting too, it is begun anew: meanwhile the heads grow old, and everybody sees it.
        """
        backoff = Backoff()
        while not self._stopped.is_set():
            backoff.begin()
            try:
                await self._look_on()
            except Exception as error:  # noqa: BLE001 — a fault in a library ends one attempt, not the service's sight
                _log.warning("heads not looked at", error=type(error).__name__)
                await within(self._stopped, backoff.pause())

    async def _look_on(self) -> None:
        """Look over one connection, which comes back by itself when Redis was away, until `stop`."""
        broker = make_broker(self._url)
        try:
            client = await broker.connect()
            while not self._stopped.is_set():
                with suppress(redis.RedisError, OSError):
                    for reading in self._readings:
                        await _look(client, reading)
                await within(self._stopped, PULSE)
        finally:
            await broker.stop()


async def _look(client: Redis, reading: Reading) -> None:
    beat = cast("bytes | None", await client.hget(reading.stream.heads, BEAT_FIELD))
    if reading.watch.news(beat):
        fields = cast("Fields", await client.hgetall(reading.stream.heads))
        if (present := fields.get(BEAT_FIELD.encode())) is not None:
            reading.watch.see(from_fields(fields), present, reading.reached)
    reading.watch.looked()
