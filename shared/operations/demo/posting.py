"""What does one poster send to one service, and what must be recorded before?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.operations.demo.scribe import Posted

OPERATOR = "operator"


@dataclass(frozen=True)
class Posting:
    """One part of a poster's facts for one service, in posting order. Read it again, and the same facts come."""

    poster: str
    """An organisation's key, or `operator`."""
    service: str
    part: str
    events: Callable[[], Iterator[Posted]]
    after: tuple[str, ...] = ()
    """Names of the postings that must be recorded before this one starts."""

    @property
    def name(self) -> str:
        """`poster/service/part`."""
        return f"{self.poster}/{self.service}/{self.part}"


SETUP = f"{OPERATOR}/membership/setup"


def units_of(organisation: str) -> str:
    """The name of the posting in which an organisation founds its units."""
    return f"{organisation}/membership/units"
