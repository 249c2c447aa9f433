"""Are keys made once, are they gone when they must be, and does a new master key leave none behind? On both stores."""

from __future__ import annotations

import base64
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text

from shared.personal.keys import EVERYBODY, Holding, KeyStore, key_table, open_keys
from shared.personal.master import MasterKeyMissing, MasterKeys, new_text

A, B = UUID(int=1), UUID(int=2)
PERSONS = [UUID(int=100 + each) for each in range(30)]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty store of each kind."""
    found: str = request.getfixturevalue(request.param)
    return found


def store(url: str, *texts: str) -> KeyStore:
    opened = open_keys(url)
    try:
        return KeyStore(opened, lambda: MasterKeys(texts))
    except MasterKeyMissing:
        opened.close()
        raise


def test_a_key_is_made_once_for_what_an_organisation_holds_of_a_person(url: str) -> None:
    master = new_text()
    keys = store(url, master)
    here, there = Holding(A, PERSONS[0]), Holding(B, PERSONS[0])
    made = keys.keys_to_write([here, there])
    assert made[here] != made[there]
    assert keys.keys_to_write([there, here]) == made == keys.keys([here, there])
    keys.close()
    again = store(url, master)
    assert again.keys([here, there]) == made
    again.close()


def test_no_key_lies_there_in_clear(url: str) -> None:
    keys = store(url, new_text())
    (key,) = keys.keys_to_write([Holding(A, PERSONS[0])]).values()
    with keys.store.read() as connection:
        (wrapped,) = connection.execute(select(key_table.c.wrapped)).scalars()
    assert key not in bytes(wrapped)
    keys.close()


def test_two_that_ask_at_once_get_the_same_keys(url: str) -> None:
    keys = store(url, new_text())
    found: list[dict[Holding, bytes]] = []
    holdings = [Holding(A, person) for person in PERSONS]
    threads = [Thread(target=lambda: found.append(keys.keys_to_write(holdings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found)
    keys.close()


def test_what_an_organisation_forgets_another_still_holds(url: str) -> None:
    keys = store(url, new_text())
    here, there = Holding(A, PERSONS[0]), Holding(B, PERSONS[0])
    keys.keys_to_write([here, there])
    assert keys.forget([here]) == 1
    assert keys.forget([here]) == 0
    assert set(keys.keys([here, there])) == {there}
    assert keys.forgotten([here, there]) == {here}
    assert set(keys.keys_to_write([here, there])) == {there}
    keys.close()


def test_what_the_operator_forgets_nobody_holds_ever_again(url: str) -> None:
    keys = store(url, new_text())
    here, there = Holding(A, PERSONS[0]), Holding(B, PERSONS[0])
    keys.keys_to_write([here])
    assert keys.forget([Holding(EVERYBODY, PERSONS[0])]) == 1
    assert keys.forgotten([here, there]) == {here, there}
    assert keys.keys_to_write([here, there]) == {}
    keys.close()


def test_a_rotation_goes_on_where_it_stopped_and_leaves_nothing_under_the_old_key(url: str) -> None:
    old, new = new_text(), new_text()
    keys = store(url, old)
    holdings = [Holding(A, person) for person in PERSONS]
    before = keys.keys_to_write(holdings)
    keys.close()
    half = store(url, new, old)
    assert half.rewrap(most=12) == 12
    assert half.keys(holdings) == before
    half.close()
    with pytest.raises(MasterKeyMissing):
        store(url, new)
    rest = store(url, new, old)
    assert rest.rewrap() == len(PERSONS) - 12
    assert rest.rewrap() == 0
    rest.close()
    alone = store(url, new)
    assert alone.keys(holdings) == before
    alone.close()


def test_a_replica_reads_the_master_keys_again_when_it_meets_a_new_one(url: str) -> None:
    old, new = new_text(), new_text()
    given = [old]
    replica = KeyStore(open_keys(url), lambda: MasterKeys(given))
    holdings = [Holding(A, person) for person in PERSONS[:3]]
    before = replica.keys_to_write(holdings)
    other = store(url, new, old)
    other.rewrap()
    given[:] = [new, old]
    assert replica.keys(holdings) == before
    replica.close()
    other.close()


def test_a_destroyed_key_is_in_no_file_of_the_store(tmp_path: Path) -> None:
    keys = store(f"sqlite:///{tmp_path / 'keys.sqlite'}", new_text())
    holdings = [Holding(A, person) for person in PERSONS]
    clear = keys.keys_to_write(holdings)
    with keys.store.read() as connection:
        wrapped = {
            Holding(row.organisation, row.person): bytes(row.wrapped) for row in connection.execute(select(key_table))
        }
    gone = holdings[::2]
    assert any(wrapped[each] in path.read_bytes() for each in gone for path in tmp_path.iterdir())
    keys.forget(gone)
    assert keys.wiping.done
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for each in gone:
        for secret in (wrapped[each], wrapped[each][12:44], clear[each], clear[each][:16]):
            assert secret not in content
            assert base64.b64encode(secret).rstrip(b"=")[:-1] not in content
            assert secret.hex().encode() not in content
    assert all(wrapped[each] in content for each in holdings[1::2])
    keys.close()


def test_while_somebody_reads_it_is_not_wiped_and_says_so(tmp_path: Path) -> None:
    keys = store(f"sqlite:///{tmp_path / 'keys.sqlite'}", new_text())
    holding = Holding(A, PERSONS[0])
    keys.keys_to_write([holding])
    with keys.store.pinned() as reader:
        reader.execute(text("SELECT 1 FROM person_key")).all()
        keys.store.writer.dispose()
        assert keys.forget([holding]) == 1
        assert not keys.wiping.done
    assert keys.wiping.wipe()
    keys.close()


def test_on_postgresql_what_an_older_transaction_still_sees_is_wiped_once_it_has_ended(postgres_url: str) -> None:
    keys = store(postgres_url, new_text())
    holding = Holding(A, PERSONS[0])
    keys.keys_to_write([holding])
    keys.wiping.wipe()
    with keys.store.pinned() as reader:
        reader.execute(text("SELECT 1 FROM person_forgotten")).all()
        assert keys.forget([holding]) == 1
        assert not keys.wiping.done
        assert not keys.wiping.wipe()
    assert keys.wiping.wipe()
    keys.close()
