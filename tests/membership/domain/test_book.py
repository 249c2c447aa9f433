"""When is a unit's book opened, and what does it say when the signed count is not what stands in it?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.membership.domain import DECIDERS, related
from services.membership.domain.book import (
    DOCUMENTED,
    AnotherUnitsBook,
    BookAlreadyOpened,
    BookNotSigned,
    CountDiffers,
)
from shared.contracts.event import calendar_day
from shared.contracts.membership import BookOpened, MemberStruckOff
from shared.units.ground import Rules
from shared.units.world import NotAUnit
from tests.support.given import given
from tests.support.landscape import BRANCH, HAMLET, HOA, LAN, OTHER_BRANCH, SUB_BRANCH, WOMEN_COMMUNE, joined, says
from tests.support.posts import Post, corrected

LISTED = (joined(LAN, BRANCH, "2020-01-01"), joined(HOA, SUB_BRANCH, "2020-01-01"))


def opened(members: int, unit: UUID = WOMEN_COMMUNE, on: str = "2022-01-01", subject: UUID | None = None) -> Post:
    fact = BookOpened(unit=unit, opened_on=calendar_day(on), members=members)
    return says(fact, subject or unit, on=on)


def test_a_book_is_opened_by_the_count_that_stands_in_it() -> None:
    given(*LISTED).when(opened(2)).then(BookOpened)
    given(*LISTED).when(opened(2, BRANCH)).then(BookOpened)
    given().when(opened(0)).then(BookOpened)


def test_another_count_is_refused_and_both_are_named() -> None:
    verdict = given(*LISTED).when(opened(3))
    verdict.then(CountDiffers, "members")
    assert getattr(verdict.outcome, "values", None) == {"signed": "3", "on_book": "2"}
    given(*LISTED).when(opened(2, OTHER_BRANCH)).then(CountDiffers, "members")


def test_who_had_left_or_was_not_there_yet_does_not_count() -> None:
    left = says(MemberStruckOff(branch=BRANCH, cause="not-attending"), LAN, on="2021-06-01")
    given(*LISTED, left).when(opened(1)).then(BookOpened)
    given(*LISTED, left).when(opened(2, on="2021-01-01")).then(BookOpened)
    given(*LISTED).when(opened(0, on="2019-06-01")).then(BookOpened)


def test_a_book_is_opened_once_and_corrected_in_its_place() -> None:
    first = opened(2)
    given(*LISTED, first).when(opened(2, on="2022-02-01")).then(BookAlreadyOpened, "subject")
    given(*LISTED, first).when(corrected(first, opened(1).fact)).then(CountDiffers, "members")


def test_without_a_signed_document_nothing_is_opened() -> None:
    rules = Rules(DECIDERS, related, DOCUMENTED)
    for post, refused in ((opened(2), BookNotSigned),):
        with pytest.raises(refused):
            rules.require_document(post.draft())
    rules.require_document(LISTED[0].draft())


def test_only_a_unit_has_a_book_and_it_is_the_subject() -> None:
    given().when(opened(0, HAMLET)).then(NotAUnit, "unit")
    given().when(opened(0, BRANCH, subject=OTHER_BRANCH)).then(AnotherUnitsBook, "unit")
