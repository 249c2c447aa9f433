# ruff: noqa: SLF001 — what is not published yet can only be seen from inside
"""Can the cache be trusted while it is written? It resumes, shows nothing half done, and holds what the tables hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from sqlalchemy import select

from shared.contracts.envelope import Correction
from shared.contracts.meetings import MeetingHeld, MeetingsFactCorrected, MeetingsFactVoided
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.views import Declaration
from shared.history.columns import settling
from shared.history.columns.columns import Columns
from shared.history.columns.manifest import Busy
from shared.history.columns.shape import REPLACED_AT, ColumnFacts
from shared.history.columns.writer import HELD, fill, folder_of, open_writer
from tests.ratings.projections.ratings_views import DECLARATION, ratings_views
from tests.support.history import Chronicle, meeting
from tests.support.sayings import history
from tests.support.tale import id_of
from tests.support.views import Views

ALPHA, BETA, BRANCH = id_of("alpha"), id_of("beta"), id_of("branch")
MEETINGS = Declaration("toy", frozenset({MeetingHeld}), ())
FACTS = ColumnFacts(MEETINGS.listens, MEETINGS.kept)
HELD_TABLE = FACTS.tables[MeetingHeld].table.name


@pytest.fixture
def views(sqlite_url: str) -> Iterator[Views]:
    """Views of ratings on SQLite."""
    views = ratings_views(sqlite_url)
    yield views
    views.close()


def rows_of(place: Path, facts: ColumnFacts = FACTS, table: str = HELD_TABLE) -> list[tuple[Any, ...]]:
    """What the published files hold of a table, in the order of its first columns."""
    folder = folder_of(place, facts)
    manifest = folder.manifest()
    files = [] if manifest is None else [str(folder.path / file) for file in manifest.files(table)]
    if not files:
        return []
    names = ", ".join(f'"{column.name}"' for column in facts.metadata.tables[table].columns)
    with duckdb.connect() as database:
        return database.execute(f"SELECT {names} FROM read_parquet($files) ORDER BY ALL", {"files": files}).fetchall()  # noqa: S608 — names of the contract


def standing(place: Path) -> list[int]:
    """How many were present at the meetings that stand, by the columns alone."""
    columns = Columns(place, MEETINGS)
    with columns._turn:
        columns._refresh(None)
        with columns._engine.connect() as connection:
            found = connection.execute(columns.facts.standing(MeetingHeld)).mappings().all()
    columns.close()
    return sorted(row["roll_present"] for row in found)


@pytest.mark.parametrize("seed", range(4))
def test_files_hold_what_the_fact_tables_hold_however_they_came(views: Views, tmp_path: Path, seed: int) -> None:
    told, chance = history(seed), Random(seed)
    views.feed(told.logs)
    facts = ColumnFacts(DECLARATION.listens, DECLARATION.kept)
    batches = list(told.logs.batches(chance))
    while batches:
        several = [batches.pop(0) for _ in range(min(len(batches), chance.randint(1, 9)))]
        fill(tmp_path, facts, [(service, [events]) for service, events in several])
    live = views.runner.generation.metadata.tables
    for name, table in facts.metadata.tables.items():
        columns = list(live[name].columns)
        with views.runner.generation.store.read() as connection:
            wanted = [tuple(row) for row in connection.execute(select(*columns))]
        dropped = -1 if REPLACED_AT in table.c else None
        assert sorted(map(str, (row[:dropped] for row in rows_of(tmp_path, facts, name)))) == sorted(map(str, wanted))


def test_what_was_not_committed_is_not_there_and_comes_again(tmp_path: Path) -> None:
    book = Chronicle()
    events = [book.meet(ALPHA, BRANCH, id_of(str(each)), each) for each in range(1, 6)]
    with open_writer(tmp_path, FACTS) as writer:
        writer.take("meetings", events[:2])
        writer.commit()
        writer.take("meetings", events[2:4])
        writer._write()
    assert standing(tmp_path) == [1, 2], "files were written, but no manifest names them"
    with open_writer(tmp_path, FACTS) as writer:
        assert writer.positions("meetings") == {ALPHA: 2}
        writer.take("meetings", events)
        manifest = writer.commit()
    assert standing(tmp_path) == [1, 2, 3, 4, 5]
    folder = folder_of(tmp_path, FACTS).path
    found = {str(file.relative_to(folder)) for file in folder.glob("*/*/*.parquet")}
    assert found == manifest.every_file() | set(manifest.before), "what was left behind is gone"


def test_a_gap_in_a_chain_is_refused(tmp_path: Path) -> None:
    book = Chronicle()
    events = [book.meet(ALPHA, BRANCH, id_of(str(each)), each) for each in range(3)]
    with open_writer(tmp_path, FACTS) as writer:
        writer.take("meetings", events[:1])
        with pytest.raises(ChainBroken):
            writer.take("meetings", events[2:])


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    with open_writer(tmp_path, FACTS), pytest.raises(Busy), open_writer(tmp_path, FACTS):
        pass


def test_other_declarations_are_another_cache(tmp_path: Path) -> None:
    other = ColumnFacts(DECLARATION.listens, DECLARATION.kept)
    book = Chronicle()
    book.meet(ALPHA, BRANCH, id_of("m"), 3)
    fill(tmp_path, FACTS, [("meetings", [book.events()])])
    assert folder_of(tmp_path, other).manifest() is None
    assert folder_of(tmp_path, other).path != folder_of(tmp_path, FACTS).path


def test_who_read_the_manifest_before_still_finds_its_files(tmp_path: Path) -> None:
    book = Chronicle()
    root = book.meet(ALPHA, BRANCH, id_of("m"), 3)
    before = fill(tmp_path, FACTS, [("meetings", [book.events()])])
    book.correct(root, root, meeting(BRANCH, 4))
    after = fill(tmp_path, FACTS, [("meetings", [book.events()])])
    path = folder_of(tmp_path, FACTS).path
    assert not before.every_file() <= after.every_file(), "the part with the replaced version was written again"
    assert all((path / file).exists() for file in before.every_file() | after.every_file())


@pytest.mark.parametrize("order", ["root first", "correction first"])
def test_a_correction_by_another_organisation_finds_its_root_whenever_that_comes(tmp_path: Path, order: str) -> None:
    book = Chronicle()
    root = book.meet(ALPHA, BRANCH, id_of("m"), 3)
    link = Correction(ALPHA, root.envelope.id, root.envelope.id)
    whole = MeetingsFactCorrected(type=MeetingHeld.name, fact=meeting(BRANCH, 5).model_dump(mode="json"))
    late = book.record(BETA, whole, id_of("m"), corrects=link)
    steps = [[root], [late]] if order == "root first" else [[late], [root]]
    for number, events in enumerate(steps):
        manifest = fill(tmp_path, FACTS, [("meetings", [events])])
        assert manifest.awaiting == (order == "correction first" and number == 0)
    assert standing(tmp_path) == [5]
    sequence = list(FACTS.tables[MeetingHeld].table.columns.keys()).index("sequence")
    assert {row[sequence] for row in rows_of(tmp_path)} == {1}, "both versions stand at the root's place"


def test_a_voided_fact_ceases_to_stand_and_is_known_until_then(tmp_path: Path) -> None:
    book = Chronicle()
    root = book.meet(ALPHA, BRANCH, id_of("m"), 3)
    fill(tmp_path, FACTS, [("meetings", [book.events()])])
    void = book.void(root, root)
    assert isinstance(MeetingsFactVoided(type=MeetingHeld.name), MeetingsFactVoided)
    fill(tmp_path, FACTS, [("meetings", [book.events()])])
    assert standing(tmp_path) == []
    assert [row[-1] for row in rows_of(tmp_path)] == [void.envelope.recorded]


def test_many_small_parts_become_one(tmp_path: Path) -> None:
    book = Chronicle()
    for each in range(settling.MANY + 1):
        book.meet(ALPHA, BRANCH, id_of(str(each)), each)
        manifest = fill(tmp_path, FACTS, [("meetings", [book.events()])])
        assert len(manifest.files(HELD_TABLE)) == (1 if each == settling.MANY else each + 1)
    assert standing(tmp_path) == list(range(settling.MANY + 1))


def test_an_event_that_does_not_decode_is_named_and_passed(tmp_path: Path) -> None:
    book = Chronicle()
    book.meet(ALPHA, BRANCH, id_of("m"), 3)
    book.record(ALPHA, meeting(BRANCH, 1), id_of("n"), name="vn.nennep.meetings.meeting-held.v9")
    book.meet(ALPHA, BRANCH, id_of("o"), 4)
    manifest = fill(tmp_path, FACTS, [("meetings", [book.events()])])
    assert [(each.sequence, each.why) for each in manifest.unread] == [(2, "UnknownVersion")]
    assert standing(tmp_path) == [3, 4]


def test_so_many_rows_wait_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.history.columns.writer.HELD", 2)
    book = Chronicle()
    events = [book.meet(ALPHA, BRANCH, id_of(str(each)), each) for each in range(5)]
    with open_writer(tmp_path, FACTS) as writer:
        for event in events:
            writer.take("meetings", [event])
        assert writer._buffers.count < 2 < HELD
        writer.commit()
    assert standing(tmp_path) == [0, 1, 2, 3, 4]
