"""Do the writers of one store wait for each other fairly, and leave it whole?"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.eventsourcing.store import open_store

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
