"""How is a service put together that records nothing? What it hears, what it keeps ready, what it answers; no more.

The rest is the kit's: history and live tail, units and access, its grant, health, metrics, lag, parking, pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

import uvicorn
from fastapi import APIRouter, Depends
from pydantic import SecretStr

from shared.contracts.event import Event
from shared.eventsourcing.projection import Projection
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.views import Declaration
from shared.history.archive.sealer import Archiving
from shared.history.evidence.publisher import Publishing
from shared.units.ground import OWNER, Rules
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.permitted import Permitted, permission_at_start
from shared.units.projection import Units
from shared.units.rights import Right
from shared.units.seen_ground import SeenGround
from shared.web.access import Needs, Pepper
from shared.web.doorway import DoorSettings, door_of
from shared.web.health import About
from shared.web.producer import Producer, today
from shared.web.server import server_settings

NO_RULES: Final = Rules(MappingProxyType({}), lambda _: ())
"""It judges nothing."""


class ReaderSettings(DoorSettings, Protocol):
    """What is set of a process that reads."""

    @property
    def pepper(self) -> SecretStr:
        """Under which credentials are kept."""

    @property
    def archiving(self) -> Archiving:
        """Where sealed history lies."""

    @property
    def host(self) -> str:
        """Where it listens."""

    @property
    def port(self) -> int:
        """0: any free port."""

    def whereabouts(self, service: str) -> Whereabouts:
        """Where it finds everything."""

    def publishing(self, service: str) -> Publishing:
        """Unused: it signs nothing."""


@dataclass(frozen=True)
class Reading:
    """What the routers of a reading service are given."""

    service: Service
    producer: Producer
    permitted: Permitted

    @property
    def runner(self) -> Runner:
        """Its views."""
        return self.service.runner

    def router(self, tag: str, right: Right = Right.FIGURES) -> APIRouter:
        """A router behind the door: who asks is known and has the right, and the service may answer."""
        door = (self.producer.access, Needs(right), self.producer.after, self.permitted.require)
        return APIRouter(tags=[tag], dependencies=[Depends(each) for each in door])


MakeRouter = Callable[[Reading], APIRouter]


def reading_service(
    about: About,
    listens: Iterable[type[Event]],
    projections: Iterable[type[Projection]],
    routers: Iterable[MakeRouter],
    settings: ReaderSettings,
) -> uvicorn.Config:
    """The service with its door. It hears these events, as far as its grant goes, and units and access in any case."""
    kept: tuple[type[Projection], ...] = tuple(dict.fromkeys((Units, *projections)))
    where = settings.whereabouts(about.service)
    everything = frozenset(listens).union(KNOWLEDGE_FACTS, *(each.listens for each in kept))
    declaration = Declaration(about.service, everything, kept, KNOWLEDGE_FACTS)
    permission = permission_at_start(where, declaration, today())
    service = Service(replace(declaration, permission=permission), where)
    ground = SeenGround(NO_RULES, service.runner, lambda: service.subscription.heads(OWNER))
    permitted = Permitted(service, ground, today)
    service.add(permitted)
    producer = Producer(
        about,
        service,
        ground,
        lambda: ground.knowledge,
        Pepper(settings.pepper.get_secret_value()),
        settings.archiving,
        settings.publishing(about.service),
        door=door_of(settings),
    )
    reading = Reading(service, producer, permitted)
    application = producer.application([make(reading) for make in routers], everything)
    return server_settings(application, settings.host, settings.port)
