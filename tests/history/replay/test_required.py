"""Can a fact come without who says so, or with half a document? Never: each is refused, and nothing is recorded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.contracts.event import registered
from shared.web.posting import Media
from tests.web.door import Door, meeting

DOCUMENT = {
    "docnumber": "12-QĐ/HPN",
    "docissuer": "Hội LHPN tỉnh",
    "docdate": "2026-02-01",
    "docmedia": "application/pdf",
    "doclength": "1024",
    "docsha256": "0" * 64,
}
PAPER, SCAN = tuple(DOCUMENT)[:3], tuple(DOCUMENT)[3:]
NOBODY: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic bm9ib2R5"})


def halves() -> Iterator[dict[str, Any]]:
    """Every choice of a document's attributes that makes up none: 61 of the 64."""
    for many in range(1, len(DOCUMENT) + 1):
        for names in itertools.combinations(DOCUMENT, many):
            paper, scan = set(PAPER) & set(names), set(SCAN) & set(names)
            if len(paper) < len(PAPER) or len(scan) not in {0, len(SCAN)}:
                yield {name: DOCUMENT[name] for name in names}


async def test_a_fact_without_actor_or_with_half_a_document_is_refused(tally: Callable[..., None]) -> None:
    door, refused, tried = Door(), 0, 0
    for attributes in halves():
        answer = await door.post(meeting(**attributes))
        tried += 1
        refused += answer.status_code == 422 and answer.json()["field"].startswith("doc")
    for name, headers in itertools.product(registered(), NOBODY[:1]):
        service = Door(name.split(".")[2])
        async with service.client() as client:
            more = {**headers, "Content-Type": Media.ONE.value}
            posted = await client.post("/v1/events", json=meeting(type=name), headers=more)
        tried += 1
        refused += posted.status_code == 401 and not service.posted
    assert door.posted == []
    tally("A-18", tried, tried - refused)
    assert tried == refused == 61 + len(registered())


@pytest.mark.parametrize("headers", NOBODY)
async def test_who_does_not_say_who_he_is_is_turned_away(headers: dict[str, str]) -> None:
    door = Door()
    async with door.client() as client:
        posted = await client.post("/v1/events", json=meeting(), headers={**headers, "Content-Type": Media.ONE.value})
    assert (posted.status_code, posted.json()["code"]) == (401, "unauthorised")
