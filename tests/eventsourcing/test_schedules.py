"""Does any schedule of lost, doubled and shuffled entries, crashes and restarts end where a fresh replay ends?

What is honest about it: 1,000 schedules drive the subscription's own `Delivery` (decoding, sequencer, safe place, sink
with its transaction) against a Redis stream that is a list in memory, and answer requests as a relay would; what is
played is FastStream, the network and the clock. 25 of that kind fill the real runner's fact tables. 24 more go through
a real server with everything real: damaged streams in 24 shards, the relay that is asked for what is missing, the
subscription, stopped and started in between. `make battery` runs ten times as many of the first kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.courier import Stream, make_client, shard_of
from shared.eventsourcing.delivery import Delivery, RawEntry, Sink
from shared.eventsourcing.heads import Head
from shared.eventsourcing.marks import Marks
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.sequencer import End, Entry
from shared.eventsourcing.store import open_store
from shared.eventsourcing.subscription import Subscription
from shared.eventsourcing.views import Declaration, Generation
from shared.operations.redis_server import RedisServer
from tests.support.courier_process import open_log, open_sink
from tests.support.couriers import ORGANISATIONS, HeldLease, RowsSink, all_of, chain, grow, replayed, running
from tests.support.history import Chronicle, meeting
from tests.support.seeds import SEED, SEEDS, drawn
from tests.support.waiting import until


def damaged(events: list[Recorded], rng: random.Random) -> list[Recorded]:
    """What a bad courier makes of a stream: loses, doubles and shuffles."""
    kept = [event for event in events if rng.random() > rng.choice((0, 0.1, 0.4))]
    doubled = [event for event in kept for _ in range(1 + (rng.random() < 0.15))]
    reach = rng.choice((0, 3, 10, len(doubled)))
    order = sorted(range(len(doubled)), key=lambda place: place + rng.uniform(0, reach))
    return [doubled[place] for place in order]


class Crash(Exception):
    """The process ends here."""


@dataclass
class CrashingSink:
    """A sink that now and then ends the process, before or after its commit."""

    sink: Sink
    rng: random.Random
    share: float

    def positions(self, service: str) -> Mapping[UUID, End]:
        """The sink's own."""
        return self.sink.positions(service)

    def entry(self, stream: str) -> str:
        """The sink's own."""
        return self.sink.entry(stream)

    def take(self, service: str, events: Sequence[Recorded], *, stream: str, entry: str) -> None:
        """Crash before, crash after, or neither."""
        self._perhaps()
        self.sink.take(service, events, stream=stream, entry=entry)
        self._perhaps()

    def _perhaps(self) -> None:
        if self.rng.random() < self.share:
            raise Crash


@dataclass
class PlayedStream:
    """A Redis stream in memory, and the relay behind it."""

    stream: Stream
    rng: random.Random
    entries: list[tuple[Entry, bytes]] = field(default_factory=list)

    def add(self, events: list[Recorded]) -> None:
        """Add entries with ever greater ids."""
        last = self.entries[-1][0] if self.entries else Entry(self.rng.choice((0, 5)), 0)
        for event in events:
            number = self.rng.choice((0, 1))
            last = Entry(last.milliseconds, last.number + 1) if number else Entry(last.milliseconds + 1, 0)
            self.entries.append((last, BODIES.get(event.envelope.id) or to_cloudevent(event)))

    def after(self, place: Entry) -> list[RawEntry]:
        """The entries past a place."""
        return [(str(entry).encode(), raw) for entry, raw in self.entries if entry > place]


def batches(entries: list[RawEntry], rng: random.Random) -> Iterator[list[RawEntry]]:
    while entries:
        size = rng.randint(1, 12)
        yield entries[:size]
        entries = entries[size:]


def one_life(stream: PlayedStream, sink: CrashingSink, log: list[Recorded], rng: random.Random) -> bool:
    """From a start to a crash, or to the point where everything was taken; whether it was."""
    delivery = Delivery(stream.stream, sink)
    heads = {event.envelope.organisation: Head(event.envelope.sequence, event.hash) for event in log}
    while True:
        for batch in batches(stream.after(delivery.read), rng):
            delivery.take(batch)
        if gaps := delivery.gaps():
            for batch in batches(stream.after(delivery.stored), rng):
                if not delivery.take_again(batch, gaps):
                    break
        delivery.keep_place()
        assert delivery.contradiction(heads, delivery.reached) is None
        missing = {**delivery.unreached(heads), **delivery.gaps()}
        if not missing:
            return True
        asked = [event for event in log if event.envelope.sequence >= missing.get(event.envelope.organisation, 10**9)]
        stream.add(damaged(asked, rng) if rng.random() < 0.5 else asked)


def play(log: list[Recorded], rng: random.Random, sink_of_a_life: Callable[[], Sink]) -> None:
    """One random schedule, life after life, to its end."""
    interleaved = sorted(log, key=lambda event: event.envelope.sequence + rng.random() * 5)
    in_sequence = sorted(log, key=lambda event: (event.envelope.organisation, event.envelope.sequence))
    stream = PlayedStream(Stream(log[0].envelope.service), rng)
    stream.add(damaged(rng.choice((interleaved, in_sequence)), rng))
    share = rng.choice((0, 0.05, 0.3))
    whole = False
    while not whole:
        try:
            whole = one_life(stream, CrashingSink(sink_of_a_life(), rng, share), log, rng)
        except Crash:
            continue


CHAINS = {organisation: chain("membership", organisation, 20) for organisation in ORGANISATIONS[:3]}
BODIES = {event.envelope.id: to_cloudevent(event) for events in CHAINS.values() for event in events}


def run(schedules: int, first: int, folder: Path) -> None:
    print("seeds", first, "to", first + schedules - 1)  # noqa: T201 — a failed seed becomes a fixed test
    sink = RowsSink(open_store(f"sqlite:///{folder / 'schedules.sqlite'}", durability="NORMAL"))
    for seed in range(first, first + schedules):
        with sink.store.write() as connection:
            for table in (sink.row, sink.position, sink.stored_entry):
                connection.execute(table.delete())
        rng = random.Random(seed)
        log = [event for events in CHAINS.values() for event in events[: rng.randint(1, len(events))]]
        play(log, rng, lambda: sink)
        assert sink.rows() == replayed("membership", log), f"seed {seed}"
    sink.store.close()


def test_a_thousand_random_schedules_end_where_a_replay_ends(tmp_path: Path) -> None:
    run(1_000, SEED, tmp_path)


@pytest.mark.battery
@pytest.mark.timeout(3_600)
def test_ten_thousand_random_schedules_end_where_a_replay_ends(tmp_path: Path) -> None:
    run(10_000, drawn(), tmp_path)


# ── Into the real runner ─────────────────────────────────────────────────────────────────────────────────────────

DECLARATION = Declaration("ratings", frozenset({MeetingHeld}), ())


def history(rng: random.Random) -> list[Recorded]:
    """Meetings of two organisations, some corrected, some voided."""
    chronicle = Chronicle()
    for number in range(rng.randint(5, 15)):
        organisation = rng.choice(ORGANISATIONS[:2])
        root = last = chronicle.meet(organisation, UUID(int=50 + rng.randint(0, 2)), UUID(int=100 + number), number)
        for _ in range(rng.choice((0, 0, 0, 1, 2))):
            last = chronicle.correct(root, last, meeting(UUID(int=50), rng.randint(0, 20)))
        if rng.random() < 0.2:
            chronicle.void(root, last)
    return chronicle.events()


def dump(generation: Generation) -> dict[str, list[str]]:
    """Every row of every table, but for the place in the Redis stream."""
    with generation.store.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(table.select())))
            for name, table in generation.metadata.tables.items()
            if table is not generation.ledger.entry
        }


@pytest.mark.parametrize("first", SEEDS)
def test_random_schedules_into_the_runner_end_where_a_replay_ends(tmp_path: Path, first: int | None) -> None:
    first = drawn(first)
    for seed in range(first, first + 25):
        rng = random.Random(seed)
        log = history(rng)
        url = f"sqlite:///{tmp_path / str(seed)}"
        played, fresh = (
            Generation(1, DECLARATION, open_store(f"{url}-{name}.sqlite", durability="NORMAL"))
            for name in ("played", "fresh")
        )
        play(log, rng, lambda played=played: Runner(played))  # type: ignore[misc]
        Runner(fresh).take("meetings", log)
        assert dump(played) == dump(fresh), f"seed {seed}"
        played.store.close()
        fresh.store.close()


# ── Through a real server ────────────────────────────────────────────────────────────────────────────────────────

SHARDS = 24


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_streams_on_a_real_server_end_where_a_replay_ends(
    tmp_path: Path, redis_server: RedisServer, seed: int | None
) -> None:
    """The relay believes that it has published everything, and only learns what is missing by being asked."""
    seed = drawn(seed)
    rng = random.Random(seed)
    log, sink = open_log(tmp_path), open_sink(tmp_path)
    for number in range(2 * SHARDS):
        grow(log, UUID(int=number + 1), rng.randint(1, 40))
    streams = [Stream(log.service, shard) for shard in range(SHARDS)]
    with make_client(redis_server.url) as client:
        for stream in streams:
            own = [event for event in all_of(log) if shard_of(event.envelope.organisation, SHARDS) == stream.shard]
            ids = [client.xadd(str(stream), {"event": to_cloudevent(event)}) for event in damaged(own, rng)]
            marks = {event.envelope.organisation: event.envelope.sequence for event in own}
            marked = Marks(log.store)
            with log.store.write() as connection:
                marked.save(connection, stream.shard, marks, ids[-1].decode() if ids and ids[-1] else None)
    with running(Relay(log, redis_server.url, HeldLease(), shards=SHARDS, beat=0.3)):
        for least in (0.1, 0.5, 0.8, 1):
            subscription = Subscription(redis_server.url, "ratings", streams, sink, HeldLease(), shards=SHARDS)
            with running(subscription):
                wanted = least * len(all_of(log))
                until(lambda wanted=wanted: sink.count() >= wanted)  # type: ignore[misc]
    assert sink.rows() == replayed(log.service, all_of(log)), f"seed {seed}"
    sink.store.close()
    log.store.close()
