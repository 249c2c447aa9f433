"""When does a reported figure agree with the counted one? Against an independent reading, and on published figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ratings.domain.agreement import Counted, Difference, difference
from shared.contracts.fields import Period, Qualifier
from shared.contracts.ratings import FigureReported
from tests.oracle.reported import agrees
from tests.support.tale import id_of

PERIOD = Period(start=dt.date(2018, 1, 1), end=dt.date(2021, 1, 1))


def reported(numerator: int | None, denominator: int | None = None, **more: Any) -> FigureReported:
    """A report of some figure."""
    return FigureReported(
        indicator="grades",
        scope=id_of("u1"),
        period=PERIOD,
        numerator=numerator,
        denominator=denominator,
        source="Báo cáo",
        **more,
    )


@given(
    qualifier=st.sampled_from(Qualifier),
    said=st.tuples(st.integers(0, 60), st.none() | st.sampled_from([10, 50, 100, 1000])),
    counted=st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60)),
    only_rate=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_the_same_is_said_as_by_an_independent_reading(
    qualifier: Qualifier, said: tuple[int, int | None], counted: tuple[int, int | None], *, only_rate: bool
) -> None:
    only_rate = only_rate and said[1] is not None
    found = difference(reported(*said, qualifier=qualifier, only_rate=only_rate), Counted(*counted))
    assert found.agrees == agrees(qualifier.value, said, counted, only_rate=only_rate)


@pytest.mark.parametrize(
    ("report", "counted", "agreed"),
    [
        (reported(123, 144), (123, 144), True),
        (reported(123, 144), (123, 145), False),
        (reported(73, 100, qualifier=Qualifier.NEARLY, only_rate=True), (7299, 10_000), True),
        (reported(73, 100, qualifier=Qualifier.NEARLY, only_rate=True), (73, 100), False),
        (reported(73, 100, qualifier=Qualifier.NEARLY, only_rate=True), (725, 1000), True),
        (reported(73, 100, qualifier=Qualifier.NEARLY, only_rate=True), (7249, 10_000), False),
        (reported(657, 1000, only_rate=True), (12_345, 18_790), True),
        (reported(17_904, qualifier=Qualifier.MORE_THAN), (17_904, None), False),
        (reported(None, qualifier=Qualifier.MOST), (689, 927), True),
        (reported(None, qualifier=Qualifier.MOST), (927, 927), False),
        (reported(None, qualifier=Qualifier.MOST), (689, None), None),
    ],
)
def test_published_words_are_taken_at_their_word(
    report: FigureReported, counted: tuple[int, int | None], *, agreed: bool | None
) -> None:
    assert difference(report, Counted(*counted)).agrees is agreed


def test_the_difference_is_counted_less_reported_and_a_rate_in_hundredths_of_a_point() -> None:
    assert difference(reported(123, 144), Counted(120, 150)) == Difference(-3, 6, -542, agrees=False)
    rate = reported(657, 1000, only_rate=True)
    assert difference(rate, Counted(1, 2)) == Difference(None, None, -1570, agrees=False)
    assert difference(rate, None) == Difference(None, None, None, None)
