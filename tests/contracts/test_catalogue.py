"""Do the generated pages say what the contracts say, and is it enough for a reader?"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.catalogue import Catalogue, main
from shared.contracts.event import Part, registered
from tests.contracts.golden import Sample, every_sample

DOCS = Path(__file__).parents[2] / "docs"
CATALOGUE = Catalogue()
VIETNAMESE = re.compile("[À-ỹ]")


def test_the_committed_pages_are_up_to_date() -> None:
    words = [sys.executable, "-m", "shared.contracts.catalogue", "--check"]
    check = subprocess.run(words, cwd=DOCS.parent, capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")


def test_a_stale_a_missing_and_a_left_over_file_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "events.md").write_text("cũ\n", encoding="utf-8")
    (tmp_path / "glossary.md").unlink()
    (tmp_path / "schemas" / "vn.nennep.meetings.gone.v1.json").write_text("{}", encoding="utf-8")
    assert main(["--check", str(tmp_path)]) == 1
    assert [Path(line).name for line in capsys.readouterr().err.splitlines()] == [
        "events.md",
        "glossary.md",
        "vn.nennep.meetings.gone.v1.json",
    ]
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


def test_every_event_has_a_vietnamese_term() -> None:
    assert [cls.name for cls in registered().values() if not VIETNAMESE.search(CATALOGUE.vietnamese(cls))] == []


def test_every_field_value_and_part_has_a_meaning() -> None:
    parts: list[type[Part]] = [*registered().values(), *CATALOGUE.parts]
    silent = [
        f"{cls.__name__}.{name}" for cls in parts for name in cls.model_fields if not CATALOGUE.meaning(cls, name)
    ]
    values = [f"{cls.__name__}.{one.name}" for cls in CATALOGUE.choices for one in cls]
    named = [cls.__name__ for cls in (*parts, *CATALOGUE.choices)]
    assert [*silent, *(name for name in (*values, *named) if not CATALOGUE.words.get(name))] == []


def test_every_event_stands_in_the_catalogue_with_every_field() -> None:
    sections = (DOCS / "events.md").read_text(encoding="utf-8").split("\n### ")
    for name, cls in registered().items():
        section = next(text for text in sections if text.startswith(f"{name}\n"))
        assert [field for field in cls.model_fields if f"\n| `{field}` |" not in section] == []


def test_every_link_of_the_catalogue_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (DOCS / "events.md").read_text(encoding="utf-8"))
    assert len(links) >= 2 * len(registered())
    assert [link for link in links if not (DOCS / link).resolve().is_file()] == []


@every_sample
def test_a_sample_fits_the_committed_schema(sample: Sample) -> None:
    schema = json.loads((DOCS / "schemas" / f"{sample.contract.name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(sample.fact)


def test_every_identifier_of_the_glossary_exists() -> None:
    module, identifiers = "", []
    for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            module = line.removeprefix("## ")
        elif row := re.match(r"\| [^|]+ \| `([A-Za-z_.]+)`", line):
            identifiers.append(row[1])
            name, _, member = row[1].partition(".")
            thing = getattr(importlib.import_module(module), name)
            assert not member or hasattr(thing, member) or member in thing.model_fields, row[1]
    assert {cls.__name__ for cls in registered().values()} <= set(identifiers)


def test_every_row_of_the_glossary_is_vietnamese() -> None:
    rows = re.findall(r"^\| (.+?) \| `", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows
    assert [row for row in rows if not VIETNAMESE.search(row)] == []
