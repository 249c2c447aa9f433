"""Does every committed event reach its Redis stream, each organisation in sequence, whatever dies on the way?"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.eventsourcing.courier import Stream, make_client, shard_of
from shared.eventsourcing.delivery import Delivery
from shared.eventsourcing.faults import VARIABLE
from shared.eventsourcing.heads import BEAT_FIELD, from_fields
from shared.eventsourcing.lease import Lease, LeaseLost, TableLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.marks import Marks
from shared.eventsourcing.mending import pages
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.store import open_store
from shared.operations.redis_server import RedisServer
from tests.support.courier_process import BATCH, open_log
from tests.support.couriers import ORGANISATIONS, HeldLease, RowsSink, all_of, entries_in, grow, replayed, running
from tests.support.waiting import PATIENCE, until

A, B, C = ORGANISATIONS[:3]
STREAM = Stream("membership")
NEVER = 3_600.0
"""Seconds: a beat that does not come while a test runs, but for the first one."""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = open_log(tmp_path)
    yield log
    log.store.close()


def relay_of(log: Log, server: RedisServer, *, beat: float = 0.1, lease: Lease | None = None, shards: int = 1) -> Relay:
    return Relay(log, server.url, lease or HeldLease(), beat=beat, batch=20, shards=shards)


def entries(server: RedisServer, stream: Stream = STREAM) -> list[bytes]:
    with make_client(server.url) as client:
        return [raw for _, raw in entries_in(client, stream)]


def arrived(
    server: RedisServer, folder: Path, *streams: Stream, shards: int = 1
) -> dict[tuple[str, UUID], list[tuple[int, bytes]]]:
    """The rows of a new consumer that reads what now stands in the streams, and asks for nothing again."""
    store = open_store(f"sqlite:///{folder / 'arrived.sqlite'}")
    sink = RowsSink(store)
    with make_client(server.url) as client:
        for stream in streams or (STREAM,):
            delivery = Delivery(stream, sink, shards=shards)
            for page in pages(client, stream):
                delivery.take(page)
            assert delivery.gaps() == {}
    rows = sink.rows()
    store.close()
    for file in folder.glob("arrived.sqlite*"):
        file.unlink()
    return rows


def everything(log: Log) -> dict[tuple[str, UUID], list[tuple[int, bytes]]]:
    return replayed(log.service, all_of(log))


def test_entries_are_the_logs_events_as_cloudevents(log: Log, redis_server: RedisServer) -> None:
    grow(log, A, 3)
    with running(relay_of(log, redis_server)):
        until(lambda: len(entries(redis_server)) == 3)
    assert entries(redis_server) == [to_cloudevent(event) for event in all_of(log)]


def test_each_organisation_arrives_whole_and_in_sequence(log: Log, redis_server: RedisServer, tmp_path: Path) -> None:
    for organisation, count in ((A, 50), (B, 7), (C, 33), (A, 5)):
        grow(log, organisation, count)
    with running(relay_of(log, redis_server)):
        until(lambda: len(entries(redis_server)) == 95)
    assert arrived(redis_server, tmp_path) == everything(log)


def test_a_commit_wakes_it(log: Log, redis_server: RedisServer) -> None:
    relay = relay_of(log, redis_server, beat=NEVER)
    with running(relay):
        until(lambda: relay.status.connected)
        grow(log, A, 1)
        relay.wake()
        until(lambda: len(entries(redis_server)) == 1)


def test_a_lost_wake_up_is_made_up_for_at_the_next_beat(log: Log, redis_server: RedisServer) -> None:
    relay = relay_of(log, redis_server)
    with running(relay):
        until(lambda: relay.status.connected)
        grow(log, A, 1)
        until(lambda: len(entries(redis_server)) == 1)


def test_waking_it_before_and_after_its_life_does_nothing(log: Log, redis_server: RedisServer) -> None:
    relay = relay_of(log, redis_server)
    relay.wake()
    with running(relay):
        until(lambda: relay.status.connected)
    relay.wake()


async def test_stopped_before_it_begins_it_does_not_begin(log: Log, redis_server: RedisServer) -> None:
    grow(log, A, 1)
    relay = relay_of(log, redis_server)
    relay.stop()
    await asyncio.wait_for(relay.run(), PATIENCE)
    assert entries(redis_server) == []


def test_heads_are_written_at_each_beat(log: Log, redis_server: RedisServer) -> None:
    grow(log, A, 3)
    with running(relay_of(log, redis_server)), redis.Redis.from_url(redis_server.url) as client:
        first = until(lambda: client.hget(STREAM.heads, BEAT_FIELD))
        grow(log, B, 2)
        until(lambda: client.hget(STREAM.heads, BEAT_FIELD) != first)
        until(lambda: len(client.hgetall(STREAM.heads)) == 3)
        raw = client.hgetall(STREAM.heads)
    heads, known = from_fields(raw), log.heads()
    assert {org: (head.sequence, head.hash, head.sealed) for org, head in heads.items()} == {
        org: (head.sequence, head.hash, head.sealed) for org, head in known.items()
    }
    assert raw[str(A).encode()] == f"3/{known[A].hash.hex()}/0".encode()


def test_it_goes_on_where_it_stopped(log: Log, redis_server: RedisServer) -> None:
    grow(log, A, 30)
    with running(first := relay_of(log, redis_server)):
        until(lambda: first.status.published == 30)
    grow(log, A, 1)
    with running(second := relay_of(log, redis_server)):
        until(lambda: second.status.published)
    assert second.status.published == 1
    assert len(entries(redis_server)) == 31


def test_an_emptied_redis_is_filled_again_from_the_log(log: Log, redis_server: RedisServer, tmp_path: Path) -> None:
    grow(log, A, 45)
    grow(log, B, 5)
    with running(relay := relay_of(log, redis_server)), make_client(redis_server.url) as client:
        until(lambda: relay.status.published == 50)
        client.flushall()
        until(lambda: relay.status.published == 100)
    assert relay.status.restarts == 1
    assert arrived(redis_server, tmp_path) == everything(log)


def test_a_wipe_that_is_published_over_before_the_next_beat_is_noticed(
    log: Log, redis_server: RedisServer, tmp_path: Path
) -> None:
    """The last entry is looked for in the transaction that adds the next: at the beat it would be a new one."""
    grow(log, A, 10)
    with running(relay := relay_of(log, redis_server, beat=NEVER)), make_client(redis_server.url) as client:
        until(lambda: relay.status.published == 10)
        client.flushall()
        grow(log, A, 1)
        relay.wake()
        until(lambda: relay.status.published == 10 + 1 + 11)
    assert arrived(redis_server, tmp_path) == everything(log)


def test_a_wipe_while_it_was_down_is_noticed(log: Log, redis_server: RedisServer, tmp_path: Path) -> None:
    grow(log, A, 10)
    with running(first := relay_of(log, redis_server)):
        until(lambda: first.status.published == 10)
    with make_client(redis_server.url) as client:
        client.flushall()
    with running(second := relay_of(log, redis_server)):
        until(lambda: second.status.published == 10)
    assert arrived(redis_server, tmp_path) == everything(log)


def test_it_outlives_a_server_that_is_killed_and_comes_back_empty(
    log: Log, own_redis: RedisServer, tmp_path: Path
) -> None:
    grow(log, A, 10)
    with running(relay := relay_of(log, own_redis)):
        until(lambda: relay.status.published == 10)
        own_redis.stop()
        shutil.rmtree(own_redis.folder / "appendonlydir")
        grow(log, A, 10)
        relay.wake()
        until(lambda: not relay.status.connected)
        assert relay.status.problem is not None
        own_redis.start()
        until(lambda: relay.status.connected and relay.status.lag == 0 and relay.status.problem is None)
        until(lambda: len(entries(own_redis)) >= 20)
    assert arrived(own_redis, tmp_path) == everything(log)


def test_wake_ups_do_not_shorten_the_pauses_while_redis_is_away(log: Log, own_redis: RedisServer) -> None:
    own_redis.stop()
    attempts, begun = 0, time.monotonic()

    class Counted(HeldLease):
        def acquire(self) -> bool:
            nonlocal attempts
            attempts += 1
            return True

    with running(relay := relay_of(log, own_redis, lease=Counted())):
        until(lambda: relay.status.problem is not None)
        calls = iter(range(50))

        def woken_often() -> bool:
            relay.wake()
            return next(calls, None) is None

        until(woken_often)
    assert attempts < 12 + time.monotonic() - begun, "one a second, however often it was woken"


def test_what_a_consumer_asks_for_is_sent_again_and_the_request_removed(log: Log, redis_server: RedisServer) -> None:
    grow(log, A, 10)
    grow(log, B, 10)
    with running(relay := relay_of(log, redis_server)), redis.Redis.from_url(redis_server.url) as client:
        until(lambda: relay.status.published == 20)
        client.hset(STREAM.wanted, f"ratings/{A}", 8)
        until(lambda: relay.status.published == 23)
        assert client.hlen(STREAM.wanted) == 0
    assert entries(redis_server)[20:] == [to_cloudevent(event) for event in log.slice(A, 7, 3)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("ratings/nobody", "1"), ("", "1"), (f"ratings/{A}", "x"), (f"ratings/{A}", "11"), (f"ratings/{C}", "1")],
)
def test_a_request_that_asks_for_nothing_is_removed(
    log: Log, redis_server: RedisServer, field: str, value: str
) -> None:
    grow(log, A, 10)
    with running(relay := relay_of(log, redis_server)), redis.Redis.from_url(redis_server.url) as client:
        until(lambda: relay.status.published == 10)
        client.hset(STREAM.wanted, field, value)
        until(lambda: client.hlen(STREAM.wanted) == 0)
        grow(log, A, 1)
        until(lambda: relay.status.published == 11)


def test_each_shard_has_its_own_stream_heads_and_wipes(log: Log, redis_server: RedisServer, tmp_path: Path) -> None:
    for organisation in ORGANISATIONS:
        grow(log, organisation, 10)
    streams = [Stream("membership", shard) for shard in range(3)]
    assert {shard_of(organisation, 3) for organisation in ORGANISATIONS} == {0, 1, 2}
    with running(relay := relay_of(log, redis_server, shards=3)), redis.Redis.from_url(redis_server.url) as client:
        until(lambda: relay.status.published == 50)
        for stream in streams:
            heads = from_fields(client.hgetall(stream.heads))
            assert set(heads) == {org for org in ORGANISATIONS if shard_of(org, 3) == stream.shard}
        lost = len(entries(redis_server, streams[1]))
        client.delete(str(streams[1]))
        until(lambda: relay.status.published == 50 + lost)
    assert arrived(redis_server, tmp_path, *streams, shards=3) == everything(log)


def test_two_relays_at_once_lose_nothing(log: Log, redis_server: RedisServer, tmp_path: Path) -> None:
    """Without any lease, the worst case: entries are doubled and interleaved, and every consumer still gets all."""
    with running(first := relay_of(log, redis_server), second := relay_of(log, redis_server)):
        # Who begins late would find the other's marks, and publish less.
        until(lambda: first.status.connected and second.status.connected)
        for _ in range(10):
            grow(log, A, 7)
            grow(log, B, 3)
            first.wake()
            second.wake()
        until(lambda: min(first.status.published, second.status.published) >= 100)
    assert arrived(redis_server, tmp_path) == everything(log)


def test_under_the_lease_one_relay_leads_and_the_next_takes_over(
    postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    store = open_store(postgres_url)
    log = Log("membership", store)
    leases = [TableLease(store, "relay", f"replica {number}", seconds=NEVER) for number in range(2)]
    first, second = (relay_of(log, redis_server, lease=lease) for lease in leases)
    with running(second, first):
        until(lambda: first.status.leading or second.status.leading)
        leader, other = (first, second) if first.status.leading else (second, first)
        grow(log, A, 20)
        until(lambda: len(entries(redis_server)) == 20)
        assert not other.status.leading
        leader.stop()
        grow(log, A, 20)
        until(lambda: other.status.leading and len(entries(redis_server)) >= 40)
    assert arrived(redis_server, tmp_path) == everything(log)
    store.close()


def test_whoever_lost_the_lease_moves_no_mark(postgres_url: str, redis_server: RedisServer) -> None:
    """It stalls between publishing and marking; meanwhile another holder has gone further."""
    store = open_store(postgres_url)
    log = Log("membership", store)
    grow(log, A, 10)
    slow, quick = TableLease(store, "relay", "slow", seconds=0), TableLease(store, "relay", "quick")
    with running(relay := relay_of(log, redis_server, beat=NEVER, lease=slow)):
        until(lambda: relay.status.published == 10)
        assert quick.acquire()
        with store.write() as connection:
            Marks.save(connection, 0, {A: 11}, None)
    assert Marks(store).of(0).marks == {A: 11}
    assert relay.status.problem == LeaseLost.__name__
    store.close()


@contextmanager
def started(folder: Path, url: str, fault: str = "") -> Iterator[subprocess.Popen[str]]:
    """A relay in a process of its own; what the test did not end is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.courier_process", "relay", str(folder), url],
        env={**os.environ, VARIABLE: fault},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def kill_cycles(folder: Path, server: RedisServer, cycles: int, seed: int) -> None:
    """Kill a relay process at a named point again and again; each time it has some events to publish."""
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    rng = random.Random(seed)
    log = open_log(folder)
    for _ in range(cycles):
        for organisation in (A, B):
            grow(log, organisation, rng.randint(BATCH, 60))  # so that there is a second batch
        fault = rng.choice(["relay.published", "relay.published:2", "relay.marked"])
        with started(folder, server.url, fault) as process:
            assert process.wait(90) == -signal.SIGKILL, fault
    with started(folder, server.url) as process, make_client(server.url) as client:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "from now on it ends when it is asked to"
        last = log.heads()

        def told() -> bool:
            heads = from_fields(client.hgetall(STREAM.heads))
            return {org: head.sequence for org, head in heads.items()} == {
                org: head.sequence for org, head in last.items()
            }

        until(told)
        until(lambda: Marks(log.store).of(0).marks == {org: head.sequence for org, head in last.items()})
        process.terminate()
        assert process.wait(90) == 0
    assert arrived(server, folder) == everything(log)
    log.store.close()


def test_killed_between_publishing_and_marking_it_loses_nothing(tmp_path: Path, redis_server: RedisServer) -> None:
    kill_cycles(tmp_path, redis_server, 3, seed=1)


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_killed_five_hundred_times_it_loses_nothing(tmp_path: Path, redis_server: RedisServer) -> None:
    kill_cycles(tmp_path, redis_server, 500, seed=random.randrange(10**6))


def test_a_second_process_on_the_same_file_gets_one_clear_error(tmp_path: Path, redis_server: RedisServer) -> None:
    with started(tmp_path, redis_server.url) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        with make_client(redis_server.url) as client:
            until(lambda: client.exists(STREAM.heads))
        second = subprocess.run(
            [sys.executable, "-m", "tests.support.courier_process", "relay", str(tmp_path), redis_server.url],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        first.terminate()
    assert second.returncode == 1
    assert "AlreadyRunning" in second.stderr.splitlines()[-1]
    assert "log.sqlite" in second.stderr.splitlines()[-1]
