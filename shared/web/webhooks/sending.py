"""How do events get out? A part of the service that leads sends each webhook its events, in order.

It reads the log as any reader does, knows nothing of the intake, and holds no lock while it waits for a stranger. The
position moves in a transaction that checks the lease: two senders may send the same event, none leaves one out.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import httpx
import structlog

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Recorded
from shared.contracts.event import VIETNAM
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.lease import Lease, LeaseLost
from shared.eventsourcing.log import Log
from shared.eventsourcing.sweep import Pace
from shared.units.knowledge import Knowledge
from shared.units.reach import Reach
from shared.units.rights import Right
from shared.web.access import Pepper
from shared.web.webhooks.addresses import AddressRefused, Resolve, judged, resolved
from shared.web.webhooks.registry import SECOND, Parked, Registry, Webhook
from shared.web.webhooks.signing import headers, secret_of

SWEEP: Final = 1.0
SECONDS: Final = 10.0
"""For one delivery, from the first byte to the last."""
AT_ONCE: Final = 16
"""Webhooks that are served side by side."""
OF_ONE: Final = 4
"""Of these, of one organisation at most: slow receivers of one are not felt by the others."""
TURN: Final = 30.0
"""Seconds after which a webhook lets others have their turn, however much waits for it."""
PAGE: Final = 200
MARK: Final = 10
"""Deliveries after which the position is stored: who is killed sends these again at most, under the same ids."""
MEDIA: Final = "application/cloudevents+json"
Found = TypeVar("Found")
_log = structlog.get_logger(__name__)


class _Served(NamedTuple):
    """A webhook at work."""

    organisation: UUID
    task: asyncio.Task[None]


class Webhooks:
    """The part of a service that sends its events out."""

    name = "webhooks"

    def __init__(  # noqa: PLR0913 — its parts, each given by name
        self,
        log: Log,
        registry: Registry,
        lease: Lease,
        *,
        knowledge: Callable[[], Knowledge],
        pepper: Pepper,
        allowed: Collection[str] = (),
        resolve: Resolve = resolved,
        clock: Callable[[], float] = time.time,
        today: Callable[[], dt.date] = lambda: dt.datetime.now(VIETNAM).date(),
    ) -> None:
        self.registry, self.allowed, self.pepper = registry, allowed, pepper
        self.problem: str | None = None
        self._events, self._lease, self._knowledge = log, lease, knowledge
        self.resolve, self._clock, self._today = resolve, clock, today
        self._pace = Pace(SWEEP)
        self._busy: dict[UUID, _Served] = {}
        self._turns: dict[UUID, int] = {}
        self._lookups = ThreadPoolExecutor(AT_ONCE, "webhooks")
        """Names are looked up here: a name server that never answers keeps nothing else of the service waiting."""
        self._acts = ThreadPoolExecutor(AT_ONCE, "webhooks-stores")
        """Stores are asked here: what has begun ends before they are closed, also for a task that was cancelled."""

    def wake(self) -> None:
        """Say that there may be something to send; from any thread."""
        self._pace.wake()

    def now(self) -> int:
        """Microseconds since 1970."""
        return int(self._clock() * SECOND)

    def stop(self) -> None:
        """End soon; from any thread."""
        self._pace.end()

    async def run(self) -> None:
        """Send until `stop`."""
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, limits=limits, follow_redirects=False) as http:
            with self._pace.kept():
                while not self._pace.ended:
                    await self._look(http)
                    await self._pace.wait()
            tasks = [each.task for each in self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)
        self._acts.shutdown(cancel_futures=True)
        self._lease.release()
        self.registry.store.close()

    def _stored(self, act: Callable[..., Found], *given: object) -> Awaitable[Found]:
        return asyncio.get_running_loop().run_in_executor(self._acts, act, *given)

    async def _look(self, http: httpx.AsyncClient) -> None:
        # Whoever is being served while the webhooks are read may have moved on by then: its turn is the next look.
        served = self._being_served()
        try:
            hooks = await self._stored(self._due)
        except Exception as error:  # noqa: BLE001 — whatever it is, the part goes on and readiness tells of it
            self.problem = type(error).__name__
            return
        self.problem = None
        self._busy = self._being_served()
        of = Counter(each.organisation for each in self._busy.values())
        for hook in sorted(hooks, key=lambda each: self._turns.get(each.id, 0)):
            if hook.id not in served and len(self._busy) < AT_ONCE and of[hook.organisation] < OF_ONE:
                of[hook.organisation] += 1
                self._turns[hook.id] = max(self._turns.values(), default=0) + 1
                self._busy[hook.id] = _Served(hook.organisation, asyncio.create_task(self._serve(http, hook)))

    def _being_served(self) -> dict[UUID, _Served]:
        return {id: each for id, each in self._busy.items() if not each.task.done()}

    def _due(self) -> list[Webhook]:
        """The webhooks whose time has come; none while another process leads."""
        if not self._lease.acquire():
            return []
        moment = self.now()
        heads = {organisation: head.sequence for organisation, head in self._events.heads().items()}
        again = self.registry.to_retry()
        return [
            each
            for each in self.registry.every()
            if ((each.due <= moment and each.position < heads.get(each.organisation, 0)) or each.id in again)
            and self._reach(each) is not None
        ]

    def _retried(self, hook: Webhook) -> list[Parked]:
        return [each for each in self.registry.parked(hook.id) if each.again]

    async def _serve(self, http: httpx.AsyncClient, hook: Webhook) -> None:
        """One page of one webhook's events."""
        try:
            for parked in await self._stored(self._retried, hook):
                await self._once_more(http, hook, parked)
            if hook.due <= self.now():
                await self._page(http, hook)
        except (LeaseLost, asyncio.CancelledError):
            return
        except Exception as error:  # noqa: BLE001 — one webhook's trouble is not the others'
            _log.warning("webhook", webhook=str(hook.id), error=type(error).__name__)

    async def _page(self, http: httpx.AsyncClient, hook: Webhook) -> None:
        reach, clock = self._reach(hook), asyncio.get_running_loop().time
        if reach is None:
            return
        events = await self._stored(self._events.slice, hook.organisation, hook.position, PAGE)
        last, end, unmarked = hook.position, clock() + TURN, 0
        for event in events:
            if self._pace.ended or clock() > end:
                break
            if self._is_for(hook, reach, event):
                trouble = await self._sent(http, hook, event)
                if trouble is not None:
                    held = await self._stored(self._moved, hook, last)
                    await self._stored(self._failed, held, event.envelope.sequence, trouble)
                    return
                unmarked += 1
            last = event.envelope.sequence
            if unmarked >= MARK:
                hook, unmarked = await self._stored(self._moved, hook, last), 0
        await self._stored(self._moved, hook, last)
        if len(events) == PAGE:
            self.wake()

    async def _once_more(self, http: httpx.AsyncClient, hook: Webhook, parked: Parked) -> None:
        reach = self._reach(hook)
        if reach is None:
            return
        (event,) = await self._stored(self._events.slice, hook.organisation, parked.sequence - 1, 1)
        trouble = await self._sent(http, hook, event) if self._is_for(hook, reach, event) else None

        def settle() -> None:
            with self.registry.store.write() as connection:
                self._lease.check(connection)
                self.registry.settled(connection, parked, trouble, self.now())

        await self._stored(settle)

    def _moved(self, hook: Webhook, position: int) -> Webhook:
        """The webhook as it stands after what was delivered."""
        if position == hook.position:
            return hook
        with self.registry.store.write() as connection:
            self._lease.check(connection)
            self.registry.moved(connection, hook, position)
        return Webhook(
            hook.id, hook.organisation, hook.credential, hook.url, hook.types, position, tries=0, due=0, trouble=None
        )

    def _failed(self, hook: Webhook, sequence: int, trouble: str) -> None:
        with self.registry.store.write() as connection:
            self._lease.check(connection)
            self.registry.failed(connection, hook, sequence, trouble, self.now())

    def _reach(self, hook: Webhook) -> Reach | None:
        """How far the key that registered it reads today; none once it is revoked or over: then nothing is sent."""
        knowledge, day = self._knowledge(), self._today()
        credential = knowledge.directory.credential(hook.credential)
        if credential is None or not credential.valid_on(day) or credential.organisation != hook.organisation:
            return None
        poster = Poster(
            organisation=credential.organisation,
            credential=credential.id,
            role=credential.role,
            roots=credential.roots,
        )
        reach = Reach(poster, knowledge, day)
        return reach if reach.has(Right.EVENTS) else None

    def _is_for(self, hook: Webhook, reach: Reach, event: Recorded) -> bool:
        return (not hook.types or event.envelope.content.type in hook.types) and reach.sees(event, self._events.event)

    async def _sent(self, http: httpx.AsyncClient, hook: Webhook, event: Recorded) -> str | None:
        """Send one event; what went wrong, in a word that holds nothing of the answer."""
        body, own = to_cloudevent(event), asyncio.get_running_loop()
        signed = headers(secret_of(self.pepper, hook.id), event.envelope.id, int(self._clock()), body)
        try:
            async with asyncio.timeout(SECONDS):
                target = await own.run_in_executor(self._lookups, judged, hook.url, self.allowed, self.resolve)
                more = {**signed, "Content-Type": MEDIA, "Host": target.host, "User-Agent": "nennep"}
                name = {"sni_hostname": target.name}
                async with http.stream("POST", target.url, content=body, headers=more, extensions=name) as answer:
                    return None if answer.is_success else f"status-{answer.status_code}"
        except AddressRefused:
            return "address-refused"
        except (httpx.HTTPError, TimeoutError) as error:
            return type(error).__name__
