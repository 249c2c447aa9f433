"""How does a calendar program take obligations? As iCalendar (RFC 5545): one whole day for each that has a last day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID, uuid5

from services.duty.domain.obligation import ONE_DAY, Obligation
from services.duty.domain.wording import line

_NAMES: Final = UUID("3c0b7a1e-55d2-5d1c-9d8e-2f6a4b8c9d10")
LONGEST: Final = 75
"""Octets of one line of the file."""


def written(obligations: Iterable[Obligation], titles: dict[str, str], on: dt.date) -> str:
    """The calendar as it stands on a day. An event keeps its id from one day to the next."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nen Nep//duty//VI", "CALSCALE:GREGORIAN"]
    for each in obligations:
        if each.until is not None:
            lines += _event(each, each.until, titles, on)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line_ in lines for part in _folded(line_))


def _event(each: Obligation, until: dt.date, titles: dict[str, str], on: dt.date) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(_NAMES, f'{each.kind}/{each.unit}/{each.person}/{until}/{each.about}')}"
    yield f"DTSTAMP:{on:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{until:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{until + ONE_DAY:%Y%m%d}"
    yield f"SUMMARY:{_escaped(line(each, titles))}"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(text: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, no letter cut in two; each further piece begins with a space."""
    piece = ""
    for letter in text:
        if len((piece + letter).encode()) > LONGEST:
            yield piece
            piece = " "
        piece += letter
    yield piece
