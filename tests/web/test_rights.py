"""Does every endpoint of every service say which right it asks for, and hold every role to it?"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import SecretStr

from shared.contracts.membership import Role
from shared.eventsourcing.draft import Poster
from shared.operations.discovery import discovered
from shared.operations.settings import Settings
from shared.units.rights import Right, rights_of
from shared.web.access import Access, Needs
from shared.web.application import Parts, create_app
from shared.web.health import About
from shared.web.rights import UndeclaredRight
from tests.web.door import Door

SERVICES = discovered()
SECRET = "9f2Kq7vXw1LmZt4RbY8cUa3EhJ6nGd5s"
Operation = tuple[str, str, str | None]
"""Method, path, declared right."""


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    """Each service as its own `app.py` builds it; nothing is started, nobody listens."""
    found = {}
    for name in SERVICES:
        settings = Settings(
            data=tmp_path_factory.mktemp(name), redis=SecretStr("redis://127.0.0.1:9"), pepper=SecretStr(SECRET)
        )
        found[name] = importlib.import_module(f"services.{name}.app").build(settings).app
    return found


def operations(app: FastAPI) -> Iterator[Operation]:
    for path, methods in app.openapi()["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described.get("x-right")


@pytest.mark.parametrize("service", SERVICES)
def test_every_endpoint_behind_the_door_declares_a_right(applications: dict[str, FastAPI], service: str) -> None:
    listed = list(operations(applications[service]))
    behind = [each for each in listed if each[1].startswith("/v1/")]
    assert len(behind) >= 5
    assert [each for each in behind if each[2] not in set(Right)] == []
    assert [each for each in listed if each not in behind and each[2] is not None] == []


FOR_DECISIONS_TOO = {"/v1/events", "/v1/documents"}
"""Where those who only decide may post; imports are for recorders."""


async def refused(app: FastAPI, method: str, path: str) -> bool:
    """Whether the role is told that it may not; what else is wrong with the request does not matter."""
    for name in ("organisation", "event", "subject"):
        path = path.replace(f"{{{name}}}", str(UUID(int=1)))
    path = path.replace("{number}", "1").replace("{name}", "attendance")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    body = {"content": b"{}", "headers": {"Content-Type": "application/json"}} if method == "POST" else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.request(method, path, **body)  # type: ignore[arg-type]
    return answer.status_code == 403 and answer.json()["code"] == "role-may-not"


@pytest.mark.parametrize("role", Role)
async def test_every_role_is_held_to_its_rights_everywhere(
    applications: dict[str, FastAPI], role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = Poster(organisation=UUID(int=2), credential=UUID(int=3), role=role)
    monkeypatch.setattr(Access, "poster", lambda *_: someone)
    wrong, looked = [], 0
    for service, app in applications.items():
        for method, path, right in operations(app):
            if right is None:
                continue
            asked = {Right(right)} | ({Right.DECIDE} if path in FOR_DECISIONS_TOO else set())
            looked += 1
            if await refused(app, method, path) == bool(asked & rights_of(role)):
                wrong.append((service, method, path, right))
    assert looked >= 60
    assert wrong == []


def nothing() -> None:
    """An endpoint."""


def test_a_service_with_an_endpoint_that_declares_none_does_not_start() -> None:
    router = APIRouter(dependencies=[Depends(Door().access)])
    router.add_api_route("/v1/open-by-mistake", nothing)
    with pytest.raises(UndeclaredRight, match="open-by-mistake"):
        create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(router,)))


async def test_a_right_is_asked_for_behind_the_door() -> None:
    door = Door()
    router = APIRouter(dependencies=[Depends(door.access), Depends(Needs(Right.ADMINISTER))])
    router.add_api_route("/v1/thing", nothing)
    app: Any = create_app(About("meetings", "Sinh hoạt", "1.0"), Parts(routers=(router,)))
    async with door.client(app) as client:
        for name, status in (("operator", 200), ("recorder", 403), ("auditor", 403), ("revoked", 401)):
            answer = await client.get("/v1/thing", headers={"Authorization": f"Bearer {door.keys[name]}"})
            assert answer.status_code == status
