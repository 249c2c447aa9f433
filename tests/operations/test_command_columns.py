"""Does `columns check` say what is true of a cache? On the archive and the columns of a data folder."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from services.ratings.projections.replay import REPLAYED
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.history.archive.archive import Archive
from shared.history.archive.depot import FolderDepot
from shared.history.archive.sealer import Sealer
from shared.history.columns.keeping import Keeper
from shared.history.columns.shape import ColumnFacts
from shared.history.columns.writer import folder_of
from shared.operations.command_line import app
from shared.operations.machine import CannotStart
from tests.support.couriers import HeldLease
from tests.support.tale import id_of, land

DECLARATION = REPLAYED.declaration
PLACE = Path("ratings") / "columns"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a sealed year, and the columns of it."""
    tale, depot = land(), FolderDepot(tmp_path / "archive")
    told = [tale.met("x", f"2022-0{month}-05", 10, 2) for month in range(1, 5)]
    tale.logs.void(told[2])
    for (service, _), chain in tale.logs.chains.items():
        store = open_store(f"sqlite:///{tmp_path / service}.sqlite")
        log = Log(service, store)
        with store.write() as connection:
            log.write(connection, [(each, each.envelope.content.digest()) for each in chain])
        Sealer(log, depot, HeldLease()).seal_all()
        store.close()
    Keeper(tmp_path / PLACE, DECLARATION, [Archive(depot, each) for each in REPLAYED.services]).file_sealed()
    return tmp_path


def checked(data: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["columns", "check", "--data", str(data), *words])


def test_columns_that_say_what_was_sealed_are_found_true(data: Path) -> None:
    found = checked(data, "--json")
    assert found.exit_code == 0, found.output
    said = json.loads(found.stdout)
    assert (said["differences"], said["unread"]) == ({}, 0)
    sealed = [seal for each in REPLAYED.services for seal in Archive(FolderDepot(data / "archive"), each).seals()]
    assert said["events"] == sum(seal.last - seal.first + 1 for seal in sealed) > 0
    assert "sự việc" in checked(data).stdout


def test_a_row_that_was_changed_is_named(data: Path) -> None:
    folder = folder_of(data / PLACE, ColumnFacts(DECLARATION.listens, DECLARATION.kept))
    manifest = folder.manifest()
    assert manifest is not None
    file = folder.path / manifest.files("fact_meetings_meeting_held")[0]
    with duckdb.connect() as database:
        whole = database.read_parquet(str(file))
        other = "* REPLACE (roll_present + (poster_sequence = 2)::BIGINT AS roll_present)"
        forged = whole.project(other).to_arrow_table()
        database.execute(f"COPY forged TO '{file}' (FORMAT parquet)")
    found = checked(data, "--json")
    assert found.exit_code == 1, forged
    (difference,) = json.loads(found.stdout)["differences"].items()
    only = {"only_cached": 1, "only_proven": 1, "examples": [f"{id_of('women')}/2"]}
    assert difference == ("fact_meetings_meeting_held", only)


def test_a_changed_archive_is_a_contradiction(data: Path) -> None:
    segment = next((data / "archive" / "meetings").rglob("*.zst"))
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 1
    segment.write_bytes(raw)
    found = checked(data)
    assert found.exit_code == 1
    assert "chain broken" in found.stderr


def test_without_columns_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert isinstance(checked(tmp_path).exception, CannotStart)
