"""How is ratings put together? The only file here that builds anything."""

from __future__ import annotations

import uvicorn

from services.ratings.api import (
    conference_router,
    drafts_router,
    everywhere_router,
    explanations_router,
    figures_router,
    proposals_router,
    ratings_router,
)
from services.ratings.domain import DECIDERS, related
from services.ratings.domain.document import DOCUMENTED
from services.ratings.projections import FIGURES, RECONCILED
from services.ratings.projections.replay import REPLAYED, SAID_BY
from shared.eventsourcing.service import Service
from shared.history.columns.columns import Columns
from shared.history.columns.keeping import Keeper
from shared.history.columns.live import live
from shared.history.reconciling import reconciling
from shared.history.resting import resting
from shared.operations.settings import Settings
from shared.units.ground import OWNER, Rules
from shared.units.seen_ground import SeenGround
from shared.web.access import Pepper
from shared.web.doorway import door_of
from shared.web.health import About
from shared.web.producer import Producer, today
from shared.web.server import server_settings
from shared.web.waiting import waiting_router

NAME = "ratings"


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    declaration = REPLAYED.declaration
    where = settings.whereabouts(NAME)
    grounds: list[SeenGround] = []

    def make_ground(service: Service) -> SeenGround:
        heads = service.subscription.heads
        grounds.append(SeenGround(Rules(DECIDERS, related, DOCUMENTED), service.runner, lambda: heads(OWNER)))
        return grounds[0]

    service = Service(declaration, where, make_ground)
    service.rebuild.named = resting(FIGURES.values())
    place = settings.folder(NAME) / "columns"
    reconciled = [FIGURES[name] for name in RECONCILED]
    service.add(reconciling(service.runner, reconciled, today, lambda: service.subscription.status.leading))
    service.add(Keeper(place, declaration, map(settings.archiving.of, sorted(SAID_BY))))
    columns = Columns(place, declaration, live(lambda: service.runner.generation))
    ground = grounds[0]
    producer = Producer(
        About(NAME, "xếp loại và số liệu", "0.1.0"),
        service,
        ground,
        lambda: ground.knowledge,
        Pepper(settings.pepper.get_secret_value()),
        settings.archiving,
        settings.publishing(NAME),
        door=door_of(settings),
    )
    routers = [
        figures_router(service.runner, producer, columns),
        everywhere_router(service.runner, producer, columns),
        proposals_router(service.runner, producer),
        *([] if service.log is None else [ratings_router(service.runner, producer, service.log)]),
        explanations_router(service.runner, producer, columns),
        conference_router(service.runner, producer, columns),
        drafts_router(service.runner, producer, columns),
        waiting_router(service.runner, producer),
    ]
    return server_settings(producer.application(routers, declaration.listens), settings.host, settings.port)
