"""In what house are webhooks tried? A log with its intake, the part that sends, and somebody who receives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from shared.contracts.meetings import MeetingHeld, ParticipationCounted
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.lease import FileLease, Lease, TableLease
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.units.knowledge import Knowledge
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.webhooks.acts import Act, What
from shared.web.webhooks.registry import Registry
from shared.web.webhooks.routes import webhooks_router
from shared.web.webhooks.sending import Webhooks
from tests.support.grounds import OpenGround, draft, poster
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import ORGANISATION, PEPPER, TODAY, Door, Json, named

BRANCH = UUID(int=9)


def act_on(hook: UUID, what: What) -> Act:
    """What a recorder does to a webhook."""
    return Act(0, ORGANISATION, named("credential recorder"), "recorder", hook, what, {})


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted, and answers as the test wants."""

    def do_POST(self) -> None:
        """Keep the request; its status is the next of the list, else 200."""
        house: House = self.server.house  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        house.received.append((dict(self.headers), body))
        if house.slow is not None and not self.path.startswith("/nhanh"):
            house.slow.wait(PATIENCE)
        status = house.statuses.pop(0) if house.statuses else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", house.url + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class House:
    """A log with its intake, the part that sends its events out, and somebody who receives them."""

    def __init__(self, store: str, folder: Path) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.slow: threading.Event | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.server.house = self  # type: ignore[attr-defined]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.opened = open_store(store)
        self.log = Log("meetings", self.opened)
        self.intake = Intake(self.log, OpenGround(), after_commit=lambda: self.webhooks.wake())  # noqa: PLW0108 — made below
        self.intake.start()
        self.door = Door()
        self.moment = 1_800_000_000.0
        own = open_store(f"sqlite:///{folder}/webhooks.sqlite" if self.opened.on_sqlite else store)
        lease: Lease = FileLease(folder / "hooks") if own.on_sqlite else TableLease(own, "webhooks", "test")
        self.webhooks = Webhooks(
            self.log,
            Registry(own),
            lease,
            knowledge=self.knowledge,
            pepper=PEPPER,
            allowed={"127.0.0.1"},
            clock=lambda: self.moment,
            today=lambda: TODAY,
        )
        router = webhooks_router(self.webhooks, self.log, self.door.access)
        app = create_app(About("meetings", "Sinh hoạt", "1"), Parts(routers=[router]))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")

    def knowledge(self) -> Knowledge:
        """What is known now."""
        return Knowledge().told(self.door.facts)

    def post(self, organisation: UUID, *facts: MeetingHeld | ParticipationCounted) -> list[UUID]:
        drafts = [draft(fact, uuid4(), uuid4()) for fact in facts]
        self.intake.submit(poster(organisation), drafts, lenient=False).result(90)
        self.webhooks.wake()
        return [each.id for each in drafts]

    async def asked(self, method: str, path: str, body: Json | None = None, *, key: str = "recorder") -> Json:
        headers = {"Authorization": f"Bearer {self.door.keys[key]}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        said: Json = answer.json()
        return {**said, "http": answer.status_code}

    async def registered(self, **wanted: object) -> Json:
        said = await self.asked("POST", "/v1/webhooks", {"url": self.url + "/nhan", "after": 0, **wanted})
        assert said["http"] == 201, said
        return said

    @property
    def ids(self) -> list[UUID]:
        return [UUID(headers["webhook-id"]) for headers, _ in self.received]

    async def until_received(self, count: int) -> None:
        def there() -> bool:
            self.webhooks.wake()
            return len(self.received) >= count

        await until_async(there)

    async def standing(self) -> Json:
        (found,) = (await self.asked("GET", "/v1/webhooks"))["webhooks"]
        return dict(found)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.intake.stop()
        self.webhooks.registry.store.close()
        self.opened.close()


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    task = asyncio.create_task(house.webhooks.run())
    try:
        yield house
    finally:
        house.webhooks.stop()
        await task
        await house.http.aclose()
