"""What is an event contract? The `Event` base, its permanent name, and the registry of names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

NAME = re.compile(r"vn\.nennep\.(?P<service>[a-z]+)\.(?P<fact>[a-z]+(?:-[a-z]+)*)\.v(?P<version>[1-9][0-9]*)")
VIETNAM = dt.timezone(dt.timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Local time of every period. Viet Nam has kept UTC+7 without summer time since 13 June 1975."""

FIRST_DAY = dt.date(1930, 1, 1)
"""No fact of the mass organisations lies before the year in which the first of them was founded."""


class Part(BaseModel):
    """A value inside a fact: strict, frozen, closed to unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Event(Part):
    """Base of every fact that a poster asserts and a log records for ever.

    A subclass is one version of one event. Once published it is never edited but for *optional* fields with a
    default; any other change is a new version with an upcaster beside it.
    """

    name: ClassVar[str]
    service: ClassVar[str]
    aggregate: ClassVar[str]
    """The noun of the stream: `meeting` in `meeting-<id>`."""
    effect: ClassVar[str | None] = None
    """The field that holds the effect date, where it may differ from `occurred` (legal dates may lie ahead)."""
    act: ClassVar[str | None] = None
    """The act of a mandate under which a unit outside one's own line may be named: rate, visit, commend, register."""
    correctable: ClassVar[bool] = True
    """False for facts that end by facts of their own: credentials and mandates are never corrected or voided."""
    concludes: ClassVar[tuple[str, ...]] = ()
    """A decision: the names of the facts of the same subject on which it decides; nobody decides what he recorded."""
    alike: ClassVar[tuple[str, ...]] = ()
    """The fields in which a decision agrees with what it decides on."""
    closes: ClassVar[bool] = False
    """True for the last event of a log: its organisation posts no more there."""
    order_keys: ClassVar[tuple[str, ...]] = ()
    """Fields beside the subject whose events a consumer must apply in order."""
    personal: ClassVar[bool] = False
    """True where personal details of the persons named may stand beside the fact, encrypted."""

    def effect_day(self, occurred: str) -> dt.date:
        """The local day that counts for this fact: its effect date, else the day on which it occurred."""
        value = getattr(self, self.effect) if self.effect else None
        return value if isinstance(value, dt.date) else local_day(occurred)


E = TypeVar("E", bound=Event)
_registry: dict[str, type[Event]] = {}


class NameTaken(Exception):
    """A permanent name was given to a second class, or a second name to one class."""


def event(  # noqa: PLR0913 — what a contract declares, each given by name
    name: str,
    *,
    aggregate: str,
    effect: str | None = None,
    act: str | None = None,
    order_keys: tuple[str, ...] = (),
    correctable: bool = True,
    concludes: tuple[str, ...] = (),
    alike: tuple[str, ...] = (),
    personal: bool = False,
) -> Callable[[type[E]], type[E]]:
    """Register a class under its permanent name; a name can be given once in the life of the product."""
    match = NAME.fullmatch(name)
    if match is None:
        message = f"not an event name: {name}"
        raise ValueError(message)

    def register(cls: type[E]) -> type[E]:
        if name in _registry or cls in _registry.values():
            raise NameTaken(name)
        for field in (*order_keys, *alike, *((effect,) if effect else ())):
            if field not in cls.model_fields:
                message = f"{cls.__name__} has no field {field}"
                raise TypeError(message)
        cls.name, cls.service, cls.aggregate = name, match["service"], aggregate
        cls.effect, cls.act, cls.order_keys, cls.correctable = effect, act, order_keys, correctable
        cls.concludes, cls.alike = concludes, alike
        cls.personal = personal
        _registry[name] = cls
        return cls

    return register


def registered() -> Mapping[str, type[Event]]:
    """Every contract by its permanent name, in the order of the names."""
    return dict(sorted(_registry.items()))


def contract(name: str) -> type[Event] | None:
    """The contract of that name, or nothing when this program does not know it."""
    return _registry.get(name)


def known_versions(name: str) -> Iterator[str]:
    """The registered names that differ from `name` in the version only."""
    match = NAME.fullmatch(name)
    if match is None:
        return iter(())
    stem = name[: match.start("version")]
    return (other for other in _registry if other != name and re.fullmatch(re.escape(stem) + "[0-9]+", other))


def decode(cls: type[E], fact: bytes) -> E:
    """Decode the stored bytes of a fact; fields that a newer producer added are passed over."""
    return cls.model_validate_json(fact, extra="ignore")


@lru_cache(maxsize=50_000)
def local_day(occurred: str) -> dt.date:
    """The Vietnamese calendar day of a date (`2022-05-31`) or of an instant with zone (`2022-05-31T17:00:00Z`).

    Raises ValueError for anything else, for an instant without zone, and for days outside 1930 to 9998.
    """
    if len(occurred) == len("2022-05-31"):
        return plausible(calendar_day(occurred))
    return plausible(instant(occurred).astimezone(VIETNAM).date())


def calendar_day(text: str) -> dt.date:
    """Read `2022-05-31`; ValueError for every other form, also those that Python or pydantic would take for a day."""
    if _DAY.fullmatch(text) is None:
        message = "not a day written yyyy-mm-dd"
        raise ValueError(message)
    return dt.date.fromisoformat(text)


def plausible(day: dt.date) -> dt.date:
    """The day itself; ValueError outside 1930 to 9998."""
    if not FIRST_DAY <= day < dt.date(9999, 1, 1):
        message = "outside 1930 to 9998"
        raise ValueError(message)
    return day


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def instant(text: str) -> dt.datetime:
    """Read an RFC 3339 instant; ValueError without a zone, out of range, or for any other form."""
    if _INSTANT.fullmatch(text) is None:
        message = "not an instant with zone (RFC 3339)"
        raise ValueError(message)
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        moment.astimezone(VIETNAM)
    except OverflowError as error:
        message = "outside the calendar"
        raise ValueError(message) from error
    return moment


__all__ = [
    "FIRST_DAY",
    "NAME",
    "VIETNAM",
    "Event",
    "NameTaken",
    "Part",
    "ValidationError",
    "calendar_day",
    "contract",
    "decode",
    "event",
    "instant",
    "known_versions",
    "local_day",
    "plausible",
    "registered",
]
