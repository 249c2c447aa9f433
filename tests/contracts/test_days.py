"""Which day is it in Viet Nam? Days and instants as they may be posted, and those that only look like one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import recorded_micros, recorded_text
from shared.contracts.event import VIETNAM, instant, local_day


@pytest.mark.parametrize(
    ("occurred", "day"),
    [
        ("2022-05-31", "2022-05-31"),
        ("2022-05-31T16:59:59Z", "2022-05-31"),
        ("2022-05-31T17:00:00Z", "2022-06-01"),
        ("2022-05-31t17:00:00z", "2022-06-01"),
        ("2022-05-31T17:00:00.123456789Z", "2022-06-01"),
        ("2022-06-01T00:00:00+07:00", "2022-06-01"),
        ("2022-05-31T23:30:00+14:00", "2022-05-31"),
        ("2022-05-31T05:00:00-12:00", "2022-06-01"),
        ("1930-01-01", "1930-01-01"),
        ("9998-12-31", "9998-12-31"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_the_local_day_is_that_of_viet_nam(occurred: str, day: str) -> None:
    assert local_day(occurred).isoformat() == day


@pytest.mark.parametrize(
    "occurred",
    [
        *("", "0", "1653955200", "20220531", "2022-W22-2", "2022-151", "31/05/2022", "2022-5-31", "2022-05-31 "),
        *("2022-02-30", "2023-02-29", "1929-12-31", "9999-01-01", "0000-01-01", "+2022-05-31", "٢٠٢٢-٠٥-٣١"),
        *("2022-05-31T17:00:00", "2022-05-31T17:00Z", "2022-05-31 17:00:00Z", "2022-05-31T17:00:00,5Z"),
        *("2022-05-31T24:00:00Z", "2016-12-31T23:59:60Z", "2022-05-31T17:00:00+24:00", "2022-05-31T17:00:00+0700"),
        *("9999-12-31T12:00:00-12:00", "0001-01-01T00:00:00+14:00", "1929-12-31T16:00:00Z", "9998-12-31T17:00:00Z"),
        *("2022-05-31T17:00:00.1234567890Z", "٢٠٢٢-05-31T17:00:00Z", "2022-05-31T17:00:00Z\n", "2022-05-31\n"),
    ],
)
def test_what_only_looks_like_a_day_or_an_instant_is_refused(occurred: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        local_day(occurred)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_as_a_value(text: str) -> None:
    try:
        local_day(text)
    except ValueError:
        return
    assert len(text) >= len("2022-05-31")


@given(st.datetimes(dt.datetime(1931, 1, 1), dt.datetime(9998, 1, 1), timezones=st.just(VIETNAM)))  # noqa: DTZ001 — the zone is given beside
def test_an_instant_keeps_its_local_day_in_every_zone(moment: dt.datetime) -> None:
    assert local_day(moment.isoformat()) == moment.date()
    assert local_day(moment.astimezone(dt.UTC).isoformat()) == moment.date()
    assert instant(moment.isoformat()) == moment


@given(st.integers(0, 253_370_764_800_000_000))
def test_the_instant_of_recording_keeps_its_microseconds(micros: int) -> None:
    assert recorded_micros(recorded_text(micros)) == micros


@pytest.mark.parametrize("text", ["", "1656836400123456", "2022-07-03T08:20:00.123456", "2022-07-03"])
def test_an_instant_of_recording_without_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        recorded_micros(text)
