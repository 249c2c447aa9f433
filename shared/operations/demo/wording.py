"""How does a Vietnamese office write numbers? 26.140, 65,7 % and 16/06/2021; English beside it for guests."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

Language = Literal["vi", "en"]

TENTH: Final = 10


def number(value: int, language: Language = "vi") -> str:
    """26.140 in Vietnamese, 26,140 in English."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "vi" else grouped


def percent(numerator: int, denominator: int, language: Language = "vi") -> str:
    """A share in per cent with one decimal, rounded half up from the exact fraction: 65,7 %."""
    tenths = (2 * 100 * TENTH * numerator + denominator) // (2 * denominator)
    mark = "," if language == "vi" else "."
    return f"{number(tenths // TENTH, language)}{mark}{tenths % TENTH} %"


def date(day: dt.date) -> str:
    """16/06/2021."""
    return f"{day:%d/%m/%Y}"
