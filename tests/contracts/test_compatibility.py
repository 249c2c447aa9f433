"""Is a breaking change found, named with all whom it breaks, and a harmless one let through?"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalogue import Catalogue
from shared.contracts.compatibility import breaks
from shared.operations.discovery import discovered
from shared.operations.language import before, broken, in_folder
from shared.operations.specs import FOLDER, KINDS, committed, listeners, stale
from tests.support.sources import ROOT

MEETING = "vn.nennep.meetings.meeting-held.v1"
SCHEMA = json.loads((ROOT / "docs" / "schemas" / f"{MEETING}.json").read_bytes())
Schema = dict[str, Any]
Change = Callable[[Schema], object]


def part(schema: Schema, name: str) -> Schema:
    found: Schema = schema["$defs"][name]
    return found


def without(schema: Schema, name: str) -> None:
    del schema["properties"][name]
    schema["required"] = [each for each in schema["required"] if each != name]


def also_required(schema: Schema, name: str) -> None:
    schema["properties"].setdefault(name, {"type": "string"})
    schema["required"] = [*schema["required"], name]


BREAKING: dict[str, tuple[Change, str]] = {
    "a field removed": (lambda s: without(s, "roll"), "roll: field removed"),
    "a field inside a part removed": (lambda s: without(part(s, "Roll"), "guests"), "roll.guests: field removed"),
    "a new required field": (lambda s: also_required(s, "weather"), "weather: a new field that is required"),
    "an optional field required": (lambda s: also_required(s, "mode"), "mode: has become required"),
    "a required field optional": (lambda s: s.update(required=["kind"]), "branch: no longer always there"),
    "a type changed": (lambda s: part(s, "Roll")["properties"]["present"].update(type="number"), "roll.present: type"),
    "a value removed": (lambda s: part(s, "MeetingKind")["enum"].remove("thematic"), "kind: value 'thematic' removed"),
    "a limit narrowed": (
        lambda s: part(s, "Roll")["properties"]["present"].update(maximum=99),
        "roll.present: maximum narrowed",
    ),
    "a limit set": (
        lambda s: part(s, "NamedRoll")["properties"]["present"].update(minItems=1),
        "present: minItems narrowed",
    ),
    "a format changed": (lambda s: s["properties"]["branch"].update(format="date"), "branch: format changed"),
    "items changed": (
        lambda s: part(s, "NamedRoll")["properties"]["absent"]["items"].update(type="integer"),
        "absent[]: type",
    ),
    "null no longer taken": (
        lambda s: part(s, "Roll")["properties"]["named"].update(anyOf=[{"$ref": "#/$defs/NamedRoll"}]),
        "roll.named: null is no longer taken",
    ),
    "another kind besides": (
        lambda s: part(s, "Roll")["properties"]["named"]["anyOf"].append({"type": "string"}),
        "roll.named: may now be string",
    ),
    "another value meant by silence": (
        lambda s: part(s, "Roll")["properties"]["excused"].update(default=1),
        "roll.excused: another value is meant",
    ),
    "a list of values opened": (lambda s: part(s, "Mode").pop("enum"), "mode: may now hold other values"),
    "a list of values set": (
        lambda s: s["properties"]["branch"].update(enum=["one"]),
        "branch: only some values are taken",
    ),
    "a pattern set": (lambda s: s["properties"]["branch"].update(pattern="^0"), "branch: pattern changed"),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "an optional field": lambda s: s["properties"].update(weather={"type": "string", "default": None}),
    "one more value": lambda s: part(s, "MeetingKind")["enum"].append("joint"),
    "a wider limit": lambda s: part(s, "Roll")["properties"]["present"].update(maximum=2_000_000_000),
    "no limit": lambda s: part(s, "NamedRoll")["properties"]["present"].pop("maxItems"),
    "other words": lambda s: s.update(description="Nói cách khác."),
    "a part of another name": lambda s: s.update(
        json.loads(json.dumps(s).replace('"#/$defs/Roll"', '"#/$defs/Rollcall"').replace('"Roll": {', '"Rollcall": {'))
    ),
}


def changed(change: Change) -> Schema:
    schema: Schema = copy.deepcopy(SCHEMA)
    change(schema)
    if "Rollcall" in json.dumps(schema):
        schema["$defs"].pop("Roll", None)
    return schema


@pytest.mark.parametrize("what", BREAKING)
def test_a_breaking_change_is_found_and_its_field_named(what: str) -> None:
    change, said = BREAKING[what]
    found = breaks(SCHEMA, changed(change))
    assert [each for each in found if said in each], found
    assert len(found) <= 2


@pytest.mark.parametrize("what", HARMLESS)
def test_a_harmless_change_passes(what: str) -> None:
    assert breaks(SCHEMA, changed(HARMLESS[what])) == []


def test_every_committed_schema_is_compatible_with_itself() -> None:
    schemas = in_folder(ROOT).schemas
    assert len(schemas) > 50
    assert [name for name, schema in schemas.items() if breaks(schema, schema)] == []


# ── On the product itself ────────────────────────────────────────────────────────────────────────────────────────


def planted(tree: Path, pattern: str, by: str) -> subprocess.CompletedProcess[str]:
    """The check, run in a copy of the contracts in which something was changed, against this tree."""
    file = tree / "shared" / "contracts" / "meetings.py"
    text = file.read_text(encoding="utf-8")
    after, count = re.subn(pattern, by, text)
    assert count
    file.write_text(after, encoding="utf-8")
    words = [sys.executable, "-m", "shared.operations.language", "--against", str(ROOT)]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=tree, env={"PYTHONPATH": str(tree)})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__", "*.tsv"))
    shutil.copytree(ROOT / "docs" / "specs", tmp_path / "docs" / "specs")
    return tmp_path


def consumers() -> set[str]:
    """Who hears of meetings, by what each service declares and builds here and now."""
    return set(listeners(committed(ROOT))[MEETING])


def test_a_planted_break_turns_the_check_red_and_names_whom_it_breaks(tree: Path) -> None:
    answer = planted(tree, r"    kind: MeetingKind\n", "")
    assert answer.returncode == 1
    line = next(each for each in answer.stderr.splitlines() if f"{MEETING}: kind: field removed" in each)
    named = set(line.partition("→ breaks ")[2].split(", "))
    assert named == consumers()
    assert named >= {"meetings", "ratings", "duty"}


def test_a_renamed_and_a_removed_event_are_found() -> None:
    published = in_folder(ROOT)
    Catalogue()
    now = dict(published.schemas)
    now["vn.nennep.meetings.sitting-held.v1"] = now.pop(MEETING)
    (found,) = broken(published, now, {MEETING: {"ratings"}})
    assert "renamed to vn.nennep.meetings.sitting-held.v1" in found.what
    assert found.services == ("meetings", "ratings")
    del now["vn.nennep.meetings.sitting-held.v1"]
    (found,) = broken(published, now, {})
    assert (found.event, found.what, found.services) == (MEETING, "event removed", ("meetings",))


def test_a_harmless_field_leaves_it_green(tree: Path) -> None:
    answer = planted(tree, r"    kind: MeetingKind\n", "    kind: MeetingKind\n    weather: str | None = None\n")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_golden_sample_that_is_no_longer_read_is_a_break() -> None:
    published = in_folder(ROOT)
    Catalogue()
    spoilt = {**published.samples, MEETING: b'{"data": {"fact": {}}}'}
    found = broken(type(published)("", published.schemas, spoilt), published.schemas, {})
    assert [(each.event, each.what) for each in found] == [(MEETING, "its golden sample is no longer read")]


def test_what_is_published_is_what_git_has_and_nothing_breaks_it() -> None:
    known = before(ROOT)
    assert known
    assert all(len(each.schemas) > 50 for each in known)


# ── What is written down of the services ─────────────────────────────────────────────────────────────────────────


def test_every_service_is_described() -> None:
    """`make check` compares the text; a stale one is written anew by `python -m shared.operations.specs`."""
    there = {path.name for path in (ROOT / "docs" / "specs").iterdir()}
    assert there == {f"{service}.{kind}.json" for service in discovered() for kind in KINDS}


def test_a_stale_a_missing_and_a_left_over_description_are_found(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "gone.openapi.json").write_text("{}")
    (folder / "a.openapi.json").write_text("{ }")
    (tmp_path / "published.json").write_text("old")
    wanted = {f"{FOLDER}/a.openapi.json": "{}", f"{FOLDER}/b.openapi.json": "{}", "published.json": "new"}
    assert stale(tmp_path, wanted) == [
        *(f"{FOLDER}/{name}.openapi.json" for name in ("a", "b", "gone")),
        "published.json",
    ]
