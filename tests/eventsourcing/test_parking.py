"""Do parked events say why, come back when they can, and leave for good only when somebody decides it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.contracts.cloudevent import to_cloudevent
from shared.contracts.envelope import Content, Recorded
from shared.contracts.meetings import VisitDutySet
from shared.contracts.membership import Role
from shared.eventsourcing.acts import Acts
from shared.eventsourcing.completeness import Completeness
from shared.eventsourcing.draft import Poster
from shared.eventsourcing.parking import BEHIND, NotParked, Parked, Spot, StillFails, Wanted
from shared.eventsourcing.rebuild import Rebuild
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.unparking import summed
from shared.eventsourcing.views import Generations
from tests.support.history import Chronicle, meeting
from tests.support.sittings import DECLARATION, POISON, SLOW, mended

A, B = UUID(int=1), UUID(int=2)
EAST, WEST, NORTH = UUID(int=11), UUID(int=12), UUID(int=13)
OPERATOR = Poster(organisation=UUID(int=9), credential=UUID(int=91), role=Role.OPERATOR)


@pytest.fixture
def generations(store: str) -> Iterator[Generations]:
    """Views on each kind of store."""
    generations = Generations(DECLARATION, store)
    yield generations
    generations.close()


@pytest.fixture
def runner(generations: Generations) -> Iterator[Runner]:
    """A runner of the views that serve."""
    runner = Runner(generations.serving())
    yield runner
    runner.generation.store.close()


def rows(runner: Runner) -> list[tuple[UUID, int, int]]:
    """What the projection answers."""
    table = runner.generation.metadata.tables["sittings"]
    with runner.generation.store.read() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(select(table).order_by(table.c.branch))]


def spot(recorded: Recorded, projection: str = "sittings") -> Spot:
    return Spot.of(projection, recorded)


def whole(runner: Runner) -> bool:
    """Whether every event is accounted for, also when all tables are counted."""
    return Completeness(runner, None, lambda _: {}).recount().whole


class Discarding:
    """Discards as an operator does: written down, then done."""

    def __init__(self, runner: Runner, acts: Acts) -> None:
        self._runner, self._acts = runner, acts
        runner.leave_out(lambda: acts.discards("ratings"))

    def __call__(self, which: Spot) -> tuple[int, int]:
        self._runner.discard(which, dry_run=True)
        self._acts.record("ratings", OPERATOR, "discarded", "sai số", {}, which)
        return summed(self._runner.discard(which))


@pytest.fixture
def acts(generations: Generations) -> Acts:
    """The acts, in a store that outlives the views."""
    return Acts(generations.control)


@pytest.fixture
def discard(runner: Runner, acts: Acts) -> Discarding:
    """How an operator discards."""
    return Discarding(runner, acts)


def test_a_parked_event_is_listed_with_why_its_keys_and_what_waits_behind_it(runner: Runner) -> None:
    chronicle = Chronicle()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    one = chronicle.meet(A, EAST, UUID(int=102), 4)
    moved = chronicle.correct(one, one, meeting(WEST, 4))
    further = chronicle.meet(B, WEST, UUID(int=103), 5)
    runner.take("meetings", [one, moved, further])
    first, *rest = runner.parked()
    assert (first.event, first.blocked, first.keys) == (str(poison.envelope.id), False, [str(EAST)])
    assert first.reason.startswith("ArithmeticError at recompute:")
    assert first.type == "vn.nennep.meetings.meeting-held.v1"
    assert set(first.behind) == {str(each.envelope.id) for each in (one, moved, further)}, (
        "over as many steps as needed"
    )
    assert [(each.reason, each.blocked) for each in rest] == [(BEHIND, True)] * 3
    assert to_cloudevent(runner.recorded(spot(poison))) == to_cloudevent(poison)
    with pytest.raises(NotParked):
        runner.recorded(spot(chronicle.meet(A, NORTH, UUID(int=104), 1)))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(runner: Runner) -> None:
    chronicle = Chronicle()
    chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=102), 4)])
    before = runner.parked()
    with mended():
        assert summed(runner.retry(Wanted(), dry_run=True)) == (2, 0)
        assert (runner.parked(), rows(runner)) == (before, [])
        assert summed(runner.retry(Wanted())) == (2, 0)
        assert (runner.parked(), rows(runner)) == ([], [(EAST, 2, POISON + 4)])
    assert runner.retry(Wanted()) == []


@pytest.mark.parametrize(
    ("wanted", "freed"),
    [
        (Wanted(organisation=B), {NORTH}),
        (Wanted(key=EAST), {EAST}),
        (Wanted(projection="sittings", type="vn.nennep.meetings.meeting-held.v1"), {EAST, NORTH}),
        (Wanted(projection="another"), set()),
        (Wanted(type="vn.nennep.meetings.visit-completed.v1"), set()),
        (Wanted(service="membership"), set()),
        (Wanted(event=UUID(int=10**12 + 1)), {EAST}),
    ],
)
def test_only_what_is_meant_is_tried_again(runner: Runner, wanted: Wanted, freed: set[UUID]) -> None:
    chronicle = Chronicle()
    chronicle.meet(A, EAST, UUID(int=101), POISON)
    chronicle.meet(B, NORTH, UUID(int=102), POISON)
    runner.take("meetings", chronicle.events())
    with mended():
        runner.retry(wanted)
        assert {row[0] for row in rows(runner)} == freed
        assert len(runner.parked()) == 2 - len(freed)


def test_an_event_of_which_nobody_could_say_what_it_touches_is_asked_again(runner: Runner) -> None:
    """Its subject stood in for its keys: to compute that again would be to do nothing."""
    chronicle = Chronicle()
    chronicle.meet(A, EAST, UUID(int=101), SLOW)
    runner.take("meetings", chronicle.events())
    assert [each.keys for each in runner.parked()] == [[str(UUID(int=101))]]
    assert summed(runner.retry(Wanted())) == (0, 1)
    with mended():
        assert summed(runner.retry(Wanted())) == (1, 0)
        assert rows(runner) == [(EAST, 1, SLOW)]


def test_what_still_fails_stays_parked_and_so_does_what_waits_behind_it(runner: Runner) -> None:
    chronicle = Chronicle()
    first = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    second = chronicle.meet(A, EAST, UUID(int=102), POISON)
    runner.take("meetings", [second])
    assert summed(runner.retry(Wanted())) == (0, 2)
    assert [each.blocked for each in runner.parked()] == [False, True], "the second waits as long as the first fails"
    runner.take("meetings", [chronicle.void(first, first)])
    assert summed(runner.retry(Wanted())) == (0, 3)


def test_an_event_that_could_not_be_read_is_taken_in_once_it_can(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    chronicle = Chronicle()
    chronicle.meet(A, EAST, UUID(int=101), 4)
    chronicle.meet(A, EAST, UUID(int=102), 5)
    with monkeypatch.context() as patch:
        patch.setattr("shared.eventsourcing.batch.decode", _cannot_read)
        runner.take("meetings", chronicle.events())
        assert (len(runner.parked()), rows(runner)) == (2, [])
        assert summed(runner.retry(Wanted("facts"))) == (0, 2)
        assert whole(runner)
    assert summed(runner.retry(Wanted("facts"), dry_run=True)) == (2, 0)
    assert rows(runner) == []
    assert summed(runner.retry(Wanted("facts"))) == (2, 0)
    assert (runner.parked(), rows(runner)) == ([], [(EAST, 2, 9)])
    assert whole(runner)


def _cannot_read(*_: object) -> object:
    raise ValueError


def test_a_discarded_event_is_left_out_blocks_nothing_and_answers_say_so(runner: Runner, discard: Discarding) -> None:
    chronicle = Chronicle()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=102), 4)])
    assert discard(spot(poison)) == (1, 0)
    assert rows(runner) == [(EAST, 1, 4)]
    assert [(each.event, each.discarded) for each in runner.parked()] == [(str(poison.envelope.id), True)]
    assert runner.parked_count() == 0
    assert runner.parked_count(["sittings"]) == 1, "an answer that rests on it lacks an event"
    runner.take("meetings", [chronicle.meet(B, EAST, UUID(int=103), 5)])
    assert rows(runner) == [(EAST, 2, 9)]
    assert whole(runner)


def test_a_correction_that_is_discarded_leaves_what_it_replaced(runner: Runner, discard: Discarding) -> None:
    chronicle = Chronicle()
    root = chronicle.meet(A, EAST, UUID(int=101), 4)
    runner.take("meetings", chronicle.events())
    worse = chronicle.correct(root, root, meeting(WEST, POISON))
    runner.take("meetings", [worse])
    assert discard(spot(worse)) == (0, 0)
    assert rows(runner) == [(EAST, 1, 4)]


def test_what_fails_by_itself_behind_a_discarded_event_is_parked_by_itself(runner: Runner, discard: Discarding) -> None:
    chronicle = Chronicle()
    first = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    second = chronicle.meet(A, EAST, UUID(int=102), POISON)
    runner.take("meetings", [second])
    assert discard(spot(first)) == (0, 1)
    assert [(each.event, each.blocked, each.discarded) for each in runner.parked()] == [
        (str(first.envelope.id), False, True),
        (str(second.envelope.id), False, False),
    ]
    assert discard(spot(second)) == (0, 0)
    third = chronicle.meet(A, EAST, UUID(int=103), 3)
    runner.take("meetings", [third])
    assert rows(runner) == [(EAST, 1, 3)]


def test_to_discard_what_is_not_to_blame_is_refused_and_changes_nothing(
    runner: Runner, acts: Acts, discard: Discarding
) -> None:
    chronicle = Chronicle()
    with mended():
        guilty = chronicle.meet(A, EAST, UUID(int=101), POISON)
        runner.take("meetings", [guilty])
    innocent = chronicle.meet(A, EAST, UUID(int=102), 4)
    runner.take("meetings", [innocent])
    before = runner.parked()
    with pytest.raises(StillFails):
        discard(spot(innocent))
    with pytest.raises(NotParked):
        discard(spot(guilty))
    assert runner.parked() == before
    assert acts.listed("ratings") == []
    runner.take("meetings", [chronicle.void(guilty, guilty)])
    assert summed(runner.retry(Wanted())) == (2, 0)
    assert rows(runner) == [(EAST, 1, 4)]


class Told:
    """A source that tells a chronicle from its beginning."""

    service = "meetings"

    def __init__(self, chronicle: Chronicle) -> None:
        self._events: Sequence[Recorded] = chronicle.events()

    def read(self) -> Iterator[Sequence[Recorded]]:
        """All that has not been read."""
        events, self._events = self._events, []
        if events:
            yield events


def test_a_rebuild_honours_discards_and_so_do_views_that_were_deleted(
    runner: Runner, generations: Generations, acts: Acts, discard: Discarding, tmp_path: Path
) -> None:
    chronicle = Chronicle()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    discard(spot(poison))
    runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=102), 4)])
    difference = Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
    assert difference.empty, difference
    assert runner.generation.number == 2
    _left_out(runner, poison)
    fresh = Generations(DECLARATION, f"sqlite:///{tmp_path / 'fresh'}.sqlite")
    again = Runner(fresh.serving())
    again.leave_out(lambda: acts.discards("ratings"))
    again.take("meetings", chronicle.events())
    _left_out(again, poison)
    again.generation.store.close()
    fresh.close()


def _left_out(runner: Runner, poison: Recorded) -> None:
    assert rows(runner) == [(EAST, 1, 4)]
    assert [(each.event, each.discarded) for each in runner.parked()] == [(str(poison.envelope.id), True)]
    assert runner.parked_count(["sittings"]) == 1


def test_a_discarded_event_comes_back_when_it_is_named(runner: Runner, acts: Acts, discard: Discarding) -> None:
    chronicle = Chronicle()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    runner.take("meetings", chronicle.events())
    discard(spot(poison))
    named = Wanted(event=poison.envelope.id)
    assert summed(runner.retry(named)) == (0, 1)
    assert [each.discarded for each in runner.parked()] == [True], "it still cannot be computed"
    with mended():
        assert runner.retry(Wanted()) == [], "nobody named it"
        (tried,) = runner.retry(named, dry_run=True)
        assert tried.taken_back
        acts.record("ratings", OPERATOR, "taken-back", "đã sửa", {}, spot(poison))
        assert summed(runner.retry(named)) == (1, 0)
        assert (runner.parked(), rows(runner)) == ([], [(EAST, 1, POISON)])
    assert acts.discards("ratings") == frozenset()


def test_an_event_that_cannot_be_read_may_be_discarded_and_is_still_accounted_for(
    runner: Runner, generations: Generations, discard: Discarding
) -> None:
    chronicle = Chronicle()
    name = "vn.nennep.meetings.meeting-held.v9"
    unknown = chronicle.append(A, Content(type=name, subject=A, occurred="2022-01-01", fact=b"{}"))
    runner.take("meetings", chronicle.events())
    assert discard(spot(unknown, "facts")) == (0, 0)
    assert (runner.parked_count(), runner.parked_count(["sittings"])) == (0, 1)
    assert whole(runner)
    Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
    assert (runner.parked_count(), runner.parked_count(["sittings"])) == (0, 1)
    assert whole(runner)


def test_acts_are_appended_with_who_when_why_and_what(store: str) -> None:
    opened = open_store(store)
    clock = iter(range(10**15, 10**15 + 10))
    acts = Acts(opened, lambda: next(clock))
    acts.record("ratings", OPERATOR, "retried", "đã sửa chương trình", {"freed": 2, "left": 0})
    acts.record("ratings", OPERATOR, "discarded", "ghi nhầm", {"sequence": 7}, Spot("sittings", "meetings", A, B))
    acts.record("meetings", OPERATOR, "retried", "", {})
    second, first = acts.listed("ratings")
    assert (first.number, first.act, first.reason, first.what) == (
        1,
        "retried",
        "đã sửa chương trình",
        {"freed": 2, "left": 0},
    )
    assert (second.credential, second.at) == (str(OPERATOR.credential), "2001-09-09T01:46:40.000001Z")
    assert Acts(opened).discards("ratings") == {Spot("sittings", "meetings", A, B)}
    assert acts.discards("meetings") == frozenset()
    opened.close()


def test_failures_of_a_batch_that_was_rolled_back_do_not_count(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve of thirty fail; the batch comes three times before it commits: 24 failures would stop the projection."""
    chronicle = Chronicle()
    for number in range(30):
        chronicle.meet(A, UUID(int=1_000 + number), UUID(int=5_000 + number), POISON if number < 12 else 3)
    with monkeypatch.context() as patch:
        patch.setattr("shared.eventsourcing.runner.reach", _crash)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                runner.take("meetings", chronicle.events())
    runner.take("meetings", chronicle.events())
    assert runner.stopped() == []
    more = [chronicle.meet(A, UUID(int=3_000 + each), UUID(int=9_000 + each), POISON) for each in range(8)]
    runner.take("meetings", more)
    assert runner.stopped() == ["sittings"], "twelve and eight are twenty, and more than one in a hundred"


def _crash(_: str) -> None:
    raise KeyboardInterrupt


def test_what_only_waits_behind_others_is_not_counted_as_seen(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.eventsourcing.applying.FAILURES", 2)
    chronicle = Chronicle()
    failing = [chronicle.meet(A, UUID(int=1_000 + each), UUID(int=5_000 + each), POISON) for each in range(2)]
    waiting = [chronicle.meet(B, UUID(int=1_000), UUID(int=7_000 + each), 1) for each in range(201)]
    runner.take("meetings", [*failing, *waiting])
    assert runner.stopped() == ["sittings"], "two of two, not two of two hundred and three"


def test_an_event_nobody_listens_to_has_no_key_to_wait_for(runner: Runner) -> None:
    chronicle = Chronicle()
    chronicle.record(A, VisitDutySet(tier="commune", at_least=1, starts=dt.date(2022, 1, 1)), A)
    runner.take("meetings", chronicle.events())
    assert _behind(runner.parked()) == []


def _behind(parked: Iterable[Parked]) -> list[str]:
    return [event for each in parked for event in each.behind]
