"""Is a day read as an office writes it, and everything else refused with what to write instead?"""

from __future__ import annotations

import datetime as dt

import pytest

from shared.sheets.days import NotADay, read_day

FIFTH = dt.date(2026, 7, 5)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "5/7/2026",
            "05/07/2026",
            "05-07-2026",
            "5.7.2026",
            "5 - 7 - 2026",
            "2026-07-05",
            "2026/7/5",
            "5/7/2026 00:00",
        ),
        *(
            "46208",
            "46208.0",
            "ngày 5 tháng 7 năm 2026",
            "５/７/２０２６",
            "\u00a005/07/2026\u200b",
            "2026-07-05T00:00:00",
        ),
    ],
)
def test_a_day_is_read_day_first(text: str) -> None:
    assert read_day(text) == FIFTH


@pytest.mark.parametrize(("text", "year"), [("2006", 2006), ("1950", 1950), ("2006.0", 2006), (" 2006 ", 2006)])
def test_a_year_alone_stays_a_year(text: str, year: int) -> None:
    assert read_day(text) == year


def test_serial_numbers_are_those_of_the_spreadsheets() -> None:
    for serial, day in ((3654, dt.date(1910, 1, 1)), (18264, dt.date(1950, 1, 1)), (36526, dt.date(2000, 1, 1))):
        assert read_day(str(serial)) == day


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("31/2/2020", "trong lịch"),
        ("13/25/2020", "trong lịch"),
        ("10/2015", "tháng và năm"),
        ("5/7/06", "bốn chữ số"),
        ("hôm qua", "không phải ngày"),
        ("999999", "không phải ngày"),
        ("2500", "không phải ngày"),
        ("", "không phải ngày"),
    ],
)
def test_what_is_no_day_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(NotADay, match=says):
        read_day(text)
