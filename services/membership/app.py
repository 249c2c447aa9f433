"""How is membership put together? The only file here that builds anything."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import uvicorn

from services.membership.api import (
    begin,
    books_router,
    credentials_router,
    exports_router,
    likeness_router,
    members_router,
    places_router,
    readers_router,
    registers_router,
)
from services.membership.domain import DECIDERS, related
from services.membership.domain.book import DOCUMENTED
from services.membership.imports.openings import openings_router
from services.membership.imports.register import Register
from services.membership.imports.routes import imports_router
from services.membership.imports.running import Imports
from services.membership.projections import KEEPS, PROJECTIONS
from shared.contracts.event import registered
from shared.contracts.membership import PersonForgotten
from shared.eventsourcing.service import Service
from shared.eventsourcing.views import Declaration
from shared.operations.settings import Settings
from shared.personal.clock import read_rules
from shared.personal.custody import open_custody
from shared.personal.keys import EVERYBODY
from shared.personal.wiping import open_overwriting
from shared.units.ground import Rules
from shared.units.holders import Heritage
from shared.units.owned_ground import OwnedGround
from shared.web.access import Pepper
from shared.web.body import Budget
from shared.web.documents import documents_router
from shared.web.doorway import door_of
from shared.web.health import About
from shared.web.person_requests import REQUEST_FACTS, Clock, requests_router
from shared.web.personal import Reader, personal_router
from shared.web.producer import Producer, today
from shared.web.server import server_settings

NAME = "membership"


def build(settings: Settings) -> uvicorn.Config:
    """The service with its door, from the settings of this process."""
    own = frozenset(cls for cls in registered().values() if cls.service == NAME)
    where = settings.whereabouts(NAME)
    grounds: list[OwnedGround] = []

    def make_ground(service: Service) -> OwnedGround:
        grounds.append(OwnedGround(Rules(DECIDERS, related, DOCUMENTED), service.runner))
        return grounds[0]

    def holders(organisation: UUID, person: UUID, day: dt.date) -> tuple[UUID, ...]:
        """Whose keys of a person fall with a forgetting by the organisation."""
        if grounds[0].knowledge.directory.is_operator(organisation):
            return (EVERYBODY,)
        heritage = Heritage(service.runner, lambda: grounds[0].knowledge.tree)
        return heritage.holders(organisation, [person], day)[person]

    keeps = KEEPS | REQUEST_FACTS | {PersonForgotten}
    service = Service(Declaration(NAME, own, PROJECTIONS, keeps), where, make_ground)
    rules = read_rules(settings.terms, settings.holidays)
    ground, pepper = grounds[0], Pepper(settings.pepper.get_secret_value())
    custody = open_custody(service, where, settings.master_keys, holders)
    reader = Reader(service, custody, lambda: ground.knowledge.tree, today)
    producer = Producer(
        About(NAME, "đoàn viên, hội viên", "0.1.0"),
        service,
        ground,
        lambda: ground.knowledge,
        pepper,
        settings.archiving,
        settings.publishing(NAME),
        custody=custody,
        door=door_of(settings),
        begun=lambda: begin(service, ground, pepper, settings.folder(NAME)),
    )
    routers = [
        credentials_router(service, producer.access, pepper, producer.door.issuer),
        readers_router(lambda: ground.knowledge, producer.access, today),
        members_router(service.runner, producer, lambda: ground.knowledge, reader),
        places_router(service, producer),
        books_router(service.runner, producer, reader),
        openings_router(service.runner, producer),
        registers_router(service.runner, producer),
        likeness_router(reader, producer),
        exports_router(service.runner, producer, reader),
        personal_router(reader, producer.access, producer.after),
        documents_router(reader, producer.access),
        requests_router(Clock(service, rules, today), producer.access, producer.after),
    ]
    if service.log is not None:
        register = Register(open_overwriting(where.url("imports")), pepper)
        imports = Imports(service, service.log, register, lambda: ground.knowledge, custody)
        service.add(imports)
        routers.append(imports_router(imports, lambda: ground.knowledge, producer.access, Budget()))
    application = producer.application(routers, frozenset())
    return server_settings(application, settings.host, settings.port)
