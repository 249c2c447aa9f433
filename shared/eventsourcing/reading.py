"""How is one Redis stream read for as long as the process lives? FastStream delivers; this watches over it.

FastStream's subscriber stops for good when its group or stream is gone, sleeps after a lost connection, and knows
nothing of gaps. So each life of a subscriber begins at the entry stored with the rows, is looked after twice a second,
and ends at the first thing that is not as it should be; the next life begins at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

import redis
import structlog
from faststream import AckPolicy
from faststream.exceptions import StopConsume
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import BatchStreamMessage, RedisBatchStreamMessage
from faststream.redis.subscriber.usecases import StreamBatchSubscriber
from redis.asyncio import Redis

from shared.eventsourcing.courier import BLOCK, Stream, event_field, make_broker, make_client
from shared.eventsourcing.delivery import Delivery, RawEntry, Sink, SinkMoved
from shared.eventsourcing.heads import HeadsWatch
from shared.eventsourcing.mending import Mending
from shared.eventsourcing.pause import Backoff, within
from shared.eventsourcing.sealed import NOTHING_SEALED, SealedHistory
from shared.eventsourcing.sequencer import START, Entry

P = ParamSpec("P")
T = TypeVar("T")
Parser = Callable[[BatchStreamMessage], Awaitable[RedisBatchStreamMessage]]

PULSE: Final = 0.5
"""Seconds between two looks at the subscriber, the stream and the heads."""
STALLED: Final = 4
"""Pulses without a delivery, while the stream holds more, after which the subscriber is begun anew."""
BATCH: Final = 500

_log = structlog.get_logger(__name__)


class Interrupted(Exception):
    """The subscriber's life is over, and why."""


class SinkFailed(Interrupted):
    """The sink raised an error, of the kind that is named; what it should have taken comes again."""


class SubscriberStopped(Interrupted):
    """FastStream gave up: the stream or its group is gone."""


class ServerRestarted(Interrupted):
    """It is another server process than before."""


class StreamBeganAnew(Interrupted):
    """The stream ends before what was read of it."""


class NothingDelivered(Interrupted):
    """The stream holds more, but it does not come."""


class Reading:
    """Reads one stream into the sink, life after life, and compares with the heads that `watch` is shown."""

    def __init__(  # noqa: PLR0913 — its parts, each given by name
        self,
        url: str,
        stream: Stream,
        group: str,
        sink: Sink,
        turn: asyncio.Lock,
        *,
        shards: int = 1,
        sealed: SealedHistory = NOTHING_SEALED,
    ) -> None:
        self.stream, self.watch = stream, HeadsWatch()
        self.connected = False
        self._turn = turn
        """Shared by all that feed one sink, which takes one batch at a time: others wait here, not in a thread."""
        self._url, self._group, self._sink, self._shards = url, group, sink, shards
        self._mending = Mending(stream, group, lambda: make_client(url), sealed)
        self._delivery: Delivery | None = None
        self._contradiction: str | None = None
        self._trouble: str | None = None
        self._taking = asyncio.Lock()
        self._takes = 0
        self._failure: SinkFailed | None = None
        self._ending = False
        self._changed = asyncio.Event()

    @property
    def problem(self) -> str | None:
        """Why what was read is not the whole truth; nothing when it is, or will be in a moment."""
        return self._contradiction or self._trouble or self._mending.in_vain

    @property
    def reached(self) -> Mapping[UUID, int]:
        """Organisation → sequence that the sink has taken."""
        return {} if self._delivery is None else self._delivery.reached

    @property
    def lag(self) -> int:
        """Events that the heads know of and the sink has not taken."""
        reached = self.reached
        return sum(max(head.sequence - reached.get(org, 0), 0) for org, head in self.watch.heads.items())

    @property
    def unreadable(self) -> int:
        """Entries passed over since the stream was last begun, because they hold no event of its service."""
        return 0 if self._delivery is None else self._delivery.unreadable

    def end(self) -> None:
        """Make `keep` return soon."""
        self._ending = True
        self._changed.set()

    async def keep(self) -> None:
        """Read until `end`, whatever happens: after an error from where the sink then stands."""
        self._ending = False
        backoff = Backoff()
        while not self._ending:
            backoff.begin()
            try:
                await self._live()
            except SinkFailed as error:
                self._trouble = f"sink-failed {error}"
                _log.warning("the sink failed", stream=str(self.stream), error=str(error))
            except (Interrupted, SinkMoved, redis.RedisError, OSError) as error:
                _log.info("reading interrupted", stream=str(self.stream), reason=type(error).__name__)
            except Exception as error:  # noqa: BLE001 — a fault in a library ends one life, not the service's ear
                self._trouble = f"reading-failed {type(error).__name__}"
                _log.warning("reading failed", stream=str(self.stream), error=type(error).__name__)
            if not self._ending:
                self._changed.clear()
                await within(self._changed, backoff.pause())

    async def _live(self) -> None:
        """One life: from the group's making to the first irregularity, which is raised, or to the end."""
        broker = make_broker(self._url)
        self._failure = None
        self._changed.clear()
        try:
            client = await broker.connect()
            delivery = self._delivery = await self._alone(self._new_delivery)
            await self._mending.read_sealed(delivery, self._alone)
            await self._find_place(client, delivery)
            await self._mending.read_ahead(delivery, self._alone)
            await self._make_group(client, delivery)
            subscriber = self._subscribe(broker, delivery)
            await subscriber.start()
            self.connected = True
            await self._look_after(client, subscriber, delivery)
        finally:
            self.connected = False
            await broker.stop()
            async with self._taking:
                """A batch that was under way has ended: the next life finds its rows and positions."""

    def _new_delivery(self) -> Delivery:
        return Delivery(self.stream, self._sink, shards=self._shards)

    async def _find_place(self, client: Redis, delivery: Delivery) -> None:
        """Read from the stored entry, or from the start when the stream does not reach that far."""
        try:
            last = Entry.parse((await client.xinfo_stream(str(self.stream)))["last-generated-id"])
        except redis.ResponseError:
            last = START
        if last < delivery.stored:
            delivery.begin_at_start()

    async def _make_group(self, client: Redis, delivery: Delivery) -> None:
        """Make the group anew behind what was read."""
        name = str(self.stream)
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
            parser=_undecoded,
            decoder=_entries_of,
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )

        async def deliver(entries: list[RawEntry]) -> None:
            if self._failure is not None:
                raise StopConsume
            try:
                await self._alone(delivery.take, entries)
            except SinkFailed as error:
                self._failure = error
                self._changed.set()
                raise StopConsume from error

        subscriber(deliver)
        return subscriber

    async def _alone(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a thread, alone, and to its end even when this task is cancelled: a commit cannot be called back."""
        async with self._taking, self._turn:
            self._takes += 1
            thread = asyncio.ensure_future(asyncio.to_thread(method, *args, **kwargs))
            try:
                return await asyncio.shield(thread)
            except asyncio.CancelledError:
                await asyncio.wait({thread})
                raise
            except SinkMoved:
                raise
            except Exception as error:
                raise SinkFailed(type(error).__name__) from error

    # ── Looking after it ─────────────────────────────────────────────────────────────────────────────────────────

    async def _look_after(self, client: Redis, subscriber: StreamBatchSubscriber, delivery: Delivery) -> None:
        server, still = await _server(client), 0
        while not self._ending:
            takes, read = self._takes, delivery.read
            await within(self._changed, PULSE)
            if self._failure is not None:
                raise self._failure
            if not subscriber.running:
                raise SubscriberStopped
            if await _server(client) != server:
                raise ServerRestarted
            last = Entry.parse((await client.xinfo_stream(str(self.stream)))["last-generated-id"])
            if last < read:
                raise StreamBeganAnew
            idle = last > delivery.read and takes == self._takes and not self._taking.locked()
            still = still + 1 if idle else 0
            if still >= STALLED:
                raise NothingDelivered
            if not self._taking.locked():
                await self._compare(delivery, read_to_end=last <= delivery.read)

    async def _compare(self, delivery: Delivery, *, read_to_end: bool) -> None:
        """Hold what was taken against the heads; look for what is missing; keep the place in the stream."""
        heads = self.watch.heads
        self._contradiction = delivery.contradiction(heads, self.watch.earlier_positions())
        await self._mending.pulse(delivery, heads if read_to_end else {}, self._alone)
        await self._alone(delivery.keep_place)
        self._trouble = None


async def _server(client: Redis) -> str:
    """What tells one life of the Redis server from the next."""
    return str((await client.info("server"))["run_id"])


async def _undecoded(message: BatchStreamMessage, original: Parser) -> RedisBatchStreamMessage:
    """FastStream's message for a batch, without its detour through JSON: the events' bytes must stay as they are."""
    parsed = await original(BatchStreamMessage({**message, "data": []}))
    parsed.raw_message = message
    return parsed


async def _entries_of(message: RedisBatchStreamMessage) -> list[RawEntry]:
    """The batch as entry ids and the events' bytes."""
    raw = message.raw_message
    return [(entry, event_field(fields)) for entry, fields in zip(raw["message_ids"], raw["data"], strict=True)]
