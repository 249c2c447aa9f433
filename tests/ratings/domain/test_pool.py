"""When may a pool be closed, how many may be at the top, and does the decision keep to it?"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.ratings.domain.authority import NoDistrictAnyMore, NotTheRater, SubjectNotTheAxis
from services.ratings.domain.pool import (
    InAnotherPool,
    OtherThanInThePool,
    OverTheCap,
    PoolNotYetClosed,
    PoolsItself,
    UnknownPool,
)
from services.ratings.domain.rated import OtherKindOfUnit, UnknownGrade
from services.ratings.domain.rule_set import UnknownRuleSet
from shared.contracts.fields import Grade
from shared.contracts.ratings import (
    Cap,
    CapOf,
    Criterion,
    Pool,
    PoolMember,
    RatedPerson,
    RatingDecided,
    RatingPoolClosed,
    Rounding,
    RuleDocument,
    Signer,
)
from shared.units.world import NamedTwice, NotAlive, NotAUnit, PeriodNotBegun
from tests.oracle.cycle import counted, most_at_the_top
from tests.ratings.domain.cycle_posts import authority, decided, pooled
from tests.ratings.domain.test_rule_set import GRADES, RULES, adopted
from tests.support.given import Given, given
from tests.support.landscape import (
    BRANCH,
    HAMLET,
    NOWHERE,
    OTHER_BRANCH,
    WOMEN_COMMUNE,
    WOMEN_DISTRICT,
    dissolved,
    founded,
)
from tests.support.posts import Post, id_of
from tests.support.seeds import SEEDS, drawn

BRANCHES = [id_of(f"unit/pn/nhóm/{number}") for number in range(12)]
FOUNDED = [founded(each, "branch", WOMEN_COMMUNE) for each in BRANCHES]


def capped(of: CapOf = CapOf.ALL, share: int = 2_000, kind: str = "branch", **fields: Any) -> Post:
    """A rule set that allows 20 % at the best grade, of those at the second or better."""
    cap = Cap(
        pool="similar", rank=1, below=2, share=share, of=of, **{"rounding": Rounding.DOWN, "clause": "Mục 4", **fields}
    )
    similar = Pool(code="similar", title="Nhóm tương đồng", clause="Mục 4", same=("rater", "period", "peers"))
    criterion = Criterion(code="movement", title="Phong trào", clause="Mục II", points=10000)
    document = RuleDocument(schema_version=2, grades=GRADES, criteria=(criterion,), pools=(similar,), caps=(cap,))
    return adopted(rules=document, subject_kind=kind)


def book(*posts: Post) -> Given:
    return given(*FOUNDED, *posts)


def grades(best: int, second: int, third: int = 0) -> list[tuple[UUID, Grade]]:
    ranks = [0] * best + [1] * second + [2] * third
    return [(unit, GRADES[rank]) for unit, rank in zip(BRANCHES, ranks, strict=False)]


def closed(*members: tuple[UUID, Grade], **fields: Any) -> Post:
    return pooled(*members, rule_set=RULES, **fields)


def officers(ranks: Sequence[int], unit: UUID = BRANCH, **fields: Any) -> Post:
    """A list of as many officers of a unit, by their ranks."""
    rows = (
        PoolMember(unit=unit, grade=GRADES[rank - 1], person=RatedPerson(person=id_of(f"cán bộ {n}"), kind="officer"))
        for n, rank in enumerate(ranks)
    )
    return closed(**{"members": tuple(rows), **fields})


# ── The cap ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("of", "allowed"), [(CapOf.LEFT, 1), (CapOf.ALL, 2)])
def test_ten_at_the_second_grade_or_better_allow_one_or_two_at_the_best(of: CapOf, allowed: int) -> None:
    within = closed(*grades(allowed, 10 - allowed))
    over = closed(*grades(allowed + 1, 9 - allowed))
    book(capped(of)).when(within).then(RatingPoolClosed)
    book(capped(of)).when(over).then(OverTheCap, "over_because")
    book(capped(of)).when(closed(*grades(allowed + 1, 9 - allowed), over_because="Hai chi hội điểm")).then(
        RatingPoolClosed
    )


def test_units_below_the_second_grade_make_no_room() -> None:
    book(capped()).when(closed(*grades(1, 3, 8))).then(OverTheCap, "over_because")
    book(capped()).when(closed(*grades(1, 4, 7))).then(RatingPoolClosed)


def test_the_exception_share_is_for_those_who_say_that_they_have_it() -> None:
    rules = capped(exception=2_500)
    book(rules).when(closed(*grades(3, 9))).then(OverTheCap, "over_because")
    book(rules).when(closed(*grades(3, 9), exceptional=True)).then(RatingPoolClosed)
    book(capped()).when(closed(*grades(3, 9), exceptional=True)).then(OverTheCap, "over_because")


def test_an_empty_pool_is_closed_too_and_one_without_a_cap_as_it_is() -> None:
    book(capped()).when(closed()).then(RatingPoolClosed)
    similar = Pool(code="similar", title="Nhóm", clause="1", same=("rater",))
    criterion = Criterion(code="movement", title="Phong trào", clause="Mục II", points=10000)
    free = RuleDocument(schema_version=2, grades=GRADES, criteria=(criterion,), pools=(similar,))
    book(adopted(rules=free)).when(closed(*grades(12, 0))).then(RatingPoolClosed)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_officers_as_many_are_at_the_top_as_a_recount_of_the_rule_allows(seed: int | None) -> None:
    """Pools of every size up to 12, in both readings; whom the list leaves out is for people to say."""
    chance, found = Random(drawn(seed)), set[bool]()
    for size in range(13):
        of, rounding = chance.choice(list(CapOf)), chance.choice(list(Rounding))
        share, least = chance.choice((1_000, 2_000, 3_333)), chance.choice((0, 0, 1))
        ranks = [chance.choice((1, 2, 2, 2, 2, 3)) for _ in range(size)]
        good, best = counted(ranks, 1, 2)
        over = best > most_at_the_top(good, share, of.value, rounding.value, least)
        book = given(capped(of, share, rounding=rounding, least=least, kind="officer"))
        verdict = book.when(officers(ranks))
        assert verdict.accepted == (not over), (ranks, of, rounding, share, least)
        assert book.when(officers(ranks, over_because="Đơn vị dẫn đầu")).accepted
        found.add(over)
    assert found == {True, False}


def test_a_pool_is_of_units_or_of_persons_as_its_rules_rate() -> None:
    of_officers, both = capped(kind="officer"), given(capped())
    both.when(officers([2])).then(OtherKindOfUnit, "members.0.unit")
    book(of_officers).when(closed((BRANCH, GRADES[1]))).then(OtherKindOfUnit, "members.0.unit")
    twice = [PoolMember(unit=BRANCH, grade=GRADES[1], person=RatedPerson(person=id_of("a"), kind="officer"))] * 2
    book(of_officers).when(closed(members=tuple(twice))).then(NamedTwice, "members.1")
    # The same person is another in another unit, and stands in one group of the rater there.
    first = officers([2])
    book(of_officers, first).when(officers([2], group="others")).then(InAnotherPool, "members.0.unit")
    book(of_officers, first).when(officers([2], OTHER_BRANCH, group="others")).then(RatingPoolClosed)
    himself = officers([2], signer=Signer(person=id_of("cán bộ 0")))
    book(of_officers).when(himself).then(PoolsItself, "signer")


# ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pool_is_one_of_the_rule_set() -> None:
    book().when(closed()).then(UnknownRuleSet, "rule_set")
    book(capped()).when(closed(pool="other")).then(UnknownPool, "pool")
    book(capped()).when(closed(subject=BRANCH)).then(SubjectNotTheAxis, "subject")
    book(capped()).when(closed(on="2021-12-31")).then(PeriodNotBegun, "period")
    book(capped(), dissolved(WOMEN_DISTRICT, "2022-12-01")).when(closed()).then(NotAlive, "rater")
    book(capped()).when(closed(on="2025-07-01")).then(NoDistrictAnyMore, "rater")


def test_each_member_is_such_a_unit_once_with_a_grade_of_the_rules() -> None:
    one = BRANCHES[0]
    cases: tuple[tuple[list[tuple[UUID, Grade]], Any, str], ...] = (
        ([(one, GRADES[1]), (one, GRADES[1])], NamedTwice, "members.1"),
        ([(HAMLET, GRADES[1])], NotAUnit, "members.0.unit"),
        ([(WOMEN_COMMUNE, GRADES[1])], OtherKindOfUnit, "members.0.unit"),
        ([(one, GRADES[1].model_copy(update={"label": "khá"}))], UnknownGrade, "members.0.grade"),
    )
    for members, refusal, field in cases:
        book(capped()).when(closed(*members)).then(refusal, field)
    assert not given().stream("membership", NOWHERE).links


def test_a_unit_stands_in_one_group_of_a_rater_and_a_group_is_closed_again() -> None:
    first = closed((BRANCH, GRADES[1]))
    book(capped(), first).when(closed((BRANCH, GRADES[1]), group="others")).then(InAnotherPool, "members.0.unit")
    book(capped(), first).when(closed((OTHER_BRANCH, GRADES[1]), group="others")).then(RatingPoolClosed)
    book(capped(), first).when(closed((BRANCH, GRADES[2]), on="2022-12-11")).then(RatingPoolClosed)
    emptied = closed(on="2022-12-11")
    book(capped(), first, emptied).when(closed((BRANCH, GRADES[1]), group="others", on="2022-12-12")).then(
        RatingPoolClosed
    )


def test_only_whom_a_rule_names_closes_a_pool() -> None:
    book(capped(), authority(decides="base-unit")).when(closed((BRANCH, GRADES[1]))).then(NotTheRater, "rater")
    mine = closed((BRANCH, GRADES[1]), rater=WOMEN_COMMUNE)
    book(capped(), authority(decides="base-unit")).when(mine).then(RatingPoolClosed)


# ── The decision ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_by_rule_a_decision_is_what_the_pool_was_closed_with() -> None:
    rule = authority(steps=("pool-closed",))
    book(capped(), rule).when(decided()).then(PoolNotYetClosed, "period")
    book(capped(), rule, closed((OTHER_BRANCH, GRADES[1]))).when(decided()).then(PoolNotYetClosed, "period")
    there = closed((BRANCH, GRADES[1]))
    book(capped(), rule, there).when(decided()).then(RatingDecided)
    book(capped(), rule, there).when(decided(grade=GRADES[0])).then(OtherThanInThePool, "grade")
    book(capped(), rule, there).when(decided("2022-12-09")).then(PoolNotYetClosed, "period")
    anew = closed((BRANCH, GRADES[0]), (OTHER_BRANCH, GRADES[1]), on="2022-12-15", over_because="Chi hội điểm")
    book(capped(), rule, there, anew).when(decided()).then(OtherThanInThePool, "grade")
    book(capped(), rule, there, anew).when(decided(grade=GRADES[0])).then(RatingDecided)


def test_without_such_a_rule_a_decision_needs_no_pool() -> None:
    book(capped(), closed((BRANCH, GRADES[1]))).when(decided(grade=GRADES[0])).then(RatingDecided)
