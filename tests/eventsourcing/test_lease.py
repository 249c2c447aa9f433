"""Is there ever only one who may move a position?"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.eventsourcing.lease import AlreadyRunning, FileLease, LeaseLost, TableLease, lease_table
from shared.eventsourcing.store import Store, open_store
from tests.support.servers import waits_for_a_lock
from tests.support.waiting import until

HOLD = """
import sys, threading
from pathlib import Path
from shared.eventsourcing.lease import FileLease
lease = FileLease(Path(sys.argv[1]))
lease.acquire()
print("held", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = open_store(postgres_url)
    yield store
    store.close()


def lease(store: Store, holder: str, *, seconds: float = 3_600, name: str = "relay") -> TableLease:
    return TableLease(store, name, holder, seconds=seconds)


def fencing(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(select(lease_table.c.fencing)).scalar_one())


def test_one_takes_it_and_others_wait(store: Store) -> None:
    first, second = lease(store, "first"), lease(store, "second")
    assert first.acquire()
    assert not second.acquire()
    assert first.acquire()
    assert fencing(store) == 1


def test_leases_of_different_names_do_not_meet(store: Store) -> None:
    assert lease(store, "first", name="relay").acquire()
    assert lease(store, "second", name="ratings").acquire()


def test_it_is_free_once_its_time_is_over_and_the_number_rises(store: Store) -> None:
    first, second = lease(store, "first", seconds=0), lease(store, "second")
    assert first.acquire()
    assert second.acquire()
    assert fencing(store) == 2
    assert not first.acquire()


def test_a_late_holder_goes_on_when_nobody_else_came(store: Store) -> None:
    late = lease(store, "late", seconds=0)
    assert late.acquire()
    assert late.acquire()
    assert fencing(store) == 1
    with store.write() as connection:
        late.check(connection)


def test_letting_it_go_lets_the_next_in_at_once(store: Store) -> None:
    first, second = lease(store, "first"), lease(store, "second")
    first.acquire()
    first.release()
    assert second.acquire()
    first.release()
    with store.write() as connection:
        second.check(connection)


def test_whoever_does_not_hold_it_is_told_so_in_his_transaction(store: Store) -> None:
    never, former, holder = lease(store, "never"), lease(store, "former", seconds=0), lease(store, "holder")
    former.acquire()
    holder.acquire()
    with store.write() as connection:
        holder.check(connection)
        for other in (never, former):
            with pytest.raises(LeaseLost):
                other.check(connection)


def test_two_processes_of_one_name_are_still_two(store: Store) -> None:
    """The number tells them apart, should somebody give two processes the same name."""
    first, second = lease(store, "same", seconds=0), lease(store, "same")
    first.acquire()
    second.acquire()
    with store.write() as connection, pytest.raises(LeaseLost):
        first.check(connection)


def test_nobody_takes_it_between_the_check_and_the_commit(store: Store) -> None:
    """Its time is over, but the holder's transaction is open: the next one waits for it."""
    slow, next_one = lease(store, "slow", seconds=0), lease(store, "next")
    slow.acquire()
    taken = threading.Event()

    def take() -> None:
        next_one.acquire()
        taken.set()

    thread = threading.Thread(target=take)
    with store.write() as connection:
        slow.check(connection)
        thread.start()
        until(lambda: waits_for_a_lock(store))
        assert not taken.is_set()
    thread.join(90)
    assert taken.is_set()
    with store.write() as connection, pytest.raises(LeaseLost):
        slow.check(connection)


def test_many_at_once_get_one_holder(store: Store) -> None:
    leases = [lease(store, str(number)) for number in range(8)]
    held: list[bool] = []
    threads = [threading.Thread(target=lambda each=each: held.append(each.acquire())) for each in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == [False] * 7 + [True]


# ── On SQLite the file's lock is the lease ───────────────────────────────────────────────────────────────────────


def test_a_file_has_one_holder_in_one_process(tmp_path: Path, sqlite_url: str) -> None:
    first, second = FileLease(tmp_path / "log.sqlite"), FileLease(tmp_path / "log.sqlite")
    assert first.acquire()
    assert first.acquire()
    with pytest.raises(AlreadyRunning) as told:
        second.acquire()
    assert "log.sqlite" in str(told.value)
    assert "\n" not in str(told.value)
    store = open_store(sqlite_url)
    with store.write() as connection:
        first.check(connection)
        with pytest.raises(LeaseLost):
            second.check(connection)
    store.close()
    first.release()
    assert second.acquire()
    second.release()
    second.release()


def test_files_side_by_side_do_not_meet(tmp_path: Path) -> None:
    log, views = FileLease(tmp_path / "log.sqlite"), FileLease(tmp_path / "views.sqlite")
    assert log.acquire()
    assert views.acquire()
    log.release()
    views.release()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    command, environment = [sys.executable, "-c", HOLD, str(file)], {**os.environ, "PYTHONPATH": "."}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        mine = FileLease(file)
        with pytest.raises(AlreadyRunning):
            mine.acquire()
        process.kill()
    assert mine.acquire()
    mine.release()
