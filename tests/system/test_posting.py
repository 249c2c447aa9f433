"""Can an organisation's own software post as the guide says? Its snippets are run where the tool is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.client import Outbox
from shared.sheets.process import read_tables
from tests.operations.mapping.test_mapping import HEADINGS, HOA, SAMPLE, table
from tests.support.sources import ROOT
from tests.system.deployment import Deployment
from tests.system.lines import Line, as_line, fresh, issue, meeting
from tests.system.reached import PATIENCE
from tests.system.typed import environment, typed

GUIDE = (ROOT / "docs" / "posting.md").read_text(encoding="utf-8")
SNIPPETS: dict[str, str] = {}
for language, snippet in re.findall(r"^```(sh|python|javascript|csharp)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
    SNIPPETS.setdefault(language, snippet)
TOOLS: dict[str, tuple[str, Sequence[str]]] = {
    "sh": ("curl", ("sh", "-c")),
    "python": (sys.executable, (sys.executable, "-c")),
    "javascript": ("node", ("node", "-e")),
}


def test_the_guide_speaks_four_languages() -> None:
    assert set(SNIPPETS) == {*TOOLS, "csharp"}


@pytest.mark.parametrize("language", [*TOOLS, "csharp"])
def test_a_snippet_of_the_guide_posts(line: Line, tmp_path: Path, language: str) -> None:
    settings = {
        "MEETINGS": line.deployment.url("meetings", ""),
        "KEY": line.key,
        "BRANCH": line.branches[0],
        "NO_PROXY": "127.0.0.1",
    }
    before = len(line.deployment.log("meetings", line.organisation))
    if language == "csharp":
        words = made_for_dotnet(tmp_path)
    else:
        tool, start = TOOLS[language]
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} on this machine")
        words = [*start, SNIPPETS[language]]
    answer = subprocess.run(
        words, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment(settings), timeout=PATIENCE
    )
    assert answer.returncode == 0, answer.stderr
    assert line.organisation in answer.stdout
    assert len(line.deployment.log("meetings", line.organisation)) == before + 1


def made_for_dotnet(folder: Path) -> list[str]:
    if shutil.which("dotnet") is None:
        pytest.skip("no dotnet on this machine")
    version = subprocess.run(["dotnet", "--version"], check=True, capture_output=True, text=True).stdout.split(".")[0]
    properties = f"<OutputType>Exe</OutputType><TargetFramework>net{version}.0</TargetFramework><ImplicitUsings>enable"
    project = f'<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup>{properties}</ImplicitUsings></PropertyGroup></Project>'
    (folder / "post.csproj").write_text(project)
    (folder / "Program.cs").write_text(SNIPPETS["csharp"], encoding="utf-8")
    return ["dotnet", "run"]


# ── nennep post ──────────────────────────────────────────────────────────────────────────────────────────────────


def posted(line: Line, file: Path, *more: str, to: str = "meetings") -> Any:
    return typed("post", to, str(file), "--data", str(line.deployment.data), "--key", line.key, *more)


def test_what_is_refused_is_named_and_the_rest_stands_and_the_same_again_goes_on(line: Line, tmp_path: Path) -> None:
    file, receipts = tmp_path / "facts.ndjson", tmp_path / "receipts.ndjson"
    unit = fresh()
    events = [meeting(line.branches[0]), meeting(unit), meeting(line.branches[0])]
    file.write_text("\n".join(map(as_line, events)))
    first = posted(line, file, "--json", "--receipts", str(receipts))
    assert (first.returncode, json.loads(first.stdout)) == (1, {"recorded": 2, "already": 0, "refused": 1})
    assert "dòng / line 2 · unknown-unit" in first.stderr
    said = [json.loads(text) for text in receipts.read_text().splitlines()]
    assert [each.get("problem", {}).get("code") for each in said] == [None, "unknown-unit", None]
    log = [json.loads(text)["id"] for text in line.deployment.log("meetings", line.organisation)]
    assert [log[said[n]["receipt"]["sequence"] - 1] for n in (0, 2)] == [events[0]["id"], events[2]["id"]]
    events[1]["data"]["fact"]["branch"] = line.branches[0]
    file.write_text("\n".join(map(as_line, events)))
    again = posted(line, file, "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, {"recorded": 1, "already": 2})


def test_where_nobody_answers_the_facts_wait_and_go_later(line: Line, tmp_path: Path) -> None:
    file, outbox = tmp_path / "facts.ndjson", tmp_path / "hop-thu"
    file.write_text(as_line(meeting(line.branches[0])))
    away = typed(
        *("post", "meetings", str(file), "--outbox", str(outbox), "--at", "meetings=http://127.0.0.1:9"),
        *("--key", line.key, "--json", "--patience", "1"),
    )
    assert (away.returncode, json.loads(away.stdout)) == (2, {"recorded": 0, "already": 0, "waiting": 1})
    assert len(Outbox(outbox).waiting) == 1
    there = posted(line, file, "--outbox", str(outbox), "--json")
    assert (there.returncode, json.loads(there.stdout)) == (0, {"recorded": 1, "already": 0})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"specversion": "1.0", "id": "x"}\n', "dòng / line 1 · not-an-event"),
        (b"a;b\n1;2\n", "--mapping"),
        (b"\xd0\xcf\x11\xe0\n", "not-utf8"),
    ],
)
def test_a_file_that_is_nothing_to_post_is_refused_in_one_line(
    line: Line, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "facts"
    file.write_bytes(content)
    answer = posted(line, file)
    assert (answer.returncode, answer.is_one_line) == (1, True), answer.stderr
    assert said in answer.stderr


def test_a_foreign_export_is_posted_by_its_mapping_and_known_the_next_time(line: Line, tmp_path: Path) -> None:
    mapping, export, outbox = tmp_path / "yum.toml", tmp_path / "doan-vien.csv", tmp_path / "hop-thu"
    text = SAMPLE.replace("00000000-0000-4000-8000-000000000001", line.branches[0])
    mapping.write_text(text.replace("6a0f7c1e-52d8-4c3b-9a41-0d5e8b7f2c11", fresh()), encoding="utf-8")
    people = [[str(n), f"DV{n:03}", f"Đoàn viên {n}", "05/07/2006", "Nữ", HOA[5], "26/03/2020", ""] for n in range(9)]
    export.write_bytes(table(*people, headings=HEADINGS))
    assert typed("mapping", "check", str(mapping), "--table", str(export)).returncode == 0
    more = ("--outbox", str(outbox), "--json", "--day", "2024-03-26")
    first = posted(line, export, "--mapping", str(mapping), *more, to="membership")
    assert (first.returncode, json.loads(first.stdout)) == (0, {"recorded": 9, "already": 0}), first.stderr
    people.append(["10", "DV010", "Người mới", "", "Nam", HOA[5], "", ""])
    export.write_bytes(table(*people, headings=HEADINGS))
    second = posted(line, export, *more, to="membership")
    assert (second.returncode, json.loads(second.stdout)) == (0, {"recorded": 1, "already": 9}), second.stderr
    people[3][3] = "05/07/06"
    export.write_bytes(table(*people, headings=HEADINGS))
    wrong = posted(line, export, *more, to="membership")
    assert wrong.returncode == 1
    assert "“Ngày sinh”" in wrong.stderr


def test_a_wrong_mapping_is_named_by_its_line(deployment: Deployment, tmp_path: Path) -> None:
    del deployment
    file = tmp_path / "wrong.toml"
    file.write_text(SAMPLE.replace("{sex}", "{sexx}"), encoding="utf-8")
    answer = typed("mapping", "check", str(file))
    assert (answer.returncode, answer.is_one_line) == (1, True)
    assert "line 60" in answer.stderr


def test_a_list_goes_out_in_a_foreign_form_for_a_purpose_that_is_recorded(line: Line, tmp_path: Path) -> None:
    mapping, export = tmp_path / "yum.toml", tmp_path / "doan-vien.csv"
    text = SAMPLE.replace("00000000-0000-4000-8000-000000000001", line.branches[0])
    mapping.write_text(text.replace("6a0f7c1e-52d8-4c3b-9a41-0d5e8b7f2c11", fresh()), encoding="utf-8")
    people = [[str(n), f"DV{n:03}", f"Đoàn viên {n}", "05/07/2006", "Nữ", HOA[5], "26/03/2020", ""] for n in range(3)]
    export.write_bytes(table(*people, headings=HEADINGS))
    entered = posted(line, export, "--mapping", str(mapping), "--day", "2024-03-26", to="membership")
    assert entered.returncode == 0, entered.stderr
    line.deployment.settle()
    form = ROOT / "docs" / "examples" / "mappings" / "province-form-sample.out.toml"
    out, last = tmp_path / "bieu.xlsx", tmp_path / "last.json"
    words = (
        *("export", "members"),
        str(out),
        "--mapping",
        str(form),
        "--branch",
        line.branches[0],
        "--since-last",
        str(last),
    )
    more = ("--purpose", "nop-mau-tinh", "--data", str(line.deployment.data), "--key", line.key, "--json")
    first = typed(*words, *more)
    assert first.returncode == 0, first.stderr
    assert (json.loads(first.stdout)["rows"], json.loads(first.stdout)["of"]) == (3, 3)
    (sheet,) = read_tables(out.read_bytes())
    assert sheet.rows[2][:5] == ["1", "Đoàn viên 0", "05/07/2006", "Nữ", "Chi hội ấp 1"]
    assert json.loads(typed(*words, *more).stdout)["rows"] == 0
    auditor = issue(line.deployment, line.organisation, "auditor")
    line.heard_of("membership")
    readings = line.deployment.get("membership", "/v1/access-log", key=auditor).json()["readings"]
    assert [(each["purpose"], each["persons"]) for each in readings] == [("nop-mau-tinh", 3)] * 2
