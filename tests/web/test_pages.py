"""Can people and programs read what a service takes and sends? Offline, complete, and without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from shared.contracts.event import Event, registered
from shared.contracts.membership import MemberJoined, UnitFounded
from shared.web.asyncapi import asyncapi_document
from shared.web.pages import kind_in_words
from shared.web.schemas import contracts_of
from tests.web.door import Door

SERVICES = ("membership", "meetings", "ratings")


class Outside(HTMLParser):
    """Collects whatever a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts, frames, pictures, and links that leave the house."""
        if tag in {"script", "iframe", "img", "link", "object", "embed", "base", "form"}:
            self.found.append(tag)
        for name, value in attrs:
            if name in {"href", "src", "style"} and not (value or "").startswith(("/", "#")):
                self.found.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.found.append(f"{tag} {name}")


def references(value: object) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def resolve(document: Any, reference: str) -> object:
    """What a reference within a document leads to; KeyError when to nothing."""
    assert reference.startswith("#/")
    for step in reference[2:].split("/"):
        document = document[step]
    return document


@pytest.mark.parametrize("path", ["/docs", "/asyncapi", "/catalogue"])
@pytest.mark.parametrize("service", SERVICES)
async def test_a_page_fetches_nothing_and_runs_nothing(service: str, path: str) -> None:
    async with Door(service).client() as client:
        response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    reader = Outside()
    reader.feed(response.text)
    assert reader.found == []
    assert "http" not in re.sub(r"https?://\S*w3\.org\S*", "", response.text).replace("http-equiv", "")
    policy = response.headers["content-security-policy"]
    assert "script-src" not in policy
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/=]{44}'", policy)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_description_names_every_fact_of_the_service_and_every_reference_leads_somewhere(
    service: str,
) -> None:
    async with Door(service).client() as client:
        document = (await client.get("/openapi.json")).json()
        page = (await client.get("/docs")).text
    assert document["openapi"].startswith("3.1")
    for reference in references(document):
        assert resolve(document, reference)
    types = document["components"]["schemas"]["PostedEvent"]["properties"]["type"]["enum"]
    assert types == [cls.name for cls in contracts_of(service)]
    for cls in contracts_of(service):
        assert cls.name in page
    post = document["paths"]["/v1/events"]["post"]
    assert set(post["responses"]) == {
        str(status) for status in (200, 201, 207, 400, 401, 403, 408, 409, 412, 413, 415, 422, 429, 503)
    }
    assert post["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_event_description_names_every_event_that_is_sent_or_heard(service: str) -> None:
    listens: set[type[Event]] = {MemberJoined, UnitFounded}
    async with Door().client(Door(service).app(listens=listens)) as client:
        document = (await client.get("/asyncapi.json")).json()
        page = (await client.get("/asyncapi")).text
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        assert resolve(document, reference)
    sent = document["operations"]["send"]
    assert sent["action"] == "send"
    names = {each["$ref"].rpartition("/")[2] for each in sent["messages"]}
    assert {f"vn.nennep.{name}" for name in names} == {cls.name for cls in contracts_of(service)}
    heard = set(document["operations"]) - {"send"}
    assert heard == (set() if service == "membership" else {"hear-membership"})
    for cls in (*contracts_of(service), *listens):
        assert cls.name in page


async def test_the_catalogue_shows_every_event_whole() -> None:
    async with Door().client() as client:
        page = (await client.get("/catalogue")).text
    sections = {text.partition('"')[0]: html.unescape(text) for text in page.split('<section id="')[1:]}
    for cls in registered().values():
        section = sections[cls.name]
        for field in cls.model_fields:
            assert f"<code>{field}</code>" in section
        assert '"specversion": "1.0"' in section, f"{cls.name}: no sample; python -m shared.operations.specs"
        assert section.count('<p class="dim">“') == 2, f"{cls.name}: a sentence in each language"
        assert cls.service in section.partition("Heard by")[2].partition("</tr>")[0]
    assert "ratings" in sections["vn.nennep.meetings.meeting-held.v1"].partition("Heard by")[2].partition("</tr>")[0]


def test_a_service_without_a_log_only_hears() -> None:
    document = asyncapi_document("reports", "1.0", {MemberJoined})
    assert set(document["operations"]) == {"hear-membership"}


def test_what_a_page_shows_is_text_and_never_markup() -> None:
    assert kind_in_words({"const": "<script>"}) == "<script>"
    assert kind_in_words({"type": "array", "items": {"$ref": "#/components/schemas/Roll"}}) == "list of Roll"
    assert kind_in_words({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}) == "integer ≥ 0 or null"
