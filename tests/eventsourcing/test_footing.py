"""Is it noticed that the log is not the one from which the views were made? At the start, and at any later time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, delete, update

from shared.eventsourcing.feed import OwnFeed
from shared.eventsourcing.footing import Footing, LogContradicted
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import chain_table, event_table
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.service import Whereabouts
from shared.eventsourcing.shadow import HistoryIncomplete
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Generations
from shared.operations.redis_server import RedisServer
from tests.support.couriers import running
from tests.support.grounds import OpenGround, draft, poster
from tests.support.history import meeting
from tests.support.releases import FIRST
from tests.support.services import held, post, replicas
from tests.support.spoiling import spoil
from tests.support.waiting import PATIENCE, until, until_async

A, B, EAST = UUID(int=1), UUID(int=2), UUID(int=11)


def restore(connection: Connection, organisation: UUID, sequence: int) -> None:
    """As from a backup in which an organisation's chain was shorter."""
    later = (event_table.c.organisation == organisation) & (event_table.c.sequence > sequence)
    spoil(connection, delete(event_table).where(later))
    place = (event_table.c.organisation == organisation) & (event_table.c.sequence == sequence)
    end = connection.execute(event_table.select().where(place)).one()
    spoil(
        connection,
        update(chain_table)
        .where(chain_table.c.organisation == organisation)
        .values(sequence=sequence, hash=end.hash, recorded=end.recorded),
    )


class House:
    """A log with ten events of each of two organisations, and views that have taken all of them."""

    def __init__(self, store: str, views: str) -> None:
        self.log = Log("meetings", open_store(store))
        self.intake = Intake(self.log, OpenGround(), after_commit=lambda: None)
        self.intake.start()
        self.generations = Generations(FIRST, views)
        self.runner = Runner(self.generations.serving())
        self.footing = Footing(self.log, lambda: self.runner.positions("meetings"))
        self.post(10)
        self.apply()

    def post(self, count: int) -> None:
        for organisation in (A, B):
            drafts = [draft(meeting(EAST, each), uuid4(), uuid4()) for each in range(count)]
            self.intake.submit(poster(organisation), drafts).result(90)

    def apply(self) -> None:
        feed = OwnFeed(self.log, self.runner, leading=lambda: True)
        while feed.apply_batch():
            pass

    def close(self) -> None:
        self.intake.stop()
        self.runner.generation.store.close()
        self.generations.close()
        self.log.store.close()


@pytest.fixture
def house(store: str, tmp_path: Path) -> Iterator[House]:
    views = store if store.startswith("postgresql") else f"sqlite:///{tmp_path / 'views.sqlite'}"
    house = House(store, views)
    yield house
    house.close()


def test_a_log_that_is_ahead_or_level_is_sound(house: House) -> None:
    house.footing.look()
    assert house.footing.sound
    house.post(3)
    house.footing.look()
    house.footing.require_sound()


def test_a_restored_log_is_refused_with_service_organisation_and_sequence(house: House) -> None:
    with house.log.store.write() as connection:
        restore(connection, B, 7)
    house.footing.look()
    assert house.footing.problem == f"meetings: log-behind {B} 7 < 10"
    with pytest.raises(LogContradicted) as told:
        house.footing.require_sound()
    assert told.value.status == 503


def test_a_restored_log_that_went_on_otherwise_is_refused_though_it_is_longer(house: House) -> None:
    with house.log.store.write() as connection:
        restore(connection, A, 7)
    for count, problem in ((3, f"meetings: chain-broken {A} 10"), (4, f"meetings: chain-broken {A} 10")):
        house.post(count)
        house.footing.look()
        assert house.footing.problem == problem


def test_an_emptied_log_is_refused(house: House) -> None:
    with house.log.store.write() as connection:
        spoil(connection, delete(event_table))
        spoil(connection, delete(chain_table))
    house.footing.look()
    assert house.footing.problem == f"meetings: log-behind {A} 0 < 10"


def test_it_is_noticed_at_any_later_time_and_when_it_is_put_right(house: House) -> None:
    with running(house.footing):
        until(lambda: house.footing.sound)
        with house.log.store.write() as connection:
            kept = connection.execute(event_table.select().where(event_table.c.sequence > 7)).mappings().all()
            heads = connection.execute(chain_table.select()).mappings().all()
            for organisation in (A, B):
                restore(connection, organisation, 7)
        until(lambda: not house.footing.sound)
        with house.log.store.write() as connection:
            connection.execute(event_table.insert(), [dict(row) for row in kept])
            spoil(connection, delete(chain_table))
            connection.execute(chain_table.insert(), [dict(row) for row in heads])
        until(lambda: house.footing.sound)


async def test_a_service_over_a_restored_log_serves_and_says_so_and_writes_nothing(
    store: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    database = store if store.startswith("postgresql") else None
    where = Whereabouts(tmp_path, redis_server.url, database, leased=PATIENCE)
    async with replicas(where, FIRST) as (before,):
        for organisation in (A, B, A, A):
            await post(before, organisation, EAST)
        await until_async(lambda: held(before) == {EAST: 4})
        assert all(check.well for check in before.checks() if check.name == "own-log")
    log = open_store(where.url("log") if database else f"sqlite:///{tmp_path / '0' / 'log.sqlite'}")
    with log.write() as connection:
        restore(connection, A, 2)
    log.close()
    async with replicas(where, FIRST) as (after,):
        (found,) = (check for check in after.checks() if check.name == "own-log")
        assert (found.well, found.reason) == (False, f"meetings: log-behind {A} 2 < 3")
        with pytest.raises(LogContradicted):
            await post(after, B, EAST)
        assert after.log is not None
        assert {org: head.sequence for org, head in after.log.heads().items()} == {A: 2, B: 1}
        assert held(after) == {EAST: 4}
        with pytest.raises(HistoryIncomplete) as told:
            await asyncio.to_thread(after.rebuild.run)
        assert told.value.values == {"service": "meetings", "organisation": str(A), "sequence": "3"}
