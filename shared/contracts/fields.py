"""Which words recur in facts? Ids that say what they name, dates, counts, codes, periods, grades.

An id is always opaque (a UUID); the mark beside it says what it names, so that access, order and tables can be
derived from the contract instead of being written again for every fact.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from shared.contracts.event import Part, calendar_day, plausible


@dataclass(frozen=True, slots=True)
class Names:
    """Mark on an id field: what kind of thing the id names."""

    kind: str


OrganisationId = Annotated[UUID, Names("organisation")]
"""The id of an organisation: who posts and owns a log."""
UnitId = Annotated[UUID, Names("unit")]
"""A unit of an organisation's line. Naming one needs scope or mandate."""
PlaceId = Annotated[UUID, Names("place")]
"""A unit of the territory: province, district, commune, hamlet. May be named by everybody."""
ScopeId = Annotated[UUID, Names("scope")]
"""A unit of a line or of the territory: the root of a subtree."""
PersonId = Annotated[UUID, Names("person")]
"""An opaque id; who the person is stays encrypted or outside the log."""
MeetingId = Annotated[UUID, Names("meeting")]
"""The id that an organisation gave to one of its meetings."""
DirectiveId = Annotated[UUID, Names("directive")]
"""The id of a directive in the register. May be named by everybody."""
RuleSetId = Annotated[UUID, Names("rule-set")]
"""The id of a rule set."""


def plain_text(text: str) -> str:
    """Refuse control and format characters, line separators, lone surrogates, and blank text."""
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text) or not text.strip():
        message = "control characters or blank"
        raise ValueError(message)
    return text


def _day(value: object, info: ValidationInfo) -> object:
    """Read a JSON text here: pydantic, strict or not, would also take "0" and other numbers of seconds for a day."""
    return calendar_day(value) if info.mode == "json" and isinstance(value, str) else value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(plain_text)]
"""A name in the users' words, with its diacritics; kept byte for byte."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
"""A word of an open list: `womens-union`, `ap`, `road-stretch` …"""
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes in lower-case hexadecimal."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""How many: 0 to 1.000.000.000."""
Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""How many: 1 to 1.000.000.000."""
Day = Annotated[dt.date, BeforeValidator(_day), AfterValidator(plausible)]
"""A calendar day in Viet Nam, written yyyy-mm-dd, 1930 to 9998."""


class Qualifier(StrEnum):
    """How exact a stated number is."""

    EXACT = "exact"
    """As many as stated (đúng)."""
    MORE_THAN = "more-than"
    """More than stated (hơn)."""
    NEARLY = "nearly"
    """A little fewer than stated (gần)."""
    MOST = "most"
    """More than half and not all (hầu hết)."""


class Period(Part):
    """Half-open range of local days: `start` belongs to it, `end` does not (kỳ, giai đoạn)."""

    start: Day
    """The first day of it."""
    end: Day
    """The first day after it."""

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.start >= self.end:
            message = "start is not before end"
            raise ValueError(message)
        return self


class Grade(Part):
    """A grade as data: which scale, which rank on it (1 is best), and the label as the raters wrote it (xếp loại)."""

    scale: Code
    """The scale's id; no scale is ever mapped on another."""
    rank: Positive
    """1 is best; order and ties go by it."""
    label: Name
    """What is printed: Mạnh, Hoàn thành tốt nhiệm vụ …"""


class EventReference(Part):
    """One event of one organisation's log."""

    organisation: OrganisationId
    """Whose log holds it."""
    event: UUID
    """The event's id."""


class MeetingReference(Part):
    """A meeting as its organisation named it; it may not have been posted yet."""

    organisation: OrganisationId
    """Who gave the meeting its id."""
    meeting: MeetingId


def named(part: Part) -> Iterator[tuple[str, str, UUID]]:
    """Every marked id inside a fact as (path of the field, kind, id), in the order of declaration."""
    for field, info in type(part).model_fields.items():
        value = getattr(part, field)
        kind = next((mark.kind for mark in info.metadata if isinstance(mark, Names)), None)
        yield from _named(field, kind or _inner_kind(info.annotation), value)


def _named(path: str, kind: str | None, value: object) -> Iterator[tuple[str, str, UUID]]:
    if isinstance(value, UUID):
        if kind is not None:
            yield path, kind, value
    elif isinstance(value, Part):
        yield from ((f"{path}.{inner}", k, v) for inner, k, v in named(value))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _named(f"{path}.{index}", kind, item)


def _inner_kind(annotation: object) -> str | None:
    """The mark inside `tuple[UnitId, ...]` or `UnitId | None`."""
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, Names):
            return mark.kind
    for argument in getattr(annotation, "__args__", ()):
        if kind := _inner_kind(argument):
            return kind
    return None
