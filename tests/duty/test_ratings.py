"""Which ratings are due, and who owes what a merged unit owed? Stories told in memory, days counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.duty.domain.obligation import Kind, Obligation, State
from services.duty.domain.wording import letter
from services.duty.projections import LISTENS, PROJECTIONS
from services.duty.projections.due import obligations, unit_above
from shared.contracts.event import Event
from shared.contracts.fields import EventReference, Grade, Period
from shared.contracts.meetings import Every, MeetingHeld, MeetingKind, PeriodicitySet, Roll
from shared.contracts.membership import (
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    Level,
    MemberJoined,
    MemberResigned,
    OfficerElected,
    OfficerLeft,
    PersonsMerged,
    TerritoryDeclared,
    UnitFounded,
    UnitMerged,
)
from shared.contracts.ratings import (
    Deadline,
    PeriodKind,
    PoolMember,
    RatedPerson,
    RatingAuthoritySet,
    RatingCancelled,
    RatingDecided,
    RatingPeriodOpened,
    RatingPoolClosed,
    RatingPublished,
    Signer,
    Step,
    UnitSelfRated,
    authority_id,
    period_id,
    pool_id,
    rated_id,
)
from shared.operations.trial import Story, Told

WOMEN, PARTY = UUID(int=1), UUID(int=2)
PLACE, TOP, COMMITTEE = UUID(int=10), UUID(int=11), UUID(int=12)
EAST, WEST, NORTH = UUID(int=101), UUID(int=102), UUID(int=103)
START = dt.date(2020, 1, 1)
YEAR = Period(start=dt.date(2024, 1, 1), end=dt.date(2025, 1, 1))
SIGNER = Signer(office="chair")
GOOD = Grade(scale="manh-kha", rank=1, label="mạnh")
RULE = RatingAuthoritySet(
    axis="vertical",
    subject_kind="branch",
    decides="province-body",
    steps=(Step.OPENED, Step.SELF_RATED, Step.DECIDED, Step.PUBLISHED),
    deadlines=(
        Deadline(step=Step.SELF_RATED, days=20),
        Deadline(step=Step.DECIDED, days=10, after=Step.SELF_RATED),
        Deadline(step=Step.PUBLISHED, days=5, after=Step.DECIDED),
    ),
    legal_reference="12-QĐ/HPN ngày 05/01/2020",
    issued=START,
    effective_from=START,
)
OPENED = RatingPeriodOpened(
    body=TOP, axis="vertical", period=YEAR, kind=PeriodKind.YEAR, subject_kind="branch", signer=SIGNER
)
ROLL = Roll(expected=10, present=9, absent=1)


class Chronicle(Story):
    """Two branches of one organisation in a place where a Party committee works too."""

    def __init__(self) -> None:
        super().__init__(LISTENS, PROJECTIONS)
        self.say(TerritoryDeclared(title="Đồng Tháp", level=Level.PROVINCE, kind="tinh", effective=START), START, PLACE)
        top = UnitFounded(title="Hội LHPN tỉnh", kind="province-body", territory=PLACE, effective=START)
        self.say(top, START, TOP)
        committee = UnitFounded(title="Tỉnh ủy", kind="province-body", territory=PLACE, effective=START)
        self.say(committee, START, COMMITTEE, by=PARTY)
        for branch, title in ((EAST, "Chi hội Đông"), (WEST, "Chi hội Tây")):
            self.say(UnitFounded(title=title, kind="branch", parent=TOP, effective=START), START, branch)

    def say(self, fact: Event, on: dt.date, subject: UUID | None = None, by: UUID = WOMEN) -> Told:
        """Recorded by an organisation."""
        return self.tells(fact, by=by, on=on.isoformat(), subject=subject)

    def opened(self, fact: RatingPeriodOpened = OPENED, by: UUID = WOMEN) -> None:
        """In November of the year."""
        self.say(fact, dt.date(2024, 11, 1), period_id(fact.axis, fact.period), by=by)

    def decided(self, unit: UUID, on: dt.date) -> Told:
        """By the topmost unit."""
        fact = RatingDecided(unit=unit, rater=TOP, axis="vertical", period=YEAR, grade=GOOD, signer=SIGNER)
        return self.say(fact, on, unit)

    def due(self, on: dt.date, kind: Kind, unit: UUID = TOP) -> list[Obligation]:
        """What is open of a kind."""
        with self.heard() as runner:
            return [each for each in obligations(runner, unit, on) if each.kind is kind]


def rating(unit: UUID, state: State, until: dt.date | None, step: Step) -> Obligation:
    return Obligation(Kind.RATING, state, unit, until, step=step, axis="vertical", period=YEAR)


@pytest.fixture
def story() -> Chronicle:
    return Chronicle()


def test_where_no_period_was_opened_nothing_is_recorded(story: Chronicle) -> None:
    nothing = [Obligation(Kind.RATING, State.NOT_RECORDED, TOP)]
    assert story.due(dt.date(2024, 12, 1), Kind.RATING) == nothing
    story.opened()
    assert story.due(dt.date(2024, 10, 31), Kind.RATING) == nothing
    assert story.due(dt.date(2026, 2, 1), Kind.RATING) == nothing


def test_without_a_posted_rule_the_decision_is_owed_and_no_last_day_is_made_up(story: Chronicle) -> None:
    story.opened()
    owed = [rating(each, State.DUE, None, Step.DECIDED) for each in (EAST, WEST)]
    assert story.due(dt.date(2025, 3, 1), Kind.RATING) == owed


def test_each_step_is_due_by_the_deadline_of_the_rule_and_none_once_it_is_published(story: Chronicle) -> None:
    story.say(RULE, START, authority_id("vertical"))
    story.opened()
    rated = UnitSelfRated(unit=EAST, axis="vertical", period=YEAR, grade=GOOD, signer=SIGNER)
    story.say(rated, dt.date(2025, 1, 15), EAST)
    told = story.decided(EAST, dt.date(2025, 1, 24))
    reference = EventReference(organisation=WOMEN, event=told.root.envelope.id)
    public = RatingPublished(unit=EAST, axis="vertical", period=YEAR, decision=reference, body=TOP, signer=SIGNER)
    story.say(public, dt.date(2025, 1, 28), EAST)
    self_rating = rating(EAST, State.DUE, dt.date(2025, 1, 20), Step.SELF_RATED)
    assert story.due(dt.date(2025, 1, 14), Kind.RATING, EAST) == [self_rating]
    assert story.due(dt.date(2025, 1, 15), Kind.RATING, EAST) == [
        rating(EAST, State.DUE, dt.date(2025, 1, 25), Step.DECIDED)
    ]
    assert story.due(dt.date(2025, 1, 24), Kind.RATING, EAST) == [
        rating(EAST, State.DUE, dt.date(2025, 1, 29), Step.PUBLISHED)
    ]
    assert story.due(dt.date(2025, 1, 28), Kind.RATING, EAST) == []
    late = [rating(WEST, State.MISSED, dt.date(2025, 1, 20), Step.SELF_RATED)]
    assert story.due(dt.date(2025, 1, 28), Kind.RATING) == late


def test_a_pool_of_persons_closes_none_of_the_units_in_which_they_are_rated(story: Chronicle) -> None:
    pools = RULE.model_copy(update={"steps": (Step.OPENED, Step.POOL_CLOSED, Step.DECIDED), "deadlines": ()})
    story.say(pools, START, authority_id("vertical"))
    story.opened()
    member = RatedPerson(person=UUID(int=500), kind="member")
    closing: dict[str, Any] = {"rater": TOP, "axis": "vertical", "period": YEAR, "group": "all", "signer": SIGNER}
    closing |= {"rule_set": UUID(int=600), "pool": "members"}
    persons = RatingPoolClosed(**closing, members=(PoolMember(unit=EAST, person=member, grade=GOOD),))
    day, pool = dt.date(2025, 1, 10), pool_id(TOP, "vertical", YEAR)
    story.say(persons, day, pool)
    owed = [rating(each, State.DUE, None, Step.POOL_CLOSED) for each in (EAST, WEST)]
    assert story.due(day, Kind.RATING) == owed
    story.say(persons.model_copy(update={"pool": "units", "members": (PoolMember(unit=EAST, grade=GOOD),)}), day, pool)
    assert story.due(day, Kind.RATING) == [rating(EAST, State.DUE, None, Step.DECIDED), owed[1]]


def test_a_decision_that_was_cancelled_or_voided_is_owed_again(story: Chronicle) -> None:
    story.opened()
    told = story.decided(EAST, dt.date(2025, 1, 24))
    other = story.decided(WEST, dt.date(2025, 1, 24))
    assert story.due(dt.date(2025, 1, 24), Kind.RATING) == []
    reference = EventReference(organisation=WOMEN, event=told.root.envelope.id)
    gone = RatingCancelled(unit=EAST, axis="vertical", period=YEAR, decision=reference, body=TOP, signer=SIGNER)
    story.say(gone, dt.date(2025, 2, 3), EAST)
    story.voids(other)
    assert story.due(dt.date(2025, 2, 2), Kind.RATING) == [rating(WEST, State.DUE, None, Step.DECIDED)]
    assert [each.unit for each in story.due(dt.date(2025, 2, 3), Kind.RATING)] == [EAST, WEST]


def test_a_body_of_another_organisation_opens_a_period_for_the_units_around_its_place(story: Chronicle) -> None:
    by_party = OPENED.model_copy(update={"body": COMMITTEE, "axis": "territorial"})
    story.opened(by_party, by=PARTY)
    owed = story.due(dt.date(2025, 3, 1), Kind.RATING)
    assert [(each.unit, each.axis) for each in owed] == [(EAST, "territorial"), (WEST, "territorial")]
    own = OPENED.model_copy(update={"body": EAST, "axis": "self"})
    story.opened(own)
    axes = {(each.unit, each.axis) for each in story.due(dt.date(2025, 3, 1), Kind.RATING)}
    assert axes == {(EAST, "territorial"), (WEST, "territorial"), (EAST, "self")}


def test_what_a_unit_owed_goes_to_the_unit_that_carries_on(story: Chronicle) -> None:
    story.say(RULE, START, authority_id("vertical"))
    story.opened()
    story.decided(WEST, dt.date(2025, 1, 10))
    story.say(UnitMerged(sources=(EAST,), effective=dt.date(2025, 1, 18)), dt.date(2025, 1, 18), WEST)
    assert [each.unit for each in story.due(dt.date(2025, 1, 17), Kind.RATING)] == [EAST, WEST]
    assert story.due(dt.date(2025, 1, 20), Kind.RATING) == [
        rating(WEST, State.DUE, dt.date(2025, 1, 20), Step.SELF_RATED),
        rating(WEST, State.MISSED, dt.date(2025, 1, 15), Step.PUBLISHED),
    ]


def test_a_meeting_that_was_owed_before_a_merger_is_owed_by_the_one_that_carries_on(story: Chronicle) -> None:
    story.say(PeriodicitySet(unit_kind="branch", every=Every.MONTH, starts=START), START, WOMEN)
    for day in (dt.date(2025, 2, 3), dt.date(2025, 3, 20)):
        story.say(MeetingHeld(branch=WEST, kind=MeetingKind.REGULAR, roll=ROLL), day)
    story.say(UnitMerged(sources=(EAST,), effective=dt.date(2025, 3, 5)), dt.date(2025, 3, 5), WEST)
    missed = Obligation(Kind.MEETING, State.MISSED, WEST, dt.date(2025, 2, 28))
    due = Obligation(Kind.MEETING, State.DUE, WEST, dt.date(2025, 3, 31))
    assert story.due(dt.date(2025, 3, 10), Kind.MEETING) == [due, missed]
    assert story.due(dt.date(2025, 3, 20), Kind.MEETING) == [missed], "since the merger one meeting is enough"
    assert story.due(dt.date(2025, 4, 1), Kind.MEETING) == [
        Obligation(Kind.MEETING, State.DUE, WEST, dt.date(2025, 4, 30))
    ]


def test_a_unit_founded_by_a_merger_owes_what_its_sources_owed(story: Chronicle) -> None:
    story.say(PeriodicitySet(unit_kind="branch", every=Every.MONTH, starts=START), START, WOMEN)
    day = dt.date(2025, 3, 5)
    story.say(UnitFounded(title="Chi hội Bắc", kind="branch", parent=TOP, effective=day), day, NORTH)
    story.say(UnitMerged(sources=(EAST, WEST), effective=day), day, NORTH)
    assert story.due(dt.date(2025, 3, 10), Kind.MEETING) == [
        Obligation(Kind.MEETING, State.DUE, NORTH, dt.date(2025, 3, 31)),
        Obligation(Kind.MEETING, State.MISSED, NORTH, dt.date(2025, 2, 28)),
    ]


def test_whom_to_ask_is_the_nearest_unit_above(story: Chronicle) -> None:
    with story.heard() as runner:
        assert unit_above(runner, EAST, dt.date(2025, 1, 1)) == TOP
        assert unit_above(runner, TOP, dt.date(2025, 1, 1)) is None


# ── Persons ──────────────────────────────────────────────────────────────────────────────────────────────────────

LAN, HOA, TAM, MAI = (UUID(int=number) for number in (501, 502, 503, 504))
OF_MEMBERS = OPENED.model_copy(update={"subject_kind": "member"})
OF_OFFICERS = OPENED.model_copy(update={"subject_kind": "officer"})


def of_persons(
    standing: str, unit: UUID, state: State, until: dt.date | None, step: Step, *persons: UUID
) -> Obligation:
    """Who waits together."""
    owed = rating(unit, state, until, step)
    return replace(owed, standing=standing, persons=persons, left=len(persons))


def self_rated(story: Chronicle, unit: UUID, person: UUID, on: dt.date, standing: str = "member") -> None:
    rated = RatedPerson(person=person, kind=standing)
    fact = UnitSelfRated(
        unit=unit, person=rated, axis="vertical", period=YEAR, grade=GOOD, signer=Signer(person=person)
    )
    story.say(fact, on, rated_id(unit, rated))


def test_members_on_the_book_are_rated_each_and_wait_together(story: Chronicle) -> None:
    """Lan and Hoa are members all year; Tam came after it was over; Mai left before the rating was opened."""
    story.say(RULE.model_copy(update={"subject_kind": "member"}), START, authority_id("vertical"))
    for person, on in ((LAN, START), (HOA, START), (MAI, START), (TAM, dt.date(2025, 1, 3))):
        story.say(MemberJoined(branch=EAST), on, person)
    story.say(MemberResigned(branch=EAST), dt.date(2024, 9, 1), MAI)
    story.opened(OF_MEMBERS)
    last = dt.date(2025, 1, 20)
    both = of_persons("member", EAST, State.DUE, last, Step.SELF_RATED, LAN, HOA)
    assert story.due(dt.date(2025, 1, 10), Kind.RATING) == [both]
    assert story.due(dt.date(2025, 1, 10), Kind.RATING, WEST) == [], "nobody is on its book"
    self_rated(story, EAST, HOA, dt.date(2025, 1, 12))
    assert story.due(dt.date(2025, 1, 21), Kind.RATING) == [
        of_persons("member", EAST, State.DUE, dt.date(2025, 1, 22), Step.DECIDED, HOA),
        of_persons("member", EAST, State.MISSED, last, Step.SELF_RATED, LAN),
    ]
    told = letter(story.due(dt.date(2025, 1, 21), Kind.RATING), {str(EAST): "Chi hội Đông"}, str(EAST), last)
    assert (
        "- Xếp loại đoàn viên, hội viên năm 2024 (tự xếp loại) – Chi hội Đông: quá hạn, còn 1 người, hạn 20/01/2025\n"
        in told
    )
    assert not any(each.hex[-8:] in told.replace("-", "") for each in (LAN, HOA))


def test_a_unit_that_rates_itself_rates_none_of_its_members(story: Chronicle) -> None:
    story.say(MemberJoined(branch=EAST), START, LAN)
    story.opened(OF_MEMBERS)
    story.opened()
    story.decided(EAST, dt.date(2025, 1, 10))
    assert story.due(dt.date(2025, 1, 11), Kind.RATING, EAST) == [
        of_persons("member", EAST, State.DUE, None, Step.DECIDED, LAN)
    ]


def test_a_pool_of_persons_closes_the_ratings_of_those_on_the_list(story: Chronicle) -> None:
    pools = RULE.model_copy(update={"subject_kind": "member", "steps": (Step.POOL_CLOSED, Step.DECIDED)})
    story.say(pools.model_copy(update={"deadlines": ()}), START, authority_id("vertical"))
    for person in (LAN, HOA):
        story.say(MemberJoined(branch=EAST), START, person)
    story.opened(OF_MEMBERS)
    closing: dict[str, Any] = {"rater": TOP, "axis": "vertical", "period": YEAR, "group": "all", "signer": SIGNER}
    one = PoolMember(unit=EAST, person=RatedPerson(person=LAN, kind="member"), grade=GOOD)
    closed = RatingPoolClosed(**closing, rule_set=UUID(int=600), pool="members", members=(one,))
    story.say(closed, dt.date(2025, 1, 10), pool_id(TOP, "vertical", YEAR))
    assert story.due(dt.date(2025, 1, 10), Kind.RATING) == [
        of_persons("member", EAST, State.DUE, None, Step.DECIDED, LAN),
        of_persons("member", EAST, State.DUE, None, Step.POOL_CLOSED, HOA),
    ]


def test_officers_are_whoever_holds_a_post_or_heads_a_branch(story: Chronicle) -> None:
    """Hoa left one of two posts and stays; Mai left her only one; an officer is rated where the post is."""
    for person, post in ((HOA, "deputy"), (HOA, "secretary"), (MAI, "committee-member")):
        story.say(OfficerElected(unit=TOP, person=person, post=post), START, TOP)
    for person, post in ((HOA, "deputy"), (MAI, "committee-member")):
        story.say(OfficerLeft(unit=TOP, person=person, post=post), dt.date(2024, 6, 1), TOP)
    story.say(BranchHeadTookOffice(branch=WEST, person=LAN, title="head"), START, WEST)
    story.opened(OF_OFFICERS)
    self_rated(story, TOP, HOA, dt.date(2025, 1, 5), standing="member")
    owed = [(each.unit, each.persons) for each in story.due(dt.date(2025, 1, 10), Kind.RATING)]
    assert owed == [(TOP, (HOA,)), (WEST, (LAN,))], "who was rated as a member is still to be rated as an officer"
    story.say(BranchHeadLeftOffice(branch=WEST, person=LAN), dt.date(2025, 1, 11), WEST)
    assert story.due(dt.date(2025, 1, 11), Kind.RATING, WEST) == []


def test_who_was_in_a_merged_branch_is_rated_in_the_one_that_carries_on(story: Chronicle) -> None:
    """The year was over when the branches merged; what Hoa had said of herself before counts."""
    story.say(RULE.model_copy(update={"subject_kind": "member"}), START, authority_id("vertical"))
    for person in (LAN, HOA):
        story.say(MemberJoined(branch=EAST), START, person)
    story.opened(OF_MEMBERS)
    self_rated(story, EAST, HOA, dt.date(2025, 1, 12))
    merged = dt.date(2025, 1, 15)
    story.say(UnitMerged(sources=(EAST,), effective=merged), merged, WEST)
    assert story.due(merged, Kind.RATING) == [
        of_persons("member", WEST, State.DUE, dt.date(2025, 1, 20), Step.SELF_RATED, LAN),
        of_persons("member", WEST, State.DUE, dt.date(2025, 1, 22), Step.DECIDED, HOA),
    ]


def test_a_person_of_two_ids_is_rated_once(story: Chronicle) -> None:
    story.say(RULE.model_copy(update={"subject_kind": "member"}), START, authority_id("vertical"))
    for person in (LAN, HOA):
        story.say(MemberJoined(branch=EAST), START, person)
    story.opened(OF_MEMBERS)
    self_rated(story, EAST, HOA, dt.date(2025, 1, 12))
    story.say(PersonsMerged(branch=EAST, into=LAN), dt.date(2025, 1, 14), HOA)
    assert story.due(dt.date(2025, 1, 15), Kind.RATING) == [
        of_persons("member", EAST, State.DUE, dt.date(2025, 1, 22), Step.DECIDED, LAN)
    ]
