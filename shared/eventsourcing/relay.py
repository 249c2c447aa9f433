"""How do committed events reach the Redis streams? One relay a service reads its log and adds to them, and only adds.

The log is the truth and its own outbox; a mark for each organisation says how far it was published. Events may be
published twice, never left out: marks are saved after publishing. What Redis loses is published again from the log, as
far as it is not sealed; what is sealed and old leaves the stream.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from faststream.redis import RedisBroker

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.courier import Stream, make_broker, shard_of
from shared.eventsourcing.faults import reach
from shared.eventsourcing.heads import SealedEnd, as_fields
from shared.eventsourcing.lease import AlreadyRunning, Lease, LeaseLost
from shared.eventsourcing.marks import Marks
from shared.eventsourcing.pause import Backoff, within
from shared.eventsourcing.store import Store
from shared.eventsourcing.trimming import Trimming

BEAT: Final = 1.0
"""Seconds between two beats: heads are written, the last entry is looked for, marks are saved, wake-ups made up for."""
BATCH: Final = 500
KEPT: Final = 10_000
"""Entries that stay in a stream though they are sealed, so that who was away for a while need not ask the archive."""

_log = structlog.get_logger(__name__)


class RelayedLog(Protocol):
    """What a relay asks of its service's log."""

    service: str
    store: Store

    def heads(self) -> Mapping[UUID, SealedEnd]:
        """The end of every organisation's chain."""

    def after(self, position: Mapping[UUID, int], limit: int) -> Sequence[Recorded]:
        """Events past the position, each organisation's in sequence."""


@dataclass(slots=True)
class RelayStatus:
    """How the relay fares, for readiness and metrics."""

    connected: bool = False
    leading: bool = False
    """Whether this process holds the lease; another replica's relay may be at work."""
    lag: int = 0
    """Events in the log that were not published, as of the last beat."""
    published: int = 0
    """Entries added since the start, repeated ones included."""
    trimmed: int = 0
    """Entries taken out since the start because they are sealed."""
    restarts: int = 0
    """How often a stream had lost its last entry and was filled again."""
    problem: str | None = None


@dataclass(slots=True)
class _Lane:
    """One shard's stream: what was published to it."""

    stream: Stream
    trimming: Trimming
    marks: dict[UUID, int]
    entry: str | None
    saved: tuple[dict[UUID, int], str | None]

    def publish_again(self, organisation: UUID, sequence: int) -> None:
        """Go back so that this sequence comes next."""
        self.marks[organisation] = min(self.marks.get(organisation, 0), max(sequence - 1, 0))


class Relay:
    """Carries a service's events to its Redis streams for as long as `run` runs; one at a time under the lease."""

    def __init__(  # noqa: PLR0913 — its parts, each given by name
        self,
        log: RelayedLog,
        url: str,
        lease: Lease,
        *,
        shards: int = 1,
        beat: float = BEAT,
        batch: int = BATCH,
        kept: int = KEPT,
    ) -> None:
        self.status = RelayStatus()
        self._log, self._marks, self._url, self._lease = log, Marks(log.store), url, lease
        self._shards, self._beat, self._batch, self._kept = shards, beat, batch, max(kept, 1)
        self._lanes: list[_Lane] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken, self._stopped = asyncio.Event(), asyncio.Event()

    def wake(self) -> None:
        """Say that something was committed. From any thread, at any time; a lost call is made up for within a beat."""
        self._in_loop(self._woken.set)

    def stop(self) -> None:
        """Make `run` save the marks and end, also one that has not begun. From any thread."""
        if self._loop is None:
            self._stopped.set()
        self._in_loop(self._stopped.set)
        self._in_loop(self._woken.set)

    async def run(self) -> None:
        """Relay until `stop`; goes on by itself after any fault, with back-off."""
        self._loop = asyncio.get_running_loop()
        backoff = Backoff()
        try:
            while not self._stopped.is_set():
                backoff.begin()
                try:
                    self.status.leading = await asyncio.to_thread(self._lease.acquire)
                    if self.status.leading:
                        await self._one_connection()
                except AlreadyRunning:
                    raise
                except Exception as error:  # noqa: BLE001 — whatever it is, the relay goes on and readiness tells of it
                    self.status.problem = type(error).__name__
                    _log.warning("relay interrupted", service=self._log.service, error=type(error).__name__)
                await within(self._stopped, backoff.pause() if self.status.leading else self._beat)
        finally:
            self._loop = None
            await asyncio.to_thread(self._lease.release)

    async def _one_connection(self) -> None:
        broker = make_broker(self._url)
        try:
            await self._relay(broker)
        finally:
            self.status.connected = False
            await broker.stop()

    async def _relay(self, broker: RedisBroker) -> None:
        """From connecting to stopping: beat, and publish whenever there is something."""
        self._lanes = await asyncio.to_thread(self._remembered)
        try:
            next_beat = 0.0
            while not self._stopped.is_set():
                self._woken.clear()
                if time.monotonic() >= next_beat:
                    await self._do_beat(broker)
                    next_beat = time.monotonic() + self._beat
                if not await self._publish(broker):
                    await within(self._woken, next_beat - time.monotonic())
        finally:
            await asyncio.to_thread(self._save)

    def _in_loop(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(call)

    # ── Publishing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _publish(self, broker: RedisBroker) -> int:
        """Publish one batch of what the log has past the marks; how many events that were."""
        bags = await asyncio.to_thread(self._next)
        for lane, events in bags:
            await self._add(broker, lane, events)
        return sum(len(events) for _, events in bags)

    def _next(self) -> list[tuple[_Lane, list[tuple[Recorded, bytes]]]]:
        marks = {organisation: mark for lane in self._lanes for organisation, mark in lane.marks.items()}
        bags: dict[int, list[tuple[Recorded, bytes]]] = {}
        for recorded in self._log.after(marks, self._batch):
            shard = shard_of(recorded.envelope.organisation, self._shards)
            bags.setdefault(shard, []).append((recorded, to_cloudevent(recorded)))
        return [(self._lanes[shard], events) for shard, events in bags.items()]

    async def _add(self, broker: RedisBroker, lane: _Lane, events: Sequence[tuple[Recorded, bytes]]) -> None:
        """Add the batch to the stream in one transaction, in which the entry before it is looked for."""
        client = await broker.connect()
        pipeline = client.pipeline(transaction=True)
        if lane.entry is not None:
            pipeline.xrange(str(lane.stream), lane.entry, lane.entry, count=1)
        for recorded, body in events:
            correlation = str(recorded.envelope.correlation or recorded.envelope.id)
            await broker.publish(body, stream=str(lane.stream), pipeline=pipeline, correlation_id=correlation)
        answers = await pipeline.execute()
        reach("relay.published")
        self.status.published += len(events)
        lost = lane.entry is not None and not answers[0]
        lane.entry = answers[-1].decode()
        for recorded, _ in events:
            lane.marks[recorded.envelope.organisation] = recorded.envelope.sequence
        if lost:
            await self._publish_all_again(lane)

    async def _publish_all_again(self, lane: _Lane) -> None:
        """The stream lost entries: go back to what the archive has sealed."""
        heads = await asyncio.to_thread(self._log.heads)
        lane.marks = {organisation: heads[organisation].sealed for organisation in lane.marks if organisation in heads}
        lane.trimming = Trimming(lane.stream)
        self.status.restarts += 1
        _log.warning("redis stream lost its last entry", stream=str(lane.stream))

    # ── The beat ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _do_beat(self, broker: RedisBroker) -> None:
        if not await asyncio.to_thread(self._lease.acquire):
            raise LeaseLost
        client = await broker.connect()
        for lane in self._lanes:
            if lane.entry is not None and not await client.xrange(str(lane.stream), lane.entry, lane.entry, count=1):
                lane.entry = None
                await self._publish_all_again(lane)
            if wanted := await client.hgetall(lane.stream.wanted):
                await client.hdel(lane.stream.wanted, *wanted)
                self._publish_wanted(lane, wanted)
        heads = await asyncio.to_thread(self._log.heads)
        for lane in self._lanes:
            own = {org: head for org, head in heads.items() if shard_of(org, self._shards) == lane.stream.shard}
            pipeline = client.pipeline(transaction=True)
            pipeline.delete(lane.stream.heads)
            pipeline.hset(lane.stream.heads, mapping=as_fields(own, time.time_ns() // 1_000_000))
            await pipeline.execute()
            self.status.trimmed += await lane.trimming.trim(client, own, self._kept)
        self.status.lag = sum(head.sequence - self._mark(organisation) for organisation, head in heads.items())
        self.status.connected, self.status.problem = True, None
        await asyncio.to_thread(self._save)

    def _publish_wanted(self, lane: _Lane, wanted: Mapping[Any, Any]) -> None:
        """Serve the consumers who ask for events again; a request that cannot be read is dropped."""
        for who, sequence in wanted.items():
            with suppress(ValueError):
                organisation = UUID(who.decode().rpartition("/")[2])
                if organisation in lane.marks:
                    lane.publish_again(organisation, int(sequence))

    def _mark(self, organisation: UUID) -> int:
        return self._lanes[shard_of(organisation, self._shards)].marks.get(organisation, 0)

    # ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _remembered(self) -> list[_Lane]:
        lanes = []
        for shard in range(self._shards):
            marks, entry = self._marks.of(shard)
            stream = Stream(self._log.service, shard)
            lanes.append(_Lane(stream, Trimming(stream), marks, entry, (dict(marks), entry)))
        return lanes

    def _save(self) -> None:
        """Save what moved, if the lease is still held; the check and the marks are one transaction."""
        moved = [lane for lane in self._lanes if lane.saved != (lane.marks, lane.entry)]
        if not moved:
            return
        with self._log.store.write() as connection:
            self._lease.check(connection)
            for lane in moved:
                self._marks.save(connection, lane.stream.shard, lane.marks, lane.entry)
        for lane in moved:
            lane.saved = (dict(lane.marks), lane.entry)
        reach("relay.marked")
