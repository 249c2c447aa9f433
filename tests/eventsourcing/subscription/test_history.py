"""Does a subscriber see all of another service's log once: what there was, what comes, also after restarts?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import redis

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.contracts.meetings import MeetingHeld
from shared.contracts.membership import OrganisationRegistered
from shared.eventsourcing import delivery, mending
from shared.eventsourcing.courier import Stream
from shared.eventsourcing.delivery import Delivery
from shared.eventsourcing.log import Log
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.subscription import streams_of
from shared.operations.redis_server import RedisServer
from tests.eventsourcing.subscription.parts import GROUP, NAME, STREAM, A, B, add, complete, relay_of, subscription_of
from tests.support.couriers import RowsSink, chain, grow, replayed, running
from tests.support.waiting import until


def test_a_new_consumer_sees_all_history_then_the_live_tail(
    log: Log, sink: RowsSink, redis_server: RedisServer
) -> None:
    grow(log, A, 700)
    with running(relay := relay_of(log, redis_server)):
        until(lambda: relay.status.published == 700)
        with running(subscription := subscription_of(sink, redis_server)):
            until(lambda: sink.count() == 700)
            grow(log, A, 5)
            relay.wake()
            until(lambda: sink.count() == 705)
            until(lambda: subscription.status.lag == {"membership": 0} and subscription.status.connected)
            assert subscription.status.problem is None
    assert complete(sink, log)


def test_an_organisation_that_joins_later_is_seen_without_a_restart(
    log: Log, sink: RowsSink, redis_server: RedisServer
) -> None:
    grow(log, A, 1)
    with running(relay := relay_of(log, redis_server), subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 1)
        grow(log, B, 2)
        relay.wake()
        until(lambda: sink.count() == 3)
    assert complete(sink, log)


def published(relay: Relay, count: int) -> bool:
    return relay.status.published == count


def test_the_place_is_kept_over_any_number_of_restarts(log: Log, sink: RowsSink, redis_server: RedisServer) -> None:
    """What was recorded while it was down comes too; nothing that was taken comes again."""
    with running(relay := relay_of(log, redis_server)):
        for number in range(1, 6):
            grow(log, A, 20)
            relay.wake()
            until(partial(published, relay, 20 * number))
            with running(subscription_of(sink, redis_server)):
                until(partial(complete, sink, log))
    assert complete(sink, log)


def test_a_restart_delivers_only_what_follows(sink: RowsSink, redis_server: RedisServer, client: redis.Redis) -> None:
    """The group is made anew at the stored entry, not at the start: old entries are not even read."""
    first, second = chain("membership", A, 2)
    add(client, first)
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 1)
    add(client, second)
    with running(subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 2)
        (group,) = client.xinfo_groups(NAME)
        assert group["entries-read"] == 2
        until(lambda: client.xpending(NAME, GROUP)["pending"] == 0)
    assert sink.entry(NAME) == client.xinfo_stream(NAME)["last-generated-id"].decode()


class Counting(RowsSink):
    """Remembers how many events came at a time, and fails once after its second commit."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.sizes: list[int] = []

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        super().take(service, events, stream=stream, entry=entry)
        self.sizes += [len(events)] if events else []
        if len(self.sizes) == 2:
            raise OSError


def test_who_lies_far_behind_takes_whole_pages_and_after_a_fault_what_follows(
    tmp_path: Path, redis_server: RedisServer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "AHEAD", 60)
    sink = Counting(open_store(f"sqlite:///{tmp_path / 'views.sqlite'}"))
    told = chain("membership", A, 200)
    add(client, *told)
    with running(subscription := subscription_of(sink, redis_server)):
        until(lambda: sink.count() == 200 and subscription.status.connected)
    assert sink.sizes[:3] == [60, 60, 60]
    assert sum(sink.sizes) == 200
    assert sink.rows() == replayed("membership", told)
    sink.store.close()


def test_what_came_from_the_archive_is_not_read_again_from_the_stream(
    sink: RowsSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, read = list[bytes](), delivery.event_of

    def seen(service: str, raw: bytes) -> Recorded | None:
        looked_at.append(raw)
        return read(service, raw)

    monkeypatch.setattr(delivery, "event_of", seen)
    events = chain("membership", A, 5)
    taking = Delivery(STREAM, sink)
    taking.take_sealed(events[:3])
    lines = [to_cloudevent(event) for event in events]
    assert taking.take([(b"%d-0" % number, line) for number, line in enumerate(lines, start=1)]) == 2
    assert looked_at == lines[2:]
    assert sink.count() == 5
    assert str(taking.stored) == "5-0"


def test_several_services_are_read_side_by_side(sink: RowsSink, redis_server: RedisServer, client: redis.Redis) -> None:
    streams = [Stream("membership"), Stream("meetings")]
    for stream in streams:
        add(client, *chain(stream.service, A, 3), stream=stream)
    with running(subscription_of(sink, redis_server, streams)):
        until(lambda: sink.count() == 6)
    assert sink.rows() == {
        **replayed("membership", chain("membership", A, 3)),
        **replayed("meetings", chain("meetings", A, 3)),
    }


def test_streams_follow_from_the_contracts_but_never_the_consumers_own() -> None:
    assert streams_of([OrganisationRegistered, MeetingHeld], "meetings") == (Stream("membership"),)
    assert streams_of([OrganisationRegistered, MeetingHeld], "ratings", shards=2) == (
        Stream("meetings", 0),
        Stream("meetings", 1),
        Stream("membership", 0),
        Stream("membership", 1),
    )
