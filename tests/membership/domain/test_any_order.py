"""Does it matter in which order a person's life is posted? Not where its facts do not contradict each other.

What is refused is posted again until nothing changes. A life without contradictions then stands whole, whatever was
late or came twice, and nothing is left for people to settle; in any other, each fact is refused by name or on the list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

import pytest

from shared.contracts.event import Event
from shared.contracts.membership import (
    Affiliation,
    AffiliationEnded,
    AffiliationReceived,
    CardIssued,
    CardWithdrawn,
    DisciplineDecided,
    DisciplineLevel,
    DisciplineLifted,
    DuesExempted,
    DuesPaid,
    Grounds,
    MaturityDeferred,
    MemberAdmittedToParty,
    MemberAway,
    MemberBack,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    PersonsMerged,
    PersonsUnmerged,
    StrikeOffDeclined,
    StrikeOffProposed,
    TransferIntroduced,
    TransferReceived,
)
from shared.eventsourcing.acceptance import contradictions
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.roster import ROSTER_FACTS, standing
from tests.support.given import Given, decider_of, given, related
from tests.support.landscape import BRANCH, HOA, LAN, OTHER_BRANCH, SUB_BRANCH, WOMEN, YOUTH, YOUTH_BRANCH, merged
from tests.support.lives import adopted, days, rule
from tests.support.posts import Post, again
from tests.units.recount import Book

FIRST = dt.date(2020, 1, 1)
DAYS = [FIRST + dt.timedelta(days=number) for number in range(160)]
LINES = {BRANCH: WOMEN, OTHER_BRANCH: WOMEN, SUB_BRANCH: WOMEN, YOUTH_BRANCH: YOUTH}
SETTING = (
    adopted("2020-02-01", strike_off=rule(away_months=6), exemption_months=6),
    merged(OTHER_BRANCH, SUB_BRANCH, since="2020-03-15"),
)
"""Rules and a merger that all lives share."""
SEEDS = range(25)
MANY = 1_000


def drawn(chance: Random, on: dt.date) -> tuple[Event, UUID]:
    """Any fact of a life, and who says it."""
    branch, other = chance.choice(list(LINES)), chance.choice(list(LINES))
    month = dt.date(2020, chance.randint(1, 11), 1)
    period = days(month.isoformat(), month.replace(month=month.month + 1).isoformat())
    into, kind = chance.choice((LAN, HOA)), chance.choice(list(Affiliation))
    cause = chance.choice(("not-attending", "dues-unpaid", "own-request"))
    grounds = Grounds(months_absent=chance.randint(1, 5), months_unpaid=chance.randint(1, 5))
    facts: Sequence[Event] = (
        *(MemberJoined(branch=branch), MemberJoined(branch=branch), MemberEntered(branch=branch)),
        *(MemberReadmitted(branch=branch), TransferIntroduced(branch=branch)),
        *(TransferReceived(branch=branch, origin=other), TransferReceived(branch=branch)),
        *(MemberResigned(branch=branch), MemberExpelled(branch=branch, cause="discipline")),
        *(MemberMatured(branch=branch), MemberDied(branch=branch)) * chance.randint(0, 1),
        *(MemberReferredToParty(branch=branch), MemberAdmittedToParty(branch=branch)),
        *(MemberAway(branch=branch), MemberBack(branch=branch), MemberAway(branch=branch, reported=False)),
        *(AffiliationReceived(branch=branch, kind=kind), AffiliationEnded(branch=branch)),
        *(DuesPaid(branch=branch, period=period), DuesExempted(branch=branch, period=period, ground="hardship")),
        *(CardIssued(branch=branch), CardWithdrawn(branch=branch)),
        DisciplineDecided(branch=branch, level=DisciplineLevel.WARNING),
        *(DisciplineLifted(branch=branch), MaturityDeferred(branch=branch, until=on + dt.timedelta(days=40))),
        *(StrikeOffProposed(branch=branch, cause=cause, grounds=grounds), StrikeOffDeclined(branch=branch)),
        MemberStruckOff(branch=branch, cause=cause, grounds=grounds),
        *(PersonsMerged(branch=branch, into=into), PersonsUnmerged(branch=branch, into=into)),
    )
    return chance.choice(facts), LINES[branch]


def some_life(chance: Random, many: int) -> list[Post]:
    """Facts of two ids, each on a day of its own, in the order of their days."""
    posts = []
    for number in range(many):
        on = FIRST + dt.timedelta(days=number)
        fact, by = drawn(chance, on)
        posts.append(Post(fact, chance.choice((LAN, LAN, HOA)), on.isoformat(), by))
    return posts


def sound_life(chance: Random) -> list[Post]:
    """What the rules accept of it, told in the order of the days."""
    book, kept = given(*SETTING), []
    for post in some_life(chance, 150):
        if book.when(post).accepted:
            book.take(post)
            kept.append(post)
    return kept


def posted(posts: Sequence[Post], chance: Random) -> tuple[Given, list[Post], dict[Post, Refused]]:
    """Post in any order, some twice, and what is refused again until nothing changes; what stands, what does not."""
    waiting = [*posts, *map(again, chance.sample(posts, len(posts) // 4))]
    chance.shuffle(waiting)
    book, taken, changed = given(*SETTING), list[Post](), True
    refused: dict[Post, Refused] = {}
    while changed:
        changed, refused, waiting, due = False, {}, [], waiting
        for post in due:
            verdict = book.when(post)
            if verdict.accepted:
                book.take(post)
                taken.append(post)
                changed = True
            elif isinstance(verdict.outcome, Refused):
                refused[post] = verdict.outcome
                waiting.append(post)
            else:
                assert verdict.already
    return book, taken, refused


def work_list(book: Given) -> list[tuple[Said, Refused]]:
    """What contradicts, of both ids."""
    found = []
    for person in (LAN, HOA):
        stream = book.stream("membership", person)
        asked = {person, *(each for said in stream.standing() for each in related(said.fact))}
        for decider in {
            id(each): each for each in (decider_of(type(said.fact)) for said in stream.standing())
        }.values():
            found += contradictions(stream, decider, book.world("membership", asked))
    return found


def whole(book: Given, person: UUID) -> set[tuple[Event, UUID, dt.date]]:
    """What stands of a person, without the ids and the order of posting."""
    return {(said.fact, said.organisation, said.day) for said in book.stream("membership", person).standing()}


def rosters(book: Given, person: UUID) -> dict[dt.date, frozenset[UUID]]:
    """In whose books the person is on each day, as the roster has it."""
    found = standing(book.stream("membership", person).standing(), book.world("membership", ()).tree)
    return {day: frozenset(found.branches(day)) for day in DAYS}


def counted(book: Given, person: UUID) -> dict[dt.date, frozenset[UUID]]:
    """The same by the count by hand, from the events."""
    said = [each for each in book.stream("membership", person).standing() if type(each.fact) in ROSTER_FACTS]
    units = [each for unit in LINES for each in book.stream("membership", unit).standing()]
    return {day: frozenset(Book.on(day, units, said).pages) for day in DAYS}


def any_order_gives_the_same(seed: int) -> None:
    chance = Random(seed)
    life = sound_life(chance)
    told = given(*SETTING, *life)
    assert work_list(told) == []
    book, _, refused = posted(life, chance)
    assert refused == {}
    assert work_list(book) == []
    for person in (LAN, HOA):
        assert whole(book, person) == whole(told, person)
        assert rosters(book, person) == rosters(told, person) == counted(told, person)


def nothing_is_passed_over(seed: int) -> None:
    """Of a life with contradictions each fact stands or is refused; what stands against the rules is on the list."""
    chance = Random(seed)
    life = some_life(chance, 60)
    book, taken, refused = posted(life, chance)
    ids = {post.id for post in taken}
    listed = {said.event for said, _ in work_list(book)}
    for person in (LAN, HOA):
        for said in book.stream("membership", person).standing():
            assert said.event in ids
    sound = [post for post in taken if post.id not in listed]
    assert len(sound) + len(listed) == len(taken)
    assert {post.id for post in refused} & ids == set()
    assert all(refusal.code for refusal in refused.values())
    standing = {(post.fact, post.subject, post.on, post.by) for post in taken}
    lost = [post for post in life if (post.fact, post.subject, post.on, post.by) not in standing]
    assert {(post.fact, post.subject, post.on) for post in lost} <= {
        (post.fact, post.subject, post.on) for post in refused
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_life_without_contradictions_is_the_same_in_any_order_of_posting(seed: int) -> None:
    any_order_gives_the_same(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_any_life_every_fact_stands_or_is_refused_by_name_or_is_on_the_list(seed: int) -> None:
    nothing_is_passed_over(seed)


@pytest.mark.battery
def test_the_same_for_a_thousand_lives(record_property: Callable[[str, object], None]) -> None:
    first, wrong = Random().randrange(10**9), list[int]()
    for seed in range(first, first + MANY):
        try:
            any_order_gives_the_same(seed)
            nothing_is_passed_over(seed)
        except AssertionError:
            wrong.append(seed)
    record_property("battery", ["R-29", MANY, len(wrong), f"{first}…"])
    assert wrong == [], f"of the seeds from {first} on"
