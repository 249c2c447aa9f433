"""Does a closed log stay closed, and can its successors put right what stands in it? The same on both stores."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from shared.contracts.closings import LogClosed as LastFact
from shared.contracts.envelope import Correction, Recorded, genesis
from shared.contracts.meetings import (
    MeetingHeld,
    MeetingKind,
    MeetingsFactCorrected,
    MeetingsFactVoided,
    MeetingsLogClosed,
    Roll,
)
from shared.eventsourcing.acceptance import LogClosed, NotYours
from shared.eventsourcing.draft import Draft
from shared.eventsourcing.errors import AlreadyReplaced, Busy
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import Store, open_store
from shared.eventsourcing.stream import Stream
from shared.eventsourcing.submission import Outcome, Receipt
from tests.support.grounds import OpenGround, correcting, draft, poster, voiding
from tests.support.waiting import until

OLD, HEIR, LATER, STRANGER = (UUID(int=number) for number in (9, 2, 3, 4))
"""The closed organisation's id is the greatest: its facts are read after what its successors said of them."""
DAY = dt.date(2025, 7, 1)


def met(present: int) -> MeetingHeld:
    """A meeting with so many people."""
    return MeetingHeld(branch=UUID(int=90), kind=MeetingKind.REGULAR, roll=Roll(expected=present, present=present))


def told(present: int, subject: UUID) -> Draft:
    """A meeting on its way into a log."""
    return draft(met(present), subject, uuid4())


def ends(organisation: UUID, *successors: UUID) -> Draft:
    """The closing of an organisation's log."""
    return draft(MeetingsLogClosed(successors=successors, effective=DAY), organisation, uuid4())


def corrects(root: Draft, last: Draft, present: int, *, of: UUID = OLD) -> Draft:
    """A correction of a fact in a log."""
    link = Correction(of, root.id, last.id)
    return correcting(MeetingsFactCorrected, met(present), root.content.subject, uuid4(), link)


class Office:
    """A log with one intake, or several as if in processes of their own."""

    def __init__(self, store: Store, intakes: int = 1) -> None:
        self.log = Log("meetings", store)
        self.grounds = [OpenGround() for _ in range(intakes)]
        self.intakes = [Intake(self.log, ground, after_commit=lambda: None) for ground in self.grounds]
        for intake in self.intakes:
            intake.start()

    def post(self, organisation: UUID, *drafts: Draft, lenient: bool = False, intake: int = 0) -> list[Outcome]:
        """Submit and wait; whoever is told that much is to be written comes again."""

        def answered() -> list[Outcome] | None:
            outcomes = self.intakes[intake].submit(poster(organisation), drafts, lenient=lenient).result(90)
            return None if Busy in kinds(outcomes) else outcomes

        outcomes = until(answered)
        assert outcomes is not None
        return outcomes

    def stream(self, subject: UUID) -> Stream:
        """What stands of a subject, over all logs."""
        with self.log.store.read() as connection:
            return Stream.of(subject, self.log.streams(connection, [subject])[subject])

    def verified(self, organisation: UUID) -> list[Recorded]:
        """An organisation's whole chain, every hash counted again."""
        chain = self.log.slice(organisation, 0, 1_000)
        previous = genesis("meetings", organisation)
        for number, recorded in enumerate(chain, 1):
            assert (recorded.envelope.sequence, recorded.envelope.previous) == (number, previous)
            assert recorded.envelope.hash() == recorded.hash
            previous = recorded.hash
        return chain

    def close(self) -> None:
        """Give everything back."""
        for intake in self.intakes:
            intake.stop()
        self.log.store.close()


@pytest.fixture
def office(store: str) -> Iterator[Office]:
    """An office on each kind of store."""
    office = Office(open_store(store))
    yield office
    office.close()


def kinds(outcomes: list[Outcome]) -> list[type[Outcome]]:
    """Receipts and refusals by their types."""
    return [type(outcome) for outcome in outcomes]


def test_after_its_closing_a_log_takes_nothing_more_whoever_it_is_about(office: Office) -> None:
    subject = uuid4()
    first, closing = told(3, subject), ends(OLD, HEIR)
    office.post(OLD, first)
    assert kinds(office.post(OLD, told(4, uuid4()), closing, told(5, uuid4()), lenient=True)) == [
        *(Receipt, Receipt, LogClosed)
    ]
    void = voiding(MeetingsFactVoided, met(3).name, subject, uuid4(), Correction(OLD, first.id, first.id))
    for refused in (told(6, uuid4()), corrects(first, first, 7), void, ends(OLD, LATER)):
        assert kinds(office.post(OLD, refused)) == [LogClosed]
    again = office.post(OLD, first, closing)
    assert [isinstance(each, Receipt) and not each.recorded for each in again] == [True, True]
    assert len(office.verified(OLD)) == 3
    assert kinds(office.post(STRANGER, told(1, uuid4()))) == [Receipt]


def test_a_batch_that_is_refused_leaves_the_log_open(office: Office) -> None:
    refused = office.post(OLD, ends(OLD, HEIR), told(5, uuid4()))
    assert kinds(refused) == [Receipt, LogClosed]
    assert office.verified(OLD) == []
    assert kinds(office.post(OLD, told(5, uuid4()))) == [Receipt]


def test_a_named_successor_puts_right_in_its_own_log_and_nobody_else_does(office: Office) -> None:
    subject = uuid4()
    root, other = told(3, subject), told(8, subject)
    office.post(OLD, root, other)
    assert kinds(office.post(HEIR, corrects(root, root, 4))) == [NotYours], "the log is open still"
    office.post(OLD, ends(OLD, HEIR))
    assert kinds(office.post(STRANGER, corrects(root, root, 4))) == [NotYours]
    right = corrects(root, root, 4)
    assert kinds(office.post(HEIR, right)) == [Receipt]
    assert kinds(office.post(HEIR, corrects(root, root, 5))) == [AlreadyReplaced]
    said = office.stream(subject).links[OLD, root.id].said
    assert said is not None
    assert (said.fact, said.organisation, said.event, said.sequence) == (met(4), OLD, root.id, 1)
    void = voiding(MeetingsFactVoided, met(8).name, subject, uuid4(), Correction(OLD, other.id, other.id))
    assert kinds(office.post(HEIR, void)) == [Receipt]
    assert [each.fact for each in office.stream(subject).standing()] == [met(4)]
    assert [len(office.verified(each)) for each in (OLD, HEIR)] == [3, 2]


def test_the_same_correction_again_is_already_there(office: Office) -> None:
    root = told(3, uuid4())
    office.post(OLD, root, ends(OLD, HEIR))
    right = corrects(root, root, 4)
    (first,) = office.post(HEIR, right)
    (same,) = office.post(HEIR, Draft(id=uuid4(), content=right.content, fact=right.fact, inner=right.inner))
    assert isinstance(first, Receipt)
    assert same == Receipt(HEIR, first.sequence, first.hash, recorded=False)


def test_who_follows_a_successor_follows_the_first_one_too(office: Office) -> None:
    root = told(3, uuid4())
    office.post(OLD, root, ends(OLD, HEIR))
    right = corrects(root, root, 4)
    assert kinds(office.post(LATER, corrects(root, root, 5))) == [NotYours]
    office.post(HEIR, right, ends(HEIR, LATER))
    assert kinds(office.post(LATER, corrects(root, right, 5))) == [Receipt]
    assert [each.fact for each in office.stream(root.content.subject).standing()] == [met(5)]


def test_closing_and_putting_right_within_one_group(office: Office) -> None:
    """Both are judged in one transaction: what the first line closed, the next submission sees."""
    root = told(3, uuid4())
    office.post(OLD, root)
    closing = office.intakes[0].submit(poster(OLD), [ends(OLD, HEIR)])
    right = office.intakes[0].submit(poster(HEIR), [corrects(root, root, 4)], lenient=True)
    assert kinds(closing.result(90)) == [Receipt]
    assert kinds(right.result(90))[0] in {Receipt, NotYours}
    assert kinds(office.post(OLD, told(4, uuid4()))) == [LogClosed]


def test_of_two_replicas_neither_writes_behind_a_closing(postgres_url: str) -> None:
    office = Office(open_store(postgres_url), intakes=2)
    outcomes: list[Outcome] = []

    def sends(intake: int) -> None:
        for _ in range(30):
            outcomes.extend(office.post(OLD, told(3, uuid4()), intake=intake))

    threads = [threading.Thread(target=sends, args=(intake,)) for intake in (0, 1)]
    for thread in threads:
        thread.start()
    assert kinds(office.post(OLD, ends(OLD, HEIR), intake=1)) == [Receipt]
    for thread in threads:
        thread.join()
    chain = office.verified(OLD)
    assert issubclass(MeetingsLogClosed, LastFact)
    assert [each.envelope.content.type for each in chain].index(MeetingsLogClosed.name) == len(chain) - 1
    assert kinds(outcomes).count(Receipt) == len(chain) - 1
    assert kinds(office.post(OLD, told(3, uuid4()), intake=0)) == [LogClosed]
    office.close()


def test_of_two_successors_on_two_replicas_one_replaces_each_fact(postgres_url: str) -> None:
    office = Office(open_store(postgres_url), intakes=2)
    roots = [told(3, uuid4()) for _ in range(25)]
    office.post(OLD, *roots, ends(OLD, HEIR, LATER))
    outcomes: dict[UUID, list[Outcome]] = {HEIR: [], LATER: []}

    def puts_right(organisation: UUID, intake: int) -> None:
        for present, root in enumerate(roots, 10 * intake):
            outcomes[organisation] += office.post(organisation, corrects(root, root, present), intake=intake)

    threads = [threading.Thread(target=puts_right, args=each) for each in ((HEIR, 0), (LATER, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pair in zip(*outcomes.values(), strict=True):
        assert sorted(kind.__name__ for kind in map(type, pair)) == ["AlreadyReplaced", "Receipt"]
    for root in roots:
        assert len(list(office.stream(root.content.subject).standing())) == 1
    office.close()
