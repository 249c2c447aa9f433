"""Do `nennep audit pack` and `audit verify` what their pages say? On the logs of a data folder, without services."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shared.operations.command_line import app
from shared.operations.machine import CannotStart
from tests.history.pack.editing import Members
from tests.history.pack.office import office_of
from tests.support.tale import Tale, id_of, land

PERIOD = ("--start", "2022-01-01", "--end", "2023-01-01")


@pytest.fixture
def told(tmp_path: Path) -> Tale:
    """A year in a data folder, signed; nothing runs there."""
    tale = land()
    for month in range(1, 5):
        tale.met("x", f"2022-0{month}-05", 10, 2)
    office = office_of(tmp_path / "data", tale.logs)
    office.desk("ratings")
    (tmp_path / "keys").write_text("\n".join(office.keys[1::2]))
    office.close()
    return tale


def typed(*words: str | Path) -> Result:
    """What was answered."""
    return CliRunner().invoke(app, ["audit", *map(str, words)])


def test_a_pack_is_written_from_a_data_folder_and_verified_offline(told: Tale, tmp_path: Path) -> None:
    pack, data = tmp_path / "pack.zip", tmp_path / "data"
    words = ("attendance", "--unit", str(id_of("p")), *PERIOD, "--by", "month", "--data", data, "--json")
    found = typed("pack", pack, *words)
    assert found.exit_code == 0, found.output
    said = json.loads(found.stdout)
    assert said["events"] == told.logs.clock
    assert said["left_out"] == {"membership": 0, "meetings": 0}
    assert Members.of(pack).report["output"]["figures"][0]["rows"][0]["numerator"] == 10
    assert "keys/meetings.jsonl" in Members.of(pack).content
    found = typed("verify", pack, "--key", tmp_path / "keys", "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["result"] == "proven"


@pytest.mark.usefixtures("told")
def test_the_verifier_in_the_pack_works_alone_elsewhere(tmp_path: Path) -> None:
    pack, alone = tmp_path / "pack.zip", tmp_path / "alone"
    assert typed("pack", pack, "--data", tmp_path / "data", "--deflate").exit_code == 0
    with zipfile.ZipFile(pack) as archive:
        archive.extract("verify.py", alone)
    words = [sys.executable, "-I", "-W", "error", "verify.py", str(pack), "--key", str(tmp_path / "keys")]
    found = subprocess.run(
        words, cwd=alone, capture_output=True, text=True, check=False, env={"PYTHONIOENCODING": "utf-8"}
    )
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "proven" in found.stdout


@pytest.mark.usefixtures("told")
def test_a_contradiction_ends_with_one_and_no_judgement_with_two(tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    assert typed("pack", pack, "--data", tmp_path / "data").exit_code == 0
    found = typed("verify", pack, "--json")
    assert (found.exit_code, json.loads(found.stdout)["result"]) == (2, "cannot-judge")
    raw = bytearray(pack.read_bytes())
    raw[raw.index(b'"sequence":"2"') + 12] = ord("3")
    pack.write_bytes(raw)
    found = typed("verify", pack, "--key", tmp_path / "keys")
    assert found.exit_code == 1
    assert "sequence 2)" in found.stdout.replace("\n", " ")


@pytest.mark.usefixtures("told")
def test_a_report_wants_its_unit_and_a_moment_wants_a_checkpoint(tmp_path: Path) -> None:
    assert typed("pack", tmp_path / "pack.zip", "attendance", "--data", tmp_path / "data").exit_code == 2
    found = typed("pack", tmp_path / "pack.zip", "--known", "2099-01-01", "--data", tmp_path / "data")
    assert isinstance(found.exception, CannotStart)
    found = typed("pack", tmp_path / "pack.zip", "--organisation", str(id_of("nobody")), "--data", tmp_path / "data")
    assert isinstance(found.exception, CannotStart)
    found = typed(
        "pack", tmp_path / "pack.zip", "unheard-of", "--unit", str(id_of("p")), *PERIOD, "--data", tmp_path / "data"
    )
    assert found.exit_code == 2
    assert not (tmp_path / "pack.zip").exists()
