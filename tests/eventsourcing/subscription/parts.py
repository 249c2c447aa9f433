"""What does a test of a subscription put together? A relay, a subscription, a stream, and what must be in the rows."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.log import Log
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.subscription import Subscription
from shared.operations.redis_server import RedisServer
from tests.support.couriers import ORGANISATIONS, HeldLease, RowsSink, all_of, replayed

A, B = ORGANISATIONS[:2]
STREAM = Stream("membership")
NAME, GROUP = str(STREAM), "ratings"


def relay_of(log: Log, server: RedisServer) -> Relay:
    return Relay(log, server.url, HeldLease(), beat=0.2)


def subscription_of(sink: RowsSink, server: RedisServer, streams: Sequence[Stream] = (STREAM,)) -> Subscription:
    return Subscription(server.url, GROUP, streams, sink, HeldLease())


def add(client: redis.Redis, *events: Recorded, stream: Stream = STREAM) -> None:
    for event in events:
        client.xadd(str(stream), {"event": to_cloudevent(event)})


def complete(sink: RowsSink, log: Log) -> bool:
    return sink.rows() == replayed(log.service, all_of(log))
