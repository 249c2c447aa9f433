"""Do the commands of rule sets say what they promise, and end as they promise? Files alone; nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from services.ratings.domain.rules.page import read_page
from services.ratings.domain.rules.sheet import read_sheet
from shared.contracts.event import contract
from shared.operations.command_line import app
from shared.operations.command_rules import fact_of
from tests.support.sources import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples" / "rule-sets").glob("*.yaml"))
PUBLISHED = ROOT / "docs" / "formats" / "rule-set.schema.json"


def typed(*words: str, stdin: bytes = b"") -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(words), input=stdin)
    return answer.exit_code, answer.stdout


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_sound_and_fits_the_published_schema(file: Path) -> None:
    code, said = typed("rules", "lint", str(file), "--json")
    answer = json.loads(said)
    assert (code, answer["sound"]) == (0, True)
    found = {each["code"] for each in answer["findings"]}
    assert found <= {"not-measured", "points-only", "grade-not-public", "thresholds-gap"}
    assert "thresholds-gap" not in found or "grade-not-public" in found, "what lies below is said to be not public"
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(read_page(file.read_bytes()).value)


def test_the_published_schema_is_what_the_program_takes() -> None:
    Draft202012Validator.check_schema(json.loads(PUBLISHED.read_text(encoding="utf-8")))
    assert typed("rules", "schema") == (0, PUBLISHED.read_text(encoding="utf-8"))


def test_a_flaw_ends_with_one_and_says_its_line() -> None:
    text = EXAMPLES[0].read_text(encoding="utf-8").replace("plan-registered", "happiness")
    code, said = typed("rules", "lint", "-", stdin=text.encode())
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if "happiness" in each)
    assert code == 1
    assert f"-:{line}: rules.criteria.2.indicator: " in said
    assert "[unknown-indicator]" in said
    assert "happiness" not in said


def test_what_cannot_be_read_ends_with_two(tmp_path: Path) -> None:
    assert typed("rules", "lint", "-", stdin=b"a: &b [*b]")[0] == 2
    assert CliRunner().invoke(app, ["rules", "lint", str(tmp_path / "none.yaml")]).exception is not None


def test_the_same_page_is_the_same_fact() -> None:
    sheets = [read_sheet(EXAMPLES[-1].read_bytes()) for _ in range(2)]
    events = [fact_of(each.rule_set, each.fact) for each in sheets if each.rule_set is not None and each.fact]
    assert events[0] == events[1]
    cls = contract(events[0]["type"])
    assert cls is not None
    assert cls.model_validate_json(json.dumps(events[0]["data"]["fact"])) == sheets[0].fact
