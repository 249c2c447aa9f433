"""What becomes of views that an earlier release has made? They serve as what they are, until the new ones do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.rebuild import Rebuild
from shared.eventsourcing.runner import Runner, StandingStill
from shared.eventsourcing.service import Service, Whereabouts
from shared.eventsourcing.views import GRACE, Declaration, Generations, ViewsNotRebuilt
from shared.operations.redis_server import RedisServer
from tests.support.history import Chronicle
from tests.support.releases import CHANGED, FIRST, ONE_MORE, WIDER, Told, everything, replayed, rows
from tests.support.services import held, post, replicas
from tests.support.waiting import PATIENCE, until_async

A, EAST, WEST = UUID(int=1), UUID(int=11), UUID(int=12)


@contextmanager
def program(declaration: Declaration, store: str, **more: float) -> Iterator[tuple[Generations, Runner]]:
    """A release of the program at work on a store."""
    generations = Generations(declaration, store, **more)
    runner = Runner(generations.serving())
    runner.follow(generations.moved_from)
    yield generations, runner
    runner.close()
    generations.close()


@pytest.fixture
def chronicle(store: str) -> Chronicle:
    """A history that the first release has made its views from."""
    told = Chronicle()
    for number in range(6):
        told.meet(A, (EAST, WEST)[number % 2], UUID(int=100 + number), number)
    with program(FIRST, store) as (_, runner):
        runner.take("meetings", told.events())
    return told


def fresh_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fresh' / 'views.sqlite'}"


def test_views_with_a_projection_less_go_on_and_serve_what_both_have(
    chronicle: Chronicle, store: str, tmp_path: Path
) -> None:
    with program(ONE_MORE, store) as (generations, runner):
        assert generations.outdated()
        assert not runner.stands_still
        runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=200), 5)])
        assert rows(runner.generation, "held") == [(EAST, 4), (WEST, 3)]
        with pytest.raises(ViewsNotRebuilt):
            rows(runner.generation, "people")
        difference = Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
        assert difference.empty
        assert not generations.outdated()
        assert everything(runner.generation) == replayed(ONE_MORE, chronicle.events(), fresh_url(tmp_path))
        assert rows(runner.generation, "people") == [(EAST, 11), (WEST, 9)]


def test_views_that_a_later_release_went_on_with_are_what_the_first_would_have_made(
    chronicle: Chronicle, store: str, tmp_path: Path
) -> None:
    with program(ONE_MORE, store) as (_, runner):
        runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=200), 5)])
    with program(FIRST, store) as (generations, runner):
        assert not generations.outdated()
        assert everything(runner.generation) == replayed(FIRST, chronicle.events(), fresh_url(tmp_path))


@pytest.mark.parametrize("declaration", [WIDER, CHANGED], ids=["a column more", "other rows"])
def test_views_that_the_program_cannot_declare_stand_still_whole(
    chronicle: Chronicle, store: str, tmp_path: Path, declaration: Declaration
) -> None:
    with program(declaration, store) as (generations, runner):
        assert runner.stands_still
        later = chronicle.meet(A, EAST, UUID(int=200), 5)
        with pytest.raises(StandingStill):
            runner.take("meetings", [later])
        held = runner.generation.metadata.tables["held"]
        with runner.generation.store.read() as connection:
            assert connection.execute(select(held.c.held).order_by(held.c.branch)).scalars().all() == [3, 3]
            said = runner.facts.said(connection, [MeetingHeld])
        assert len(said) == 6
        assert runner.positions("meetings")[A].sequence == 6
        difference = Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
        assert difference.tables["held"] == ((2, 2) if declaration is CHANGED else (0, 0))
        assert runner.generation.fed is not None
        assert runner.positions("meetings")[A].sequence == 6, "compared and switched where the old ones stood"
        runner.take("meetings", [later])
        assert everything(runner.generation) == replayed(declaration, chronicle.events(), fresh_url(tmp_path))


def test_what_old_views_lack_is_answered_come_again_and_nothing_else_is(chronicle: Chronicle, store: str) -> None:
    del chronicle
    with program(WIDER, store) as (_, runner):
        table = runner.generation.metadata.tables["held"]
        with runner.generation.store.read() as connection, pytest.raises(ViewsNotRebuilt) as told:
            connection.execute(select(table.c.people))
        assert told.value.status == 503
        with runner.generation.store.read() as connection:
            assert connection.execute(select(table.c.branch)).scalars().all() == [EAST, WEST]


def test_rolling_back_twice_is_where_it_began(chronicle: Chronicle, store: str) -> None:
    with program(FIRST, store) as (generations, runner):
        rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
        rebuild.run()
        assert (runner.generation.number, rebuild.roll_back(), rebuild.roll_back()) == (2, 1, 2)
        assert runner.generation.number == 2
        assert [(each.number, each.state) for each in generations.listed()] == [(1, "previous"), (2, "serving")]


def test_a_previous_generation_is_dropped_when_its_days_are_over_and_nobody_can_read_it(
    chronicle: Chronicle, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with program(FIRST, store, keep=2) as (generations, runner):
        Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
        begun = generations.listed()[0].since
        moments = (begun + 2 * 86_400 - 1, begun + 2 * 86_400, begun + 2 * 86_400 + GRACE)
        states = []
        for moment in moments:
            monkeypatch.setattr(generations, "_now", lambda _, moment=moment: moment)
            generations.sweep()
            states.append([each.state for each in generations.listed()])
        assert states == [["previous", "serving"], ["old", "serving"], ["serving"]]
        assert rows(runner.generation, "held") == [(EAST, 3), (WEST, 3)]


def test_what_a_switch_replaced_twice_over_stays_until_every_replica_has_noticed(
    chronicle: Chronicle, store: str
) -> None:
    with program(FIRST, store) as (generations, runner), program(FIRST, store) as (_, late):
        for _ in range(2):
            Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
            generations.sweep()
        assert [each.state for each in generations.listed()] == ["old", "previous", "serving"]
        assert rows(late.generation, "held") == [(EAST, 3), (WEST, 3)]
        late.refresh()
        assert late.generation.number == 3


def test_a_number_is_not_given_again_while_its_tables_may_be_there(chronicle: Chronicle, store: str) -> None:
    del chronicle
    with program(FIRST, store) as (generations, _):
        first = generations.shadow()
        first.store.close()
        generations.discard(first.number)
        second = generations.shadow()
        second.store.close()
        assert second.number == first.number + 1


# ── A whole service ──────────────────────────────────────────────────────────────────────────────────────────────


class Reader(threading.Thread):
    """Reads a count again and again, through whatever serves."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.enough = threading.Event()
        self.seen: list[list[int]] = []
        self._service = service
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                generation = self._service.runner.generation
                held = generation.metadata.tables["held"]
                with generation.store.read() as connection:
                    query = select(held.c.held).where(held.c.branch.in_([EAST, WEST])).order_by(held.c.branch)
                    self.seen.append(list(connection.execute(query).scalars()))
        except Exception as error:  # noqa: BLE001 — raised again in the test's own thread
            self.failed = error


@pytest.mark.parametrize("declaration", [ONE_MORE, WIDER, CHANGED], ids=["one more", "wider", "changed"])
async def test_traffic_goes_on_through_an_upgrade_and_readers_see_whole_views_only(
    store: str, redis_server: RedisServer, tmp_path: Path, declaration: Declaration
) -> None:
    database = store if store.startswith("postgresql") else None
    where = Whereabouts(tmp_path, redis_server.url, database, leased=PATIENCE)
    async with replicas(where, FIRST) as (old,):
        for branch in (EAST, WEST, WEST):
            await post(old, A, branch)
        await until_async(lambda: old.runner.position() == {"meetings": {A: 3}})
    async with replicas(where, declaration) as (new,):
        reader = Reader(new)
        reader.start()
        for _ in range(20):
            await post(new, A, EAST)
        twice = 2 if declaration is CHANGED else 1
        await until_async(
            lambda: (
                new.renewal.last is not None
                and not new.generations.outdated()
                and held(new) == {EAST: twice * 21, WEST: twice * 2}
            )
        )
        reader.enough.set()
        reader.join(90)
        assert reader.failed is None
        for east, west in reader.seen:
            assert (west, east) in {(2, each) for each in range(22)} | {(4, 2 * each) for each in range(22)}
        assert new.log is not None
        events = new.log.slice(A, 0, 100)
        assert len(events) == 23
        fresh = f"sqlite:///{tmp_path / 'fresh' / 'views.sqlite'}"
        assert everything(new.runner.generation) == replayed(declaration, events, fresh)
        answered = {check.name: check.well for check in new.checks()}
        assert answered["views"]
        assert answered["own-log"]
