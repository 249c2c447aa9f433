"""Does it matter in which order a rating's steps are posted? And does a second reading of the rules judge alike?

Told in the order of its days, each fact of a random life is accepted by the rules just where the plain machine of
`tests.oracle.cycle` accepts it. What was accepted is then posted in any order, some of it twice, what is refused again
until nothing changes: it stands whole, nothing is left for people to settle, and the rating stands where it stood.
"""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.ratings.domain.course import aftermath, decisions, keyed
from services.ratings.domain.effects import effects_of
from services.ratings.domain.rules.caps import cap
from services.ratings.projections.standings import steps_of
from shared.contracts.event import Event
from shared.contracts.ratings import (
    By,
    CapOf,
    Criterion,
    RatingAuthoritySet,
    RatingDecided,
    Rounding,
    RuleDocument,
    ScoredIn,
)
from shared.eventsourcing.acceptance import contradictions
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from tests.oracle.cycle import Machine, Rule, counted, most_at_the_top
from tests.ratings.domain import cycle_posts as say
from tests.ratings.domain.test_rule_set import GRADES, adopted
from tests.support.given import Given, decider_of, given, related
from tests.support.landscape import BRANCH, OTHER_BRANCH, WOMEN_COMMUNE, WOMEN_DISTRICT, WOMEN_PROVINCE
from tests.support.posts import Post, again

ABOVE = {
    str(BRANCH): (str(WOMEN_COMMUNE), str(WOMEN_DISTRICT), str(WOMEN_PROVINCE)),
    str(WOMEN_COMMUNE): (str(WOMEN_DISTRICT), str(WOMEN_PROVINCE)),
    str(WOMEN_DISTRICT): (str(WOMEN_PROVINCE),),
    str(WOMEN_PROVINCE): (),
}
KINDS = {
    str(BRANCH): "branch",
    str(WOMEN_COMMUNE): "base-unit",
    str(WOMEN_DISTRICT): "district-body",
    str(WOMEN_PROVINCE): "province-body",
}
BODIES = (BRANCH, WOMEN_COMMUNE, WOMEN_DISTRICT, WOMEN_PROVINCE)
FIRST = dt.date(2022, 6, 1)
KEY = ("vertical", say.YEAR)
EFFECTS = [
    {"effect": "commendation-basis", "scale": "strength", "worst_rank": 1, "legal_reference": "Mục 4"},
    {"effect": "direct-election-of-head", "scale": "strength", "worst_rank": 2, "legal_reference": "Mục 3"},
]
RULES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"decides": "district-body", "steps": ("self-rated", "proposed", "verified"), "effects": EFFECTS},
    {"decides": "base-unit", "steps": ("published", "re-verified"), "objections": 2, "effects": EFFECTS[:1]},
    {"decides": "district-body", "proposes": "base-unit", "verifies": "district-body", "settles": "province-body"},
)
SEEDS = range(16)
MANY = range(1_000, 1_600)


JUDGED = adopted(
    rules=RuleDocument(
        schema_version=2,
        grades=GRADES,
        criteria=(
            Criterion(code="movement", title="Phong trào", clause="1", points=8_000),
            Criterion(code="trust", title="Tín nhiệm", clause="2", points=2_000, by=By.VOTES),
        ),
    )
)
CRITERIA = {"movement": ("human", 8_000), "trust": ("votes", 2_000)}


def setting(rule: dict[str, Any] | None) -> tuple[Post, ...]:
    return (JUDGED,) if rule is None else (JUDGED, say.authority("2022-01-01", **rule))


def machine(rule: dict[str, Any] | None) -> Machine:
    posted = None
    if rule is not None:
        named = {name: rule.get(name) for name in ("proposes", "verifies", "settles", "objections")}
        effects = {each["effect"]: each["worst_rank"] for each in rule.get("effects", ())}
        posted = Rule(decides=rule["decides"], steps=frozenset(rule.get("steps", ())), effects=effects, **named)
    return Machine(str(BRANCH), ABOVE, KINDS, posted, CRITERIA)


def drawn(chance: Random, on: str, made: list[Post], rule: dict[str, Any] | None) -> Post:
    """Any step of the cycle, sensible or not."""
    grade, body = chance.choice(GRADES[:3]), chance.choice(BODIES)
    before = [
        lambda: say.self_rated(on, grade=grade),
        lambda: say.proposed(on, grade=grade, rater=body),
        lambda: say.verified(on, grade=grade, body=body),
        lambda: say.decided(on, grade=grade, rater=chance.choice((WOMEN_DISTRICT, WOMEN_COMMUNE, body))),
    ]
    if chance.random() < 0.25:
        return judged(chance, on, body)
    if not made or chance.random() < 0.25:
        if made and chance.random() < 0.4:
            place = say.reference(chance.choice(made))
            return say.decided(on, grade=grade, rater=chance.choice(BODIES[1:3]), instead_of=place)
        return chance.choice(before)()
    decision = chance.choice(made)
    fact = next((post.fact for post in setting(rule) if isinstance(post.fact, RatingAuthoritySet)), None)
    opens = effects_of(fact, chance.choice((grade, GRADES[0])))
    effects = chance.choice(((), opens, opens))
    after = [
        lambda: say.published(decision, on, body=body, effects=effects),
        lambda: say.objected(decision, on, body=body),
        lambda: say.objected(decision, on, body=BRANCH),
        lambda: say.ordered(decision, on, body=body),
        lambda: say.reverified(decision, on, body=body, grade=grade),
        lambda: say.upheld(decision, on, body=body),
        lambda: say.changed(decision, on, body=body, grade=grade, effects=effects),
        lambda: say.cancelled(decision, on, body=body),
    ]
    return chance.choice(after)()


def judged(chance: Random, on: str, body: UUID) -> Post:
    """A score or a count of votes, by whoever, in whichever step, on either criterion."""
    criterion = chance.choice(("movement", "movement", "trust"))
    if chance.random() < 0.3:
        return say.voted(on, body=body, criterion="trust" if chance.random() < 0.8 else criterion)
    step = chance.choice(tuple(ScoredIn))
    body = BRANCH if step is ScoredIn.SELF_RATED and chance.random() < 0.7 else body
    return say.scored(
        on, body=body, criterion=criterion, step=step, score={"points": chance.choice((0, 5_000, 8_000, 8_001))}
    )


def plain(post: Post) -> tuple[str, dict[str, Any], str]:
    """A post as the second reading is given it: words and numbers, no classes."""
    fact = post.fact.model_dump(mode="json", exclude_none=True)
    for name in ("decision", "instead_of"):
        if name in fact:
            fact[name] = fact[name]["event"]
    if "grade" in fact:
        fact["grade"] = fact["grade"]["rank"]
    return post.fact.name.split(".")[3], fact, str(post.id)


def told(seed: int) -> tuple[dict[str, Any] | None, Given, Machine, list[Post]]:
    """A life in the order of its days; each step judged by both readings, which must agree."""
    chance = Random(seed)
    rule = RULES[seed % len(RULES)]
    book, second, kept = given(*setting(rule)), machine(rule), list[Post]()
    for number in range(160):
        made = [post for post in kept if isinstance(post.fact, RatingDecided)]
        post = drawn(chance, (FIRST + dt.timedelta(days=number)).isoformat(), made[-2:], rule)
        verdict = book.when(post)
        assert not verdict.already
        assert verdict.accepted == second.take(*plain(post)), (seed, number, post.fact, verdict.outcome)
        if verdict.accepted:
            book.take(post)
            kept.append(post)
    return rule, book, second, kept


def standing(book: Given) -> list[Said]:
    return list(book.stream("ratings", BRANCH).standing())


def posted(rule: dict[str, Any] | None, posts: list[Post], chance: Random) -> tuple[Given, dict[Post, Refused]]:
    """In any order, some twice, what is refused again until nothing changes."""
    # Of a decision posted twice the first id counts, and later steps name that: so these come once.
    others = [post for post in posts if not isinstance(post.fact, RatingDecided)]
    waiting = [*posts, *map(again, chance.sample(others, len(others) // 4))]
    chance.shuffle(waiting)
    book, changed, refused = given(*setting(rule)), True, dict[Post, Refused]()
    while changed:
        changed, refused, due, waiting = False, {}, waiting, []
        for post in due:
            verdict = book.when(post)
            if verdict.accepted:
                book.take(post)
                changed = True
            elif isinstance(verdict.outcome, Refused):
                refused[post] = verdict.outcome
                waiting.append(post)
    return book, refused


def work_list(book: Given) -> list[tuple[Said, Refused]]:
    stream = book.stream("ratings", BRANCH)
    asked = {BRANCH, *(each for said in stream.standing() for each in related(said.fact))}
    deciders = {id(each): each for each in (decider_of(type(said.fact)) for said in stream.standing())}
    return [each for one in deciders.values() for each in contradictions(stream, one, book.world("ratings", asked))]


def said_of(book: Given) -> set[tuple[Event, dt.date]]:
    """What stands, without ids."""
    return {(said.fact, said.day) for said in standing(book)}


def any_order_gives_the_same(seed: int) -> None:
    rule, book, second, kept = told(seed)
    facts = standing(book)
    for decision in decisions(facts, KEY):
        after = aftermath(decision, facts, dt.date.max)
        (same,) = [each for each in second.decisions if each.id == str(decision.event)]
        assert (after.open > 0) == same.waits or after.cancelled
        assert (after.published is not None, after.cancelled is not None) == (same.published, same.cancelled)
        assert (None if same.cancelled else same.grade) == (None if after.grade is None else after.grade.rank)
    other, refused = posted(rule, kept, Random(seed + 7))
    assert refused == {}
    assert work_list(other) == []
    assert said_of(other) == said_of(book)
    rows = [steps_of(KEY, standing(each)) for each in (book, other)]
    assert rows[0] == rows[1]
    assert all(keyed(said) == KEY for said in facts)


def test_lives_get_somewhere() -> None:
    """The random lives meet every step, or the comparison would say little."""
    met = {post.fact.name.split(".")[3] for seed in SEEDS for post in told(seed)[3]}
    assert met == {
        *("unit-self-rated", "rating-proposed", "rating-verified", "rating-decided", "rating-published"),
        *("objection-raised", "rerating-ordered", "rating-reverified"),
        *("rating-upheld", "rating-changed", "rating-cancelled"),
        *("criterion-scored", "votes-counted"),
    }
    assert OTHER_BRANCH != BRANCH


@pytest.mark.parametrize("seed", SEEDS)
def test_two_readings_judge_alike_and_any_order_of_posting_gives_the_same(seed: int) -> None:
    any_order_gives_the_same(seed)


@pytest.mark.battery
@pytest.mark.parametrize("seed", MANY)
def test_the_same_for_many_lives(seed: int) -> None:
    any_order_gives_the_same(seed)


# ── Caps ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pool", "left", "all_"), [(0, 0, 0), (5, 0, 1), (10, 1, 2), (12, 2, 2), (20, 3, 4), (100, 16, 20), (144, 24, 28)]
)
def test_the_table_of_the_rule_is_met_in_both_readings(pool: int, left: int, all_: int) -> None:
    assert (cap(pool, share=2_000, of=CapOf.LEFT), cap(pool, share=2_000, of=CapOf.ALL)) == (left, all_)
    assert (most_at_the_top(pool, 2_000, "left"), most_at_the_top(pool, 2_000, "all")) == (left, all_)


def test_caps_are_those_of_the_second_reading_for_every_pool_share_and_rounding() -> None:
    chance = Random(5)
    for _ in range(4_000):
        pool, least = chance.randint(0, 60), chance.randint(0, 3)
        share = chance.choice((1, 777, 2_000, 2_500, 5_000, 10_000))
        of, rounding = chance.choice(list(CapOf)), chance.choice(list(Rounding))
        expected = most_at_the_top(pool, share, of.value, rounding.value, least)
        assert cap(pool, share=share, of=of, rounding=rounding, least=least) == expected, (pool, share, of, rounding)


def test_a_pool_is_counted_alike() -> None:
    assert counted([1, 1, 2, 3, 4], 1, 2) == (3, 2)
    assert counted([], 1, 2) == (0, 0)
