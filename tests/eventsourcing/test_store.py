"""Do the writers of one store wait for each other fairly, and leave it whole?"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.eventsourcing.store import is_away, open_store

BUSY = 0.1
"""Seconds of one transaction of the writer that never rests."""


def test_beside_a_writer_that_never_rests_another_gets_its_turn(store: str) -> None:
    opened = open_store(store)
    with opened.write() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    enough = threading.Event()

    def never_rest() -> None:
        while not enough.is_set():
            with opened.write() as connection:
                end = time.monotonic() + BUSY
                while time.monotonic() < end:
                    connection.execute(text("INSERT INTO t VALUES (1)"))

    restless = threading.Thread(target=never_rest)
    restless.start()
    try:
        for _ in range(10):
            # Who gets no turn is given up by the store after some seconds, and told so.
            with opened.write() as connection:
                connection.execute(text("INSERT INTO t VALUES (2)"))
    finally:
        enough.set()
        restless.join()
        opened.close()


def test_a_transaction_that_fails_lets_the_next_one_in(store: str) -> None:
    opened = open_store(store)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), opened.write():
            raise ZeroDivisionError
    with opened.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    opened.close()


def test_a_closed_sqlite_store_is_one_file(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    with opened.write() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    with opened.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar_one() == 0
    opened.close()
    assert [file.name for file in tmp_path.iterdir()] == ["log.sqlite"]


ODD = {
    "a table that is not there": ("SELECT * FROM nowhere", True),
    "a column that is not there": ("SELECT y FROM t", False),
    "no SQL": ("SELEC 1", False),
    "a row that is there": ("INSERT INTO t VALUES (1)", False),
}


@pytest.mark.parametrize("case", ODD)
def test_a_store_without_its_tables_is_away_and_a_fault_of_who_asks_is_not_the_store_s(store: str, case: str) -> None:
    statement, away = ODD[case]
    opened = open_store(store)
    with opened.write() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(SQLAlchemyError) as told, opened.write() as connection:
        connection.execute(text(statement))
    assert is_away(told.value) == away
    opened.close()


def test_a_file_that_another_process_holds_is_away(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    with opened.write() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SQLAlchemyError) as told, opened.write():
            pass
        other.execute("ROLLBACK")
    other.close()
    assert is_away(told.value)
    opened.close()


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:1/nothing", "sqlite:////proc/nothing/log.sqlite?mode=ro&uri=true"]
)
def test_a_server_or_a_disk_that_does_not_answer_is_away(url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with pytest.raises(SQLAlchemyError) as told, engine.connect():
        pass
    assert is_away(told.value)


def test_who_waits_too_long_for_one_of_its_connections_finds_it_away(postgres_url: str) -> None:
    engine = create_engine(postgres_url, pool_size=1, max_overflow=0, pool_timeout=0)
    with engine.connect(), pytest.raises(SQLAlchemyError) as told, engine.connect():
        pass
    engine.dispose()
    assert is_away(told.value)
