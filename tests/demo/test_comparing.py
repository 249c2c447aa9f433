"""When is a counted figure what was printed? Every comparator at its borders, in exact numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.operations.demo.calibration import Comparator, Part, Words
from shared.operations.demo.comparing import Counted, agrees

LABEL = Words(vi="số", en="number")


def counted(
    numerator: int | None,
    denominator: int | None = None,
    *,
    value: int | None = None,
    of: int | None = None,
    percent: str | None = None,
    incomplete: int = 0,
) -> Counted:
    """A counted number beside what was printed of it."""
    return Counted(Part(label=LABEL, value=value, of=of, percent=percent), numerator, denominator, incomplete)


@pytest.mark.parametrize(
    ("comparator", "number", "equal"),
    [
        ("=", counted(823, value=823), True),
        ("=", counted(822, value=823), False),
        ("=", counted(667, 695, value=667, of=695), True),
        ("=", counted(667, 694, value=667, of=695), False),
        ("=", counted(667, None, value=667, of=695), False),
        ("=", counted(0, 695, value=0, of=695), True),
        ("=", counted(None, value=0), False),
        ("=", counted(823, value=823, incomplete=1), False),
        ("=", counted(657, 1000, percent="65,7"), True),
        ("=", counted(6565, 10000, percent="65,7"), True),
        ("=", counted(65649, 100000, percent="65,7"), False),
        ("=", counted(6575, 10000, percent="65,7"), False),
        ("=", counted(657, None, percent="65,7"), False),
        ("gần", counted(725, 1000, percent="73"), True),
        ("gần", counted(7249, 10000, percent="73"), False),
        ("gần", counted(72999, 100000, percent="73"), True),
        ("gần", counted(73, 100, percent="73"), False),
        ("hơn", counted(17905, value=17904), True),
        ("hơn", counted(17904, value=17904), False),
        ("hầu hết", counted(51, 100), True),
        ("hầu hết", counted(50, 100), False),
        ("hầu hết", counted(99, 100), True),
        ("hầu hết", counted(100, 100), False),
        ("hầu hết", counted(99, None), False),
        ("đều", counted(5, 5, of=5), True),
        ("đều", counted(4, 5, of=5), False),
        ("đều", counted(4, 4, of=5), False),
        ("đều", counted(0, None), False),
    ],
)
def test_a_comparator_holds_up_to_its_border_and_no_further(
    comparator: Comparator, number: Counted, *, equal: bool
) -> None:
    assert agrees(comparator, [number]) is equal


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (counted(2, 3), counted(1, 2), True),
        (counted(1, 2), counted(2, 4), False),
        (counted(1, 3), counted(1, 2), False),
        (counted(1, None), counted(1, 2), False),
    ],
)
def test_higher_compares_two_shares_and_never_two_numbers(first: Counted, second: Counted, *, equal: bool) -> None:
    assert agrees("cao hơn", [first, second]) is equal


def test_every_number_of_a_line_must_agree() -> None:
    right, wrong = counted(10, 12, value=10, of=12), counted(3, 12, value=2, of=12)
    assert agrees("=", [right, right]) is True
    assert agrees("=", [right, wrong]) is False


def test_nothing_is_equal_where_nothing_was_counted_or_printed() -> None:
    assert agrees("=", []) is False
    assert agrees("", [counted(5)]) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_nearly_and_equal_to_a_rate_never_hold_both_from_the_printed_number_on(part: int, whole: int) -> None:
    number = counted(part, whole, percent="73")
    if part * 100 >= 73 * whole:
        assert agrees("gần", [number]) is False
    elif agrees("gần", [number]):
        assert agrees("=", [number]) is True
