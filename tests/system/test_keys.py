"""Who gets in? Only who bears exactly one good key, on every address that the API description lists, and off it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.web.attributes import SET_BY_SERVICE
from tests.support.waiting import until
from tests.system.conftest import Tally
from tests.system.deployment import Deployment
from tests.system.lines import Line, as_line, fresh, issue, meeting, register, says
from tests.system.reached import PATIENCE, SERVICES, Json

OPEN = {
    *("/livez", "/readyz", "/metrics", "/version"),
    *("/docs", "/openapi.json", "/catalogue", "/asyncapi", "/asyncapi.json"),
}
"""Addresses that say nothing of anybody."""
SHUT = 401


@dataclass(frozen=True)
class Keys:
    """Headers by the kind of key."""

    line: Line
    bad: Mapping[str, Mapping[str, str]]
    other: str


@pytest.fixture(scope="module")
def stranger() -> Iterator[httpx.Client]:
    """A client without a key of its own."""
    with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def keys(deployment: Deployment) -> Keys:
    """Eight kinds of keys that open nothing, and a good one of another organisation."""
    line, other = register(deployment, "Hội một"), register(deployment, "Hội hai")
    for each in (line, other):
        each.heard_of(*SERVICES)
    good = line.key
    expired = issue(deployment, line.organisation, valid_from="2020-01-01", valid_to="2021-01-01")
    early = issue(deployment, line.organisation, valid_from="2990-01-01")
    revoked = issue(deployment, line.organisation)
    deployment.settle()
    credential = str(UUID(hex=revoked.split("_")[1]))
    today = says("membership.credential-revoked", credential, {}, "2024-01-01")
    line.post("membership", today, key=deployment.operator).raise_for_status()
    deployment.settle()
    bad = {
        "none": {},
        "empty": {"Authorization": ""},
        "no bearer": {"Authorization": good},
        "unknown": {"Authorization": f"Bearer nn_{UUID(fresh()).hex}_{'A' * 43}"},
        "wrong secret": {"Authorization": f"Bearer {good[:-4]}AAAA"},
        "upper case": {"Authorization": f"Bearer {good.upper()}"},
        "cut": {"Authorization": f"Bearer {good[:-1]}"},
        "expired": {"Authorization": f"Bearer {expired}"},
        "not yet": {"Authorization": f"Bearer {early}"},
        "revoked": {"Authorization": f"Bearer {revoked}"},
    }
    return Keys(line, bad, other.key)


def operations(deployment: Deployment) -> Iterator[tuple[str, str, str]]:
    """Every service, method and path of the API descriptions that is not open to everybody."""
    for service in SERVICES:
        paths: Json = deployment.get(service, "/openapi.json").json()["paths"]
        for path, described in paths.items():
            if path not in OPEN:
                yield from ((service, method.upper(), path) for method in described)


def filled(path: str) -> str:
    """The address with an id or a name in the place of each parameter."""
    for name in ("event", "organisation", "name"):
        path = path.replace(f"{{{name}}}", "attendance" if name == "name" else fresh())
    return path


def test_no_bad_key_opens_any_address(deployment: Deployment, stranger: httpx.Client, keys: Keys, tally: Tally) -> None:
    before = {service: deployment.heads(service) for service in SERVICES}
    listed = list(operations(deployment))
    assert len(listed) >= 20
    failures, shapes = [], set()
    for service, method, path in listed:
        for kind, headers in keys.bad.items():
            body = b"{}" if method == "POST" else b""
            answer = stranger.request(method, deployment.url(service, filled(path)), headers=headers, content=body)
            shapes.add((answer.status_code, answer.text, answer.headers.get("WWW-Authenticate")))
            if answer.status_code != SHUT:
                failures.append((service, method, path, kind, answer.status_code))
    tally("S-01", len(listed) * len(keys.bad), len(failures))
    assert failures == []
    assert len(shapes) == 1
    assert {service: deployment.heads(service) for service in SERVICES} == before


def test_two_keys_are_no_key(deployment: Deployment, stranger: httpx.Client, keys: Keys) -> None:
    headers = [("Authorization", f"Bearer {keys.line.key}"), ("Authorization", f"Bearer {keys.line.key}")]
    answer = stranger.get(deployment.url("meetings", "/v1/heads"), headers=headers)
    assert answer.status_code == SHUT


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/events/", "//v1/heads", "/admin", "/.env"])
def test_an_address_off_the_description_is_not_found_for_anybody(
    deployment: Deployment, stranger: httpx.Client, keys: Keys, path: str
) -> None:
    for headers in ({}, {"Authorization": f"Bearer {keys.line.key}"}):
        for service in SERVICES:
            answer = stranger.get(deployment.url(service, path), headers=headers)
            assert answer.status_code in {401, 404, 405}, answer.text


def test_what_another_organisation_recorded_is_as_if_it_were_not(deployment: Deployment, keys: Keys) -> None:
    line, event = keys.line, meeting(keys.line.branches[0])
    line.post("meetings", event).raise_for_status()
    ask = deployment.get
    nothing = ask("meetings", f"/v1/events/{fresh()}", key=keys.other)
    for answer in (
        ask("meetings", f"/v1/events/{event['id']}", key=keys.other),
        ask("meetings", f"/v1/events/{event['id']}", key=keys.other, organisation=line.organisation),
        ask("meetings", f"/v1/log/{line.organisation}", key=keys.other),
        ask("meetings", f"/v1/log/{fresh()}", key=keys.other),
    ):
        assert (answer.status_code, answer.text) == (404, nothing.text)
    assert ask("meetings", f"/v1/events/{event['id']}", key=line.key).status_code == 200


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("membership", "POST", "/v1/credentials"),
        ("ratings", "POST", "/v1/projections/rebuild"),
        ("meetings", "POST", "/v1/projections/rollback"),
        ("ratings", "GET", "/v1/parked"),
        ("ratings", "POST", "/v1/parked/retry?projection=units"),
        ("ratings", "GET", "/v1/acts"),
        ("ratings", "GET", "/v1/completeness"),
    ],
)
def test_what_is_for_the_operator_is_for_the_operator_only(
    deployment: Deployment, keys: Keys, service: str, method: str, path: str
) -> None:
    wanted = {"organisation": keys.line.organisation, "role": "operator"}
    more: dict[str, Any] = {"json": wanted} if method == "POST" else {}
    answer = deployment.client(keys.line.key).request(method, deployment.url(service, path), **more)
    assert (answer.status_code, answer.json()["code"]) == (403, "role-may-not")


def test_not_even_the_operator_makes_another_organisation_the_operator(deployment: Deployment, keys: Keys) -> None:
    wanted = {"organisation": keys.line.organisation, "role": "operator"}
    answer = deployment.client(deployment.operator).post(deployment.url("membership", "/v1/credentials"), json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (403, "role-may-not")


def test_a_fresh_key_works_at_once_where_it_was_issued_and_soon_elsewhere(deployment: Deployment, keys: Keys) -> None:
    key = issue(deployment, keys.line.organisation)
    assert deployment.get("membership", "/v1/heads", key=key).status_code == 200
    until(lambda: deployment.get("ratings", "/v1/heads", key=key).status_code == 200, PATIENCE)


def test_what_only_a_service_says_of_an_event_nobody_posts(keys: Keys, tally: Tally) -> None:
    line, failures, tried = keys.line, [], 0
    before = {service: line.deployment.heads(service) for service in SERVICES}
    good = {
        "membership": says("membership.member-entered", fresh(), {"branch": line.branches[0]}),
        "meetings": meeting(line.branches[0]),
        "ratings": says("ratings.figure-reported", fresh(), {}),
    }
    values: list[Any] = [line.organisation, 1, "x", [], True]
    for service, event in good.items():
        for name in (*SET_BY_SERVICE, "role", "credential", "version", "service"):
            expected = ("set-by-service", name) if name in SET_BY_SERVICE else ("unknown-attribute", None)
            posts = [{**event, "id": fresh(), name: value} for value in values]
            answer = line.post(service, *posts, Prefer="handling=lenient")
            problems = [outcome.get("problem", {}) for outcome in answer.json()["outcomes"]]
            failures += [each for each in problems if (each.get("code"), each.get("field")) != expected]
            tried += len(posts)
    tally("S-06", tried, len(failures))
    assert failures == []
    assert {service: line.deployment.heads(service) for service in SERVICES} == before


def test_a_key_request_takes_nothing_that_it_does_not_know(deployment: Deployment, keys: Keys) -> None:
    client, url = deployment.client(deployment.operator), deployment.url("membership", "/v1/credentials")
    before = deployment.heads("membership")
    for more in ({"key": "x"}, {"key_hash": "0" * 64}, {"credential": fresh()}, {"actor": "x"}, {"subject": fresh()}):
        answer = client.post(url, json={"organisation": keys.line.organisation, "role": "reader", **more})
        assert answer.status_code == 422
    assert client.post(url, json={"organisation": fresh(), "role": "reader"}).status_code == 422
    assert client.post(url, json={"organisation": keys.line.organisation, "role": "king"}).status_code == 422
    assert client.post(url, content=b"\xff").status_code in {400, 422}
    assert client.post(url, content=as_line(meeting(fresh())).encode()).status_code == 422
    assert deployment.heads("membership") == before
