"""What runs in the two processes of a latency measurement? One offers facts at random moments, one waits to see them.

`python -m bench.latency_process ROLE SETTINGS`, with the settings as JSON. Both write what they saw, in nanoseconds of
the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import redis.asyncio
import structlog

from bench.history import SERVICE, History, Post
from bench.ours import counting
from bench.views import WITH_PROJECTION, kept
from shared.eventsourcing.decider import Said
from shared.eventsourcing.relay import Relay
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.views import Declaration
from tests.support.grounds import OpenGround
from tests.support.waiting import until_async

LEAD = 300_000_000
"""Nanoseconds from the start to the first moment at which a fact is offered."""
PATIENCE = 60.0
"""Seconds after which facts that were not seen are given up."""
STREAM, GROUP = "bench", "reader"


@dataclass(frozen=True, slots=True)
class Settings:
    """What both processes are told."""

    folder: str
    redis: str
    count: int
    rate: float
    """Facts offered a second, on average."""
    seed: int
    databases: dict[str, str]
    """Service, or `peer` → PostgreSQL URL; a service without one has SQLite files in the folder."""

    def posts(self) -> list[Post]:
        """The facts to be offered."""
        return History(self.seed).take(self.count)

    def where(self, service: str) -> Whereabouts:
        """A service's stores."""
        folder = Path(self.folder) / service
        folder.mkdir(parents=True, exist_ok=True)
        return Whereabouts(folder, self.redis, self.databases.get(service))

    def write(self, name: str, content: object) -> None:
        """Leave results for the parent."""
        Path(self.folder, name).write_text(json.dumps(content))

    def as_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


async def offer(settings: Settings, submit: Callable[[Post], Awaitable[object]]) -> None:
    """Open loop: each fact is offered at its moment, however late the others are; then leave the moments."""
    rng, moment, posts = random.Random(settings.seed), time.monotonic_ns() + LEAD, settings.posts()
    moments: dict[str, int] = {}
    async with asyncio.TaskGroup() as tasks:
        for post in posts:
            moment += int(rng.expovariate(settings.rate) * 1e9)
            moments[post.id.hex] = moment
            await asyncio.sleep(max(0.0, (moment - time.monotonic_ns()) / 1e9))
            tasks.create_task(_awaited(submit(post)))
    settings.write("offered.json", moments)


async def _awaited(submitted: Awaitable[object]) -> None:
    await submitted


class Seen:
    """When each fact became visible, and in which order each organisation's came."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.moments: dict[str, int] = {}
        self.order: list[tuple[str, int]] = []
        self.all = threading.Event()

    def see(self, ids: Iterable[str]) -> None:
        """These are visible from now on; a second time counts as a fault."""
        now = time.monotonic_ns()
        for each in ids:
            self.moments[each + "again" * (each in self.moments)] = now
        if len(self.moments) >= self._settings.count:
            self.all.set()

    def write(self, totals: object = None) -> None:
        """Leave what was seen."""
        self._settings.write("seen.json", {"moments": self.moments, "order": self.order, "totals": totals})


# ── Ours: intake, relay, Redis, subscription, runner ─────────────────────────────────────────────────────────────


async def our_producer(settings: Settings) -> None:
    """A service that records, with its relay."""
    service = Service(Declaration(SERVICE, frozenset(), ()), settings.where(SERVICE), lambda _: OpenGround(counting))
    relay = cast("Relay", service.relay)
    await service.start()
    await until_async(lambda: relay.status.connected, timeout=PATIENCE)
    await offer(settings, lambda post: asyncio.wrap_future(service.submit(post.poster, [post.draft()], lenient=False)))
    await until_async(lambda: not relay.status.lag and relay.status.published >= settings.count, timeout=PATIENCE)
    await service.stop()


async def our_consumer(settings: Settings) -> None:
    """A service that only listens."""
    seen = Seen(settings)
    service = Service(WITH_PROJECTION, settings.where(WITH_PROJECTION.service))

    def told(brought: Iterable[Said] | None) -> None:
        facts = list(brought or ())
        seen.see(each.event.hex for each in facts)
        seen.order += [(each.organisation.hex, each.sequence) for each in facts]

    service.runner.on_said(told)
    await service.start()
    await until_async(lambda: service.subscription.status.connected, timeout=PATIENCE)
    print("ready", flush=True)
    await asyncio.to_thread(seen.all.wait, settings.count / settings.rate + PATIENCE)
    totals = [[*key, *sums] for key, sums in kept(service.runner.generation).items()]
    seen.write(totals)
    await service.stop()


# ── The floor: Redis alone ───────────────────────────────────────────────────────────────────────────────────────


async def redis_producer(settings: Settings) -> None:
    """Adds to a stream; nothing is stored."""
    async with redis.asyncio.Redis.from_url(settings.redis, max_connections=1_000) as client:
        await offer(settings, lambda post: client.xadd(STREAM, {"event": post.id.bytes + post.raw}))


async def redis_consumer(settings: Settings) -> None:
    """Reads the stream; nothing is stored."""
    seen, end = Seen(settings), time.monotonic() + settings.count / settings.rate + PATIENCE
    async with redis.asyncio.Redis.from_url(settings.redis) as client:
        await client.xgroup_create(STREAM, GROUP, "0", mkstream=True)
        print("ready", flush=True)
        while not seen.all.is_set() and time.monotonic() < end:
            read = cast("list[Any]", await client.xreadgroup(GROUP, "one", {STREAM: ">"}, count=500, block=1_000))
            entries = read[0][1] if read else []
            seen.see(fields[b"event"][:16].hex() for _, fields in entries)
            if entries:
                await client.xack(STREAM, GROUP, *(entry for entry, _ in entries))
    seen.write()


# ── The peer: recorder, ProjectionRunner, both on PostgreSQL, no courier between ─────────────────────────────────


async def peer_producer(settings: Settings) -> None:
    """Eight threads record domain events."""
    from bench.peer import Peer, postgres  # noqa: PLC0415 — only where the package is installed

    loop = asyncio.get_running_loop()
    with Peer(postgres(settings.databases["peer"])) as peer, ThreadPoolExecutor(8) as threads:
        await offer(settings, lambda post: loop.run_in_executor(threads, peer.put, post))


async def peer_consumer(settings: Settings) -> None:
    """Its ProjectionRunner."""
    from bench.peer import postgres, watch  # noqa: PLC0415 — only where the package is installed

    seen, subjects = Seen(settings), {str(post.subject): post.id.hex for post in settings.posts()}

    def ready() -> None:
        print("ready", flush=True)
        seen.all.wait(settings.count / settings.rate + PATIENCE)

    environment = postgres(settings.databases["peer"])
    totals = await asyncio.to_thread(watch, environment, lambda subject: seen.see([subjects[subject]]), ready)
    seen.write([[*key, *sums] for key, sums in totals.items()])


ROLES: dict[str, Callable[[Settings], Awaitable[None]]] = {
    each.__name__: each
    for each in (our_producer, our_consumer, redis_producer, redis_consumer, peer_producer, peer_consumer)
}


def main(arguments: Sequence[str]) -> None:
    """Play one role."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    role, settings = arguments
    asyncio.run(_play(ROLES[role], Settings(**json.loads(settings))))


async def _play(role: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    await role(settings)


if __name__ == "__main__":
    main(sys.argv[1:])
