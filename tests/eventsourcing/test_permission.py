"""Does a service hear no more than it may? What is withheld stands in no table, and is accounted for all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from shared.contracts.meetings import MeetingHeld
from shared.eventsourcing.permission import EVERYTHING, NOTHING, Permission
from shared.eventsourcing.rebuild import Interrupted, NothingToRollBack, Rebuild
from shared.eventsourcing.renewal import Renewal
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import NOTICED, Declaration, Generation, Generations
from tests.support.history import Chronicle, meeting
from tests.support.releases import FIRST, Told, rows
from tests.support.waiting import until_async

A, B = UUID(int=1), UUID(int=2)
EAST, WEST = UUID(int=11), UUID(int=12)
MEETINGS = Permission.of(["meetings"], None)


@pytest.fixture
def generations(store: str) -> Iterator[Generations]:
    generations = Generations(FIRST, store)
    yield generations
    generations.close()


@pytest.fixture
def chronicle() -> Chronicle:
    """A met in the east and B in the west; A put one of its meetings right."""
    told = Chronicle()
    first = told.meet(A, EAST, UUID(int=100), 5)
    told.meet(B, WEST, UUID(int=101), 7)
    told.correct(first, first, meeting(EAST, 6, 20))
    return told


Hear = Callable[..., Generation]


@pytest.fixture
def heard(store: str) -> Iterator[Hear]:
    """Makes views under a permission, and gives them back closed."""
    made: list[Generations] = []
    runners: list[Runner] = []

    def hear(permission: Permission, told: Chronicle, declaration: Declaration = FIRST) -> Generation:
        made.append(Generations(replace(declaration, permission=permission), store))
        runners.append(Runner(made[-1].serving()))
        runners[-1].take("meetings", told.events())
        assert runners[-1].parked() == []
        assert runners[-1].count("meetings") == len(told.events()), "what is withheld moves the position too"
        return runners[-1].generation

    yield hear
    for runner, generations in zip(runners, made, strict=True):
        runner.close()
        generations.close()


def test_of_the_organisations_that_are_granted_only_the_facts_are_kept(heard: Hear, chronicle: Chronicle) -> None:
    made = heard(Permission.of(["meetings"], [A]), chronicle)
    assert rows(made, "held") == [(EAST, 1)]
    assert [each[3] for each in rows(made, "fact_meetings_meeting_held")] == [A, A]


@pytest.mark.parametrize(
    "permission", [NOTHING, Permission.of(["membership"], None), Permission.of(None, None, [MeetingHeld.name])]
)
def test_without_a_grant_nothing_is_kept(heard: Hear, chronicle: Chronicle, permission: Permission) -> None:
    made = heard(permission, chronicle)
    assert [rows(made, table) for table in ("held", "fact_meetings_meeting_held", "correction")] == [[], [], []]
    assert sum(count for _, count in rows(made, "passed")) == 3


def test_what_rules_read_back_is_heard_whatever_the_permission(heard: Hear, chronicle: Chronicle) -> None:
    made = heard(NOTHING, chronicle, replace(FIRST, keeps=frozenset({MeetingHeld})))
    assert rows(made, "held") == [(EAST, 1), (WEST, 1)]


def test_who_goes_on_in_an_organisations_place_puts_its_facts_right(heard: Hear, chronicle: Chronicle) -> None:
    root = chronicle.chains[A][0]
    last = chronicle.chains[A][-1]
    told = chronicle.correct(root, last, meeting(EAST, 9, 20))
    chronicle.chains[A].pop()
    chronicle.append(B, told.envelope.content)
    made = heard(Permission.of(["meetings"], [A]), chronicle)
    assert [each[2] for each in rows(made, "fact_meetings_meeting_held")] != []
    assert len(rows(made, "fact_meetings_meeting_held")) == 3


def test_another_permission_makes_the_views_outdated(generations: Generations) -> None:
    generations.declare(replace(FIRST, permission=NOTHING))
    generations.serving().store.close()
    assert not generations.outdated()
    generations.declare(replace(FIRST, permission=MEETINGS))
    assert generations.outdated()
    assert generations.made() == NOTHING
    generations.declare(replace(FIRST, permission=NOTHING))
    assert not generations.outdated()


def test_views_that_bear_no_permission_were_made_from_everything(generations: Generations) -> None:
    assert generations.made() is None
    generations.serving().store.close()
    assert generations.made() == EVERYTHING


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (EVERYTHING, NOTHING),
        (EVERYTHING, MEETINGS),
        (MEETINGS, Permission.of(["meetings"], [A])),
        (Permission.of(["meetings"], [A, B]), Permission.of(["meetings"], [B])),
        (EVERYTHING, Permission.of(None, None, [MeetingHeld.name])),
    ],
)
def test_a_wider_permission_covers_a_narrower_one_and_not_the_other_way(
    wider: Permission, narrower: Permission
) -> None:
    assert wider.covers(narrower)
    assert wider.covers(wider)
    assert not narrower.covers(wider)
    assert Permission.read(narrower.text()) == narrower


def test_what_may_be_heard_no_longer_is_gone_from_every_file(
    tmp_path: Path, chronicle: Chronicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, exact bytes and what is left in free pages: the files in which they stood are removed, not cleaned."""
    wide, narrow = (Permission.of(["meetings"], each) for each in ([A, B], [A]))
    generations = Generations(replace(FIRST, permission=wide), f"sqlite:///{tmp_path / 'views'}.sqlite")
    runner = Runner(generations.serving())
    runner.take("meetings", chronicle.events())
    assert kept_in(tmp_path, WEST), "the needle is found where it stands"
    generations.declare(replace(FIRST, permission=narrow))
    Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
    runner.let_go(0)
    generations.sweep()
    assert generations.withheld()
    ended = generations.listed()[0].since
    monkeypatch.setattr(generations, "_now", lambda _: ended + NOTICED)
    generations.sweep()
    assert not generations.withheld()
    assert [each.state for each in generations.listed()] == ["serving"]
    assert rows(runner.generation, "held") == [(EAST, 1)]
    assert kept_in(tmp_path, EAST)
    assert not kept_in(tmp_path, WEST)
    with pytest.raises(NothingToRollBack):
        Rebuild(generations, runner, lambda: [Told(chronicle)]).roll_back()
    runner.close()
    generations.close()


async def test_what_was_read_for_a_grant_that_is_gone_does_not_stay_in_a_shadow(
    tmp_path: Path, chronicle: Chronicle
) -> None:
    """The grant was widened, the rebuild for it was interrupted, and before the next start the grant was narrowed."""
    wide, narrow = (replace(FIRST, permission=Permission.of(["meetings"], each)) for each in ([A, B], [A]))
    store = f"sqlite:///{tmp_path / 'views'}.sqlite"
    generations = Generations(narrow, store)
    runner = Runner(generations.serving())
    runner.take("meetings", chronicle.events())
    generations.declare(wide)
    widening = Rebuild(generations, runner, lambda: [Told(chronicle)])
    with pytest.raises(Interrupted):
        widening.run(told=lambda seen: widening.stop() if seen.done >= len(chronicle.events()) else None)
    runner.close()
    generations.close()
    assert kept_in(tmp_path, WEST), "the needle is found where it stands"

    generations = Generations(narrow, store)
    runner = Runner(generations.serving())
    renewal = Renewal(generations, Rebuild(generations, runner, lambda: [Told(chronicle)]), lambda: True)
    running = asyncio.create_task(renewal.run())
    await until_async(lambda: not kept_in(tmp_path, WEST) and len(generations.listed()) == 1)
    renewal.stop()
    await running
    assert [each.state for each in generations.listed()] == ["serving"]
    assert rows(runner.generation, "held") == [(EAST, 1)]
    runner.close()
    generations.close()


def kept_in(folder: Path, unit: UUID) -> list[str]:
    """The files in whose bytes a unit stands, as a key or inside a fact."""
    needles = (unit.hex.encode(), str(unit).encode())
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]
