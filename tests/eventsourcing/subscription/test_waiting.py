"""Does a subscriber who waits, for events or for its own store, do no more than wait?"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis

from shared.contracts.envelope import Recorded
from shared.eventsourcing import reading
from shared.eventsourcing.log import Log
from shared.eventsourcing.reading import Reading
from shared.eventsourcing.relay import Relay
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import A, add, subscription_of
from tests.support.couriers import HeldLease, RowsSink, chain, running
from tests.support.waiting import PATIENCE, until


def test_who_waits_long_for_a_batch_to_be_stored_goes_on_reading_where_it_was(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stored, pulses, lives = threading.Event(), threading.Event(), list[object](), list[Reading]()
    take, server, live = sink.take, reading._server, Reading._live  # noqa: SLF001 — looked at from outside

    def slowly(service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        begun.set()
        stored.wait(PATIENCE)
        take(service, events, stream=stream, entry=entry)

    async def asked(of: AsyncRedis) -> str:
        pulses.append(of)
        return await server(of)

    async def counted(of: Reading) -> None:
        lives.append(of)
        await live(of)

    monkeypatch.setattr(sink, "take", slowly)
    monkeypatch.setattr(reading, "PULSE", 0.05)
    monkeypatch.setattr(reading, "_server", asked)
    monkeypatch.setattr(Reading, "_live", counted)
    first, second = chain("membership", A, 2)
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: subscription.status.connected)
        add(client, first)
        until(begun.is_set)
        add(client, second)
        enough = len(pulses) + 3 * reading.STALLED
        until(lambda: len(pulses) >= enough)
        stored.set()
        until(lambda: sink.count() == 2)
        assert len(lives) == 1


def test_an_idle_subscription_leaves_redis_alone(log: Log, sink: RowsSink, redis_server: RedisServer) -> None:
    """No loop spins: some 20 commands a second of its own, and the 50 with which this test looks at the clock."""
    with running(
        relay := Relay(log, redis_server.url, HeldLease()), subscription := subscription_of(sink, redis_server)
    ):
        until(lambda: relay.status.connected and subscription.status.connected)
        with redis.Redis.from_url(redis_server.url) as client:
            before, start = client.info("stats")["total_commands_processed"], client.time()[0]
            until(lambda: client.time()[0] >= start + 3)
            assert client.info("stats")["total_commands_processed"] - before < 500
