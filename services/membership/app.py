"""How is membership put together? The only file here that builds anything."""

from __future__ import annotations

import uvicorn

from services.membership.api import (
    begin,
    books_router,
    credentials_router,
    members_router,
    places_router,
    registers_router,
)
from services.membership.domain import DECIDERS, related
from services.membership.projections import KEEPS, PROJECTIONS
from shared.contracts.event import registered
from shared.eventsourcing.service import Service
from shared.eventsourcing.views import Declaration
from shared.operations.settings import Settings
from shared.units.ground import OwnedGround, Rules
from shared.web.access import Pepper
from shared.web.health import About
from shared.web.producer import Producer
from shared.web.server import server_settings

NAME = "membership"


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    own = frozenset(cls for cls in registered().values() if cls.service == NAME)
    where = settings.whereabouts(NAME)
    grounds: list[OwnedGround] = []

    def make_ground(service: Service) -> OwnedGround:
        grounds.append(OwnedGround(Rules(DECIDERS, related), service.runner))
        return grounds[0]

    service = Service(Declaration(NAME, own, PROJECTIONS, KEEPS), where, make_ground)
    ground, pepper = grounds[0], Pepper(settings.pepper.get_secret_value())
    producer = Producer(
        About(NAME, "đoàn viên, hội viên", "0.1.0"),
        service,
        ground,
        lambda: ground.knowledge,
        pepper,
        settings.archiving,
        settings.publishing(NAME),
        begun=lambda: begin(service, ground, pepper, settings.folder(NAME)),
    )
    routers = [
        credentials_router(service, producer.access, pepper),
        members_router(service.runner, producer, lambda: ground.knowledge),
        places_router(service, producer),
        books_router(service.runner, producer),
        registers_router(service.runner, producer),
    ]
    application = producer.application(routers, frozenset())
    return server_settings(application, settings.host, settings.port)
