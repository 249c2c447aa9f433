"""How often may one knock? So many requests a second, for a key and for an organisation; then 429, and when again."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.eventsourcing.draft import Poster
from shared.units.sign_on import KEY_RATE, ORGANISATION_RATE
from shared.web.problem import TurnedAway

BURST: Final = 20.0
"""Seconds' worth of requests that may come at once after a rest."""


@dataclass(slots=True)
class _Bucket:
    """Fills at a steady rate up to its size; every request takes one."""

    rate: float
    filled: float
    at: float

    def missing(self, now: float) -> float:
        """Seconds until a request may be taken; nought: at once."""
        self.filled = min(self.rate * BURST, self.filled + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.filled >= 1 else (1 - self.filled) / self.rate


class Rates:
    """Counts requests by key and by organisation, in this process. Nought as a rate: no limit."""

    def __init__(
        self,
        key: float = KEY_RATE,
        organisation: float = ORGANISATION_RATE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = (key, organisation)
        self._clock = clock
        self._buckets: dict[tuple[int, UUID], _Bucket] = {}
        self._turn = threading.Lock()

    def take(self, poster: Poster) -> None:
        """Count a request. TurnedAway (429, with Retry-After) when key or organisation has used up its share."""
        now = self._clock()
        with self._turn:
            buckets = [
                self._buckets.setdefault((place, named), _Bucket(rate, rate * BURST, now))
                for place, (rate, named) in enumerate(zip(self._rates, _names(poster), strict=True))
                if rate > 0
            ]
            wait = max((bucket.missing(now) for bucket in buckets), default=0.0)
            if wait == 0:
                for bucket in buckets:
                    bucket.filled -= 1
                return
        raise TurnedAway(429, "too-many-requests", headers={"Retry-After": str(max(1, math.ceil(wait)))})


def _names(poster: Poster) -> tuple[UUID, UUID]:
    return poster.credential, poster.organisation
