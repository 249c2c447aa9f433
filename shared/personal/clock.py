"""Until when must a person's request be answered? Terms as rule data, counted on a calendar with holidays; pure.

The day of receipt is not counted. A term in days that ends on a closed day ends on the next open one (Civil Code 2015,
Articles 147 and 148).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from shared.contracts.event import Part
from shared.contracts.membership import (
    PersonRequestAcknowledged,
    PersonRequestAnswered,
    PersonRequestExtended,
    PersonRequestKind,
    PersonRequestReceived,
)
from shared.eventsourcing.decider import Said, in_order

T = TypeVar("T")
FOLDER: Final = Path(__file__).parent
ACKNOWLEDGE: Final = "acknowledge"
DAY: Final = dt.timedelta(days=1)
SOON: Final = 2
"""Open days before the end of a term from which on it is called due."""
_SATURDAY: Final = 5


class RulesRefused(ValueError):
    """The file of terms or holidays does not say what it must; the text says where."""


class Announced(Part):
    """A year whose calendar was announced."""

    closed: frozenset[dt.date]
    open: frozenset[dt.date] = frozenset()


class Calendar(Part):
    """Which days are open."""

    each_year: frozenset[Annotated[str, Field(pattern=r"^\d\d-\d\d$")]] = frozenset()
    """Closed on the same day each year: `01-01`."""
    years: Mapping[Annotated[int, Field(ge=2000, le=9998)], Announced]

    @model_validator(mode="after")
    def _in_their_years(self) -> Calendar:
        if any(day.year != year for year, told in self.years.items() for day in (*told.closed, *told.open)):
            message = "a day that lies in another year"
            raise ValueError(message)
        return self

    def extended(self, more: Calendar) -> Calendar:
        """With years that another file adds, or says in their place."""
        return Calendar(each_year=self.each_year | more.each_year, years={**self.years, **more.years})

    def unknown(self, start: dt.date, end: dt.date) -> tuple[int, ...]:
        """The years from one day to another whose calendar was not announced."""
        return tuple(year for year in range(start.year, end.year + 1) if year not in self.years)

    def is_open(self, day: dt.date) -> bool:
        """Whether offices work on that day; in a year that is not known, whether they do but for what is announced."""
        told = self.years.get(day.year)
        if told is not None and (day in told.open or day in told.closed):
            return day in told.open
        return day.weekday() < _SATURDAY and f"{day:%m-%d}" not in self.each_year

    def next_open(self, day: dt.date) -> dt.date:
        """The day itself, or the first open one after it."""
        while not self.is_open(day):
            day += DAY
        return day

    def after(self, day: dt.date, count: int) -> dt.date:
        """The so-and-so-many-th open day after that day."""
        for _ in range(count):
            day = self.next_open(day + DAY)
        return day

    def between(self, day: dt.date, end: dt.date) -> int:
        """How many open days lie after the one, up to the other."""
        return sum(self.is_open(day + DAY * each) for each in range(1, (end - day).days + 1))


class Term(Part):
    """How long something may take."""

    days: Annotated[int, Field(ge=1, le=365)]
    unit: Literal["days", "working-days"]
    third_party: Annotated[int, Field(ge=1, le=365)] | None = None
    """Instead, where another party has to act too."""
    extension: Annotated[int, Field(ge=1, le=365)] | None = None
    """How much longer it may take, once."""

    def end(self, start: dt.date, calendar: Calendar, *, third_party: bool = False, extended: bool = False) -> dt.date:
        """The last day of the term that begins after that day."""
        days = (self.third_party if third_party else None) or self.days
        days += (self.extension or 0) if extended else 0
        if self.unit == "working-days":
            return calendar.after(start, days)
        return calendar.next_open(start + DAY * days)


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of all kinds of requests, and the calendar on which they are counted."""

    terms: Mapping[str, Term]
    calendar: Calendar


def read_rules(terms: Path | None = None, holidays: Path | None = None) -> Rules:
    """From what comes along; a file of terms stands in its place, one of holidays adds to it. RulesRefused."""
    known = _read(TypeAdapter(dict[str, Term]), terms or FOLDER / "terms.toml")
    calendar = _read(TypeAdapter(Calendar), FOLDER / "holidays.toml")
    if holidays is not None:
        calendar = calendar.extended(_read(TypeAdapter(Calendar), holidays))
    if missing := {ACKNOWLEDGE, *PersonRequestKind} - known.keys():
        message = f"{terms}: no term for {', '.join(sorted(missing))}"
        raise RulesRefused(message)
    return Rules(known, calendar)


def _read(adapter: TypeAdapter[T], file: Path) -> T:
    try:
        with file.open("rb") as opened:
            return adapter.validate_python(tomllib.load(opened), strict=False)
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        message = f"{file.name}: {type(error).__name__}"
        raise RulesRefused(message) from error


class State(StrEnum):
    """Where a request stands on a day."""

    OPEN = "open"
    DUE = "due"
    """Its next term ends within two open days."""
    LATE = "late"
    """A term is over, and what it asks for was not done."""
    ANSWERED = "answered"
    ANSWERED_LATE = "answered-late"


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its terms, as known on a day."""

    id: UUID
    organisation: UUID
    person: UUID
    kind: PersonRequestKind
    received_on: dt.date
    acknowledge_by: dt.date
    acknowledged_on: dt.date | None
    answer_by: dt.date
    extended: bool
    answered_on: dt.date | None
    outcome: str | None
    state: State
    late: tuple[str, ...]
    """Which terms were missed: `acknowledge`, `answer`."""
    unknown_years: tuple[int, ...]
    """Years in which a term runs and whose closed days were not announced: its end is provisional."""

    @property
    def provisional(self) -> bool:
        """Whether a term may end later than is said here."""
        return bool(self.unknown_years)


def requests(facts: Iterable[Said], rules: Rules, day: dt.date) -> list[Request]:
    """Every request of which these standing facts tell, as it stands on a day; the next term to end comes first."""
    by_id: dict[UUID, list[Said]] = {}
    for said in in_order(facts):
        if said.day <= day:
            by_id.setdefault(said.subject, []).append(said)
    found = [each for told in by_id.values() if (each := _request(told, rules, day)) is not None]
    return sorted(found, key=lambda each: (each.answered_on is not None, each.answer_by, each.id))


def _request(told: list[Said], rules: Rules, day: dt.date) -> Request | None:
    received = next((each for each in told if isinstance(each.fact, PersonRequestReceived)), None)
    if received is None or not isinstance(received.fact, PersonRequestReceived):
        return None
    fact, calendar = received.fact, rules.calendar
    own = [each for each in told if each.organisation == received.organisation]
    answered = next((each for each in own if isinstance(each.fact, PersonRequestAnswered)), None)
    acknowledged = next((each.day for each in own if isinstance(each.fact, PersonRequestAcknowledged)), None)
    answered_on = None if answered is None else answered.day
    # Who is answered at once need not be told first that the request is there.
    acknowledged = min(filter(None, (acknowledged, answered_on)), default=None)
    extended = any(isinstance(each.fact, PersonRequestExtended) for each in own)
    acknowledge_by = rules.terms[ACKNOWLEDGE].end(fact.received_on, calendar)
    term = rules.terms[fact.kind]
    answer_by = term.end(fact.received_on, calendar, third_party=fact.third_party, extended=extended)
    missed = {
        "acknowledge": (acknowledged or day) > acknowledge_by,
        "answer": (answered_on or day) > answer_by,
    }
    late = tuple(name for name, is_missed in missed.items() if is_missed)
    following = answer_by if acknowledged is not None else min(acknowledge_by, answer_by)
    return Request(
        id=received.subject,
        organisation=received.organisation,
        person=fact.person,
        kind=fact.kind,
        received_on=fact.received_on,
        acknowledge_by=acknowledge_by,
        acknowledged_on=acknowledged,
        answer_by=answer_by,
        extended=extended,
        answered_on=answered_on,
        outcome=answered.fact.outcome.value
        if answered is not None and isinstance(answered.fact, PersonRequestAnswered)
        else None,
        state=_state(late, following, calendar, day, answered=answered_on is not None),
        late=late,
        unknown_years=calendar.unknown(fact.received_on, max(acknowledge_by, answer_by)),
    )


def _state(late: tuple[str, ...], following: dt.date, calendar: Calendar, day: dt.date, *, answered: bool) -> State:
    if answered:
        return State.ANSWERED_LATE if "answer" in late else State.ANSWERED
    if late:
        return State.LATE
    return State.DUE if calendar.between(day, following) <= SOON else State.OPEN
