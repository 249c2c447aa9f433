"""Do several processes on one PostgreSQL act as one? One leads, all serve the same, none acts on old knowledge."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Uuid, delete, func, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from services.membership.api import OPERATOR_KEY, begin
from services.membership.domain import DECIDERS, related
from shared.contracts.event import registered
from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing import store as stores
from shared.eventsourcing.decider import Said
from shared.eventsourcing.lease import TableLease, lease_table
from shared.eventsourcing.log_rows import chain_table, event_table
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rebuild import NotLeading, Rebuild
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Declaration, Generations, ViewsMoved
from shared.operations.redis_server import RedisServer
from shared.units.ground import Rules
from shared.units.knowledge import KNOWLEDGE_FACTS
from shared.units.owned_ground import OwnedGround
from shared.units.projection import Rosters, Units
from shared.web.access import Pepper
from tests.support.history import Chronicle
from tests.support.releases import CHANGED, FIRST, LISTENS, Told, rows
from tests.support.services import held, leads, post, replicas
from tests.support.spoiling import spoil
from tests.support.waiting import PATIENCE, until, until_async

A, B, EAST, WEST = UUID(int=1), UUID(int=2), UUID(int=11), UUID(int=12)


# ── Whole services ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def where(postgres_url: str, redis_server: RedisServer, tmp_path: Path) -> Whereabouts:
    """Who leads goes on leading, however long this machine lets it wait: leases pass when they are let go."""
    return Whereabouts(tmp_path, redis_server.url, postgres_url, leased=PATIENCE)


def serves(service: Service, number: int) -> bool:
    return service.runner.generation.number == number


def both_hold(services: Sequence[Service], wanted: dict[UUID, int]) -> bool:
    return all(held(each) == wanted for each in services)


async def test_after_a_rebuild_and_a_roll_back_every_replica_serves_the_same_views(where: Whereabouts) -> None:
    async with replicas(where, FIRST, FIRST) as services:
        first, second = services
        await post(second, A, EAST)
        await until_async(lambda: held(first) == held(second) == {EAST: 1})
        for expected, act in ((2, first.rebuild.run), (1, first.rebuild.roll_back)):
            await asyncio.to_thread(act)
            await until_async(partial(serves, second, expected))
            assert first.runner.generation.number == expected
            await post(first, B, EAST)
            await until_async(partial(both_hold, services, {EAST: 4 - expected}))


async def test_a_replica_that_does_not_lead_refuses(where: Whereabouts) -> None:
    async with replicas(where, FIRST, FIRST) as (first, second):
        for act in (second.renewal.start, second.rebuild.run, second.rebuild.roll_back):
            with pytest.raises(NotLeading):
                await asyncio.to_thread(act)
        assert [each.state for each in first.generations.listed()] == ["serving"]


async def test_after_an_upgrade_old_views_serve_until_new_ones_do_on_every_replica(where: Whereabouts) -> None:
    async with replicas(where, FIRST) as (old,):
        for _ in range(3):
            await post(old, A, EAST)
        await until_async(lambda: held(old) == {EAST: 3})
    async with replicas(where, CHANGED, CHANGED) as (first, second):
        seen: set[int] = set()

        def both_new() -> bool:
            found = [held(each).get(EAST, 0) for each in (first, second)]
            seen.update(found)
            return found == [8, 8]

        await post(second, A, EAST)
        await until_async(both_new)
        assert seen <= {3, 6, 8}, "whole old views, or whole new ones"
        assert first.renewal.problem is None


async def test_who_takes_over_goes_on_with_a_rebuild_that_the_former_leader_had_begun(where: Whereabouts) -> None:
    async with replicas(where, FIRST, FIRST) as (first, second):
        for _ in range(5):
            await post(first, A, EAST)
        await until_async(lambda: held(second) == {EAST: 5})
        lost = threading.Event()

        def lose(_: object) -> None:
            if not lost.is_set():
                lost.set()
                take_the_lease_from(first)

        with pytest.raises(NotLeading):
            await asyncio.to_thread(lambda: first.rebuild.run(told=lose))
        set_free_the_lease_of(first)
        await until_async(lambda: leads(second) or leads(first))
        await until_async(
            lambda: first.runner.generation.number == second.runner.generation.number == 2 and held(second) == {EAST: 5}
        )


async def test_a_replica_that_stops_while_it_looks_how_far_the_leading_one_is_closes_its_stores_after_that(
    where: Whereabouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it might find that others serve by now, and open what nobody closes."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()
    before = list[bool]()

    def slow() -> None:
        begun.set()
        may_end.wait(PATIENCE)
        ended.set()

    async with replicas(where, FIRST, FIRST) as (_, second):
        close = second.runner.close

        def closed() -> None:
            before.append(ended.is_set())
            close()

        monkeypatch.setattr(second.runner, "refresh", slow)
        monkeypatch.setattr(second.runner, "close", closed)
        await until_async(begun.is_set)
        threading.Timer(0.2, may_end.set).start()
    assert before == [True]


def take_the_lease_from(service: Service) -> None:
    """As when it was stalled for long, and another one took over."""
    _lease(service, fencing=lease_table.c.fencing + 1, until=func.clock_timestamp() + dt.timedelta(seconds=PATIENCE))


def set_free_the_lease_of(service: Service) -> None:
    """Whoever held it last is gone again."""
    _lease(service, until=func.clock_timestamp())


def _lease(service: Service, **values: Any) -> None:
    with service.generations.control.write() as connection:
        connection.execute(lease_table.update().where(lease_table.c.name == "views").values(values))


async def test_of_replicas_that_start_together_on_an_empty_log_one_makes_the_operator(
    where: Whereabouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They wait for the first one: on a busy machine longer than who starts in earnest, and is started again.
    monkeypatch.setitem(stores.PATIENCE, "lock_timeout", int(PATIENCE))
    own = frozenset(cls for cls in registered().values() if cls.service == "membership")
    declaration = Declaration("membership", own, (Units, Rosters), KNOWLEDGE_FACTS)
    grounds: dict[Service, OwnedGround] = {}

    def ground(service: Service) -> OwnedGround:
        grounds[service] = OwnedGround(Rules(DECIDERS, related), service.runner)
        return grounds[service]

    async with replicas(where, *[declaration] * 4, ground=ground) as services:
        together = threading.Barrier(len(services))

        def start(number: int) -> None:
            together.wait(90)
            begin(services[number], grounds[services[number]], Pepper(secrets.token_hex()), where.folder / str(number))

        await asyncio.gather(*(asyncio.to_thread(start, number) for number in range(len(services))))
        assert services[0].log is not None
        assert [head.sequence for head in services[0].log.heads().values()] == [2]
        assert len(list(where.folder.glob(f"*/{OPERATOR_KEY}"))) == 1


def test_a_log_that_was_emptied_behind_its_views_gets_no_second_operator(where: Whereabouts, tmp_path: Path) -> None:
    own = frozenset(cls for cls in registered().values() if cls.service == "membership")
    declaration = Declaration("membership", own, (Units, Rosters), KNOWLEDGE_FACTS)
    ground: list[OwnedGround] = []

    def make_ground(service: Service) -> OwnedGround:
        ground.append(OwnedGround(Rules(DECIDERS, related), service.runner))
        return ground[0]

    service = Service(declaration, where, make_ground)
    assert service.log is not None
    assert service.intake is not None
    assert service.feed is not None
    assert service.footing is not None
    service.intake.start()
    service.runner.guard(lambda _: None)
    begin(service, ground[0], Pepper(secrets.token_hex()), tmp_path)
    while service.feed.apply_batch():
        pass
    with service.log.store.write() as connection:
        spoil(connection, delete(event_table))
        spoil(connection, delete(chain_table))
    service.footing.look()
    begin(service, ground[0], Pepper(secrets.token_hex()), tmp_path)
    assert service.log.heads() == {}
    service.intake.stop()
    service.runner.generation.store.close()
    service.generations.close()
    service.log.store.close()


# ── Runners ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Remembering(Projection):
    """Counts meetings, and reads those of other branches only once: what others apply meanwhile it does not see."""

    name = "remembering"
    listens = frozenset({MeetingHeld})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        self._all: set[UUID] | None = None
        key = Column("branch", Uuid, primary_key=True)
        self.table = Table("remembering", metadata, key, Column("known", BigInteger, nullable=False))
        return [self.table]

    def keys(self, _: Views, said: Said) -> Iterable[UUID]:
        assert isinstance(said.fact, MeetingHeld)
        return [said.fact.branch]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        if self._all is None:
            facts = views.facts.standing(MeetingHeld).subquery()
            self._all = set(views.connection.execute(select(facts.c.branch)).scalars())
        self._all |= keys
        views.connection.execute(delete(self.table).where(self.table.c.branch.in_(keys)))
        rows = [{"branch": each, "known": len(self._all)} for each in sorted(keys)]
        views.connection.execute(insert(self.table), rows)

    def forget(self) -> None:
        self._all = None


def working(declaration: Declaration, url: str, lease: TableLease) -> tuple[Generations, Runner]:
    generations = Generations(declaration, url)
    runner = Runner(generations.serving())
    runner.follow(generations.moved_from)

    def may_apply(connection: Connection) -> object:
        term = lease.check(connection)
        generations.check(connection, runner.generation.number)
        return term

    runner.guard(may_apply)
    return generations, runner


@pytest.fixture
def control(postgres_url: str) -> Iterator[stores.Store]:
    control = open_store(postgres_url)
    yield control
    control.close()


def hand_over(giver: TableLease, taker: TableLease) -> None:
    giver.release()
    assert taker.acquire()


def test_who_wins_a_lease_back_has_forgotten_what_it_knew(postgres_url: str, control: stores.Store) -> None:
    declaration = Declaration("meetings", LISTENS, (Remembering,))
    mine, other = TableLease(control, "views", "mine"), TableLease(control, "views", "other")
    assert mine.acquire()
    (first, my_runner), (second, other_runner) = (working(declaration, postgres_url, each) for each in (mine, other))
    told: list[object] = []
    my_runner.on_said(told.append)
    chronicle = Chronicle()
    my_runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=101), 1)])
    hand_over(mine, other)
    other_runner.refresh()
    other_runner.take("meetings", [chronicle.meet(B, WEST, UUID(int=102), 1)])
    hand_over(other, mine)
    my_runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=103), 1)])
    assert rows(my_runner.generation, "remembering") == [(EAST, 2), (WEST, 2)]
    assert None in told, "whoever rests upon the facts was told to read them again"
    assert {org: end.sequence for org, end in my_runner.positions("meetings").items()} == {A: 2, B: 1}
    for generations, runner in ((first, my_runner), (second, other_runner)):
        runner.close()
        generations.close()


def test_a_leader_whose_views_were_switched_away_applies_nothing_to_them(
    postgres_url: str, control: stores.Store
) -> None:
    mine, other = TableLease(control, "views", "mine"), TableLease(control, "views", "other")
    assert mine.acquire()
    (first, my_runner), (second, other_runner) = (working(FIRST, postgres_url, each) for each in (mine, other))
    chronicle = Chronicle()
    my_runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=101), 1)])
    hand_over(mine, other)
    other_runner.refresh()
    Rebuild(second, other_runner, lambda: [Told(chronicle)], check=other.check).run()
    hand_over(other, mine)
    late = chronicle.meet(A, EAST, UUID(int=102), 1)
    with pytest.raises(ViewsMoved):
        my_runner.take("meetings", [late])
    assert my_runner.generation.number == 2
    my_runner.take("meetings", [late])
    assert rows(my_runner.generation, "held") == rows(other_runner.generation, "held") == [(EAST, 2)]
    for generations, runner in ((first, my_runner), (second, other_runner)):
        runner.close()
        generations.close()


# ── One that is stuck ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_transaction_that_was_left_open_does_not_stop_the_others_for_ever(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "PATIENCE", {"lock_timeout": 1, "idle_in_transaction_session_timeout": 8})
    store = open_store(postgres_url)
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)")
    stuck = store.writer.connect()
    stuck.exec_driver_sql("UPDATE t SET x = 2")
    with pytest.raises(OperationalError), store.write() as connection:
        connection.exec_driver_sql("UPDATE t SET x = 3")
    until(lambda: updated(store))
    with pytest.raises(SQLAlchemyError):
        stuck.exec_driver_sql("SELECT 1")
    stuck.close()
    store.close()


def updated(store: stores.Store) -> bool:
    try:
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE t SET x = 3")
    except OperationalError:
        return False
    return True


def test_every_connection_to_postgresql_is_patient_but_not_for_ever(postgres_url: str) -> None:
    store = open_store(postgres_url, schema="views_7")
    with store.read() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in stores.PATIENCE}
        path = connection.exec_driver_sql("SHOW search_path").scalar_one()
    assert found == {
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
        "statement_timeout": "10min",
    }
    assert path == "views_7,public"
    store.close()
