"""How is one posted attribute read? Small readers: text in, checked value out, else the code of what is wrong."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final
from uuid import UUID

from shared.contracts.event import VIETNAM, calendar_day, instant
from shared.web.days import plausible_day
from shared.web.problem import TurnedAway

_UUID: Final = re.compile(
    r"""(?P<plain>[0-9a-f]{32})
    | (?:urn:uuid:)? (?P<dashed>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})
    | \{ (?P<braced>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) \}""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,12}")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that nobody sees: controls, marks of direction, lone surrogates, separators."""

TOLERANCE: Final = dt.timedelta(minutes=2)
"""How far the clock of a sender may be ahead of ours."""


def text(value: object, field: str, *, longest: int) -> str:
    """A line of text without control or format characters, not blank, at most so many characters."""
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", field)
    if len(value) > longest:
        raise TurnedAway(422, "too-long", field)
    plain = value.isascii() and value.isprintable()
    if not value.strip() or not (plain or _is_visible(value)):
        raise TurnedAway(422, "control-characters", field)
    return value


def _is_visible(value: str) -> bool:
    return all(unicodedata.category(char) not in _HIDDEN for char in value)


def matching(value: object, field: str, pattern: re.Pattern[str], *, longest: int) -> str:
    """A text of the given form."""
    found = text(value, field, longest=longest)
    if pattern.fullmatch(found) is None:
        raise TurnedAway(422, "bad-format", field)
    return found


def uuid(value: object, field: str) -> UUID:
    """An id in any of the four spellings of a UUID."""
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", field)
    match = _UUID.fullmatch(value)
    if match is None:
        raise TurnedAway(422, "bad-format", field)
    return UUID(hex=match["plain"] or match["dashed"] or match["braced"])


def readable_uuid(value: object) -> UUID | None:
    """The id that a value spells, or nothing: to name a line that is refused for another reason."""
    try:
        return uuid(value, "id")
    except TurnedAway:
        return None


def whole_number(value: object, field: str, *, least: int, most: int) -> int:
    """An integer; `true`, `1.0` and `"1"` are none."""
    if type(value) is not int:
        raise TurnedAway(422, "wrong-type", field)
    if not least <= value <= most:
        raise TurnedAway(422, "out-of-range", field)
    return value


def length(value: object, field: str) -> int:
    """A number of bytes, as a number or in digits."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return whole_number(value, field, least=0, most=2**40)


def date(value: object, field: str) -> dt.date:
    """A calendar day, YYYY-MM-DD."""
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", field)
    try:
        day = calendar_day(value)
    except ValueError:
        raise TurnedAway(422, "bad-format", field) from None
    return plausible_day(day, field)


def moment(value: object, field: str) -> dt.datetime:
    """An RFC 3339 instant; its zone is required."""
    if not isinstance(value, str):
        raise TurnedAway(422, "wrong-type", field)
    try:
        when = instant(value)
    except ValueError as error:
        raise TurnedAway(422, _fault_of(value, error), field) from None
    plausible_day(when.astimezone(VIETNAM).date(), field)
    return when


def _fault_of(value: str, error: ValueError) -> str:
    if isinstance(error.__cause__, OverflowError):
        return "year-out-of-range"
    try:
        instant(f"{value}Z")
    except ValueError:
        return "bad-format"
    return "zone-missing"


def happened(value: object, field: str, now: dt.datetime) -> dt.datetime | None:
    """Check a local date or an instant that must not lie ahead of `now`; gives back the instant, if it is one."""
    if not isinstance(value, str) or len(value) != len("2022-05-31"):
        return happened_at(value, field, now)
    if date(value, field) > now.astimezone(VIETNAM).date():
        raise TurnedAway(422, "occurred-in-future", field)
    return None


def happened_at(value: object, field: str, now: dt.datetime) -> dt.datetime:
    """Check an instant that must not lie ahead of `now`."""
    when = moment(value, field)
    if when > now + TOLERANCE:
        raise TurnedAway(422, "occurred-in-future", field)
    return when
