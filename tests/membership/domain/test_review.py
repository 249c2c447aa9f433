"""When is a review opened, what may it find, and when is it closed?"""

from __future__ import annotations

from uuid import UUID

from services.membership.domain.review import (
    NotOnTheList,
    OtherReview,
    OutsideTheReview,
    ReviewAlreadyOpened,
    ReviewNotOpen,
)
from shared.contracts.event import calendar_day
from shared.contracts.fields import Period
from shared.contracts.membership import Finding, MemberReviewed, MemberStruckOff, ReviewClosed, ReviewOpened
from shared.units.scope import UnknownUnit
from shared.units.world import NotABranch, NotAlive, NotAUnit
from tests.support.given import given
from tests.support.landscape import (
    BRANCH,
    HAMLET,
    HOA,
    LAN,
    NOWHERE,
    OTHER_BRANCH,
    SUB_BRANCH,
    WOMEN_COMMUNE,
    YOUTH,
    YOUTH_BRANCH,
    dissolved,
    joined,
    merged,
    says,
)
from tests.support.posts import Post, corrected, id_of, voided

REVIEW = id_of("review")
PERIOD = Period(start=calendar_day("2022-05-01"), end=calendar_day("2022-07-01"))
LISTED = joined(LAN, BRANCH, "2020-01-01")


def opened(unit: UUID = WOMEN_COMMUNE, on: str = "2022-05-01") -> Post:
    return says(ReviewOpened(unit=unit, period=PERIOD), REVIEW, on=on)


def found(
    person: UUID = LAN, branch: UUID = BRANCH, on: str = "2022-05-20", finding: Finding = Finding.NOT_ATTENDING
) -> Post:
    return says(MemberReviewed(branch=branch, person=person, finding=finding), REVIEW, on=on)


def closed(unit: UUID = WOMEN_COMMUNE, on: str = "2022-06-30") -> Post:
    return says(ReviewClosed(unit=unit, before=162, after=148), REVIEW, on=on)


def test_a_review_is_opened_once_for_a_living_unit() -> None:
    given().when(opened()).then(ReviewOpened)
    given().when(opened(NOWHERE)).then(UnknownUnit, "unit")
    given().when(opened(HAMLET)).then(NotAUnit, "unit")
    given(dissolved(BRANCH, "2022-01-01")).when(opened(BRANCH)).then(NotAlive, "unit")
    given(opened()).when(opened(BRANCH)).then(ReviewAlreadyOpened, "subject")
    post = opened()
    given(post).when(corrected(post, opened(BRANCH).fact)).then(ReviewOpened)


def test_members_are_reviewed_while_it_is_open() -> None:
    given(LISTED, opened()).when(found()).then(MemberReviewed)
    given(LISTED).when(found()).then(ReviewNotOpen, "subject")
    given(LISTED, opened()).when(found(on="2022-04-30")).then(ReviewNotOpen, "subject")
    given(LISTED, opened(), closed()).when(found(on="2022-07-01")).then(ReviewNotOpen, "subject")
    given(LISTED, opened(), closed()).when(found()).then(MemberReviewed)
    post = closed()
    given(LISTED, opened(), post, voided(post)).when(found(on="2022-07-01")).then(MemberReviewed)


def test_a_later_finding_takes_the_place_of_an_earlier_one() -> None:
    given(LISTED, opened(), found()).when(found(on="2022-06-01", finding=Finding.CONFIRMED)).then(MemberReviewed)


def test_only_branches_of_the_unit_are_reviewed() -> None:
    given(LISTED, opened(BRANCH)).when(found()).then(MemberReviewed)
    other = joined(HOA, OTHER_BRANCH, "2020-01-01")
    given(other, opened(BRANCH)).when(found(HOA, OTHER_BRANCH)).then(OutsideTheReview, "branch")
    youth = joined(HOA, YOUTH_BRANCH, "2020-01-01", by=YOUTH)
    given(youth, opened()).when(says(found(HOA, YOUTH_BRANCH).fact, REVIEW, on="2022-05-20", by=YOUTH)).then(
        OutsideTheReview, "branch"
    )
    given(LISTED, opened()).when(found(branch=WOMEN_COMMUNE)).then(NotABranch, "branch")


def test_only_who_stands_on_the_branchs_list_is_reviewed() -> None:
    given(opened()).when(found()).then(NotOnTheList, "person")
    given(LISTED, opened()).when(found(branch=OTHER_BRANCH)).then(NotOnTheList, "person")
    gone = says(MemberStruckOff(branch=BRANCH, cause="not-attending"), LAN, on="2022-05-10")
    given(LISTED, opened(), gone).when(found()).then(NotOnTheList, "person")
    given(LISTED, opened(), gone).when(found(on="2022-05-09")).then(MemberReviewed)


def test_members_of_a_sub_branch_and_of_a_merged_branch_stand_on_the_branchs_list() -> None:
    given(joined(LAN, SUB_BRANCH, "2020-01-01"), opened()).when(found()).then(MemberReviewed)
    together = merged(OTHER_BRANCH, BRANCH, since="2021-01-01")
    given(LISTED, together, opened()).when(found(branch=OTHER_BRANCH)).then(MemberReviewed)


def test_a_review_is_closed_once_for_its_unit() -> None:
    given(opened()).when(closed()).then(ReviewClosed)
    given().when(closed()).then(ReviewNotOpen, "subject")
    given(opened(), closed()).when(closed(on="2022-07-15")).then(ReviewNotOpen, "subject")
    given(opened()).when(closed(BRANCH)).then(OtherReview, "unit")
    post = closed()
    given(opened(), post).when(corrected(post, ReviewClosed(unit=WOMEN_COMMUNE, before=162, after=149))).then(
        ReviewClosed
    )
