"""Is it seen at once when an event is lost, doubled or another one, though nothing lags? Every plant is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from shared.contracts.envelope import Content, Recorded
from shared.contracts.meetings import VisitDutySet
from shared.eventsourcing.accounts import KINDS
from shared.eventsourcing.completeness import Completeness, Proof
from shared.eventsourcing.heads import Head
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Generations
from tests.support.history import Chronicle, meeting
from tests.support.sittings import DECLARATION, POISON
from tests.support.spoiling import spoil

A, B = UUID(int=1), UUID(int=2)
EAST, WEST = UUID(int=11), UUID(int=12)
Plant = Callable[[Connection, Runner], object]


def full_year() -> Chronicle:
    """Every fate that an event can have: kept, corrected, voided, passed, unread, parked."""
    chronicle = Chronicle()
    first = chronicle.meet(A, EAST, UUID(int=101), 10)
    chronicle.meet(B, WEST, UUID(int=102), 5)
    better = chronicle.correct(first, first, meeting(EAST, 12))
    chronicle.void(first, better)
    chronicle.record(A, VisitDutySet(tier="commune", at_least=1, starts=dt.date(2022, 1, 1)), A)
    unknown = Content(type="vn.nennep.meetings.meeting-held.v9", subject=A, occurred="2022-01-01", fact=b"{}")
    chronicle.append(B, unknown)
    chronicle.meet(B, EAST, UUID(int=103), POISON)
    return chronicle


@pytest.fixture
def runner(store: str) -> Iterator[Runner]:
    """Views of the whole year, on each kind of store."""
    generations = Generations(DECLARATION, store)
    runner = Runner(generations.serving())
    chronicle = full_year()
    for event in chronicle.events():
        runner.take("meetings", [event])
    yield runner
    runner.generation.store.close()
    generations.close()


@pytest.fixture
def heads() -> dict[UUID, Head]:
    """The heads as the producer's relay tells them."""
    return {
        organisation: Head(chain[-1].envelope.sequence, chain[-1].hash)
        for organisation, chain in full_year().chains.items()
    }


@pytest.fixture
def completeness(runner: Runner, heads: dict[UUID, Head]) -> Completeness:
    """Compares them."""
    return Completeness(runner, None, lambda _: heads)


def said(proof: Proof) -> list[str]:
    return [each.said for each in proof.discrepancies]


def test_every_event_is_accounted_for_once_whatever_its_fate(completeness: Completeness, runner: Runner) -> None:
    for proof in (completeness.look(), completeness.recount()):
        assert (proof.whole, proof.organisations, proof.compared, proof.events) == (True, 2, 2, 7), said(proof)
    with runner.generation.store.read() as connection:
        accounts = {
            row.organisation: [getattr(row, kind) for kind in KINDS]
            for row in connection.execute(select(runner.generation.ledger.account))
        }
    assert accounts == {A: [2, 1, 1, 0], B: [2, 0, 0, 1]}


def test_batches_of_any_size_come_to_the_same_accounts(tmp_path: Path) -> None:
    generations = Generations(DECLARATION, f"sqlite:///{tmp_path}/views.sqlite")
    runner = Runner(generations.serving())
    runner.take("meetings", full_year().interleaved(3))
    assert Completeness(runner, None, lambda _: {}).recount().whole
    runner.generation.store.close()
    generations.close()


def _first_fact(connection: Connection, runner: Runner) -> None:
    table = runner.generation.metadata.tables["fact_meetings_meeting_held"]
    connection.execute(delete(table).where(table.c.poster == A, table.c.poster_sequence == 1))


def _second_fact_twice(connection: Connection, runner: Runner) -> None:
    table = runner.generation.metadata.tables["fact_meetings_meeting_held"]
    row = connection.execute(select(table).where(table.c.poster == B, table.c.poster_sequence == 1)).mappings().one()
    connection.execute(insert(table).values({**row, "poster_sequence": 77}))


def _voiding(connection: Connection, runner: Runner) -> None:
    table = runner.facts.correction
    connection.execute(delete(table).where(table.c.voids))


def _unread(connection: Connection, runner: Runner) -> None:
    table = runner.generation.ledger.parked
    connection.execute(delete(table).where(table.c.projection == "facts"))


RECOUNTED: list[tuple[Plant, str]] = [
    (_first_fact, f"meetings/{A}: 1 facts in the tables, 2 accounted for"),
    (_second_fact_twice, f"meetings/{B}: 3 facts in the tables, 2 accounted for"),
    (_voiding, f"meetings/{A}: 0 voids in the tables, 1 accounted for"),
    (_unread, f"meetings/{B}: 0 unread in the tables, 1 accounted for"),
]


@pytest.mark.parametrize(("plant", "found"), RECOUNTED)
def test_a_row_that_is_gone_or_too_many_is_seen_when_tables_are_counted(
    completeness: Completeness, runner: Runner, plant: Plant, found: str
) -> None:
    with runner.generation.store.write() as connection:
        plant(connection, runner)
    proof = completeness.recount()
    assert (said(proof), proof.unaccounted, proof.mismatches) == ([found], 1, 0)
    assert completeness.recounted is proof, "it is shown until tables are counted again"


def _position_gone(connection: Connection, runner: Runner) -> None:
    table = runner.generation.ledger.position
    connection.execute(delete(table).where(table.c.organisation == A))


def _position_back(connection: Connection, runner: Runner) -> None:
    table = runner.generation.ledger.position
    connection.execute(update(table).where(table.c.organisation == A).values(sequence=3))


def _account_gone(connection: Connection, runner: Runner) -> None:
    table = runner.generation.ledger.account
    connection.execute(delete(table).where(table.c.organisation == B))


def _account_wrong(connection: Connection, runner: Runner) -> None:
    table = runner.generation.ledger.account
    connection.execute(update(table).where(table.c.organisation == B).values(facts=5))


SEEN: list[tuple[Plant, str, int]] = [
    (_position_gone, f"meetings/{A}: 4 accounted for, position 0", 4),
    (_position_back, f"meetings/{A}: 4 accounted for, position 3", 1),
    (_account_gone, f"meetings/{B}: 0 accounted for, position 3", 3),
    (_account_wrong, f"meetings/{B}: 6 accounted for, position 3", 3),
]


@pytest.mark.parametrize(("plant", "found", "missing"), SEEN)
def test_a_position_or_account_that_was_touched_is_seen_at_once(
    completeness: Completeness, runner: Runner, plant: Plant, found: str, missing: int
) -> None:
    with runner.generation.store.write() as connection:
        plant(connection, runner)
    proof = completeness.look()
    assert (said(proof), proof.unaccounted) == ([found], missing)


def test_both_position_and_account_gone_is_seen_when_tables_are_counted(
    completeness: Completeness, runner: Runner
) -> None:
    with runner.generation.store.write() as connection:
        for table in (runner.generation.ledger.position, runner.generation.ledger.account):
            connection.execute(delete(table).where(table.c.organisation == A))
    assert completeness.look().whole
    assert said(completeness.recount()) == [f"meetings/{A}: 3 events without account"]


def test_a_flipped_hash_is_seen_where_the_head_stands_at_the_position(
    completeness: Completeness, runner: Runner, heads: dict[UUID, Head]
) -> None:
    table = runner.generation.ledger.position
    with runner.generation.store.write() as connection:
        connection.execute(update(table).where(table.c.organisation == A).values(hash=bytes(32)))
    proof = completeness.look()
    assert (said(proof), proof.mismatches) == ([f"meetings/{A}: the hash at 4 is not the log's"], 1)
    heads[A] = Head(5, b"x" * 32)
    proof = completeness.look()
    assert (proof.whole, proof.compared) == (True, 1), "a head further on says nothing of what lies before it"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Completeness, Log, Runner]]:
    """The same where the log is the service's own."""
    chronicle = full_year()
    log = Log("meetings", open_store(f"sqlite:///{tmp_path}/log.sqlite"))
    with log.store.write() as connection:
        for chain in chronicle.chains.values():
            log.write(connection, [(each, each.envelope.content.digest()) for each in chain])
    generations = Generations(DECLARATION, f"sqlite:///{tmp_path}/views.sqlite")
    runner = Runner(generations.serving())
    runner.take("meetings", _some(chronicle.events()))
    yield Completeness(runner, log, lambda _: {}), log, runner
    runner.generation.store.close()
    generations.close()
    log.store.close()


def _some(events: list[Recorded]) -> list[Recorded]:
    return [each for each in events if each.envelope.sequence <= 2]


def test_the_own_log_is_read_at_the_position_wherever_its_end_is(own: tuple[Completeness, Log, Runner]) -> None:
    completeness, log, _ = own
    proof = completeness.look()
    assert (proof.whole, proof.compared) == (True, 2)
    with log.store.write() as connection:
        hit = (event_table.c.organisation == B, event_table.c.sequence == 2)
        spoil(connection, update(event_table).where(*hit).values(hash=bytes(32)))
    assert said(completeness.look()) == [f"meetings/{B}: the hash at 2 is not the log's"]
    with log.store.write() as connection:
        spoil(connection, delete(event_table).where(event_table.c.organisation == B, event_table.c.sequence >= 2))
    assert said(completeness.look()) == [f"meetings/{B}: the hash at 2 lies past the log's end"]
