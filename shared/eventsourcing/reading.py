"""How is one Redis stream read for as long as the process lives? FastStream delivers; this watches over it.

FastStream's subscriber stops for good when its group or stream is gone, sleeps after a lost connection, and knows
nothing of gaps. So each life of a subscriber begins at the entry stored with the rows, is looked after twice a second,
and ends at the first thing that is not as it should be; the next life begins at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import redis
from faststream import AckPolicy, StopConsume
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from faststream.redis.subscriber.usecases import StreamBatchSubscriber
from redis.asyncio import Redis

from shared.eventsourcing.courier import BLOCK, EVENT_FIELD, Stream, make_broker
from shared.eventsourcing.delivery import Delivery, RawEntry, Sink
from shared.eventsourcing.heads import BEAT_FIELD, HeadsWatch, from_fields
from shared.eventsourcing.sequencer import START, Entry

P = ParamSpec("P")
T = TypeVar("T")

PULSE: Final = 0.5
"""Seconds between two looks at the subscriber, the stream and the heads."""
STALLED: Final = 4
"""Pulses without a delivery, while the stream holds more, after which the subscriber is begun anew."""
BATCH: Final = 500
PAGE: Final = 1_000
LONGEST_SILENCE: Final = 64
"""Pulses between two requests for the same missing event, at most."""


class Interrupted(Exception):
    """This life of the subscriber is over; says why."""


@dataclass(slots=True)
class _Search:
    """One organisation's missing event, and what has been done about it."""

    sequence: int
    pulses: int = 0

    @property
    def in_vain(self) -> bool:
        """Whether the stream was read again and does not hold it."""
        return self.pulses > 2  # noqa: PLR2004 — one pulse of patience, then from the stored entry, then from the start

    @property
    def due(self) -> bool:
        """Whether the relay is to be asked now: first at once, then ever more rarely."""
        asked = self.pulses - 3
        return asked >= 0 and (asked % LONGEST_SILENCE == 0 or (asked < LONGEST_SILENCE and asked & (asked - 1) == 0))


class Reading:
    """Reads one stream into the sink, life after life."""

    def __init__(self, url: str, stream: Stream, group: str, sink: Sink, *, shards: int = 1) -> None:
        self.stream, self.watch = stream, HeadsWatch()
        self.connected = False
        self.contradiction: str | None = None
        self._url, self._group, self._sink, self._shards = url, group, sink, shards
        self._taking = asyncio.Lock()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._searches: dict[UUID, _Search] = {}
        self._delivery: Delivery | None = None
        self._takes = 0

    @property
    def problem(self) -> str | None:
        """Why what is read here is not the whole truth; nothing when it is, or will be in a moment."""
        gaps = (f"gap {org} {search.sequence}" for org, search in list(self._searches.items()) if search.in_vain)
        return self.contradiction or next(gaps, None)

    @property
    def lag(self) -> int:
        """Events that the heads know of and the sink has not taken."""
        reached = {} if self._delivery is None else self._delivery.reached
        return sum(max(head.sequence - reached.get(org, 0), 0) for org, head in self.watch.heads.items())

    async def live(self, ending: asyncio.Event) -> None:
        """One life: from the group's making to the first irregularity, which is raised, or to the ending."""
        broker = make_broker(self._url)
        self._failure = None
        try:
            client = await broker.connect()
            delivery = self._delivery = await asyncio.to_thread(self._new_delivery)
            await self._make_group(client, delivery)
            subscriber = self._subscribe(broker, delivery)
            await subscriber.start()
            self.connected = True
            await self._look_after(client, subscriber, delivery, ending)
        finally:
            self.connected = False
            await broker.stop()
            async with self._taking:
                """A batch that was under way has ended: the next life finds its rows and positions."""

    def _new_delivery(self) -> Delivery:
        return Delivery(self.stream, self._sink, shards=self._shards)

    async def _make_group(self, client: Redis, delivery: Delivery) -> None:
        """Make the group anew at the stored entry, or at the start when the stream does not reach that far."""
        name = str(self.stream)
        try:
            last = Entry.parse((await client.xinfo_stream(name))["last-generated-id"])
        except redis.ResponseError:
            last = START
        if last < delivery.stored:
            delivery.begin_at_start()
        with suppress(redis.ResponseError):  # no such stream
            await client.xgroup_destroy(name, self._group)
        await client.xgroup_create(name, self._group, id=str(delivery.read), mkstream=True)

    # ── Live delivery ────────────────────────────────────────────────────────────────────────────────────────────

    def _subscribe(self, broker: RedisBroker, delivery: Delivery) -> StreamBatchSubscriber:
        subscriber = broker.subscriber(
            stream=StreamSub(
                str(self.stream),
                group=self._group,
                consumer="reader",
                batch=True,
                max_records=BATCH,
                polling_interval=BLOCK,
            ),
            parser=_without_decoding,
            decoder=_entries_of,
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )

        async def deliver(entries: list[RawEntry]) -> None:
            if self._failure is not None:
                raise StopConsume
            try:
                await self._take(delivery.take, entries)
            except Exception as error:
                self._fail(error)
                raise StopConsume from error

        subscriber(deliver)
        return subscriber

    def _fail(self, error: Exception) -> None:
        self._failure = error
        self._changed.set()

    async def _take(self, take: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a thread, alone, and to its end even when this task is cancelled: a commit cannot be called back."""
        async with self._taking:
            self._takes += 1
            thread = asyncio.ensure_future(asyncio.to_thread(take, *args, **kwargs))
            try:
                return await asyncio.shield(thread)
            except asyncio.CancelledError:
                await asyncio.wait({thread})
                raise

    # ── Looking after it ─────────────────────────────────────────────────────────────────────────────────────────

    async def _look_after(
        self, client: Redis, subscriber: StreamBatchSubscriber, delivery: Delivery, ending: asyncio.Event
    ) -> None:
        server, still = await _server(client), 0
        while not ending.is_set():
            takes, read = self._takes, delivery.read
            await self._pulse()
            if self._failure is not None:
                raise self._failure
            if not subscriber.running:
                reason = "the subscriber stopped"
                raise Interrupted(reason)
            if await _server(client) != server:
                reason = "the server was restarted"
                raise Interrupted(reason)
            last = Entry.parse((await client.xinfo_stream(str(self.stream)))["last-generated-id"])
            if last < read:
                reason = "the stream began anew"
                raise Interrupted(reason)
            still = still + 1 if takes == self._takes and last > delivery.read else 0
            if still >= STALLED:
                reason = "nothing is delivered"
                raise Interrupted(reason)
            await self._see_heads(client, delivery)
            if not self._taking.locked():
                await self._search(client, delivery, quiet=last == delivery.read)

    async def _pulse(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), PULSE)
