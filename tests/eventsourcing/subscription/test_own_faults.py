"""Does a subscriber whose store fails, who is killed, or who has a twin, take everything once?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import redis

from shared.contracts.envelope import Recorded
from shared.eventsourcing.faults import VARIABLE
from shared.eventsourcing.lease import TableLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.eventsourcing.subscription import Subscription
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import GROUP, STREAM, A, B, add, complete, relay_of, subscription_of
from tests.support.courier_process import open_log, open_sink
from tests.support.couriers import RowsSink, all_of, chain, grow, replayed, running
from tests.support.waiting import until


class Failing(RowsSink):
    """A sink whose store is away at times."""

    away = True

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        super().take(service, events, stream=stream, entry=entry)
        if self.away:
            raise OSError


class FailingBefore(Failing):
    """It fails before anything is stored."""

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        if self.away:
            raise ArithmeticError
        super().take(service, events, stream=stream, entry=entry)


@pytest.mark.parametrize("kind", [Failing, FailingBefore])
def test_a_sink_that_fails_is_tried_again_and_loses_and_doubles_nothing(
    tmp_path: Path, redis_server: RedisServer, client: redis.Redis, kind: type[Failing]
) -> None:
    """Also when it fails after its commit, so that nobody knows what was stored."""
    sink = kind(open_store(f"sqlite:///{tmp_path / 'views.sqlite'}"))
    add(client, *chain("membership", A, 3))
    with running(subscription := subscription_of(sink, redis_server)):
        failure = "ArithmeticError" if kind is FailingBefore else "OSError"
        until(lambda: subscription.status.problem == f"sink-failed {failure}")
        sink.away = False
        until(lambda: sink.count() == 3)
        add(client, *chain("membership", B, 3))
        until(lambda: sink.count() == 6 and subscription.status.problem is None)
    assert sink.rows() == replayed("membership", [*chain("membership", A, 3), *chain("membership", B, 3)])
    sink.store.close()


def test_a_sink_that_was_rolled_back_is_filled_again(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    """Its positions and its entry id went back together, under a running subscription to which nothing new comes."""
    events = chain("membership", A, 5)
    add(client, *events)
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 5)
        with sink.store.write() as connection:
            for table in (sink.row, sink.position, sink.stored_entry):
                connection.execute(table.delete())
        until(lambda: sink.count() == 5)
    assert sink.rows() == replayed("membership", events)


def kill_cycles(folder: Path, server: RedisServer, cycles: int, seed: int) -> None:
    """Kill a subscribing process at a named point again and again; each time some events are waiting."""
    print("seed", seed)  # noqa: T201 — a failed seed becomes a fixed test
    rng = random.Random(seed)
    log, sink = open_log(folder), open_sink(folder)
    command = [sys.executable, "-m", "tests.support.courier_process", "subscription", str(folder), server.url]
    with running(relay := relay_of(log, server)):
        for _ in range(cycles):
            for organisation in (A, B):
                grow(log, organisation, rng.randint(1, 60))
            relay.wake()
            fault = rng.choice(["subscription.delivered", "subscription.taken"])
            with subprocess.Popen(command, env={**os.environ, VARIABLE: fault}, stdout=subprocess.PIPE) as process:
                assert process.wait(90) == -signal.SIGKILL, fault
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            until(lambda: sink.count() >= len(all_of(log)))
            process.terminate()
            assert process.wait(90) == 0
    assert complete(sink, log)
    sink.store.close()
    log.store.close()


def test_killed_before_or_after_its_commit_it_takes_everything_once(tmp_path: Path, redis_server: RedisServer) -> None:
    kill_cycles(tmp_path, redis_server, 3, seed=2)


@pytest.mark.battery
@pytest.mark.timeout(7_200)
def test_killed_a_thousand_times_it_takes_everything_once(tmp_path: Path, redis_server: RedisServer) -> None:
    kill_cycles(tmp_path, redis_server, 1_000, seed=random.randrange(10**6))


def test_only_the_holder_of_the_lease_reads_and_another_takes_over(
    postgres_url: str, log: Log, redis_server: RedisServer
) -> None:
    store = open_store(postgres_url)
    sink = RowsSink(store)
    first, second = (
        Subscription(redis_server.url, GROUP, [STREAM], sink, TableLease(store, GROUP, holder, seconds=3_600))
        for holder in ("one", "two")
    )
    with running(relay := relay_of(log, redis_server), second):
        until(lambda: second.status.leading)
        with running(first):
            grow(log, A, 20)
            relay.wake()
            until(lambda: sink.count() == 20)
            until(lambda: first.heads("membership")[1] < 3)
            assert not first.status.leading
            assert not first.status.connected
            second.stop()
            grow(log, A, 20)
            relay.wake()
            until(lambda: first.status.leading and sink.count() == 40)
    assert complete(sink, log)
    store.close()
