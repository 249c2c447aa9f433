"""How is meetings put together? The only file here that builds anything."""

from __future__ import annotations

import uvicorn

from services.meetings.domain import DECIDERS, related
from shared.contracts.event import registered
from shared.eventsourcing.service import Service
from shared.eventsourcing.views import Declaration
from shared.operations.settings import Settings
from shared.units.ground import OWNER, Rules
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.projection import Rosters, Units
from shared.units.roster import ROSTER_FACTS
from shared.units.seen_ground import SeenGround
from shared.web.access import Pepper
from shared.web.doorway import door_of
from shared.web.health import About
from shared.web.producer import Producer
from shared.web.server import server_settings

NAME = "meetings"


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    own = frozenset(cls for cls in registered().values() if cls.service == NAME)
    listens = own | KNOWLEDGE_FACTS | ROSTER_FACTS
    where = settings.whereabouts(NAME)
    grounds: list[SeenGround] = []

    def make_ground(service: Service) -> SeenGround:
        heads = service.subscription.heads
        grounds.append(SeenGround(Rules(DECIDERS, related), service.runner, lambda: heads(OWNER)))
        return grounds[0]

    service = Service(Declaration(NAME, listens, (Units, Rosters), KNOWLEDGE_FACTS), where, make_ground)
    ground = grounds[0]
    producer = Producer(
        About(NAME, "sinh hoạt, dự sinh hoạt, mô hình", "0.1.0"),
        service,
        ground,
        lambda: ground.knowledge,
        Pepper(settings.pepper.get_secret_value()),
        settings.archiving,
        settings.publishing(NAME),
        door=door_of(settings),
    )
    return server_settings(producer.application([], listens), settings.host, settings.port)
