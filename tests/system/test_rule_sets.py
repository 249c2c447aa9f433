"""Are rule sets adopted, and hostile ones refused, by the running service? From a page, and straight over HTTP."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.ratings.domain.rules.sheet import read_sheet
from shared.operations.command_rules import fact_of
from tests.support.hostile import spoilt
from tests.support.rated import EXAMPLES
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh, says
from tests.system.reached import Json
from tests.system.typed import typed

SAMPLE, WHOLE = 240, 5_000
TOGETHER = 240
"""Facts in one post."""


def test_a_rule_set_is_adopted_from_its_page_once(deployment: Deployment, line: Line) -> None:
    page = next(str(file) for file in EXAMPLES if file.stem == "mau-chi-hoi-ap")
    for status in (201, 200):
        answer = typed("rules", "post", page, "--data", str(deployment.data), "--key", line.key, "--json")
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["status"] == status


def test_a_page_that_is_unsound_is_not_posted(deployment: Deployment, line: Line, tmp_path: Path) -> None:
    page = tmp_path / "page.yaml"
    page.write_text(EXAMPLES[0].read_text(encoding="utf-8").replace("rule_set:", "ruleset:"), encoding="utf-8")
    answer = typed("rules", "post", str(page), "--data", str(deployment.data), "--key", line.key)
    assert (answer.returncode, answer.is_one_line) == (2, True)


def test_every_example_of_a_rule_set_is_adopted(line: Line) -> None:
    facts = [read_sheet(file.read_bytes()).fact for file in EXAMPLES]
    events = [fact_of(UUID(fresh()), fact) for fact in facts if fact is not None]
    outcomes = line.post("ratings", *events).json()["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [201] * len(EXAMPLES)


def test_an_unsound_rule_set_is_refused_by_the_service_too(line: Line) -> None:
    criterion = {"code": "a", "title": "A", "clause": "1", "points": 100, "indicator": "secret-word"}
    adopted = {
        "title": "T",
        "subject_kind": "branch",
        "issuer": "I",
        "legal_reference": "L",
        "issued": "2020-01-01",
        "effective_from": "2020-01-01",
        "rules": {"schema_version": 1, "grades": [], "criteria": [criterion]},
    }
    refused = line.post("ratings", says("ratings.rule-set-adopted", fresh(), adopted))
    problem = refused.json()["outcomes"][0]["problem"]
    assert (refused.status_code, problem["code"]) == (422, "rules-unsound")
    assert problem["field"] == "data.fact.rules.criteria.0.indicator"
    assert problem["findings"] == "rules.criteria.0.indicator unknown-indicator"
    assert "secret-word" not in refused.text


@pytest.mark.parametrize("count", [SAMPLE, pytest.param(WHOLE, marks=pytest.mark.battery)])
def test_spoilt_rule_sets_are_refused_with_place_and_reason_and_never_a_fault(
    line: Line, count: int, tmp_path: Path
) -> None:
    canary, codes = tmp_path / "canary", set[str]()
    for start in range(0, count, TOGETHER):
        facts = [_fact(spoilt(random.Random(seed), str(canary))) for seed in range(start, start + TOGETHER)]
        events = [says("ratings.rule-set-adopted", fresh(), fact) for fact in facts if fact is not None]
        # Contracts are held against all lines first, rules against those that keep them: so posted a second time.
        waiting = _refused(line, events, codes)
        assert len(waiting) < len(events)
        assert all(_refused(line, [event], codes) == [] for event in waiting)
    assert not canary.exists()
    assert {"rules-unsound", "required", "unknown-field", "wrong-type", "incoherent", "out-of-range"} <= codes


def _refused(line: Line, events: list[Json], codes: set[str]) -> list[Json]:
    """Post them all; every one is refused with its place, or waits for the others: those are given back."""
    answer = line.post("ratings", *events)
    assert answer.status_code == 422, answer.text[:500]
    waiting = []
    for event, outcome in zip(events, answer.json()["outcomes"], strict=True):
        problem = outcome["problem"]
        if problem["code"] == "not-stored-because-of-others":
            waiting.append(event)
            continue
        codes.add(problem["code"])
        assert outcome["status"] == 422, outcome
        assert problem["title"]
        assert problem["field"].startswith("data.fact"), problem
    return waiting


def _fact(content: bytes) -> dict[str, Any] | None:
    """What the page would post; nothing where only the page's own id was spoilt."""
    page = json.loads(content)
    was_spoilt_elsewhere = isinstance(page.get("rule_set"), str) and len(page["rule_set"]) == len(fresh())
    return {name: value for name, value in page.items() if name != "rule_set"} if was_spoilt_elsewhere else None
