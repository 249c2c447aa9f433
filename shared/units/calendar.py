"""Which month, quarter and year is a day in, and how are days and numbers written? Viet Nam's calendar, no clock.

Days are local days (see `shared.contracts.event.local_day`). Rates are written from integers, so that no figure ever
depends on binary fractions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum

from shared.contracts.event import VIETNAM
from shared.contracts.fields import Period

MONTHS_IN_QUARTER = 3
MONTHS_IN_HALF_YEAR = 6
MONTHS_IN_YEAR = 12


class Language(StrEnum):
    """The languages of pages and exports."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


NO_DATA = {Language.VIETNAMESE: "không có dữ liệu", Language.ENGLISH: "no data"}
_THOUSANDS = {Language.VIETNAMESE: ".", Language.ENGLISH: ","}
_PERCENT = {Language.VIETNAMESE: "{whole},{tenths} %", Language.ENGLISH: "{whole}.{tenths}%"}


def month_of(day: dt.date) -> Period:
    """The calendar month in which a day lies."""
    return _stretch(day, 1)


def quarter_of(day: dt.date) -> Period:
    """The calendar quarter in which a day lies."""
    return _stretch(day, MONTHS_IN_QUARTER)


def half_year_of(day: dt.date) -> Period:
    """January to June, or July to December, in which a day lies."""
    return _stretch(day, MONTHS_IN_HALF_YEAR)


def year_of(day: dt.date) -> Period:
    """The calendar year in which a day lies."""
    return _stretch(day, MONTHS_IN_YEAR)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after the one in which a day lies."""
    return dt.date(day.year + day.month // MONTHS_IN_YEAR, day.month % MONTHS_IN_YEAR + 1, 1)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months on; the last of that month where it has no such day."""
    year, month = divmod(day.year * MONTHS_IN_YEAR + day.month - 1 + months, MONTHS_IN_YEAR)
    following = next_month(dt.date(year, month + 1, 1))
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


def months(period: Period) -> Iterator[Period]:
    """Every whole month that has a day in the period, in order."""
    return _stretches(period, 1)


def quarters(period: Period) -> Iterator[Period]:
    """Every whole quarter that has a day in the period, in order."""
    return _stretches(period, MONTHS_IN_QUARTER)


def years(period: Period) -> Iterator[Period]:
    """Every whole year that has a day in the period, in order."""
    return _stretches(period, MONTHS_IN_YEAR)


def _stretches(period: Period, length: int) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        stretch = _stretch(start, length)
        yield stretch
        start = stretch.end


def _stretch(day: dt.date, length: int) -> Period:
    """The stretch of so many months, counted from January, in which a day lies."""
    first = (day.month - 1) // length * length + 1
    start = dt.date(day.year, first, 1)
    end = next_month(start.replace(month=first + length - 1))
    # The last stretch before the year 9999 ends on a day that no poster may name.
    return Period.model_construct(start=start, end=end)


def day_text(day: dt.date) -> str:
    """31/05/2022, in either language."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def moment_text(moment: dt.datetime, language: Language = Language.VIETNAMESE) -> str:
    """10:21:49 ngày 31/05/2022, by the clock of Viet Nam; in English 31/05/2022 10:21:49."""
    local = moment.astimezone(VIETNAM)
    day, clock = day_text(local.date()), f"{local:%H:%M:%S}"
    return f"{clock} ngày {day}" if language is Language.VIETNAMESE else f"{day} {clock}"


def number_text(number: int, language: Language = Language.VIETNAMESE) -> str:
    """26.140 in Vietnamese, 26,140 in English."""
    return f"{number:,}".replace(",", _THOUSANDS[language])


def percent_text(numerator: int, denominator: int | None, language: Language = Language.VIETNAMESE) -> str:
    """65,7 % in Vietnamese, 65.7% in English, half up to one decimal; words where there is no denominator."""
    if not denominator:
        return NO_DATA[language]
    tenths = (2000 * numerator + denominator) // (2 * denominator)
    whole = number_text(tenths // 10, language)
    return _PERCENT[language].format(whole=whole, tenths=tenths % 10)
