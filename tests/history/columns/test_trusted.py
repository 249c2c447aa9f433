"""Does the fast way agree with the one that trusts nothing? And does the check see it where it does not?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import duckdb
import msgspec
import pytest

from services.ratings.projections import FIGURES
from shared.contracts.envelope import Recorded
from shared.eventsourcing.errors import ChainBroken, Unreadable
from shared.history.columns.columns import Columns
from shared.history.columns.trusted import disagreements, trusting_nothing
from shared.history.columns.writer import fill, folder_of
from tests.ratings.projections.questions import questions
from tests.ratings.projections.ratings_views import DECLARATION
from tests.support.history import Chronicle, meeting
from tests.support.logs import Logs
from tests.support.sayings import history
from tests.support.tale import id_of, land
from tests.support.views import asked


@pytest.fixture
def columns(tmp_path: Path) -> Iterator[Columns]:
    """Columns without any views beside them: all state is computed from the files."""
    columns = Columns(tmp_path, DECLARATION)
    yield columns
    columns.close()


def sources(logs: Logs) -> list[tuple[str, list[list[Recorded]]]]:
    """Every log, whole."""
    return [(service, [list(events)]) for service, events in logs.batches()]


@pytest.mark.parametrize(("seed", "moment"), [(50, "now"), (51, "then")])
def test_files_alone_agree_with_the_events_themselves(columns: Columns, tmp_path: Path, seed: int, moment: str) -> None:
    told = history(seed)
    known = Random(seed).randrange(told.logs.clock // 2, told.logs.clock) if moment == "then" else None
    fill(tmp_path, columns.facts, sources(told.logs))
    asking = [(FIGURES[name], question) for name, question in questions(told, Random(seed), known)]
    with trusting_nothing(DECLARATION, sources(told.logs), known=known) as trusted:
        assert list(disagreements(columns, trusted, asking)) == []


def test_a_cache_that_was_tampered_with_is_found_out(columns: Columns, tmp_path: Path) -> None:
    tale = land()
    tale.met("x", "2022-02-01", present=3)
    fill(tmp_path, columns.facts, sources(tale.logs))
    manifest = folder_of(tmp_path, columns.facts).manifest()
    assert manifest is not None
    file = folder_of(tmp_path, columns.facts).path / manifest.files("fact_meetings_meeting_held")[0]
    with duckdb.connect() as database:
        forged = database.read_parquet(str(file)).project("* REPLACE (4::BIGINT AS roll_present)")
        forged.write_parquet(str(file.with_suffix(".forged")))
    file.with_suffix(".forged").replace(file)
    question = asked(id_of("p"), "2022-01-01", "2023-01-01")
    with trusting_nothing(DECLARATION, sources(tale.logs)) as trusted:
        (found,) = disagreements(columns, trusted, [(FIGURES["attendance"], question)])
    assert (found.fast.rows[0].numerator, found.trusted.rows[0].numerator) == (4, 3)
    assert found.fast.events == found.trusted.events


def test_a_changed_event_stops_the_slow_way() -> None:
    tale = land()
    told = tale.met("x", "2022-02-01", present=3)
    chain = tale.logs.chains["meetings", id_of("women")]
    forged = msgspec.structs.replace(told.root.envelope, actor="somebody else")
    chain[chain.index(told.root)] = replace(told.root, envelope=forged)
    with pytest.raises(ChainBroken), trusting_nothing(DECLARATION, sources(tale.logs)):
        pass


def test_an_event_that_cannot_be_read_stops_the_slow_way() -> None:
    book = Chronicle()
    book.record(id_of("women"), meeting(id_of("x"), 1), id_of("m"), name="vn.nennep.meetings.meeting-held.v9")
    with pytest.raises(Unreadable), trusting_nothing(DECLARATION, [("meetings", [book.events()])]):
        pass
