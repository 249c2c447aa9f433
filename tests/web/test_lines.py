"""Is each place of what was posted told with its line? Of texts over several lines, as people write them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.ratings import RuleSetAdopted
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.errors import Refused
from shared.eventsourcing.submission import Outcome
from shared.web.lines import line_of, located
from shared.web.outcomes import results
from shared.web.posting import Media, read_post
from shared.web.problem import Problem
from tests.web.door import Door, meeting


class Unsound(Refused):
    """A rule document contradicts itself."""


NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CRITERION = {"code": "a", "title": "A", "clause": "1", "points": 100}
FACT = {
    "title": "T",
    "subject_kind": "branch",
    "issuer": "I",
    "legal_reference": "L",
    "issued": "2020-01-01",
    "effective_from": "2020-01-01",
    "rules": {
        "schema_version": 1,
        "grades": [],
        "criteria": [CRITERION, {**CRITERION, "code": 'b, "c": {', "indicator": "secret-word"}],
    },
}
EVENT = {
    "specversion": "1.0",
    "id": str(UUID(int=7)),
    "source": "/so",
    "type": RuleSetAdopted.name,
    "subject": str(UUID(int=8)),
    "occurred": "2020-01-01",
    "datacontenttype": "application/json",
    "data": {"fact": FACT},
}
TEXT = json.dumps(EVENT, indent=2)


def line(text: str, words: str) -> int:
    """The last line with these words."""
    return max(number for number, each in enumerate(text.split("\n"), 1) if words in each)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("id", '"id"'),
        ("data.fact", '"fact"'),
        ("data.fact.rules.criteria.1.indicator", '"indicator"'),
        ("data.fact.rules.criteria.1.code", '"code"'),
        ("data.fact.rules.thresholds.0", '"rules"'),
        ("data.fact.rules.criteria.0.bands", '"criteria"'),
    ],
)
def test_a_path_has_the_line_on_which_its_value_begins_or_should(path: str, words: str) -> None:
    found = line_of(TEXT, path)
    assert found == line(TEXT, words) + (path.endswith(".bands"))


def test_what_is_not_there_at_all_has_no_line() -> None:
    assert line_of(TEXT, "reason") is None


def refused(body: bytes, refusal: Refused) -> dict[str, Any]:
    """The problem of a posted event that a rule refused."""
    (draft,) = read_post(body, Media.ONE, "ratings", NOW)
    assert isinstance(draft, Draft), draft
    (problem,) = results([draft], [refusal], lenient=False)
    assert isinstance(problem, Problem)
    return located(problem, body).details()


FINDINGS = "rules.criteria.1.indicator unknown-indicator\nrules.grades points-only"


def test_each_finding_in_a_rule_set_posted_as_text_has_its_line() -> None:
    event = json.loads(TEXT)
    event["data"]["fact"]["rules"]["criteria"][1]["code"] = "b"
    text = json.dumps(event, indent=2)
    told = refused(text.encode(), Unsound("rules.criteria.1.indicator", findings=FINDINGS))
    at, grades = line(text, '"indicator"'), line(text, '"grades"')
    assert (told["field"], told["line"]) == ("data.fact.rules.criteria.1.indicator", at)
    assert told["findings"] == (
        f"{at}: rules.criteria.1.indicator unknown-indicator\n{grades}: rules.grades points-only"
    )
    assert "secret-word" not in json.dumps(told)


def test_on_one_line_there_is_no_line_to_tell() -> None:
    event = json.loads(TEXT)
    event["data"]["fact"]["rules"]["criteria"][1]["code"] = "b"
    told = refused(json.dumps(event).encode(), Unsound("rules.criteria.1.indicator", findings=FINDINGS))
    assert "line" not in told
    assert told["findings"] == FINDINGS


async def test_the_door_tells_the_line_of_an_event_written_over_several() -> None:
    def judge(poster: Poster, draft: Draft) -> Outcome:
        del poster, draft
        return Unsound("roll.present")

    text = json.dumps(meeting(), indent=2)
    told = (await Door(judge=judge).post(text)).json()
    assert (told["field"], told["line"]) == ("data.fact.roll.present", line(text, '"present"'))
    assert "line" not in (await Door(judge=judge).post(meeting())).json()


BROKEN = (b"\n{", b'{\n"data": ', b'{\n"data": [1,', b"\xff\n\xff")


@pytest.mark.parametrize("body", BROKEN)
def test_what_cannot_be_read_is_told_as_before(body: bytes) -> None:
    problem = Problem(status=400, code="not-json", field="data.fact.x")
    assert located(problem, body) == problem
