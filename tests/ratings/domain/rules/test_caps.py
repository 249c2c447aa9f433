"""How many may be given the capped grade? The published table, both readings, every rounding, the smallest pools."""

from __future__ import annotations

import pytest

from services.ratings.domain.rules import allowed, cap
from shared.contracts.ratings import Cap, CapOf, Rounding

TABLE = ((5, 0, 1), (10, 1, 2), (12, 2, 2), (20, 3, 4), (100, 16, 20), (144, 24, 28))
"""Units graded tốt or better, 20 % by reading A, 20 % by reading B."""


@pytest.mark.parametrize(("pool", "left", "every"), TABLE)
def test_twenty_per_cent_by_both_readings(pool: int, left: int, every: int) -> None:
    assert cap(pool, share=2000, of=CapOf.LEFT) == left
    assert cap(pool, share=2000, of=CapOf.ALL) == every


@pytest.mark.parametrize("share", [1, 2000, 2500, 3333, 10_000])
def test_no_more_may_be_given_without_breaking_the_rule_as_it_is_read(share: int) -> None:
    """The definition itself, counted out: x ≤ share of those left, or x ≤ share of all."""
    for pool in range(150):
        left = max(x for x in range(pool + 1) if x * 10_000 <= share * (pool - x))
        every = max(x for x in range(pool + 1) if x * 10_000 <= share * pool)
        assert (cap(pool, share=share, of=CapOf.LEFT), cap(pool, share=share, of=CapOf.ALL)) == (left, every), pool


def test_fractions_go_down_to_the_nearest_or_up() -> None:
    found = {
        rounding: [cap(n, share=2000, of=CapOf.ALL, rounding=rounding) for n in (7, 8, 10)] for rounding in Rounding
    }
    assert found == {Rounding.DOWN: [1, 1, 2], Rounding.NEAREST: [1, 2, 2], Rounding.UP: [2, 2, 2]}
    assert cap(5, share=1000, of=CapOf.ALL, rounding=Rounding.NEAREST) == 1
    assert cap(4, share=1000, of=CapOf.ALL, rounding=Rounding.NEAREST) == 0


def test_an_empty_pool_allows_nobody_whatever_the_rule() -> None:
    assert {cap(0, share=2000, of=of, rounding=each, least=1) for of in CapOf for each in Rounding} == {0}


def test_a_small_pool_is_allowed_what_the_rule_says_is_the_least() -> None:
    assert [cap(n, share=2000, of=CapOf.LEFT, least=1) for n in (1, 4, 12)] == [1, 1, 2]


def test_an_exception_stands_in_for_the_share_only_where_it_is_granted() -> None:
    rule = Cap(
        pool="peers", rank=1, below=2, share=2000, of=CapOf.ALL, rounding=Rounding.DOWN, exception=2500, clause="Điều 9"
    )
    assert (allowed(20, rule), allowed(20, rule, exceptional=True)) == (4, 5)
