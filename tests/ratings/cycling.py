"""How does a test post ratings by their real rules and ask for them over HTTP? A tale beside the service's own log."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.ratings.api import explanations_router, proposals_router, ratings_router
from services.ratings.domain import DECIDERS, related
from services.ratings.domain.document import DOCUMENTED
from services.ratings.projections.replay import REPLAYED
from shared.contracts.envelope import Content, Correction, Document
from shared.contracts.event import Event
from shared.contracts.membership import Role
from shared.contracts.ratings import RatingsFactCorrected
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.submission import Outcome, Receipt
from shared.history.archive.depot import open_depot
from shared.history.archive.sealer import Archiving
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


class Cycling:
    """Ratings with membership and meetings as a tale, its own facts judged and recorded by the real intake."""

    def __init__(self, tale: Tale, folder: Path) -> None:
        self.tale, self.fed = tale, defaultdict[tuple[str, UUID], int](int)
        doors = Doors("ratings")
        for name in ("women", "party"):
            doors.issue(name, organisation=id_of(name))
        doors.issue("reader", organisation=id_of("women"), role=Role.READER)
        self.keys = doors.keys

        def ground(service: Service) -> SeenGround:
            return SeenGround(Rules(DECIDERS, related, DOCUMENTED), service.runner, lambda: ({}, 0.0))

        self.service = Service(REPLAYED.declaration, Whereabouts(folder, NOBODY), ground)
        self.runner = self.service.runner
        self.runner.guard(lambda _: 0)
        self.ground = ground(self.service)
        assert self.service.log is not None
        self.log = self.service.log
        self.intake = Intake(self.log, self.ground, after_commit=lambda: None, clock=self._tick)
        self.intake.start()

        def knowledge() -> Knowledge:
            return self.ground.knowledge.told(doors.facts)

        producer = Producer(
            About("ratings", "xếp loại", "1.0"),
            self.service,
            self.ground,
            knowledge,
            PEPPER,
            Archiving(open_depot(str(folder / "archive"))),
            Publishing(folder / "keys", "test"),
        )
        routers = [
            ratings_router(self.runner, producer, self.log),
            proposals_router(self.runner, producer),
            explanations_router(self.runner, producer),
        ]
        self.app = create_app(producer.about, Parts(routers=routers))
        self.feed()

    def _tick(self) -> int:
        """One clock for the tale and for the log."""
        self.tale.logs.clock += 1
        return self.tale.logs.clock

    def feed(self) -> None:
        """Everything told and recorded since goes into the views."""
        for (service, organisation), chain in self.tale.logs.chains.items():
            new = chain[self.fed[service, organisation] :]
            if new:
                self.runner.take(service, new)
                self.fed[service, organisation] = len(chain)
        own = {organisation: end for (service, organisation), end in self.fed.items() if service == "ratings"}
        while events := self.log.after(own, 500):
            self.runner.take("ratings", events)
            for each in events:
                own[each.envelope.organisation] = each.envelope.sequence
                self.fed["ratings", each.envelope.organisation] = each.envelope.sequence

    def tried(
        self,
        fact: Event,
        subject: UUID,
        on: str,
        *,
        by: str = "women",
        hand: int = 7,
        corrects: Correction | None = None,
    ) -> tuple[Draft, Outcome]:
        """A fact as the intake judges it, with a document; what is accepted is in the views."""
        posted: Event = fact
        if corrects is not None:
            whole = fact.model_dump(mode="json", exclude_none=True)
            posted = RatingsFactCorrected(type=fact.name, fact=whole)
        raw = posted.model_dump_json(exclude_none=True).encode()
        paper = Document(number="12-QĐ/BTV", issuer="Ban Thường vụ", date=dt.date.fromisoformat(on))
        content = Content(type=posted.name, subject=subject, occurred=on, document=paper, fact=raw, corrects=corrects)
        draft = Draft(id=uuid4(), content=content, fact=posted, inner=None if corrects is None else fact)
        poster = Poster(organisation=id_of(by), credential=UUID(int=hand), role="recorder")
        (outcome,) = self.intake.submit(poster, [draft]).result(90)
        self.feed()
        return draft, outcome

    def say(self, fact: Event, subject: UUID, on: str, *, by: str = "women", hand: int = 7) -> UUID:
        """A fact that is accepted; its id."""
        draft, outcome = self.tried(fact, subject, on, by=by, hand=hand)
        assert isinstance(outcome, Receipt), (fact, outcome)
        return draft.id

    def refused(self, fact: Event, subject: UUID, on: str, *, by: str = "women", hand: int = 7) -> str:
        """The code with which a fact is refused, and the field."""
        _, outcome = self.tried(fact, subject, on, by=by, hand=hand)
        assert not isinstance(outcome, Receipt), fact
        return f"{outcome.code} {outcome.field}"

    async def ask(self, path: str, key: str = "operator", **headers: str) -> httpx.Response:
        """A question over HTTP."""
        named = {"Authorization": f"Bearer {self.keys[key]}", **headers}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://ratings") as client:
            return await client.get(path, headers=named, timeout=60)

    async def told(self, path: str, key: str = "operator") -> Mapping[str, Any]:
        """What is answered."""
        answer = await self.ask(path, key)
        assert answer.status_code == 200, answer.text
        found: Mapping[str, Any] = answer.json()
        return found

    def close(self) -> None:
        """Give everything back."""
        self.intake.stop()
        self.runner.generation.store.close()
        self.service.generations.close()
        self.log.store.close()
