"""Does the oracle divide by the people counted, and count what branches have? Each case counted by hand."""

from __future__ import annotations

from typing import Any

from tests.oracle import Figure
from tests.oracle.branches import commendations, equipped, heads_with_benefit, participation
from tests.oracle.coverage import gathering, people, recruiting, recruiting_as_coverage, recruiting_of_target
from tests.oracle.story import Story, branches, date, rate, refs

YEAR = (date("2022-01-01"), date("2023-01-01"))
MAY, JUNE, JULY = "2022-05-01", "2022-06-01", "2022-07-01"


def test_recruiting_is_read_in_three_ways() -> None:
    """admission, referral, Party admission: 3 admitted, 5 members, 10 eligible, target 4: 3/10, 3/4 and 5/10."""
    story = branches()
    for person in ("an", "bình", "chi"):
        story.say("member-joined", person, MAY, branch="x")
    for person in ("dung", "em"):
        story.say("member-entered", person, MAY, branch="y")
    _people(story, "d1", "eligible", 10)
    period = {"start": "2022-01-01", "end": "2023-01-01"}
    for value in (9, 4):  # set again, it is revised
        story.say("target-set", "t", MAY, scope="d1", indicator="admissions", period=period, value=value)
    longer = {"start": "2021-12-31", "end": "2023-01-01"}
    story.say("target-set", "long", MAY, scope="d1", indicator="admissions", period=longer, value=50)
    _people(story, "d1", "eligible", 99, on="2023-01-01")  # counted too late for the period
    history = story.recount()
    assert rate(recruiting(history, "d1", *YEAR)) == (3, 10)
    assert rate(recruiting_of_target(history, "d1", *YEAR)) == (3, 4)
    assert rate(recruiting_as_coverage(history, "d1", *YEAR)) == (5, 10)
    assert rate(recruiting(history, "d2", *YEAR)) == (0, None)


def _people(story: Story, scope: str, group: str, count: int, on: str = MAY, by: str = "org") -> str:
    fact: dict[str, Any] = {"scope": scope, "group": group, "count": count, "source": "sổ", "counted_on": on}
    return story.say("people-counted", f"count-{len(story.events)}", "2022-12-30", by=by, **fact)


def test_the_gathering_rate_needs_people_of_the_group() -> None:
    """member: 1 member; youth of c1 counted 8 in May and 6 in June, of c2 4: d1 has 1/12 in May, 1/10 in June."""
    story = branches()
    story.say("member-entered", "an", MAY, branch="x")
    _people(story, "c1", "youth", 8)
    _people(story, "c2", "youth", 4)
    last = _people(story, "c1", "youth", 6, on=JUNE)
    history = story.recount()
    assert rate(gathering(history, "d1", "youth", date(MAY))) == (1, 12)
    assert rate(gathering(history, "d1", "youth", date(JUNE))) == (1, 10)
    assert rate(gathering(history, "d1", "farm-households", date(JUNE))) == (1, None)
    assert people(history, "c1", "youth", date(JUNE)) == Figure(6, None, refs(last))


def test_people_of_a_part_are_not_added_to_those_of_the_whole() -> None:
    """member: youth counted for d1 (20) and for its commune c1 (8): 20 people in d1, not 28, and 8 in c1."""
    story = branches()
    _people(story, "d1", "youth", 20)
    _people(story, "c1", "youth", 8)
    history = story.recount()
    assert [people(history, unit, "youth", date(MAY)).numerator for unit in ("d1", "c1", "p")] == [20, 8, 20]


def test_people_counted_by_two_organisations_are_added() -> None:
    """Member: org counted 20 eligible in d1, other 8 in c1, each for itself: 28 in d1, of org alone 20."""
    story = branches()
    _people(story, "d1", "eligible", 20)
    _people(story, "c1", "eligible", 8, by="other")
    history = story.recount()
    assert people(history, "d1", "eligible", date(MAY)).numerator == 28
    assert people(history, "d1", "eligible", date(MAY), organisation="org").numerator == 20


def test_heads_in_office_with_a_benefit() -> None:
    """member: heads an (x), bình (y), chi (z, left in June); an and chi hold a card: 2/3 in May, 1/2 in June."""
    story = branches()
    for person, branch in {"an": "x", "bình": "y", "chi": "z"}.items():
        story.say("branch-head-took-office", branch, MAY, branch=branch, person=person, title="head")
    for person, branch in {"an": "x", "chi": "z"}.items():
        story.say("benefit-granted", f"card-{person}", MAY, branch=branch, person=person, benefit="card")
    story.say("benefit-granted", "loan-bình", MAY, branch="y", person="bình", benefit="loan")
    story.say("benefit-granted", "card-bình", "2022-08-01", branch="y", person="bình", benefit="card")
    story.say("branch-head-left-office", "z", JUNE, branch="z", person="chi")
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(MAY))) == (2, 3)
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(JUNE))) == (1, 2)
    story.say("unit-dissolved", "x", JULY, effective=JULY)
    assert rate(heads_with_benefit(story.recount(), "p", "card", date(JULY))) == (0, 1)
    assert rate(heads_with_benefit(story.recount(), "d2", "card", date(JULY))) == (0, None)


def test_a_branch_equipped_twice_is_one_branch() -> None:
    """day: x received the handbook twice and y once in 2022, z in 2023: 2 branches in 2022."""
    story = branches()
    for number, (branch, day) in enumerate([("x", MAY), ("x", JUNE), ("y", MAY), ("z", "2023-01-01")]):
        story.say("branch-equipped", f"book-{number}", day, branch=branch, equipment="handbook")
    assert equipped(story.recount(), "d1", "handbook", *YEAR).numerator == 2


def test_commendations_and_participants_are_sums_where_they_count() -> None:
    """As it was then: 2 commendations in d1; 100 exact and more than 50 participants: more than 150 in d1."""
    story = branches()
    for number, place in enumerate(["d1", "d1", "d2"]):
        story.say("commendation-awarded", f"k{number}", MAY, kind="giay-khen", recipient="not-split", place=place)
    period = {"start": "2022-01-01", "end": "2023-01-01"}
    for number, (count, qualifier) in enumerate([(100, "exact"), (50, "more-than")]):
        fact: dict[str, Any] = {"activity": "thi", "scope": "u1", "period": period}
        story.say("participation-counted", f"n{number}", MAY, count=count, qualifier=qualifier, **fact)
    history = story.recount()
    assert commendations(history, "d1", *YEAR).numerator == 2
    taking_part = participation(history, "d1", *YEAR)
    assert (taking_part.figure.numerator, taking_part.qualifier) == (150, "more-than")
    nearly: dict[str, Any] = {"activity": "thi", "scope": "d1", "period": period, "count": 7, "qualifier": "nearly"}
    story.say("participation-counted", "n3", MAY, **nearly)
    mixed = participation(story.recount(), "d1", *YEAR)
    assert (mixed.figure.numerator, mixed.qualifier) == (157, "mixed")
    story.events = story.events[:-2]
    assert participation(story.recount(), "d1", *YEAR).qualifier == "exact"
