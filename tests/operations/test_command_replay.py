"""What do `replay` and `compare` answer at the terminal? Words for people, documents for programs, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shared.history.archive.depot import open_depot
from shared.history.archive.seal import name_of
from shared.operations.command_line import app
from tests.history.replay.kept import exported, stored
from tests.support.tale import Tale, id_of, land

QUESTION = ["--unit", str(id_of("p")), "--start", "2022-01-01", "--end", "2023-01-01"]


@pytest.fixture
def tale() -> Tale:
    """Two meetings."""
    tale = land()
    tale.met("x", "2022-01-31", present=1150, absent=600)
    tale.met("y", "2022-02-28", present=1)
    return tale


@pytest.fixture
def files(tale: Tale, tmp_path: Path) -> Path:
    """Its logs, exported."""
    exported(tale.logs, tmp_path / "files")
    return tmp_path / "files"


def typed(*words: object) -> Result:
    """What the command answers."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_people_read_vietnamese_and_programs_the_document(files: Path, tmp_path: Path) -> None:
    known = "1970-01-01"
    said = typed("replay", "attendance", *QUESTION, "--from", files, "--known", known, "--tree", "2022-06-01")
    assert said.exit_code == 0, said.output
    assert "p: 01/01/2022 – 31/12/2022" in said.stdout
    assert "như đã biết đến 23:59:59 01/01/1970 (24 sự việc), theo cơ cấu ngày 01/06/2022" in said.stdout
    assert "1.151/1.751 (65,7 %)" in said.stdout
    out = tmp_path / "report.json"
    document = typed("replay", "attendance", *QUESTION, "--from", files, "--json", "--out", out)
    assert document.stdout_bytes == out.read_bytes()
    assert json.loads(out.read_bytes())["output"]["figures"][0]["rows"][0]["numerator"] == 1151
    empty = typed("replay", "attendance", *QUESTION[:1], str(id_of("w")), *QUESTION[2:], "--from", files)
    assert "0 (không có dữ liệu)" in empty.stdout


def test_progress_goes_to_standard_error_with_a_rate(files: Path) -> None:
    done = typed("replay", "attendance", *QUESTION, "--from", files, "--json")
    assert "sự việc/giây" in done.stderr
    assert json.loads(done.stdout)


def test_whether_a_report_is_superseded_is_said_beside_it(files: Path, tale: Tale) -> None:
    known = f"1970-01-01T00:00:00.{tale.logs.clock - 1:06}Z"
    asked = ("replay", "attendance", *QUESTION, "--from", files, "--known", known, "--standing")
    assert "đã bị thay thế" in typed(*asked).stdout
    told: dict[str, Any] = json.loads(typed(*asked, "--json").stdout)
    assert told["superseded"] is True
    now = f"1970-01-01T00:00:00.{tale.logs.clock:06}Z"
    assert "vẫn đúng" in typed(*asked[:-2], now, "--standing").stdout


def test_a_data_folder_and_an_archive_are_read_without_a_running_service(tale: Tale, tmp_path: Path) -> None:
    for service in ("membership", "meetings", "ratings"):
        (tmp_path / service).mkdir()
    stored(tale.logs, f"sqlite:///{tmp_path}/{{service}}/log.sqlite")
    asked = ("replay", "attendance", *QUESTION, "--data", tmp_path, "--json")
    missing = typed(*asked)
    assert "ratings" in str(missing.exception), "there is no history of a service on which the answer rests"
    empty = land()
    empty.logs.chains = {("ratings", id_of("women")): []}
    stored(empty.logs, f"sqlite:///{tmp_path}/{{service}}/log.sqlite")
    assert json.loads(typed(*asked).stdout)["output"]["figures"][0]["rows"][0]["denominator"] == 1751
    open_depot(str(tmp_path / "archive")).put(name_of("meetings", 1), b"{}")
    assert typed(*asked).exit_code == 1, "a sealing record that is none contradicts"


def test_a_broken_chain_ends_with_1_and_an_unknown_type_with_2_each_naming_where(files: Path) -> None:
    file = next(files.glob("*-meetings-*.jsonl"))
    content = file.read_bytes()
    file.write_bytes(content.replace(b"1150", b"1151"))
    broken = typed("replay", "attendance", *QUESTION, "--from", files)
    assert (broken.exit_code, f"meetings/{id_of('women')} at 1" in broken.stderr) == (1, True)
    file.write_bytes(b"no event\n")
    assert typed("replay", "attendance", *QUESTION, "--from", files).exit_code == 1
    file.write_bytes(content)


def test_an_event_of_tomorrow_ends_with_2_and_names_its_place(tmp_path: Path) -> None:
    tale = land()
    told = tale.met("x", "2022-01-31", present=1)
    chain = tale.logs.chains["meetings", told.by]
    content = told.root.envelope.content
    chain.clear()
    tale.logs._append(told.by, type(content)(**_fields(content) | {"type": "vn.nennep.meetings.meeting-held.v2"}))  # noqa: SLF001
    exported(tale.logs, tmp_path)
    done = typed("compare", "attendance", *QUESTION, "--from", tmp_path, "--known", "1969-12-31")
    assert done.exit_code == 2
    assert f"meetings/{told.by} at 1" in done.stderr


def _fields(content: Any) -> dict[str, Any]:
    return {name: getattr(content, name) for name in content.__struct_fields__}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "no-such-figure", *QUESTION), ("Không có số liệu", "No such figure", "attendance", "organisation")),
        (("replay", "attendance", *QUESTION, "--rules", "2022-01-01"), ("bộ tiêu chí", "rests on none")),
        (("replay", "attendance", *QUESTION, "--by", "tier"), ("Không chia được", "cannot be split", "month, unit")),
        (("replay", "attendance", *QUESTION, "--end", "2021-01-01"), ("trước khi kết thúc", "must start before")),
        (("replay", "attendance", *QUESTION, "--known", "yesterday"), ("--known",)),
        (("replay", "attendance", *QUESTION, "--tree", "2022-13-01"), ("--tree",)),
        (("replay", "attendance", "--unit", "x"), ("--unit",)),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_says_what_can(
    files: Path, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    """1 is kept for a history that contradicts itself: a word mistyped is no accusation."""
    done = typed(*words, "--from", files)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    for each in said:
        assert each in done.stderr


def test_compare_says_what_moved_a_figure(files: Path, tale: Tale) -> None:
    known = f"1970-01-01T00:00:00.{tale.logs.clock - 1:06}Z"
    done = typed("compare", "attendance", *QUESTION, "--from", files, "--known", known)
    assert "1.150/1.750 (65,7 %) → 1.151/1.751 (65,7 %)" in done.stdout
    told = json.loads(typed("compare", "attendance", *QUESTION, "--from", files, "--known", known, "--json").stdout)
    assert [each["moved"] for each in told["figures"][0]["moved"]] == ["counted"]
