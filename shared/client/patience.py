"""How long does a sender wait before it asks again? Twice as long each time, the same on every run.

What the service asks for (`Retry-After`) is never cut short.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import count

_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses in seconds: `first`, twice that, and so on up to `longest`; `times` of them, or for ever with None."""

    first: float = 0.25
    longest: float = 30.0
    times: int | None = 8

    def pauses(self) -> Iterator[float]:
        """One pause after another, without chance: a run can be repeated."""
        for number in count() if self.times is None else range(self.times):
            yield min(self.longest, self.first * 2 ** min(number, 30))


def asked_for(retry_after: str | None, now: dt.datetime) -> float:
    """The seconds that a `Retry-After` asks for, as a number or as a date; none for any other text."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max(0.0, (aware - now).total_seconds())
