# ruff: noqa: S608 — statements of the test itself
"""Is there one database a service, that no other service can open? The script of the image, run on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from shared.contracts.meetings import MeetingHeld, MeetingKind, Roll
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import event_table
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.submission import Receipt
from shared.operations.log_script import log_script
from tests.support.databases import scripted
from tests.support.deployment import DEPLOY
from tests.support.grounds import OpenGround, draft, poster
from tests.support.servers import PostgresServer

NAMES = ("alpha_service", "beta_service")
AWKWARD = 'it\'s "quoted" $HOME'


@pytest.fixture(scope="module")
def databases(postgres: PostgresServer) -> Iterator[PostgresServer]:
    with scripted(postgres, NAMES, AWKWARD) as made:
        yield made


def test_each_service_makes_tables_in_its_database(databases: PostgresServer) -> None:
    for name in NAMES:
        with psycopg.connect(host=str(databases.folder), user=name, dbname=name, password=AWKWARD) as connection:
            connection.execute("CREATE TABLE mine (x INTEGER)")


def test_no_service_opens_the_database_of_another(databases: PostgresServer) -> None:
    mine, other = NAMES
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(host=str(databases.folder), user=mine, dbname=other, password=AWKWARD)


# ── The second wall ──────────────────────────────────────────────────────────────────────────────────────────────

A, B = UUID(int=1), UUID(int=2)
COLUMNS = ", ".join(column.name for column in event_table.columns)
COPIED = f"INSERT INTO event SELECT {COLUMNS.replace('sequence', 'sequence + 1', 1)} FROM event"
"""A forged event: the first one once more, under the next number."""

FORBIDDEN = {
    "update": "UPDATE event SET fact = '{}'",
    "update of one": f"UPDATE event SET actor = 'x' WHERE organisation = '{A}'",
    "delete": "DELETE FROM event",
    "truncate": "TRUNCATE event",
    "truncate with others": "TRUNCATE event, chain CASCADE",
    "drop": "DROP TABLE event",
    "drop of all": "DROP SCHEMA public CASCADE",
    "another shape": "ALTER TABLE event DROP COLUMN hash",
    "another name": "ALTER TABLE event RENAME TO elsewhere",
    "no triggers": "ALTER TABLE event DISABLE TRIGGER ALL",
    "no trigger": "DROP TRIGGER event_stays ON event",
    "other trigger": "CREATE OR REPLACE FUNCTION nennep_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "replica": "SET session_replication_role = replica",
    "no row security": "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
    "a policy of one's own": "CREATE POLICY mine ON event USING (true)",
    "owner": "ALTER TABLE event OWNER TO alpha_service",
    "the owner's role": "SET ROLE alpha_service_log",
    "rights": "GRANT UPDATE ON event TO alpha_service; UPDATE event SET fact = '{}'",
    "chain back": f"SET LOCAL nennep.writes = '{A}'; UPDATE chain SET sequence = 0",
    "chain gone": "DELETE FROM chain",
    "chain emptied": "TRUNCATE chain",
    "a program": "COPY event TO PROGRAM 'cat'",
    "a file": "COPY event TO '/var/tmp/event'",
    "unnamed organisation": COPIED,
    "another organisation": f"SET LOCAL nennep.writes = '{B}'; {COPIED} WHERE organisation = '{A}'",
    "no organisation at all": f"SET LOCAL nennep.writes = '*'; {COPIED}",
}


@pytest.fixture(scope="module")
def walled(databases: PostgresServer) -> Iterator[Store]:
    """The store of a service that logs in with its own role, with a fact of each of two organisations in its log."""
    store = as_role(databases, NAMES[0])
    intake = Intake(Log("meetings", store), OpenGround(), after_commit=lambda: None)
    futures = [intake.submit(poster(each), [draft(met(), uuid4(), uuid4())]) for each in (A, B)]
    intake.start()
    assert all(isinstance(each, Receipt) for future in futures for each in future.result(90))
    intake.stop()
    yield store
    store.close()


def as_role(databases: PostgresServer, role: str) -> Store:
    query = {"host": str(databases.folder)}
    return open_store(URL.create("postgresql", role, AWKWARD, database=NAMES[0], query=query))


def met() -> MeetingHeld:
    return MeetingHeld(branch=UUID(int=9), kind=MeetingKind.REGULAR, roll=Roll(expected=0, present=0))


def test_the_script_is_what_the_program_would_make() -> None:
    assert (DEPLOY / "postgres" / "log.sql").read_text() == log_script()


def test_a_group_of_several_organisations_is_appended_and_read(walled: Store) -> None:
    log = Log("meetings", walled)
    assert {organisation: head.sequence for organisation, head in log.heads().items()} == {A: 1, B: 1}
    assert len(log.after({}, 10)) == 2
    assert len(log.slice(A, 0, 10)) == 1


@pytest.mark.parametrize("how", FORBIDDEN)
def test_nothing_recorded_can_be_touched_by_the_service_itself(walled: Store, how: str) -> None:
    with pytest.raises(DBAPIError), walled.write() as connection:
        connection.execute(text(FORBIDDEN[how].replace(":", "\\:")))
    log = Log("meetings", walled)
    assert [each.envelope.hash() == each.hash for each in log.after({}, 10)] == [True, True]


def test_an_organisation_named_in_one_transaction_is_not_named_in_the_next(walled: Store) -> None:
    for end in ("commit", "rollback"):
        with walled.writer.connect() as connection:
            connection.execute(text(f"SELECT set_config('nennep.writes', '{A}', true)"))
            getattr(connection, end)()
            with pytest.raises(DBAPIError, match="row-level security"):
                connection.execute(text(f"{COPIED} WHERE organisation = '{A}'"))


def test_a_transaction_sees_only_whom_it_names(walled: Store) -> None:
    with walled.read() as connection:
        connection.execute(text(f"SET LOCAL nennep.reads = '{A}'"))
        assert connection.execute(text("SELECT DISTINCT organisation FROM event")).scalars().all() == [A]
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == 2


@pytest.mark.usefixtures("walled")
def test_who_only_reads_reads_what_he_names_and_writes_nothing(databases: PostgresServer) -> None:
    name = NAMES[0]
    with psycopg.connect(host=str(databases.folder), user="postgres", dbname=name) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"{name}_reader")))
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (0,)
        connection.execute(f"SET nennep.reads = '{B}'".encode())
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (1,)
        connection.commit()
        for statement in ("UPDATE", "INSERT", "DELETE", "TRUNCATE"):
            found = connection.execute("SELECT has_table_privilege('event', %s)", (statement,)).fetchone()
            assert found == (False,)


def test_a_log_that_the_service_made_itself_has_the_same_wall(databases: PostgresServer) -> None:
    name = NAMES[1]
    query = {"host": str(databases.folder), "options": "-csearch_path=own"}
    with psycopg.connect(host=str(databases.folder), user=name, dbname=name, password=AWKWARD) as connection:
        connection.execute("CREATE SCHEMA own")
    store = open_store(URL.create("postgresql", name, AWKWARD, database=name, query=query))
    intake = Intake(Log("meetings", store), OpenGround(), after_commit=lambda: None)
    intake.start()
    (outcome,) = intake.submit(poster(A), [draft(met(), uuid4(), uuid4())]).result(90)
    intake.stop()
    assert isinstance(outcome, Receipt)
    for how in ("update", "delete", "truncate", "unnamed organisation", "chain back"):
        with pytest.raises(DBAPIError), store.write() as connection:
            connection.execute(text(FORBIDDEN[how].replace(":", "\\:")))
    store.close()
