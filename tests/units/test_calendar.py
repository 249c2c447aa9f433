"""Are periods and numbers what Vietnamese offices write?"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.event import local_day
from shared.contracts.fields import Period
from shared.units.calendar import (
    Language,
    day_text,
    month_of,
    months,
    next_month,
    number_text,
    percent_text,
    quarter_of,
    quarters,
    year_of,
    years,
)

days = st.dates(dt.date(1930, 1, 1), dt.date(9998, 12, 31))


def _period(start: str, end: str) -> Period:
    return Period(start=dt.date.fromisoformat(start), end=dt.date.fromisoformat(end))


def test_a_month_goes_from_its_first_day_to_before_the_first_of_the_next() -> None:
    assert month_of(dt.date(2024, 2, 29)) == _period("2024-02-01", "2024-03-01")
    assert month_of(dt.date(2022, 12, 31)) == _period("2022-12-01", "2023-01-01")
    assert next_month(dt.date(2022, 12, 1)) == dt.date(2023, 1, 1)


def test_an_instant_shortly_before_midnight_utc_is_in_the_next_vietnamese_month() -> None:
    assert month_of(local_day("2022-05-31T17:00:00Z")) == _period("2022-06-01", "2022-07-01")
    assert month_of(local_day("2022-05-31T16:59:59Z")) == _period("2022-05-01", "2022-06-01")


def test_a_quarter_has_three_months_and_a_year_four_quarters() -> None:
    year = year_of(dt.date(2022, 8, 19))
    assert year == _period("2022-01-01", "2023-01-01")
    assert [quarter.start.month for quarter in quarters(year)] == [1, 4, 7, 10]
    assert len(list(months(quarter_of(dt.date(2022, 8, 19))))) == 3
    assert len(list(months(year))) == 12


def test_a_period_meets_every_stretch_that_shares_a_day_with_it() -> None:
    period = _period("2021-12-31", "2022-02-02")
    assert [month.start.month for month in months(period)] == [12, 1, 2]
    assert [quarter.start.month for quarter in quarters(period)] == [10, 1]
    assert [year.start.year for year in years(period)] == [2021, 2022]


def test_the_last_month_before_the_year_9999_has_an_end_too() -> None:
    assert month_of(dt.date(9998, 12, 31)).end == dt.date(9999, 1, 1)


@given(days)
def test_every_day_lies_in_its_month_quarter_and_year(day: dt.date) -> None:
    for period in (month_of(day), quarter_of(day), year_of(day)):
        assert period.start <= day < period.end
        assert period.start.day == period.end.day == 1


@given(days, st.integers(1, 900))
def test_months_join_without_gap_or_overlap(start: dt.date, length: int) -> None:
    end = start + min(dt.timedelta(days=length), dt.date(9998, 12, 31) - start)
    if start < end:
        met = list(months(Period(start=start, end=end)))
        assert met[0].start <= start
        assert end <= met[-1].end
        assert all(left.end == right.start for left, right in pairwise(met))


def test_days_are_written_day_month_year() -> None:
    assert day_text(dt.date(2022, 5, 1)) == "01/05/2022"


@pytest.mark.parametrize(
    ("number", "vietnamese", "english"),
    [(0, "0", "0"), (823, "823", "823"), (26140, "26.140", "26,140"), (-1234567, "-1.234.567", "-1,234,567")],
)
def test_thousands_have_a_dot_in_vietnamese_and_a_comma_in_english(number: int, vietnamese: str, english: str) -> None:
    assert (number_text(number), number_text(number, Language.ENGLISH)) == (vietnamese, english)


@pytest.mark.parametrize(
    ("numerator", "denominator", "vietnamese", "english"),
    [
        (657, 1000, "65,7 %", "65.7%"),
        (667, 695, "96,0 %", "96.0%"),
        (1, 2000, "0,1 %", "0.1%"),
        (1, 2001, "0,0 %", "0.0%"),
        (2, 3, "66,7 %", "66.7%"),
        (695, 695, "100,0 %", "100.0%"),
        (123456, 100, "123.456,0 %", "123,456.0%"),
        (5, 0, "không có dữ liệu", "no data"),
        (0, None, "không có dữ liệu", "no data"),
    ],
)
def test_rates_are_rounded_half_up_and_never_invented(
    numerator: int, denominator: int | None, vietnamese: str, english: str
) -> None:
    assert percent_text(numerator, denominator) == vietnamese
    assert percent_text(numerator, denominator, Language.ENGLISH) == english
