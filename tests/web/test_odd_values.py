"""Is every odd value accepted as documented, or refused by the name of its field? Never changed, never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from shared.eventsourcing.draft import Draft
from shared.web.posting import Media, read_post
from shared.web.problem import Problem
from tests.contracts.golden import SAMPLES, Sample
from tests.web.door import NOW, Door, Json
from tests.web.odd import LONG, MARK, NOT_JSON, ODD

Path = tuple[str | int, ...]
PLACE = "@the place@"


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of everything in a post that is neither object nor list."""
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, child in steps:
            yield from leaves(child, (*path, step))
    else:
        yield path


def spoilt(posted: Json, path: Path, odd: str) -> bytes:
    """The post with another JSON text at a place."""
    copy = json.loads(json.dumps(posted))
    inside = copy
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = PLACE
    return json.dumps(copy, ensure_ascii=False).replace(json.dumps(PLACE), odd).encode()


def read(sample: Sample, body: bytes) -> Draft | Problem:
    (line,) = read_post(body, Media.ONE, sample.contract.service, NOW)
    return line


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_samples_are_taken(sample: Sample) -> None:
    line = read(sample, json.dumps(sample.posted).encode())
    assert isinstance(line, Draft)
    assert line.content.type == sample.contract.name


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_an_odd_value_is_kept_as_it_is_or_refused_by_the_name_of_its_field(sample: Sample) -> None:
    for path in leaves(sample.posted):
        dotted = ".".join(map(str, path))
        for name, odd in ODD.items():
            line = read(sample, spoilt(dict(sample.posted), path, odd))
            case = f"{dotted}: {name}"
            if isinstance(line, Problem):
                assert 400 <= line.status < 500, case
                assert names_the_place(line, dotted), f"{case}: {line}"
            else:
                assert unchanged(line, path, odd), case


def names_the_place(problem: Problem, path: str) -> bool:
    """Whether the field is the place or inside it; of values at odds, what holds them. Depth belongs to the line."""
    if problem.code == "too-deep":
        return problem.field is None
    field = problem.field or ""
    if path in {"occurred", "time", "docnumber", "docissuer", "docdate", "docmedia", "doclength", "docsha256"}:
        # They are judged together: without the one the other is incomplete.
        return field in {"occurred", "time"} or field.startswith("doc")
    if problem.code == "incoherent":
        return path.startswith(f"{field}.")
    return field == path or field.startswith(f"{path}.")


def unchanged(draft: Draft, path: Path, odd: str) -> bool:
    """Whether the draft says what the odd text says, in its bytes and in its decoded value."""
    value = json.loads(odd)
    if path[:2] != ("data", "fact"):
        return attribute_kept(draft, str(path[0]), value)
    if odd.encode() not in draft.content.fact:
        return False
    inside, decoded = path[2:], draft.fact
    if draft.inner is not None and inside[0] == "fact":
        inside, decoded = inside[1:], draft.inner
    kept: Any = decoded.model_dump(mode="json")
    for step in inside:
        kept = kept[step]
    return same(kept, value)


def same(kept: Any, value: Any) -> bool:
    if isinstance(kept, str) and isinstance(value, str) and kept != value:
        return UUID(kept) == UUID(value)
    return type(kept) is type(value) and bool(kept == value)


def attribute_kept(draft: Draft, name: str, value: Any) -> bool:
    content, document = draft.content, draft.content.document
    kept: dict[str, object] = {
        "id": draft.id,
        "subject": content.subject,
        "type": content.type,
        "occurred": content.occurred,
        "time": content.occurred,
        "reason": content.reason,
        "docnumber": document and document.number,
        "docissuer": document and document.issuer,
        "docdate": document and document.date.isoformat(),
        "docmedia": document and document.media,
        "doclength": document and document.length,
        "docsha256": document and document.sha256,
        "declaredactor": draft.declared_actor,
        "causation": draft.causation,
        "correlation": draft.correlation,
        "expectedversion": draft.expected,
    }
    if name in {"source", "datacontenttype"}:
        return True
    found = kept[name]
    if value is None:
        return found in {None, draft.expected}
    if name == "doclength":
        return int(value) == found
    return UUID(value) == found if isinstance(found, UUID) else found == value


def test_a_text_that_fills_the_line_is_refused_by_the_name_of_its_field() -> None:
    sample = next(each for each in SAMPLES if each.contract.name == "vn.nennep.meetings.meeting-held.v1")
    for path in leaves(sample.posted):
        line = read(sample, spoilt(dict(sample.posted), path, LONG))
        assert isinstance(line, Problem)
        assert names_the_place(line, ".".join(map(str, path))), path


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_json_is_refused_whole(name: str) -> None:
    sample = SAMPLES[0]
    for path in leaves(sample.posted):
        line = read(sample, spoilt(dict(sample.posted), path, NOT_JSON[name]))
        assert isinstance(line, Problem)
        assert (line.status, line.code) == (400, "not-json")


async def test_over_http_no_odd_value_is_a_fault_and_none_comes_back() -> None:
    sample = next(each for each in SAMPLES if each.contract.name == "vn.nennep.meetings.meeting-held.v1")
    door = Door()
    app = door.app()
    headers = {"Authorization": f"Bearer {door.keys['recorder']}", "Content-Type": Media.ONE.value}
    async with door.client(app) as client:
        for path in leaves(sample.posted):
            for name, odd in {**ODD, **NOT_JSON}.items():
                body = spoilt(dict(sample.posted), path, odd)
                response = await client.post("/v1/events", content=body, headers=headers)
                assert response.status_code in {201, 400, 422}, f"{path} {name}"
                assert len(response.content) <= 8 * 2**10
                assert MARK not in response.text
