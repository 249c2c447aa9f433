"""How does ratings answer in a test without a courier? Its views fed from a tale, its log as told, its own routers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from services.ratings.api import conference_router, drafts_router, explanations_router, figures_router
from services.ratings.domain import DECIDERS, related
from services.ratings.projections.replay import REPLAYED
from shared.contracts.membership import Role
from shared.eventsourcing.service import Service, Whereabouts
from shared.history.archive.depot import open_depot
from shared.history.archive.sealer import Archiving
from shared.history.columns.columns import Columns
from shared.history.columns.live import live
from shared.history.evidence.publisher import Publishing
from shared.units.ground import Rules
from shared.units.knowledge import Knowledge
from shared.units.seen_ground import SeenGround
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.producer import Producer
from tests.support.tale import Tale, id_of
from tests.web.door import PEPPER
from tests.web.door import Door as Doors

NOBODY = "redis://127.0.0.1:9"


class Answering:
    """Ratings with a tale in it, asked over HTTP in this process."""

    def __init__(self, tale: Tale, folder: Path) -> None:
        self.tale = tale
        doors = Doors("ratings")
        doors.issue("reader", organisation=id_of("women"), role=Role.READER)
        self.keys = doors.keys
        self.knowledge = Knowledge().told([*doors.facts, *(told.said for told in tale.logs.told)])

        def ground(service: Service) -> SeenGround:
            return SeenGround(Rules(DECIDERS, related), service.runner, lambda: ({}, 0.0))

        self.service = Service(REPLAYED.declaration, Whereabouts(folder, NOBODY), ground)
        self.runner = self.service.runner
        self.runner.guard(lambda _: 0)
        self.columns = Columns(folder / "columns", REPLAYED.declaration, live(lambda: self.runner.generation))
        producer = Producer(
            About("ratings", "xếp loại", "1.0"),
            self.service,
            ground(self.service),
            lambda: self.knowledge,
            PEPPER,
            Archiving(open_depot(str(folder / "archive"))),
            Publishing(folder / "keys", "test"),
        )
        routers = [
            drafts_router(self.runner, producer, self.columns),
            explanations_router(self.runner, producer, self.columns),
            figures_router(self.runner, producer, self.columns),
            conference_router(self.runner, producer, self.columns),
        ]
        self.app = create_app(producer.about, Parts(routers=routers))
        for (service, _), chain in tale.logs.chains.items():
            self.runner.take(service, chain)

    async def ask(self, path: str, key: str = "operator", **headers: str) -> httpx.Response:
        """A question."""
        named = {"Authorization": f"Bearer {self.keys[key]}", **headers}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://ratings") as client:
            return await client.get(path, headers=named, timeout=60)

    async def post(self, path: str, body: bytes, key: str = "operator") -> httpx.Response:
        """A question with a body."""
        named = {"Authorization": f"Bearer {self.keys[key]}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://ratings") as client:
            return await client.post(path, content=body, headers=named, timeout=60)

    async def told(self, path: str, key: str = "operator") -> Mapping[str, Any]:
        """What is answered in JSON."""
        answer = await self.ask(path, key)
        assert answer.status_code == 200, answer.text
        found: Mapping[str, Any] = answer.json()
        return found

    def close(self) -> None:
        """Give everything back."""
        self.columns.close()
        self.runner.generation.store.close()
        self.service.generations.close()
        assert self.service.log is not None
        self.service.log.store.close()
