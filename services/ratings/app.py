"""How is ratings put together? The only file here that builds anything."""

from __future__ import annotations

import uvicorn

from services.ratings.api import figures_router, proposals_router
from services.ratings.domain import DECIDERS, related
from services.ratings.projections import PROJECTIONS
from shared.contracts import meetings, membership
from shared.contracts.event import registered
from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.service import Service
from shared.eventsourcing.views import Declaration
from shared.operations.settings import Settings
from shared.units.ground import OWNER, Rules, SeenGround
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.web.access import Pepper
from shared.web.health import About
from shared.web.producer import Producer
from shared.web.server import server_settings

NAME = "ratings"
HEARD = frozenset({membership.__name__.rpartition(".")[2], meetings.__name__.rpartition(".")[2], NAME})
"""Ratings listens to all that these services say."""


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    listens = frozenset(cls for cls in registered().values() if cls.service in HEARD)
    where = settings.whereabouts(NAME)
    grounds: list[SeenGround] = []

    def make_ground(service: Service) -> SeenGround:
        heads = service.subscription.heads
        grounds.append(SeenGround(Rules(DECIDERS, related), service.runner, lambda: heads(OWNER)))
        return grounds[0]

    service = Service(Declaration(NAME, listens, PROJECTIONS, KNOWLEDGE_FACTS | {RuleSetAdopted}), where, make_ground)
    ground = grounds[0]
    producer = Producer(
        About(NAME, "xếp loại và số liệu", "0.1.0"),
        service,
        ground,
        lambda: ground.knowledge.directory,
        Pepper(settings.pepper.get_secret_value()),
        settings.archiving,
        settings.publishing(NAME),
    )
    routers = [figures_router(service.runner, producer), proposals_router(service.runner, producer)]
    return server_settings(producer.application(routers, listens), settings.host, settings.port)
