"""Does anybody decide what he recorded himself? Not in either order, nor by way of a correction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.contracts.envelope import Correction
from shared.contracts.event import Event
from shared.contracts.fields import Grade, Period
from shared.contracts.ratings import RatingDecided, RatingProposed, RatingsFactCorrected, RatingsFactVoided
from shared.eventsourcing.acceptance import DecidesOwnRecord
from shared.eventsourcing.draft import Draft, Poster
from shared.eventsourcing.intake import Intake
from shared.eventsourcing.log import Log
from shared.eventsourcing.store import open_store
from shared.eventsourcing.submission import Outcome, Receipt
from tests.support.grounds import OpenGround, correcting, draft, voiding

UNION, COMMITTEE, UNIT, RATER = (UUID(int=number) for number in range(1, 5))
ONE, OTHER = UUID(int=11), UUID(int=12)


def rated(cls: type[RatingProposed | RatingDecided], year: int = 2023, rank: int = 1) -> Event:
    period = Period(start=dt.date(year, 1, 1), end=dt.date(year + 1, 1, 1))
    grade = Grade(scale="four", rank=rank, label="Mạnh")
    return cls(unit=UNIT, rater=RATER, axis="vertical", period=period, grade=grade)


class Book:
    """A ratings log in which two credentials of an organisation write."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(f"sqlite:///{folder / 'log.sqlite'}")
        self.intake = Intake(Log("ratings", self.store), OpenGround(), after_commit=lambda: None)
        self.intake.start()

    def post(self, credential: UUID, written: Draft, organisation: UUID = UNION) -> Outcome:
        poster = Poster(organisation=organisation, credential=credential, role="recorder")
        (outcome,) = self.intake.submit(poster, [written]).result(90)
        return outcome

    def says(self, credential: UUID, fact: Event, event: UUID | None = None) -> Outcome:
        return self.post(credential, draft(fact, UNIT, event or uuid4(), occurred="2024-02-01"))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path)
    yield book
    book.intake.stop()
    book.store.close()


def accepted(outcome: Outcome) -> bool:
    if isinstance(outcome, Receipt):
        return True
    assert isinstance(outcome, DecidesOwnRecord)
    assert (outcome.status, outcome.code) == (403, "decides-own-record")
    return False


def test_a_decision_needs_another_hand_than_its_proposal(book: Book) -> None:
    assert accepted(book.says(ONE, rated(RatingProposed)))
    assert not accepted(book.says(ONE, rated(RatingDecided)))
    assert accepted(book.says(OTHER, rated(RatingDecided)))


def test_nor_does_it_help_to_decide_first(book: Book) -> None:
    assert accepted(book.says(ONE, rated(RatingDecided)))
    assert not accepted(book.says(ONE, rated(RatingProposed)))
    assert accepted(book.says(OTHER, rated(RatingProposed)))


def test_another_period_is_another_matter(book: Book) -> None:
    assert accepted(book.says(ONE, rated(RatingProposed, 2022)))
    assert accepted(book.says(ONE, rated(RatingDecided, 2023)))


def test_who_corrected_a_proposal_has_recorded_it_too(book: Book) -> None:
    root = uuid4()
    assert accepted(book.says(ONE, rated(RatingProposed), root))
    corrected = correcting(
        RatingsFactCorrected, rated(RatingProposed, rank=2), UNIT, uuid4(), Correction(UNION, root, root)
    )
    assert accepted(book.post(OTHER, corrected))
    for credential in (ONE, OTHER):
        assert not accepted(book.says(credential, rated(RatingDecided)))
    assert accepted(book.says(UUID(int=13), rated(RatingDecided)))


def test_a_decision_is_not_corrected_into_ones_own(book: Book) -> None:
    root = uuid4()
    assert accepted(book.says(ONE, rated(RatingProposed, 2022)))
    assert accepted(book.says(ONE, rated(RatingDecided, 2023), root))
    chain = Correction(UNION, root, root)
    corrected = correcting(RatingsFactCorrected, rated(RatingDecided, 2022), UNIT, uuid4(), chain)
    assert not accepted(book.post(ONE, corrected))
    assert accepted(book.post(OTHER, corrected))


def test_a_voided_proposal_is_decided_by_nobody(book: Book) -> None:
    root = uuid4()
    assert accepted(book.says(ONE, rated(RatingProposed), root))
    void = voiding(RatingsFactVoided, RatingProposed.name, UNIT, uuid4(), Correction(UNION, root, root))
    assert accepted(book.post(ONE, void))
    assert accepted(book.says(ONE, rated(RatingDecided)))
