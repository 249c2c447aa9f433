"""What may happen in two small provinces? Random histories of all services, the same for the same seed.

Units change soundly (see `country`); all else comes as it may: late, about units that have ended, put right several
times, voided and told anew. Rules of one fact against another are not kept, only what each contract asks by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.membership import Body, Level, OrganisationRegistered
from tests.support.country import Country
from tests.support.logs import Logs, Told

T = TypeVar("T")
BEGINNING = dt.date(2021, 1, 1)
DAYS = 730
END = BEGINNING + dt.timedelta(days=DAYS)
OPERATOR, WOMEN, YOUTH, COMMITTEE = (UUID(int=number) for number in range(1, 5))
LINES = (WOMEN, YOUTH)
BRANCH_KINDS = ("branch", "base-branch", "sub-branch")

NAMES_ITS_SUBJECT = {"branch-head": ("branch",), "officer": ("unit",), "rating": ("unit",)}
"""Fields that by their rules say the subject once more, by aggregate."""

Saying = Callable[["Happenings", dt.date], "Draft | None"]
"""Draws a fact that may be told on a day."""
Draft = tuple[Event, UUID, UUID]
"""A fact, its subject, and who posts it."""


class Happenings:
    """One history, told step by step."""

    def __init__(self, seed: int, sayings: Sequence[Saying], steps: int = 150) -> None:
        self.chance = Random(seed)
        self.logs = Logs()
        self.country = Country(self.logs, self.chance)
        self.persons = self.ids(12)
        self.cadres = self.ids(4)
        self.models = self.ids(6)
        self.meetings = self.ids(10)
        self.sayings = sayings
        self._drawn: list[tuple[Told, Saying]] = []
        self.closing = self.day() if self.likely(40) else None
        """The day on which one line closes its logs and goes on in the other."""
        self._settle()
        for number in range(steps):
            self._step(BEGINNING + dt.timedelta(days=DAYS * number // steps))

    # ── Chance ───────────────────────────────────────────────────────────────────────────────────────────────────

    def ids(self, many: int) -> list[UUID]:
        """So many opaque ids."""
        return [UUID(int=self.chance.getrandbits(128), version=4) for _ in range(many)]

    def id(self) -> UUID:
        """A new opaque id."""
        return self.ids(1)[0]

    def one(self, things: Sequence[T]) -> T:
        """Any one of them."""
        return self.chance.choice(things)

    def some(self, things: Sequence[T], most: int) -> tuple[T, ...]:
        """Some different ones, perhaps none."""
        return tuple(self.chance.sample(things, min(len(things), self.chance.randint(0, most))))

    def likely(self, percent: int) -> bool:
        """Yes, so often out of a hundred times."""
        return self.chance.random() * 100 < percent

    def day(self) -> dt.date:
        """Any day of the history."""
        return BEGINNING + dt.timedelta(days=self.chance.randrange(DAYS))

    def period(self) -> Period:
        """Some months."""
        months = [dt.date(year, month, 1) for year in (2021, 2022, 2023) for month in range(1, 13)]
        start, end = sorted(self.chance.sample(months, 2))
        return Period(start=start, end=end)

    def unit(self, day: dt.date, *kinds: str, by: UUID | None = None) -> UUID | None:
        """A unit or place that lives on the day; at times one that does not."""
        living = self.country.alive(day, *kinds, by=by)
        every = self.country.every(*kinds, by=by)
        return self.one(living) if living and self.likely(90) else self.one(every) if every else None

    # ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self) -> None:
        """Two provinces and two lines in them, from before the beginning."""
        since = BEGINNING - dt.timedelta(days=400)
        communes: list[UUID] = []
        provinces = [self.country.declare(Level.PROVINCE, None, since, OPERATOR) for _ in range(2)]
        for province in (provinces[0], *provinces):
            district = self.country.declare(Level.DISTRICT, province, since, OPERATOR)
            communes += [self.country.declare(Level.COMMUNE, district, since, OPERATOR) for _ in range(2)]
        hamlets = {commune: [self._hamlet(commune, since) for _ in range(2)] for commune in communes}
        for organisation in (*LINES, COMMITTEE):
            body = Body.TERRITORIAL_BODY if organisation == COMMITTEE else Body.ORGANISATION
            fact = OrganisationRegistered(title="tổ chức", kind="union", body=body, province=provinces[0])
            self.logs.tell(fact, organisation, since.isoformat(), OPERATOR)
            root = self.country.found("province-body", None, provinces[0], since, organisation)
            for commune in communes if organisation in LINES else ():
                base = self.country.found("base-unit", root, commune, since, organisation)
                for hamlet in hamlets[commune]:
                    self._branch(base, hamlet, since, organisation)

    def _hamlet(self, commune: UUID, since: dt.date) -> UUID:
        return self.country.declare(Level.LOCALITY, commune, since, OPERATOR)

    def _branch(self, base: UUID, hamlet: UUID, since: dt.date, organisation: UUID) -> None:
        founded = since + dt.timedelta(days=self.one([0, 0, 0, 300, 400, 500]))
        kind = self.one(["branch", "branch", "branch", "base-branch", "front-board"])
        branch = self.country.found(kind, base, hamlet, founded, organisation)
        if branch in self.country.kinds and self.likely(30):
            self.country.found("sub-branch", branch, hamlet, founded, organisation)

    def _step(self, today: dt.date) -> None:
        late = dt.timedelta(days=self.one([0, 0, 0, 0, 0, 3, 30, 200]))
        day = max(today - late, BEGINNING)
        kind = self.chance.randrange(100)
        if self.closing is not None and today >= self.closing:
            self._close(YOUTH, WOMEN, self.closing)
        if kind < 6:
            self.country.go_on(day)
        elif kind < 9:
            self.country.put_right(day)
        elif kind < 12 and self._drawn:
            self.logs.void(self._drawn.pop(self.chance.randrange(len(self._drawn)))[0])
        elif kind < 20 and self._drawn:
            self._correct(*self.one(self._drawn), day)
        else:
            self._tell(self.one(self.sayings), day)

    def _close(self, organisation: UUID, heir: UUID, effective: dt.date) -> None:
        """One line goes on in the other: its units are the heir's, who speaks of them from now on, late facts too."""
        self.closing = None
        self.logs.close(organisation, heir, effective)
        for unit in self.country.every(by=organisation):
            self.country.owners[unit] = heir

    def _tell(self, saying: Saying, day: dt.date) -> None:
        draft = saying(self, day)
        if draft is not None:
            fact, subject, by = draft
            told = self.logs.tell(fact, subject, self._occurred(day), self.logs.now(by))
            if told is not None:
                self._drawn.append((told, saying))

    def _correct(self, told: Told, saying: Saying, day: dt.date) -> None:
        """A whole new fact of the same type about the same subject, whatever else it says."""
        fact, _, by = saying(self, day) or (None, None, None)
        if fact is not None and by is not None and type(fact) is type(told.fact) and self._whose(by, told):
            twice = dict.fromkeys(NAMES_ITS_SUBJECT.get(fact.aggregate, ()), told.subject)
            self.logs.correct(told, fact.model_copy(update=twice), self._occurred(day))

    def _whose(self, by: UUID, told: Told) -> bool:
        return self.logs.now(by) == self.logs.now(told.by)

    def _occurred(self, day: dt.date) -> str:
        """The day, or an instant of it that is the day before in Greenwich."""
        return day.isoformat() if self.likely(80) else f"{day - dt.timedelta(days=1)}T18:30:00Z"
