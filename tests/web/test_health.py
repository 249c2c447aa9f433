"""Does a service say how it is? Alive, ready with reasons, its version and its figures."""

from __future__ import annotations

import asyncio
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.web import readiness
from shared.web.readiness import Finding, Readiness
from tests.support.waiting import PATIENCE, until_async
from tests.web.door import Door, meeting


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that answers is waited for, however busy this machine is; who tests the waiting says how long."""
    monkeypatch.setattr(Readiness.__init__, "__defaults__", (PATIENCE,))


def well() -> Finding:
    return Finding(well=True, seconds=0.5)


async def test_alive_says_nothing_of_what_it_depends_on() -> None:
    async with Door().client(Door().app(checks={"courier": lambda: Finding(well=False)})) as client:
        response = await client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_ready_names_each_check_and_its_age() -> None:
    async with Door().client(Door().app(checks={"log": well, "directory": well})) as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"log": {"well": True, "seconds": 0.5}, "directory": {"well": True, "seconds": 0.5}},
    }


async def test_not_ready_is_red_and_says_why() -> None:
    def away() -> Finding:
        return Finding(well=False, reason="the courier does not answer")

    def broken() -> Finding:
        message = "secret words"
        raise ConnectionError(message)

    async with Door().client(Door().app(checks={"log": well, "courier": away, "views": broken})) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    answer = response.json()
    assert answer["status"] == "not-ready"
    assert answer["checks"]["log"]["well"] is True
    assert answer["checks"]["courier"] == {"well": False, "reason": "the courier does not answer"}
    assert answer["checks"]["views"] == {"well": False, "reason": "ConnectionError"}


async def test_a_check_that_hangs_fails_and_costs_one_thread_however_often_it_is_asked() -> None:
    released, started = threading.Event(), []

    def hanging() -> Finding:
        started.append(threading.current_thread())
        released.wait(90)
        return Finding(well=True)

    checks = Readiness({"courier": hanging, "log": well}, seconds=0.05)
    for _ in range(5):
        found = await checks.findings()
        assert found["courier"] == Finding(well=False, reason="no answer within 0.05 s")

    async def others_answer() -> bool:
        return (await checks.findings())["log"].well

    assert await until_async(others_answer)
    assert len(started) == 1
    released.set()

    async def recovered() -> bool:
        return (await checks.findings())["courier"].well

    assert await until_async(recovered)


async def test_requests_that_come_together_share_the_checks() -> None:
    assert readiness.SECONDS <= 2
    checks = Readiness({"log": well})
    found = await asyncio.gather(*(checks.findings() for _ in range(20)))
    assert all(each["log"].well for each in found)


async def test_the_version_names_service_and_release() -> None:
    async with Door().client() as client:
        response = await client.get("/version")
    assert response.json() == {"service": "meetings", "title": "Sinh hoạt", "version": "1.0"}


async def test_figures_count_by_route_and_never_by_address() -> None:
    door = Door()
    app = door.app()
    async with door.client(app) as client:
        await client.get("/v1/D4uHi3u")
        await client.request("D4UHI3U", "/livez")
        await client.post("/v1/events", json=meeting())
        text = (await client.get("/metrics")).text
    assert "D4u" not in text
    assert "D4U" not in text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in families["nennep_requests"].samples
        if sample.name == "nennep_requests_total"
    }
    assert counted[("GET", "none", "404")] == 1
    assert counted[("POST", "/v1/events", "401")] == 1
    assert ("other", "/livez", "405") in counted
    assert families["nennep_requests_running"].samples[0].labels == {"service": "meetings"}


async def test_two_applications_have_figures_of_their_own() -> None:
    first, second = Door().app(), Door().app()
    async with Door().client(first) as client:
        await client.get("/livez")
    async with Door().client(second) as client:
        assert 'route="/livez"' not in (await client.get("/metrics")).text


@pytest.mark.parametrize("path", ["/livez", "/v1/events", "/docs", "/nothing"])
async def test_every_answer_is_guarded(path: str) -> None:
    async with Door().client() as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers
