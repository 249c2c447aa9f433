"""Do a service's own facts reach its views, whatever goes wrong on the way?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.decider import Said
from shared.eventsourcing.feed import OwnFeed
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Declaration, Generations
from tests.support.couriers import running
from tests.support.grounds import OpenGround, draft, poster
from tests.support.history import meeting
from tests.support.waiting import until

A = UUID(int=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    store = open_store(f"sqlite:///{tmp_path / 'log.sqlite'}")
    yield Log("meetings", store)
    store.close()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    declaration = Declaration("meetings", frozenset({MeetingHeld}), ())
    generations = Generations(declaration, f"sqlite:///{tmp_path / 'views.sqlite'}")
    runner = Runner(generations.serving())
    yield runner
    runner.generation.store.close()
    generations.close()


def test_a_fault_of_any_kind_is_told_and_the_next_facts_are_applied(log: Log, runner: Runner) -> None:
    faults = [ArithmeticError]

    def learn(_: Iterable[Said] | None) -> None:
        if faults:
            raise faults[0]

    runner.on_said(learn)
    feed = OwnFeed(log, runner, leading=lambda: True)
    intake = Intake(log, OpenGround(), after_commit=feed.wake)
    intake.start()
    with running(feed):
        intake.submit(poster(A), [draft(meeting(UUID(int=9), 3), uuid4(), uuid4())]).result(90)
        until(lambda: feed.problem == "ArithmeticError")
        faults.clear()
        intake.submit(poster(A), [draft(meeting(UUID(int=9), 4), uuid4(), uuid4())]).result(90)
        until(lambda: feed.problem is None and runner.position() == {"meetings": {A: 2}})
    intake.stop()
