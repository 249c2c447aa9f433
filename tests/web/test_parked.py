"""Does the operator see parked events, bring them back or discard them over HTTP, and is each act written down?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete

from shared.contracts.envelope import Recorded
from shared.eventsourcing.completeness import Completeness
from shared.eventsourcing.service import Service, Whereabouts
from shared.web.metrics import Metrics
from shared.web.parked import Unparker, parked_router
from shared.web.producer import Standing
from tests.support.history import Chronicle
from tests.support.sittings import DECLARATION, POISON, mended
from tests.web.door import Door, named

A, EAST = UUID(int=1), UUID(int=11)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that only listens, not started: its views are fed by hand."""
    service = Service(DECLARATION, Whereabouts(tmp_path, NOWHERE))
    service.runner.guard(lambda _: None)
    yield service
    service.runner.generation.store.close()
    service.generations.close()


@dataclass
class Desk:
    """The operator at work, and the event that stands in the way."""

    client: httpx.AsyncClient
    door: Door
    poison: Recorded
    behind: Recorded

    async def ask(self, method: str, path: str, *, key: str = "operator", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.door.keys[key]}"}
        return await self.client.request(method, path, headers=headers, **more)

    def discarding(self, **changes: Any) -> dict[str, Any]:
        place = {"projection": "sittings", "organisation": str(A), "event": str(self.poison.envelope.id)}
        return {**place, "reason": "ghi nhầm số người", **changes}


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[Desk]:
    """One poisonous event, and one behind it."""
    chronicle, door = Chronicle(), Door()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    service.runner.take("meetings", [poison])
    behind = chronicle.meet(A, EAST, UUID(int=102), 4)
    service.runner.take("meetings", [behind])
    completeness = Completeness(service.runner, None, lambda _: {})
    metrics = Metrics(service.name)
    metrics.registry.register(Standing(service, completeness))
    router = parked_router(Unparker(service), completeness, door.access, door.after)
    app = door.app()
    app.include_router(router)
    async with door.client(app) as client:
        yield Desk(client, door, poison, behind)


async def test_the_list_tells_why_and_what_waits_and_takes_a_filter(desk: Desk) -> None:
    (first, second) = (await desk.ask("GET", "/v1/parked")).json()["parked"]
    assert first["behind"] == [second["event"]] == [str(desk.behind.envelope.id)]
    assert first["reason"].startswith("ArithmeticError")
    for wanted in ({"projection": "units"}, {"organisation": str(named("nobody"))}, {"key": str(A)}, {"type": "x"}):
        assert (await desk.ask("GET", "/v1/parked", params=wanted)).json() == {"parked": []}
    assert len((await desk.ask("GET", "/v1/parked", params={"key": str(EAST)})).json()["parked"]) == 2
    refused = await desk.ask("GET", "/v1/parked", params={"nothing": "1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-parameter")


async def test_one_is_shown_with_its_event(desk: Desk) -> None:
    shown = (await desk.ask("GET", f"/v1/parked/{A}/{desk.poison.envelope.id}")).json()
    assert shown["event"]["id"] == str(desk.poison.envelope.id)
    assert shown["event"]["data"]["fact"]["roll"]["present"] == POISON
    assert [each["projection"] for each in shown["parked"]] == ["sittings"]
    missing = await desk.ask("GET", f"/v1/parked/{A}/{named('another')}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-parked")


async def test_a_dry_run_is_no_act_and_a_retry_is_one(desk: Desk) -> None:
    stays = (await desk.ask("POST", "/v1/parked/retry", params={"projection": "sittings"})).json()
    assert (stays["freed"], stays["left"]) == (0, 2)
    with mended():
        tried = (await desk.ask("POST", "/v1/parked/retry", params={"dry_run": "true"})).json()
        assert (tried["freed"], tried["left"], tried["dry_run"]) == (2, 0, True)
        assert len((await desk.ask("GET", "/v1/parked")).json()["parked"]) == 2
        asked = {"event": str(desk.poison.envelope.id), "reason": "đã sửa"}
        assert (await desk.ask("POST", "/v1/parked/retry", params=asked)).json()["freed"] == 2
    assert (await desk.ask("GET", "/v1/parked")).json()["parked"] == []
    done, before = (await desk.ask("GET", "/v1/acts")).json()["acts"]
    assert (done["act"], done["reason"], done["what"]["freed"], before["what"]["left"]) == ("retried", "đã sửa", 2, 2)
    assert done["credential"] == str(named("credential operator"))


async def test_to_discard_needs_a_reason_is_written_down_and_can_be_taken_back(desk: Desk) -> None:
    for body in (desk.discarding(reason=""), {**desk.discarding(), "reason": None}, desk.discarding(reason="a\x00b")):
        assert (await desk.ask("POST", "/v1/parked/discard", json=body)).status_code == 422
    tried = (await desk.ask("POST", "/v1/parked/discard", json=desk.discarding(dry_run=True))).json()
    assert (tried["freed"], tried["left"]) == (1, 0)
    assert (await desk.ask("GET", "/v1/acts")).json() == {"acts": []}
    assert (await desk.ask("POST", "/v1/parked/discard", json=desk.discarding())).json()["freed"] == 1
    (left,) = (await desk.ask("GET", "/v1/parked")).json()["parked"]
    assert (left["event"], left["discarded"]) == (str(desk.poison.envelope.id), True)
    (act,) = (await desk.ask("GET", "/v1/acts")).json()["acts"]
    assert (act["act"], act["reason"], act["what"]["event"]) == ("discarded", "ghi nhầm số người", left["event"])
    with mended():
        back = (await desk.ask("POST", "/v1/parked/retry", params={"event": left["event"]})).json()
    assert [each["taken_back"] for each in back["events"]] == [True]
    assert [each["act"] for each in (await desk.ask("GET", "/v1/acts")).json()["acts"]] == [
        *("taken-back", "retried", "discarded"),
    ]


async def test_what_is_not_parked_is_not_discarded(desk: Desk) -> None:
    for body in (desk.discarding(projection="units"), desk.discarding(event=str(named("another")))):
        answer = await desk.ask("POST", "/v1/parked/discard", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-parked")
    assert (await desk.ask("GET", "/v1/acts")).json() == {"acts": []}


async def test_all_of_it_is_for_the_operator(desk: Desk) -> None:
    for method, path in (
        ("GET", "/v1/parked"),
        ("GET", f"/v1/parked/{A}/{desk.poison.envelope.id}"),
        ("POST", "/v1/parked/retry"),
        ("POST", "/v1/parked/discard"),
        ("GET", "/v1/acts"),
        ("GET", "/v1/completeness"),
    ):
        more = {"json": desk.discarding()} if path.endswith("discard") else {}
        answer = await desk.ask(method, path, key="recorder", **more)
        assert (answer.status_code, answer.json()["code"]) == (403, "role-may-not"), path


async def test_completeness_is_told_and_shown_as_figures(desk: Desk, service: Service) -> None:
    told = (await desk.ask("GET", "/v1/completeness")).json()
    assert (told["whole"], told["organisations"], told["events"], told["discrepancies"]) == (True, 1, 2, [])
    table = service.runner.generation.metadata.tables["fact_meetings_meeting_held"]
    with service.runner.generation.store.write() as connection:
        connection.execute(delete(table).where(table.c.poster_sequence == 2))
    assert (await desk.ask("GET", "/v1/completeness")).json()["whole"]
    told = (await desk.ask("GET", "/v1/completeness", params={"recount": "true"})).json()
    assert (told["whole"], told["unaccounted"]) == (False, 1)
    assert told["discrepancies"][0]["said"] == f"meetings/{A}: 1 facts in the tables, 2 accounted for"


def test_figures_say_what_is_not_accounted_for(service: Service) -> None:
    chronicle = Chronicle()
    service.runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=101), 3)])
    completeness = Completeness(service.runner, None, lambda _: {})
    metrics = Metrics(service.name)
    metrics.registry.register(Standing(service, completeness))
    assert b'nennep_unaccounted_events{by="accounts",service="ratings"} 0.0' in metrics.text()
    assert b'by="recount"' not in metrics.text()
    position = service.runner.generation.ledger.position
    with service.runner.generation.store.write() as connection:
        connection.execute(delete(position))
    completeness.recount()
    assert b'nennep_unaccounted_events{by="accounts",service="ratings"} 1.0' in metrics.text()
    assert b'nennep_unaccounted_events{by="recount",service="ratings"} 1.0' in metrics.text()
    assert b'nennep_chain_mismatches{by="recount",service="ratings"} 0.0' in metrics.text()
