"""What does the write side promise? The same on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, text, update

from shared.contracts.envelope import Correction, genesis
from shared.contracts.event import Event
from shared.contracts.meetings import (
    MeetingHeld,
    MeetingKind,
    MeetingsFactCorrected,
    MeetingsFactVoided,
    Roll,
)
from shared.eventsourcing.acceptance import NotYours, OtherType, UnknownRoot
from shared.eventsourcing.decider import AnyDecider, Decider, Said
from shared.eventsourcing.draft import Draft, Expected
from shared.eventsourcing.errors import (
    AlreadyReplaced,
    Answered,
    Busy,
    ChainBroken,
    IdTaken,
    NotSeenYet,
    Refused,
    StaleVersion,
    Unreadable,
)
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.log_rows import chain_table, event_table
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.submission import Outcome, Receipt
from tests.support.grounds import OpenGround, anything_goes, correcting, draft, poster, voiding
from tests.support.servers import waits_for_a_lock
from tests.support.spoiling import spoil
from tests.support.waiting import until

A, B = UUID(int=1), UUID(int=2)


class TooFew(Refused):
    """The test's own rule: nobody came."""


class Unheard(Refused):
    """The test's own rule, resting on another service's events."""

    foreign = True


def strict(fact: type[Event]) -> AnyDecider:
    """Refuses a meeting to which nobody came, and one after which more came than before it."""

    def decide(before: int, said: Said, _world: object) -> None:
        assert isinstance(said.fact, MeetingHeld)
        if said.fact.roll.present == 0:
            raise TooFew("roll.present")
        if said.fact.roll.present == 13:
            raise Unheard("branch")
        if before > said.fact.roll.present:
            raise TooFew("roll.present")

    def evolve(_: int, said: Said) -> int:
        assert isinstance(said.fact, MeetingHeld)
        return said.fact.roll.present

    return Decider[int, object](frozenset({fact}), 0, decide, evolve)


def met(present: int) -> MeetingHeld:
    """A meeting with so many people."""
    return MeetingHeld(branch=UUID(int=9), kind=MeetingKind.REGULAR, roll=Roll(expected=present, present=present))


class Bench:
    """A log with its intake on a store."""

    def __init__(self, store: Store, clock: list[int] | None = None) -> None:
        self.ground = OpenGround(strict)
        self.log = Log("meetings", store)
        self.commits = 0
        reading = None if clock is None else (lambda: clock.pop(0) if len(clock) > 1 else clock[0])
        self.intake = Intake(self.log, self.ground, after_commit=self._committed, clock=reading)
        self.intake.start()

    def _committed(self) -> None:
        self.commits += 1

    def post(self, organisation: UUID, *drafts: object, lenient: bool = False) -> list[Outcome]:
        """Submit and wait."""
        return self.intake.submit(poster(organisation), drafts, lenient=lenient).result(90)  # type: ignore[arg-type]


@pytest.fixture
def bench(store: str) -> Iterator[Bench]:
    """A bench on each kind of store."""
    opened = open_store(store)
    bench = Bench(opened)
    yield bench
    bench.intake.stop()
    opened.close()


def busy(bench: Bench, drafts: list[Draft]) -> bool:
    """Whether the queue of A takes no more."""
    try:
        bench.intake.submit(poster(A), drafts)
    except Busy:
        return True
    return False


def receipt(outcome: Outcome) -> Receipt:
    """The receipt that an outcome must be."""
    assert isinstance(outcome, Receipt), outcome
    return outcome


def test_a_fact_gets_the_next_sequence_of_its_organisation_and_continues_its_chain(bench: Bench) -> None:
    for organisation in (A, B, A):
        bench.post(organisation, draft(met(3), uuid4(), uuid4()))
    events = bench.log.after({}, 10)
    chains = {each: [e for e in events if e.envelope.organisation == each] for each in (A, B)}
    assert [e.envelope.sequence for e in chains[A]] == [1, 2]
    assert [e.envelope.sequence for e in chains[B]] == [1]
    assert chains[A][0].envelope.previous == genesis("meetings", A)
    assert chains[A][1].envelope.previous == chains[A][0].hash
    assert all(e.envelope.hash() == e.hash for e in events)
    assert {org: head.sequence for org, head in bench.log.heads().items()} == {A: 2, B: 1}


def test_the_same_id_with_the_same_content_returns_the_first_receipt_for_ever(bench: Bench) -> None:
    fact = draft(met(3), uuid4(), uuid4())
    first = receipt(bench.post(A, fact)[0])
    again = receipt(bench.post(A, fact)[0])
    assert (again.sequence, again.hash, again.recorded) == (first.sequence, first.hash, False)
    in_one_batch = draft(met(4), uuid4(), uuid4())
    twice = [receipt(each) for each in bench.post(A, in_one_batch, in_one_batch)]
    assert [each.sequence for each in twice] == [2, 2]
    assert bench.log.heads()[A].sequence == 2


def test_the_same_id_with_other_content_is_refused_and_names_the_digest_of_the_first(bench: Bench) -> None:
    first = draft(met(3), uuid4(), uuid4())
    bench.post(A, first)
    outcome = bench.post(A, draft(met(4), first.content.subject, first.id))[0]
    assert isinstance(outcome, IdTaken)
    assert outcome.values["digest"] == first.content.digest().hex()
    assert isinstance(bench.post(B, draft(met(4), uuid4(), first.id))[0], Receipt), "ids are the organisation's own"


def test_a_new_id_with_the_content_of_a_standing_fact_is_already_there(bench: Bench) -> None:
    meeting = uuid4()
    first = receipt(bench.post(A, draft(met(3), meeting, uuid4()))[0])
    again = receipt(bench.post(A, draft(met(3), meeting, uuid4()))[0])
    assert (again.sequence, again.recorded) == (first.sequence, False)
    assert receipt(bench.post(B, draft(met(3), meeting, uuid4()))[0]).recorded, "another organisation says it itself"


def test_once_voided_the_same_content_counts_again(bench: Bench) -> None:
    meeting, root = uuid4(), uuid4()
    bench.post(A, draft(met(3), meeting, root))
    bench.post(A, voiding(MeetingsFactVoided, MeetingHeld.name, meeting, uuid4(), Correction(A, root, root)))
    assert receipt(bench.post(A, draft(met(3), meeting, uuid4()))[0]).recorded


def test_once_corrected_away_the_old_content_counts_again_and_the_new_is_already_there(bench: Bench) -> None:
    meeting, root = uuid4(), uuid4()
    bench.post(A, draft(met(3), meeting, root))
    bench.post(A, correcting(MeetingsFactCorrected, met(4), meeting, uuid4(), Correction(A, root, root)))
    assert not receipt(bench.post(A, draft(met(4), meeting, uuid4()))[0]).recorded
    assert isinstance(bench.post(A, draft(met(3), meeting, uuid4()))[0], TooFew), "judged after the corrected one"


def test_a_correction_replaces_the_last_link_of_its_chain_only(bench: Bench) -> None:
    meeting, root, second = uuid4(), uuid4(), uuid4()
    bench.post(A, draft(met(3), meeting, root))
    bench.post(A, correcting(MeetingsFactCorrected, met(4), meeting, second, Correction(A, root, root)))
    late = correcting(MeetingsFactCorrected, met(5), meeting, uuid4(), Correction(A, root, root))
    assert isinstance(bench.post(A, late)[0], AlreadyReplaced)
    third = correcting(MeetingsFactCorrected, met(5), meeting, uuid4(), Correction(A, root, second))
    assert receipt(bench.post(A, third)[0]).sequence == 3


def test_only_its_organisation_corrects_a_fact_and_only_with_its_own_type(bench: Bench) -> None:
    meeting, root = uuid4(), uuid4()
    bench.post(A, draft(met(3), meeting, root))
    foreign = voiding(MeetingsFactVoided, MeetingHeld.name, meeting, uuid4(), Correction(A, root, root))
    assert isinstance(bench.post(B, foreign)[0], NotYours)
    other = "vn.nennep.meetings.visit-completed.v1"
    assert isinstance(
        bench.post(A, voiding(MeetingsFactVoided, other, meeting, uuid4(), Correction(A, root, root)))[0], OtherType
    )
    unknown = Correction(A, uuid4(), uuid4())
    assert isinstance(
        bench.post(A, voiding(MeetingsFactVoided, MeetingHeld.name, meeting, uuid4(), unknown))[0], UnknownRoot
    )


def test_a_late_fact_is_judged_on_its_own_day(bench: Bench) -> None:
    meeting = uuid4()
    bench.post(A, draft(met(9), meeting, uuid4(), occurred="2022-06-30"))
    assert receipt(bench.post(A, draft(met(2), meeting, uuid4(), occurred="2022-01-31"))[0]).recorded
    assert isinstance(bench.post(A, draft(met(1), meeting, uuid4(), occurred="2022-02-28"))[0], TooFew)


def test_an_expected_version_that_is_stale_is_refused(bench: Bench) -> None:
    meeting = uuid4()
    bench.post(A, draft(met(1), meeting, uuid4(), expected=Expected.NEW))
    assert isinstance(bench.post(A, draft(met(2), meeting, uuid4(), expected=Expected.NEW))[0], StaleVersion)
    assert isinstance(bench.post(A, draft(met(2), meeting, uuid4(), expected=2))[0], StaleVersion)
    assert receipt(bench.post(A, draft(met(2), meeting, uuid4(), expected=1))[0]).recorded


def test_a_batch_with_one_refused_line_stores_nothing(bench: Bench) -> None:
    meeting = uuid4()
    before = draft(met(5), uuid4(), uuid4())
    lines = (draft(met(3), meeting, uuid4()), draft(met(0), uuid4(), uuid4()), draft(met(4), meeting, uuid4()))
    outcomes = bench.post(A, before, *lines)
    assert [isinstance(each, Answered) for each in outcomes] == [False, False, True, False]
    assert bench.log.heads() == {}
    assert bench.ground.taken == []
    assert receipt(bench.post(A, lines[0])[0]).sequence == 1


def test_line_by_line_on_request(bench: Bench) -> None:
    outcomes = bench.post(
        A,
        draft(met(3), uuid4(), uuid4()),
        draft(met(0), uuid4(), uuid4()),
        draft(met(4), uuid4(), uuid4()),
        lenient=True,
    )
    assert [isinstance(each, Receipt) for each in outcomes] == [True, False, True]
    assert [e.envelope.sequence for e in bench.log.after({}, 10)] == [1, 2]


def test_a_refusal_that_rests_on_unseen_events_of_another_service_asks_to_come_again(bench: Bench) -> None:
    unheard = draft(met(13), uuid4(), uuid4())
    assert isinstance(bench.post(A, unheard)[0], Unheard)
    bench.ground.reached = False
    assert isinstance(bench.post(A, unheard)[0], NotSeenYet)


def test_recorded_never_decreases_though_the_clock_jumps_back(store: str) -> None:
    opened = open_store(store)
    bench = Bench(opened, clock=[2_000, 1_000, 3_000, 10])
    for _ in range(6):
        bench.post(A, draft(met(1), uuid4(), uuid4()))
    bench.intake.stop()
    recorded = [each.envelope.recorded for each in bench.log.after({}, 10)]
    opened.close()
    assert recorded == [2_000, 2_000, 3_000, 3_000, 3_000, 3_000]


def test_many_senders_at_once_lose_and_double_nothing(bench: Bench) -> None:
    ids = [uuid4() for _ in range(60)]
    sent = ids * 3
    random.Random(7).shuffle(sent)
    futures: list[Future[list[Outcome]]] = []
    lock = threading.Lock()

    def send(mine: list[UUID]) -> None:
        for each in mine:
            future = bench.intake.submit(poster((A, B)[each.int % 2]), [draft(met(3), UUID(int=each.int // 3), each)])
            with lock:
                futures.append(future)

    senders = [threading.Thread(target=send, args=(sent[start::4],)) for start in range(4)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    receipts = [receipt(future.result(90)[0]) for future in futures]
    events = bench.log.after({}, 1_000)
    assert sorted(e.envelope.id for e in events) == sorted(ids)
    assert sum(each.recorded for each in receipts) == 60
    for organisation in (A, B):
        sequences = [e.envelope.sequence for e in events if e.envelope.organisation == organisation]
        assert sequences == list(range(1, len(sequences) + 1))


def test_two_processes_on_one_postgresql_never_share_a_sequence(postgres_url: str) -> None:
    stores = [open_store(postgres_url), open_store(postgres_url)]
    benches = [Bench(each) for each in stores]
    for each in benches:
        each.ground._decider = anything_goes  # noqa: SLF001 — the test's own ground
    meeting = uuid4()
    futures = [
        benches[turn % 2].intake.submit(poster(A), [draft(met(1 + turn), meeting, UUID(int=100 + turn))])
        for turn in range(40)
    ]
    outcomes = [future.result(90)[0] for future in futures]
    again = [benches[0].post(A, draft(met(1 + turn), meeting, UUID(int=100 + turn)))[0] for turn in range(40)]
    events = benches[0].log.after({}, 100)
    for each in benches:
        each.intake.stop()
    for opened in stores:
        opened.close()
    assert all(isinstance(each, (Receipt, Busy)) for each in outcomes)
    assert [e.envelope.sequence for e in events] == list(range(1, 41))
    assert [e.envelope.version for e in events] == list(range(1, 41))
    assert sorted(receipt(each).sequence for each in again) == list(range(1, 41))


def test_whoever_was_overtaken_is_next(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes of the same organisation each time that this one has read where its chain ends."""
    stores = [open_store(postgres_url), open_store(postgres_url)]
    slow, quick = benches = [Bench(each) for each in stores]
    slow.post(A, draft(met(3), uuid4(), uuid4()))
    between = list[Future[list[Outcome]]]()

    def overtake(*_: object) -> None:
        between.append(quick.intake.submit(poster(A), [draft(met(3), uuid4(), uuid4())]))
        until(lambda: between[-1].done() or waits_for_a_lock(stores[0]))

    with monkeypatch.context() as patched:
        patched.setattr(slow.ground, "prepare", overtake)
        outcome = slow.post(A, draft(met(3), uuid4(), uuid4()))[0]
    others = [receipt(each.result(90)[0]).sequence for each in between]
    for each, opened in zip(benches, stores, strict=True):
        each.intake.stop()
        opened.close()
    assert (receipt(outcome).sequence, others) == (3, [2, 4])


def test_a_full_queue_answers_busy_and_stops_nobody_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.eventsourcing.intake.LINES_IN_QUEUE", 5)
    with bench.log.store.write():
        first = bench.intake.submit(poster(A), [draft(met(1), uuid4(), uuid4())])
        three = [draft(met(1), uuid4(), uuid4()) for _ in range(3)]
        assert any(busy(bench, three) for _ in range(20))
        other = bench.intake.submit(poster(B), [draft(met(1), uuid4(), uuid4())])
    assert receipt(first.result(90)[0]).recorded
    assert receipt(other.result(90)[0]).recorded


def test_a_sender_who_no_longer_waits_stops_nobody(bench: Bench) -> None:
    with bench.log.store.write():
        gone = bench.intake.submit(poster(A), [draft(met(1), uuid4(), uuid4())])
        assert not gone.cancel()
    assert receipt(gone.result(90)[0]).recorded
    assert receipt(bench.post(B, draft(met(1), uuid4(), uuid4()))[0]).recorded


def test_a_fault_in_one_submission_reaches_nobody_else(bench: Bench) -> None:
    spoilt, subject = uuid4(), uuid4()
    bench.post(A, draft(met(1), spoilt, uuid4()))
    with bench.log.store.write() as connection:
        spoil(connection, update(event_table).where(event_table.c.subject == spoilt).values(fact=b"{"))
    with bench.log.store.write():
        futures = [
            bench.intake.submit(poster(organisation), [draft(met(2), each, uuid4())])
            for organisation, each in ((A, subject), (A, spoilt), (B, subject))
        ]
    assert receipt(futures[0].result(90)[0]).recorded
    assert isinstance(futures[1].exception(90), Unreadable)
    assert receipt(futures[2].result(90)[0]).recorded


def test_a_reader_of_the_log_stops_at_a_position_past_its_end(bench: Bench) -> None:
    bench.post(A, draft(met(1), uuid4(), uuid4()))
    with bench.log.store.write() as connection:
        spoil(connection, update(chain_table).values(sequence=5))
    with pytest.raises(ChainBroken):
        bench.log.after({A: 3}, 10)


def test_an_event_edited_in_the_store_no_longer_verifies(bench: Bench) -> None:
    bench.post(A, draft(met(3), uuid4(), uuid4()), draft(met(3), uuid4(), uuid4()))
    with bench.log.store.write() as connection:
        spoil(connection, update(event_table).where(event_table.c.sequence == 1).values(occurred="2022-05-30"))
    first, second = bench.log.after({}, 10)
    assert first.envelope.hash() != first.hash
    with bench.log.store.write() as connection:
        spoil(connection, delete(event_table).where(event_table.c.sequence == 1))
    assert [each.envelope.sequence for each in bench.log.after({}, 10)] == [2]
    assert bench.log.after({}, 10)[0].envelope.hash() != second.hash, "its previous hash is no longer there"


def test_on_sqlite_the_log_commits_with_full_durability(tmp_path: object) -> None:
    opened = open_store(f"sqlite:///{tmp_path}/log.sqlite")
    with opened.write() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    opened.close()
