"""Do the heads that a subscriber hears tell how far it lies behind, and contradict what it took?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import redis
from faststream.redis import RedisBroker
from redis.asyncio import Redis as AsyncRedis

from shared.eventsourcing import courier
from shared.eventsourcing import subscription as subscription_module
from shared.eventsourcing.heads import NEVER, Head, HeadsWatch, as_fields
from shared.eventsourcing.log import Log
from shared.eventsourcing.reading import Reading
from shared.eventsourcing.subscription import _look
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import GROUP, STREAM, A, add, complete, relay_of, subscription_of
from tests.support.couriers import RowsSink, all_of, chain, grow, running
from tests.support.waiting import until


def test_heads_are_fresh_while_the_relay_lives_and_grow_old_without_it(
    log: Log, sink: RowsSink, redis_server: RedisServer
) -> None:
    grow(log, A, 2)
    subscription = subscription_of(sink, redis_server)
    assert subscription.heads("membership") == ({}, NEVER)
    with running(subscription):
        with running(relay_of(log, redis_server)):
            until(lambda: subscription.heads("membership")[1] < 3)
            heads, _ = subscription.heads("membership")
            assert heads == {A: Head(2, all_of(log)[-1].hash)}
        until(lambda: subscription.heads("membership")[1] > 1.5)
        assert subscription.status.head_age > 1.5
        assert subscription.heads("membership")[0] == heads


def test_a_service_that_is_not_listened_to_has_no_heads(sink: RowsSink, redis_server: RedisServer) -> None:
    assert subscription_of(sink, redis_server).heads("meetings") == ({}, NEVER)


def beat(client: redis.Redis, number: int, heads: Mapping[UUID, Head]) -> None:
    with client.pipeline() as pipeline:
        pipeline.delete(STREAM.heads)
        pipeline.hset(STREAM.heads, mapping=as_fields(heads, number))
        pipeline.execute()


def test_a_head_with_another_hash_is_a_problem(sink: RowsSink, redis_server: RedisServer, client: redis.Redis) -> None:
    add(client, *chain("membership", A, 2))
    beat(client, 1, {A: Head(2, b"x" * 32)})
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: subscription.status.problem == f"chain-broken {A} 2")


def test_a_head_below_the_position_is_a_problem_until_the_log_is_whole_again(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    events = chain("membership", A, 3)
    add(client, *events)
    number = iter(range(10**6))
    with running(subscription := subscription_of(sink, redis_server)):

        def told(problem: str | None, *heads: Head) -> bool:
            beat(client, next(number), {A: head for head in heads})  # noqa: B035 — none or one
            return sink.count() == 3 and subscription.status.problem == problem

        until(lambda: told(f"log-behind {A} 2 < 3", Head(2, events[1].hash)))
        until(lambda: told(f"log-behind {A} 0 < 3"))
        until(lambda: told(None, Head(3, events[2].hash)))


def test_heads_are_looked_at_again_after_whatever_went_wrong_at_connecting_or_looking(
    log: Log, sink: RowsSink, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, faults = courier.make_broker, [RuntimeError("connecting"), redis.ConnectionError("connecting")]

    def broker(url: str) -> RedisBroker:
        broker = made(url)
        if faults:
            monkeypatch.setattr(broker, "connect", partial(_fails, faults.pop()))
        return broker

    looks: list[BaseException] = [RuntimeError("looking")]

    async def looked(client: AsyncRedis, reading: Reading) -> None:
        if looks:
            raise looks.pop()
        await _look(client, reading)

    monkeypatch.setattr(subscription_module, "make_broker", broker)
    monkeypatch.setattr(subscription_module, "_look", looked)
    grow(log, A, 2)
    with running(subscription := subscription_of(sink, redis_server)), running(relay_of(log, redis_server)):
        until(lambda: subscription.heads("membership")[0].keys() == {A})
        until(lambda: complete(sink, log))
    assert not faults
    assert not looks


async def _fails(error: Exception) -> None:
    raise error


def test_heads_that_vanish_between_two_looks_are_waited_for(redis_server: RedisServer, sink: RowsSink) -> None:
    class Emptied(AsyncRedis):
        """Somebody else empties the server right before all heads are read."""

        async def hgetall(self, name: Any) -> Any:
            await self.flushall()
            return await super().hgetall(name)

    async def look() -> HeadsWatch:
        reading = Reading(redis_server.url, STREAM, GROUP, sink, asyncio.Lock())
        async with Emptied.from_url(redis_server.url) as client:
            await client.hset(STREAM.heads, mapping=as_fields({A: Head(1, bytes(32))}, 7))
            await _look(client, reading)
        return reading.watch

    assert asyncio.run(look()).heads == {}
