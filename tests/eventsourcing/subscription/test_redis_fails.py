"""Is what Redis loses, in whatever way, lost to no subscriber?"""

from __future__ import annotations

import os
import random
import shutil
import signal
from contextlib import suppress

import pytest
import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.eventsourcing.log import Log
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import GROUP, NAME, A, B, add, complete, relay_of, subscription_of
from tests.support.couriers import ORGANISATIONS, RowsSink, all_of, chain, grow, running
from tests.support.waiting import until


def wiped(server: RedisServer, how: str) -> None:
    """Lose what Redis holds, in one of the ways in which it is lost."""
    if how == "killed and emptied":
        shutil.rmtree(server.folder / "appendonlydir")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(lambda: server.pid not in (None, killed) and server.answers())
        return
    with redis.Redis.from_url(server.url) as client:
        if how == "flushed":
            client.flushall()
        elif how == "stream deleted":
            client.delete(NAME)
        elif how == "group destroyed":
            with suppress(redis.ResponseError):  # after another loss the stream may not be back yet
                client.xgroup_destroy(NAME, GROUP)
        elif how == "connections killed":
            client.client_kill_filter(_type="normal", skipme=True)


WAYS = ["flushed", "stream deleted", "group destroyed", "killed and emptied", "connections killed"]


@pytest.mark.parametrize("how", WAYS)
def test_what_redis_loses_in_mid_run_is_lost_to_nobody(
    log: Log, sink: RowsSink, own_redis: RedisServer, how: str
) -> None:
    grow(log, A, 50)
    with running(relay := relay_of(log, own_redis), subscription := subscription_of(sink, own_redis)):
        until(lambda: sink.count() == 50)
        wiped(own_redis, how)
        for _ in range(5):
            grow(log, A, 10)
            grow(log, B, 10)
            relay.wake()
        until(lambda: sink.count() == 150)
        until(lambda: subscription.status.connected and subscription.status.problem is None)
    assert complete(sink, log)


def test_an_idle_subscriber_that_lost_its_group_begins_anew_by_itself(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    """No event comes that could tell of it."""
    add(client, *chain("membership", A, 3))
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 3)
        client.xgroup_destroy(NAME, GROUP)
        until(lambda: client.xinfo_groups(NAME))


def wipe_again_and_again(log: Log, sink: RowsSink, server: RedisServer, wipes: int, seed: int) -> None:
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    rng = random.Random(seed)
    with running(relay := relay_of(log, server), subscription_of(sink, server)):
        for _ in range(wipes):
            grow(log, rng.choice(ORGANISATIONS), rng.randint(1, 200))
            relay.wake()
            until(server.answers)
            wiped(server, rng.choice(WAYS))
            grow(log, rng.choice(ORGANISATIONS), rng.randint(1, 200))
            relay.wake()
            if rng.random() < 0.5:
                until(lambda: sink.count() == len(all_of(log)))
        until(lambda: sink.count() >= len(all_of(log)))
    assert complete(sink, log)


def test_wipe_after_wipe_everything_arrives_once(log: Log, sink: RowsSink, own_redis: RedisServer) -> None:
    wipe_again_and_again(log, sink, own_redis, 6, seed=5)


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_fifty_wipes_lose_nothing(log: Log, sink: RowsSink, own_redis: RedisServer) -> None:
    wipe_again_and_again(log, sink, own_redis, 50, seed=random.randrange(10**6))


def test_while_redis_is_away_it_says_so_and_comes_back(log: Log, sink: RowsSink, own_redis: RedisServer) -> None:
    grow(log, A, 3)
    own_redis.stop()
    with running(relay_of(log, own_redis), subscription := subscription_of(sink, own_redis)):
        until(lambda: subscription.status.leading)
        assert not subscription.status.connected
        own_redis.start()
        until(lambda: sink.count() == 3 and subscription.status.connected)
        own_redis.stop()
        until(lambda: not subscription.status.connected)


def test_a_stream_that_ends_before_the_stored_entry_is_read_from_its_start(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    """Redis was emptied and its clock set back: its new ids lie below the stored one."""
    first, second, third = chain("membership", A, 3)
    sink.take("membership", [first], stream=NAME, entry="9999999999999-0")
    for number, event in enumerate((first, second, third), 1):
        client.xadd(NAME, {"event": to_cloudevent(event)}, id=f"{number}-0")
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 3)
        until(lambda: sink.entry(NAME) == "3-0")


def test_a_stream_that_began_anew_and_has_passed_the_stored_entry_is_read_from_its_start(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    """The clock was set back, but not far: some of the new ids lie below the stored one, some above."""
    events = chain("membership", A, 5)
    sink.take("membership", events[:1], stream=NAME, entry="50-0")
    for number, event in zip((20, 40, 60, 70), events[1:], strict=True):
        client.xadd(NAME, {"event": to_cloudevent(event)}, id=f"{number}-0")
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 5)
