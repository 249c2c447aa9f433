"""How does a test run whole services of the kit? Several on one database, in this process, each with its own folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

from shared.eventsourcing.errors import Busy
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.submission import Ground, Receipt
from shared.eventsourcing.views import Declaration
from tests.support.grounds import OpenGround, draft, poster
from tests.support.history import meeting
from tests.support.releases import rows
from tests.support.waiting import until_async


@asynccontextmanager
async def replicas(
    where: Whereabouts, *declarations: Declaration, ground: Callable[[Service], Ground] = lambda _: OpenGround()
) -> AsyncIterator[list[Service]]:
    """Services on one database; the first one leads."""
    services: list[Service] = []
    try:
        for number, declaration in enumerate(declarations):
            folder = where.folder / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            service = await asyncio.to_thread(Service, declaration, replace(where, folder=folder), ground)
            services.append(service)
            await service.start()
            if number == 0:
                await until_async(partial(leads, service))
        yield services
    finally:
        for service in reversed(services):
            await service.stop()


def leads(service: Service) -> bool:
    return service._views_lease.held  # noqa: SLF001 — what nobody but the service itself asks


async def post(service: Service, organisation: UUID, branch: UUID) -> None:
    """Record a meeting; where the store is busy, come again with the same, as a sender does."""
    drafts = [draft(meeting(branch, 1), uuid4(), uuid4())]
    while True:
        (outcome,) = await asyncio.wrap_future(service.submit(poster(organisation), drafts, lenient=False))
        if not isinstance(outcome, Busy):
            assert isinstance(outcome, Receipt), outcome
            return


def held(service: Service) -> dict[UUID, int]:
    return {branch: number for branch, number, *_ in rows(service.runner.generation, "held")}
