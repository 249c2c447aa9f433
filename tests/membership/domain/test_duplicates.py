"""When are two ids said to be one person, and when two again?"""

from __future__ import annotations

from uuid import UUID

import pytest

from services.membership.domain.duplicates import AlreadyMerged, NotInTheBook, NotMerged, SamePerson
from shared.contracts.membership import MemberResigned, PersonsMerged, PersonsUnmerged
from shared.units.identity import Merge, identity
from tests.support.given import given
from tests.support.landscape import BRANCH, HOA, LAN, OTHER_BRANCH, YOUTH, YOUTH_BRANCH, joined
from tests.support.lives import life
from tests.support.posts import Post, id_of

MAI = id_of("person/mai")
BOOK = (joined(LAN, BRANCH, "2020-03-08"), joined(HOA, BRANCH, "2020-03-08"), joined(MAI, OTHER_BRANCH, "2020-03-08"))


def merge(person: UUID, into: UUID, on: str = "2021-01-01", branch: UUID = BRANCH) -> Post:
    return life(PersonsMerged, branch, on, about=person, into=into)


def unmerge(person: UUID, into: UUID, on: str = "2021-06-01", branch: UUID = BRANCH) -> Post:
    return life(PersonsUnmerged, branch, on, about=person, into=into)


def test_two_ids_of_the_book_are_one_person_and_two_again() -> None:
    given(*BOOK).when(merge(LAN, HOA)).then(PersonsMerged)
    given(*BOOK, merge(LAN, HOA)).when(unmerge(LAN, HOA)).then(PersonsUnmerged)
    given(*BOOK, merge(LAN, HOA), unmerge(LAN, HOA)).when(merge(LAN, HOA, "2021-07-01")).then(PersonsMerged)


def test_nobody_is_merged_with_himself_or_twice() -> None:
    given(*BOOK).when(merge(LAN, LAN)).then(SamePerson, "into")
    given(*BOOK, merge(LAN, HOA)).when(merge(LAN, MAI, "2021-02-01")).then(AlreadyMerged, "subject")
    given(*BOOK, merge(LAN, HOA)).when(merge(MAI, LAN, "2021-02-01", OTHER_BRANCH)).then(AlreadyMerged, "into")
    given(*BOOK, merge(LAN, HOA)).when(merge(HOA, LAN, "2021-02-01")).then(AlreadyMerged, "into")
    given(*BOOK, merge(LAN, HOA)).when(merge(HOA, MAI, "2021-02-01")).then(PersonsMerged)


def test_what_was_not_merged_is_not_taken_apart() -> None:
    given(*BOOK).when(unmerge(LAN, HOA)).then(NotMerged, "into")
    given(*BOOK, merge(LAN, HOA)).when(unmerge(LAN, MAI)).then(NotMerged, "into")


def test_both_ids_stood_in_books_of_the_organisation() -> None:
    given(*BOOK).when(merge(LAN, HOA, branch=OTHER_BRANCH)).then(NotInTheBook, "branch")
    given(*BOOK[:1]).when(merge(LAN, HOA)).then(NotInTheBook, "into")
    young = joined(HOA, YOUTH_BRANCH, "2020-03-08", by=YOUTH)
    given(BOOK[0], young).when(merge(LAN, HOA)).then(NotInTheBook, "into")
    left = life(MemberResigned, BRANCH, "2020-12-01")
    given(*BOOK, left).when(merge(LAN, HOA)).then(PersonsMerged)
    given(*BOOK, merge(LAN, HOA)).when(unmerge(LAN, HOA, branch=OTHER_BRANCH)).then(NotInTheBook, "branch")


A, B, C, D = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("merges", "kept"),
    [
        ({}, {A: A}),
        ({A: B}, {A: B, B: B}),
        ({A: B, B: C}, {A: C, B: C, C: C}),
        ({A: B, B: A}, {A: A, B: A}),
        ({B: C, C: D, D: B, A: C}, {A: B, B: B, C: B, D: B}),
    ],
)
def test_merges_are_followed_to_the_id_that_is_kept(merges: dict[UUID, UUID], kept: dict[UUID, UUID]) -> None:
    def merge_of(person: UUID) -> Merge | None:
        into = merges.get(person)
        return None if into is None else Merge(into, into, person)

    found = {person: identity(person, merge_of) for person in kept}
    assert {person: each.kept for person, each in found.items()} == kept
    for person, each in found.items():
        assert (each.merges == ()) == (person not in merges)
        assert [merge.merged_by for merge in each.merges][:1] == [person] * bool(each.merges)
