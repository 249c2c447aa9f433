"""Which day does a cell name? 5/7/2026, 05-07-2026, 2026-07-05, the serial number behind it, or a year alone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from shared.sheets.cells import tidy

_EPOCH: Final = dt.date(1899, 12, 30)
"""Day 0 of a spreadsheet, shifted by the 29 February 1900 that it believes in."""
_SERIALS: Final = range(3_654, 110_000)
"""Serial numbers that mean a day, 1 January 1910 to 2201; smaller ones are years."""
_YEARS: Final = range(1890, 2101)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4})(?:\s+0?0:00(?::00)?)?")
_IN_WORDS: Final = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]00:00(?::00)?)?")
_MONTH: Final = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{4}")
_SHORT_YEAR: Final = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{2}")
_NUMBER: Final = re.compile(r"\d{4,6}(?:\.0+)?")


class NotADay(ValueError):
    """The cell names no day; the message says in Vietnamese what it should look like."""


def read_day(text: str) -> dt.date | int:
    """The day that a cell names, or the year where it names only that. NotADay for everything else."""
    said = tidy(text)
    if _NUMBER.fullmatch(said):
        return _numbered(int(float(said)))
    for pattern in (_DAY_FIRST, _IN_WORDS):
        if match := pattern.fullmatch(said):
            day, month, year = (int(part) for part in match.groups())
            return _calendar(year, month, day)
    if match := _YEAR_FIRST.fullmatch(said):
        year, month, day = (int(part) for part in match.groups())
        return _calendar(year, month, day)
    if _MONTH.fullmatch(said):
        message = "chỉ có tháng và năm; hãy ghi đủ ngày/tháng/năm, hoặc chỉ ghi năm"
    elif _SHORT_YEAR.fullmatch(said):
        message = "hãy ghi đủ bốn chữ số của năm, ví dụ 05/07/2006"
    else:
        message = "không phải ngày; hãy ghi ngày/tháng/năm, ví dụ 05/07/2006"
    raise NotADay(message)


def _numbered(number: int) -> dt.date | int:
    if number in _YEARS:
        return number
    if number in _SERIALS:
        return _EPOCH + dt.timedelta(days=number)
    message = "không phải ngày hay năm; hãy ghi ngày/tháng/năm, ví dụ 05/07/2006"
    raise NotADay(message)


def _calendar(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        message = "không có ngày này trong lịch; hãy ghi ngày/tháng/năm, ví dụ 05/07/2006"
        raise NotADay(message) from None
