"""Does it make no difference to a consumer whether history comes from the archive, from Redis, or from both?"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
import redis
from redis.asyncio import Redis

from shared.contracts.envelope import EPOCH, Recorded
from shared.eventsourcing import trimming
from shared.eventsourcing.courier import Stream, make_client
from shared.eventsourcing.delivery import event_of, place_of
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.sources import SharedSource
from shared.eventsourcing.subscription import Subscription
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from shared.operations.redis_server import RedisServer
from tests.support.courier_process import open_log, open_sink
from tests.support.couriers import ORGANISATIONS, HeldLease, all_of, entries_in, grow, replayed, running
from tests.support.waiting import until

A, B, C = ORGANISATIONS[:3]
STREAM = Stream("membership")
SEED = 20260719


class Place:
    """A log with its relay, sealer and archive, and a consumer in another service."""

    def __init__(self, folder: Path, server: RedisServer, *, shards: int = 1) -> None:
        self.log, self.sink = open_log(folder), open_sink(folder)
        self.archive, self.shards = folder / "archive", shards
        self.depot = FolderDepot(self.archive)
        self.server = server
        self.sealer = Sealer(self.log, self.depot, HeldLease(), most=10, now=lambda: EPOCH)
        """Full segments only: these events are recorded in the month that begins there."""

    def relay(self, *, kept: int = 1) -> Relay:
        """Leaves at most so many sealed entries in the stream."""
        return Relay(self.log, self.server.url, HeldLease(), beat=0.1, kept=kept, shards=self.shards)

    def subscription(self) -> Subscription:
        """The consumer."""
        streams = [Stream("membership", shard) for shard in range(self.shards)]
        archive = Archive(self.depot, "membership")
        return Subscription(
            self.server.url, "ratings", streams, self.sink, HeldLease(), shards=self.shards, sealed=lambda _: archive
        )

    def complete(self) -> bool:
        """Whether the consumer has everything, once and in order."""
        return self.sink.count() == len(all_of(self.log)) and self.sink.rows() == replayed(
            "membership", all_of(self.log)
        )

    def entries(self) -> int:
        """How many entries stand in the stream."""
        with make_client(self.server.url) as client:
            return len(entries_in(client, STREAM))

    def close(self) -> None:
        """Give the stores back."""
        self.log.store.close()
        self.sink.store.close()


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> Iterator[Place]:
    made = Place(tmp_path, redis_server)
    yield made
    made.close()


def grow_all(place: Place, count: int, chance: Random | None = None) -> None:
    chance = chance or Random(SEED)
    for _ in range(count):
        grow(place.log, chance.choice([A, B, C]), chance.randint(1, 9))


def test_only_what_is_sealed_leaves_the_stream(place: Place) -> None:
    grow(place.log, A, 25)
    grow(place.log, B, 10)
    with running(place.relay()):
        until(lambda: place.entries() == 35)
        place.sealer.seal_due()
        until(lambda: place.entries() == 5)
        grow(place.log, C, 3)
        until(lambda: place.entries() == 8)
    with make_client(place.server.url) as client:
        left = [place_of(raw) for _, raw in entries_in(client, STREAM)]
    assert left == [*((A, sequence) for sequence in range(21, 26)), *((C, sequence) for sequence in range(1, 4))]


def test_what_is_sealed_leaves_also_behind_an_organisation_that_records_little(place: Place) -> None:
    """Its own entries stay in their order until they are sealed; nobody misses anything, then or later."""
    with running(place.relay()):
        grow(place.log, B, 3)
        until(lambda: place.entries() == 3)
        grow(place.log, A, 25)
        until(lambda: place.entries() == 28)
        place.sealer.seal_due()
        until(lambda: place.entries() == 8)
        with make_client(place.server.url) as client:
            left = [place_of(raw) for _, raw in entries_in(client, STREAM)]
        assert left == [*((B, sequence) for sequence in range(1, 4)), *((A, sequence) for sequence in range(21, 26))]
        with running(place.subscription()):
            until(place.complete)
            place.sealer.seal_all()
            until(lambda: place.entries() == 1)
            grow(place.log, B, 2)
            until(place.complete)


async def test_where_too_many_wait_to_be_sealed_no_more_are_remembered_and_nothing_is_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimming, "MOST_WAITING", 2)
    monkeypatch.setattr(trimming, "PAGE", 2)
    with running(place.relay(kept=100)):
        grow(place.log, B, 3)
        await asyncio.to_thread(until, lambda: place.entries() == 3)
        grow(place.log, A, 25)
        await asyncio.to_thread(until, lambda: place.entries() == 28)
    place.sealer.seal_due()
    stream = trimming.Trimming(STREAM)
    async with Redis.from_url(place.server.url) as client:
        assert [await stream.trim(client, place.log.heads(), kept=1) for _ in range(3)] == [0, 0, 0]
        place.sealer.seal_all()
        assert [await stream.trim(client, place.log.heads(), kept=1) for _ in range(3)] == [27, 0, 0]


def test_all_sealed_the_newest_entries_stay(place: Place) -> None:
    grow(place.log, A, 25)
    with running(place.relay(kept=7)):
        until(lambda: place.entries() == 25)
        place.sealer.seal_all()
        until(lambda: place.entries() == 7)


def test_a_new_consumer_takes_the_archive_then_the_stream_then_the_live_tail(place: Place) -> None:
    grow_all(place, 20)
    with running(place.relay()):
        until(lambda: place.entries() == len(all_of(place.log)))
        place.sealer.seal_due()
        until(lambda: place.entries() < len(all_of(place.log)))
        grow_all(place, 5)
        with running(place.subscription()):
            until(place.complete)
            grow_all(place, 5)
            until(place.complete)


def test_a_consumer_that_was_away_goes_on_though_the_stream_has_moved_on(place: Place) -> None:
    grow_all(place, 5)
    with running(place.relay()):
        with running(place.subscription()):
            until(place.complete)
        grow_all(place, 30)
        until(lambda: place.entries() >= 100)
        place.sealer.seal_all()
        until(lambda: place.entries() == 1)
        with running(place.subscription()):
            until(place.complete)


def test_a_consumer_at_work_fills_from_the_archive_what_redis_lost(place: Place) -> None:
    """FLUSHALL while the consumer is behind: the relay sends again only what is not sealed."""
    grow_all(place, 20)
    with running(place.subscription()):
        place.sealer.seal_all()
        grow_all(place, 2)
        with running(place.relay()):
            until(place.complete)


def test_redis_wiped_again_and_again_between_sealing_and_posting_loses_nothing(place: Place) -> None:
    chance = Random(SEED)
    with running(place.relay(), place.subscription()), redis.Redis.from_url(place.server.url) as client:
        for _ in range(6):
            grow_all(place, 4, chance)
            if chance.random() < 0.7:
                place.sealer.seal_due()
            client.flushall()
            grow_all(place, 4, chance)
        until(place.complete)


def test_a_rebuild_reads_the_archive_and_what_follows_it(place: Place) -> None:
    grow_all(place, 20)
    source = SharedSource(place.server.url, STREAM, Archive(place.depot, "membership"))
    with running(place.relay()):
        until(lambda: place.entries() == len(all_of(place.log)))
        place.sealer.seal_due()
        until(lambda: place.entries() < len(all_of(place.log)))
        found = [each for batch in source.read() for each in batch]
        grow_all(place, 200)
        place.sealer.seal_all()
        until(lambda: place.entries() == 1)
        found += [each for batch in source.read() for each in batch]
    assert replayed("membership", found) == replayed("membership", all_of(place.log))


def test_a_rebuild_decodes_nothing_in_the_stream_that_the_archive_gave(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream keeps its newest entries, also those that are sealed by now."""
    decoded = list[bytes]()

    def counted(service: str, raw: bytes) -> Recorded | None:
        decoded.append(raw)
        return event_of(service, raw)

    monkeypatch.setattr("shared.eventsourcing.sources.event_of", counted)
    grow_all(place, 25)
    with running(place.relay(kept=10_000)):
        until(lambda: place.entries() == len(all_of(place.log)))
    place.sealer.seal_due()
    sealed = sum(each.last for each in Archive(place.depot, "membership").ends().values())
    source = SharedSource(place.server.url, STREAM, Archive(place.depot, "membership"))
    found = [each for batch in source.read() for each in batch]
    assert replayed("membership", found) == replayed("membership", all_of(place.log))
    assert 0 < len(decoded) == len(all_of(place.log)) - sealed


def test_each_shard_takes_its_own_organisations_from_the_archive(tmp_path: Path, redis_server: RedisServer) -> None:
    place = Place(tmp_path, redis_server, shards=2)
    grow_all(place, 20)
    place.sealer.seal_all()
    grow_all(place, 5)
    with running(place.relay(), place.subscription()):
        until(place.complete)
    place.close()


def test_without_the_archive_the_relay_is_asked_for_what_the_stream_lacks(place: Place) -> None:
    """The folder is away: what the log holds is sent again, so nothing is lost, only slower."""
    grow_all(place, 10)
    place.sealer.seal_all()
    shutil.rmtree(place.archive)
    with running(place.relay(), place.subscription()):
        until(place.complete)


def test_a_wrong_archive_is_told_and_nothing_of_it_is_taken(place: Place) -> None:
    grow(place.log, A, 10)
    place.sealer.seal_all()
    segment = next(place.archive.rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-1] + b"\0")
    subscription = place.subscription()
    with running(subscription):
        until(lambda: subscription.status.problem is not None)
        assert place.sink.count() == 0


def test_ids_are_those_of_the_log(place: Place) -> None:
    grow(place.log, A, 3)
    place.sealer.seal_all()
    with running(place.relay(), place.subscription()):
        until(place.complete)
    assert place.sink.positions("membership")[UUID(int=1)].hash == place.log.heads()[A].hash
