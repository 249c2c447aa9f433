"""What becomes of a stream whose entries are lost, held back, forged, or no events at all?"""

from __future__ import annotations

import msgspec
import pytest
import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.eventsourcing.log import Log
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import GROUP, NAME, STREAM, A, B, add, complete, relay_of, subscription_of
from tests.support.couriers import RowsSink, chain, entries_in, grow, running
from tests.support.waiting import until


def test_a_gap_is_told_and_asked_for_and_forgotten_once_it_is_filled(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    one, two, three, four = chain("membership", A, 4)
    add(client, one, two, four)
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: subscription.status.problem == f"gap {A} 3")
        until(lambda: client.hgetall(STREAM.wanted) == {f"{GROUP}/{A}".encode(): b"3"})
        assert sink.count() == 2
        add(client, three)
        until(lambda: sink.count() == 4 and subscription.status.problem is None)


def test_the_relay_fills_a_gap(log: Log, sink: RowsSink, redis_server: RedisServer, client: redis.Redis) -> None:
    grow(log, A, 30)
    with running(relay := relay_of(log, redis_server)):
        until(lambda: relay.status.published == 30)
        client.xdel(NAME, *(entry_id for entry_id, _ in entries_in(client, STREAM)[10:13]))
        with running(subscription := subscription_of(sink, redis_server)):
            until(lambda: sink.count() == 30)
            until(lambda: subscription.status.problem is None)
    assert complete(sink, log)


def test_a_lost_tail_is_noticed_by_the_head_and_filled(
    log: Log, sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    """No later event tells of it: a failover lost the newest entries but one, which is all the relay looks for."""
    grow(log, A, 5)
    grow(log, B, 5)
    with running(relay := relay_of(log, redis_server)):
        until(lambda: relay.status.published == 10)
        entries = entries_in(client, STREAM)
        last_of = B if str(B).encode() in entries[-1][1] else A
        (tailless,) = {A, B} - {last_of}
        client.xdel(NAME, *[entry_id for entry_id, raw in entries if str(tailless).encode() in raw][-3:])
        with running(subscription_of(sink, redis_server)):
            until(lambda: sink.count() == 10)
    assert complete(sink, log)


def test_one_organisations_gap_does_not_hold_up_another(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    add(client, *chain("membership", A, 3)[1:], *chain("membership", B, 3))
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 3)
        until(lambda: subscription.status.problem)


def test_a_restart_with_a_gap_open_loses_nothing_that_was_held_back(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    one, two, three = chain("membership", A, 3)
    add(client, one, three, *chain("membership", B, 5))
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 6)
    add(client, two)
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 8)


def test_an_event_that_does_not_fit_its_chain_stops_it_with_a_problem(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis
) -> None:
    one, two, three = chain("membership", A, 3)
    envelope = msgspec.structs.replace(two.envelope, actor="somebody else")
    add(client, one, Recorded(envelope, two.hash), three, *chain("membership", B, 2))
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: subscription.status.problem == f"chain-broken {A} 2")
        until(lambda: sink.count() == 3)
    with running(again := subscription_of(sink, redis_server)):
        until(lambda: again.status.problem == f"chain-broken {A} 2")
    assert sink.count() == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"specversion":"1.0"}',
        to_cloudevent(chain("meetings", A, 1)[0]),
        to_cloudevent(chain("membership", A, 1)[0]).replace(b"vn.nennep.membership", b"vn-nennep-membership"),
        to_cloudevent(chain("membership", A, 1)[0]).replace(b'"sequence":"1"', b'"sequence":"%s"' % (b"9" * 5_000)),
        to_cloudevent(chain("membership", A, 1)[0]).replace(b'000001Z"', b'000001"'),
    ],
)
def test_what_is_no_event_of_the_service_is_passed_over(
    sink: RowsSink, redis_server: RedisServer, client: redis.Redis, raw: bytes
) -> None:
    client.xadd(NAME, {"event": raw})
    client.xadd(NAME, {"other": raw})
    add(client, *chain("membership", A, 2))
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 2)
