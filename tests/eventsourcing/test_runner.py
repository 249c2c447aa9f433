"""What does the read side promise? Rows, positions and parked events in one commit, whatever comes in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from shared.contracts.envelope import Content, Correction, Recorded
from shared.contracts.meetings import (
    CadreExcused,
    MeetingHeld,
    MeetingsFactCorrected,
    MeetingsFactVoided,
    ParticipationCounted,
    VisitDutySet,
)
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import ChainBroken
from shared.eventsourcing.parking import Parking, Wanted
from shared.eventsourcing.progress import Progress
from shared.eventsourcing.projection import Projection, Views
from shared.eventsourcing.rebuild import Rebuild, RebuildRunning
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.shadow import HistoryIncomplete
from shared.eventsourcing.unparking import summed
from shared.eventsourcing.views import Declaration, Generations
from tests.support.history import Chronicle, meeting

A, B = UUID(int=1), UUID(int=2)
EAST, WEST = UUID(int=11), UUID(int=12)
POISON = 13
"""A meeting with so many people makes the test's projection fail."""


class Sittings(Projection):
    """How many meetings each branch held, and the people at them."""

    name = "sittings"
    listens = frozenset({MeetingHeld})

    def declare(self, metadata: MetaData) -> Iterable[Table]:
        self.table = Table(
            "sittings",
            metadata,
            Column("branch", Uuid, primary_key=True),
            Column("held", BigInteger, nullable=False),
            Column("people", BigInteger, nullable=False),
        )
        return [self.table]

    def keys(self, _: Views, said: Said) -> Iterable[UUID]:
        assert isinstance(said.fact, MeetingHeld)
        return [said.fact.branch]

    def recompute(self, views: Views, keys: frozenset[UUID]) -> None:
        views.connection.execute(delete(self.table).where(self.table.c.branch.in_(keys)))
        rolls: dict[UUID, list[int]] = {}
        for said in views.facts.said(views.connection, [MeetingHeld]):
            assert isinstance(said.fact, MeetingHeld)
            if said.fact.branch in keys:
                rolls.setdefault(said.fact.branch, []).append(said.fact.roll.present)
        if any(POISON in people for people in rolls.values()):
            raise ArithmeticError
        if rolls:
            views.connection.execute(
                insert(self.table),
                [{"branch": branch, "held": len(people), "people": sum(people)} for branch, people in rolls.items()],
            )


DECLARATION = Declaration("ratings", frozenset({MeetingHeld, ParticipationCounted}), (Sittings,))


@pytest.fixture
def generations(store: str) -> Iterator[Generations]:
    """Views on each kind of store."""
    generations = Generations(DECLARATION, store)
    yield generations
    generations.close()


@pytest.fixture
def runner(generations: Generations) -> Iterator[Runner]:
    """A runner of the first generation."""
    runner = Runner(generations.serving())
    yield runner
    runner.generation.store.close()


def rows(runner: Runner) -> list[tuple[UUID, int, int]]:
    """What the projection answers."""
    table = runner.generation.metadata.tables["sittings"]
    with runner.generation.store.read() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(table.c.branch))]


def count(runner: Runner, table: str) -> int:
    """How many rows a table has."""
    with runner.generation.store.read() as connection:
        return connection.execute(
            select(func.count()).select_from(runner.generation.metadata.tables[table])
        ).scalar_one()


def busy_year() -> Chronicle:
    """Two organisations, corrections, a voiding, and a branch that a correction moves."""
    chronicle = Chronicle()
    first = chronicle.meet(A, EAST, UUID(int=101), 10)
    chronicle.meet(B, WEST, UUID(int=102), 5)
    second = chronicle.meet(A, WEST, UUID(int=103), 7)
    better = chronicle.correct(first, first, meeting(EAST, 12))
    chronicle.correct(first, better, meeting(WEST, 11))
    chronicle.void(second, second)
    third = chronicle.meet(B, EAST, UUID(int=104), 1)
    chronicle.void(third, third)
    chronicle.meet(B, EAST, UUID(int=105), 2)
    return chronicle


EXPECTED = [(EAST, 1, 2), (WEST, 2, 16)]


def test_corrections_and_voidings_count_and_every_version_stays(runner: Runner) -> None:
    chronicle = busy_year()
    runner.take("meetings", chronicle.events())
    assert rows(runner) == EXPECTED
    assert count(runner, "fact_meetings_meeting_held") == 7
    assert count(runner, "correction") == 4
    assert {org: end.sequence for org, end in runner.positions("meetings").items()} == {A: 5, B: 4}


@pytest.mark.parametrize("seed", range(8))
def test_every_interleaving_and_every_batching_gives_the_same_rows(runner: Runner, seed: int) -> None:
    mixed = busy_year().interleaved(seed)
    step = 1 + seed % 4
    for start in range(0, len(mixed), step):
        runner.take("meetings", mixed[start : start + step])
    assert rows(runner) == EXPECTED


def test_what_was_taken_already_is_dropped(runner: Runner) -> None:
    events = busy_year().events()
    runner.take("meetings", events)
    runner.take("meetings", events)
    assert rows(runner) == EXPECTED
    assert count(runner, "fact_meetings_meeting_held") == 7


def test_a_standing_fact_is_told_as_of_what_was_known(runner: Runner) -> None:
    runner.take("meetings", busy_year().events())
    with runner.generation.store.read() as connection:
        people = [
            sorted(row.roll_present for row in connection.execute(runner.facts.standing(MeetingHeld, known=known)))
            for known in (1, 3, 4, 6, None)
        ]
    assert people == [[10], [5, 7, 10], [5, 7, 12], [5, 11], [2, 5, 11]]


def test_a_type_nobody_listens_to_is_counted_and_passed(runner: Runner) -> None:
    chronicle = Chronicle()
    chronicle.record(A, VisitDutySet(tier="commune", at_least=1, starts=dt.date(2022, 1, 1)), A)
    content = Content(type="vn.nennep.meetings.never-heard-of.v1", subject=A, occurred="2022-01-01", fact=b"{}")
    chronicle.append(A, content)
    chronicle.meet(A, EAST, UUID(int=101), 3)
    runner.take("meetings", chronicle.events())
    assert rows(runner) == [(EAST, 1, 3)]
    assert count(runner, "passed") == 2
    assert runner.parked_count() == 0


def test_an_unknown_version_of_a_type_listened_to_is_parked_with_its_bytes(runner: Runner) -> None:
    chronicle = Chronicle()
    content = Content(type="vn.nennep.meetings.meeting-held.v9", subject=A, occurred="2022-01-01", fact=b"{}")
    chronicle.append(A, content)
    chronicle.meet(A, EAST, UUID(int=101), 3)
    runner.take("meetings", chronicle.events())
    parked = runner.generation.ledger.parked
    with runner.generation.store.read() as connection:
        row = connection.execute(select(parked)).one()
    assert (row.projection, row.reason, row.sequence) == ("facts", "UnknownVersion", 1)
    assert b"meeting-held.v9" in row.event
    assert rows(runner) == [(EAST, 1, 3)]


def test_a_failing_event_is_parked_and_blocks_its_keys_while_others_go_on(runner: Runner) -> None:
    chronicle = Chronicle()
    poison = chronicle.meet(A, EAST, UUID(int=101), POISON)
    chronicle.meet(A, WEST, UUID(int=102), 4)
    runner.take("meetings", chronicle.events())
    behind = chronicle.meet(A, EAST, UUID(int=103), 5)
    runner.take("meetings", [behind])
    assert rows(runner) == [(WEST, 1, 4)]
    assert runner.parked_count() == 2
    assert runner.positions("meetings")[A].sequence == 3, "the position moves on"
    assert summed(runner.retry(Wanted("sittings"))) == (0, 2)
    chronicle.void(poison, poison)
    runner.take("meetings", chronicle.events())
    assert summed(runner.retry(Wanted("sittings"))) == (3, 0)
    assert rows(runner) == [(EAST, 1, 5), (WEST, 1, 4)]
    assert runner.parked_count() == 0


def test_a_projection_that_fails_too_often_stops(runner: Runner) -> None:
    chronicle = Chronicle()
    for number in range(30):
        chronicle.meet(A, UUID(int=1000 + number), UUID(int=2000 + number), POISON)
    runner.take("meetings", chronicle.events())
    assert count(runner, "stopped") == 1
    more = chronicle.meet(A, WEST, UUID(int=102), 4)
    runner.take("meetings", [more])
    assert rows(runner) == []
    assert runner.positions("meetings")[A].sequence == 31


def test_rows_and_position_commit_together(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    events = busy_year().events()
    with monkeypatch.context() as patch:
        patch.setattr("shared.eventsourcing.runner.reach", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            runner.take("meetings", events)
    assert rows(runner) == []
    assert runner.positions("meetings") == {}
    assert count(runner, "fact_meetings_meeting_held") == 0
    runner.take("meetings", events)
    assert rows(runner) == EXPECTED


def test_two_organisations_may_give_the_same_id_and_only_the_failing_event_is_parked(runner: Runner) -> None:
    chronicle = Chronicle()
    chronicle.meet(A, WEST, UUID(int=101), 4)
    chronicle.clock = 0
    poison = chronicle.meet(B, EAST, UUID(int=102), POISON)
    runner.take("meetings", chronicle.events())
    (parked,) = runner.parked()
    assert (parked.organisation, parked.event) == (str(B), str(poison.envelope.id))
    assert rows(runner) == [(WEST, 1, 4)]


def test_the_same_id_in_the_logs_of_two_services_is_parked_twice(runner: Runner) -> None:
    parking = Parking(runner.generation.ledger.parked)
    with runner.generation.store.write() as connection:
        for name in ("vn.nennep.meetings.meeting-held.v9", "vn.nennep.membership.unit-founded.v9"):
            content = Content(type=name, subject=A, occurred="2022-01-01", fact=b"{}")
            parking.park(connection, "sittings", Chronicle().append(A, content), [EAST], "a reason")
    assert [each.service for each in runner.parked()] == ["meetings", "membership"]
    assert runner.parked_count() == 2


def test_a_voiding_that_does_not_decode_is_parked(runner: Runner) -> None:
    chronicle = Chronicle()
    root = chronicle.meet(A, EAST, UUID(int=101), 3)
    corrects = Correction(A, root.envelope.id, root.envelope.id)
    name = MeetingsFactVoided.name
    chronicle.append(A, Content(type=name, subject=A, occurred="2022-06-01", fact=b"{}", corrects=corrects))
    runner.take("meetings", chronicle.events())
    assert [each.projection for each in runner.parked()] == ["facts"]
    assert rows(runner) == [(EAST, 1, 3)]


def test_whoever_missed_what_another_process_applied_moves_nothing_and_then_goes_on_from_there(
    runner: Runner, generations: Generations
) -> None:
    events = busy_year().events()
    behind = Runner(generations.serving())
    ours = [each for each in events if each.envelope.organisation == A]
    others = [each for each in events if each.envelope.organisation == B]
    runner.take("meetings", [*ours[:3], *others])
    with pytest.raises((ChainBroken, IntegrityError)):
        behind.take("meetings", ours[:2])
    behind.take("meetings", ours)
    assert rows(behind) == EXPECTED
    behind.generation.store.close()


class Told:
    """A source that tells a chronicle from its beginning."""

    service = "meetings"

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._told = 0

    def read(self) -> Iterator[Sequence[Recorded]]:
        """In batches of two."""
        events = self._chronicle.events()
        while self._told < len(events):
            batch = events[self._told : self._told + 2]
            self._told += len(batch)
            yield batch


def test_a_rebuild_of_unchanged_views_differs_in_nothing_and_serves(runner: Runner, generations: Generations) -> None:
    chronicle = busy_year()
    runner.take("meetings", chronicle.events(), stream="nennep:{meetings.0}", entry="7-0")
    seen: list[int] = []
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    difference = rebuild.run(told=lambda progress: seen.append(progress.done))
    assert difference.empty, difference
    assert seen[-1] == 9
    assert runner.generation.number == 2
    assert rows(runner) == EXPECTED
    assert runner.entry("nennep:{meetings.0}") == "7-0"
    late = chronicle.meet(A, EAST, UUID(int=106), 4)
    runner.take("meetings", [late])
    assert rows(runner) == [(EAST, 2, 6), (WEST, 2, 16)]


def test_a_rebuild_names_the_rows_that_differ_and_can_be_rolled_back(runner: Runner, generations: Generations) -> None:
    chronicle = busy_year()
    runner.take("meetings", chronicle.events())
    table = runner.generation.metadata.tables["sittings"]
    with runner.generation.store.write() as connection:
        connection.execute(table.update().where(table.c.branch == EAST).values(held=99))
    rebuild = Rebuild(generations, runner, lambda: [Told(chronicle)])
    difference = rebuild.run()
    assert difference.tables["sittings"] == (1, 1)
    assert str(EAST) in difference.examples["sittings"][0]
    assert rows(runner) == EXPECTED
    rebuild.roll_back()
    assert rows(runner)[0] == (EAST, 99, 2)


def test_a_rebuild_never_runs_ahead_of_the_views_that_serve(runner: Runner, generations: Generations) -> None:
    chronicle = busy_year()
    runner.take("meetings", chronicle.events()[:4])
    difference = Rebuild(generations, runner, lambda: [Told(chronicle)]).run()
    assert difference.empty, difference
    assert {org: end.sequence for org, end in runner.positions("meetings").items()} == {A: 4}


def test_a_rebuild_does_not_switch_to_views_that_know_less(runner: Runner, generations: Generations) -> None:
    runner.take("meetings", busy_year().events())
    with pytest.raises(HistoryIncomplete):
        Rebuild(generations, runner, lambda: [Told(Chronicle())]).run()
    assert runner.generation.number == 1
    assert rows(runner) == EXPECTED


def test_a_rebuild_ends_though_events_never_cease(runner: Runner, generations: Generations) -> None:
    chronicle = Chronicle()

    class Busy(Told):
        """While it is read, more is recorded and applied."""

        def read(self) -> Iterator[Sequence[Recorded]]:
            for batch in super().read():
                if batch[-1].envelope.sequence < 200:
                    runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=1000 + len(chronicle.events())), 1)])
                yield batch

    runner.take("meetings", [chronicle.meet(A, EAST, UUID(int=999), 1)])
    rebuild = Rebuild(generations, runner, lambda: [Busy(chronicle)])
    rebuild.run()
    assert len(chronicle.events()) < 200


def test_two_rebuilds_at_once_are_refused(runner: Runner, generations: Generations) -> None:
    rebuild = Rebuild(generations, runner, lambda: [Told(busy_year())])
    refused: list[bool] = []

    def start_another(_: Progress) -> None:
        with pytest.raises(RebuildRunning):
            rebuild.run()
        refused.append(True)

    rebuild.run(told=start_another)
    assert refused


@pytest.mark.usefixtures("runner")
def test_another_declaration_asks_for_a_rebuild(generations: Generations, store: str) -> None:
    assert not generations.outdated()
    more = Declaration("ratings", DECLARATION.listens | {CadreExcused}, (Sittings,))
    changed = Generations(more, store)
    assert changed.outdated()
    changed.close()


def test_whoever_learns_from_facts_has_learnt_before_a_position_shows_them(runner: Runner) -> None:
    chronicle = Chronicle()
    event = chronicle.meet(A, EAST, UUID(int=101), 3)
    shown: list[bool] = []
    runner.on_said(lambda _: shown.append(A in runner.positions("meetings")))
    runner.take("meetings", [event])
    assert shown == [False]
    assert A in runner.positions("meetings")


def test_a_successors_correction_heard_before_its_root_counts_once_the_root_is_there(runner: Runner) -> None:
    chronicle = Chronicle()
    root = chronicle.meet(A, EAST, UUID(int=101), 10)
    corrects = Correction(A, root.envelope.id, root.envelope.id)
    fact = meeting(WEST, 9)
    whole = MeetingsFactCorrected(type=fact.name, fact=fact.model_dump(mode="json", exclude_none=True))
    successor = chronicle.record(B, whole, UUID(int=101), corrects=corrects)
    runner.take("meetings", [successor])
    assert rows(runner) == []
    runner.take("meetings", [root])
    assert rows(runner) == [(WEST, 1, 9)]
    with runner.generation.store.read() as connection:
        waiting = connection.execute(runner.facts.tables[MeetingHeld].waiting).all()
    assert waiting == []
