"""What may happen to units and places? Steps that keep the country sound, also where facts come late or are put right.

A clerk, who keeps a picture of the country by hand and day by day, says whether a step fits among all the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import (
    Level,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.eventsourcing.decider import Said
from tests.support.clerk import Clerk, sound
from tests.support.logs import Logs, Told
from tests.units.daily import Picture

Step = tuple[Event, UUID]
"""A fact and its subject."""


class Country:
    """The units and places of some logs."""

    def __init__(self, logs: Logs, chance: Random) -> None:
        self.logs = logs
        self.chance = chance
        self.kinds: dict[UUID, str] = {}
        """Kind of a unit, or level of a place, at its founding."""
        self.owners: dict[UUID, UUID] = {}
        self._told: list[Told] = []

    # ── What there is ────────────────────────────────────────────────────────────────────────────────────────────

    def every(self, *kinds: str, by: UUID | None = None) -> list[UUID]:
        """Units and places ever founded, of these kinds or levels, of one owner or of any."""
        return [
            unit
            for unit, kind in self.kinds.items()
            if (not kinds or kind in kinds) and by in (None, self.owners[unit])
        ]

    def alive(self, day: dt.date, *kinds: str, by: UUID | None = None) -> list[UUID]:
        """The living among them."""
        cards = self.picture(day).cards
        return [unit for unit in self.every(*kinds, by=by) if unit in cards and cards[unit].alive]

    def picture(self, day: dt.date) -> Picture:
        """The country on a day, as told so far."""
        return Clerk.of((told.said for told in self._told if told.standing), day)

    # ── Beginning ────────────────────────────────────────────────────────────────────────────────────────────────

    def declare(self, level: Level, parent: UUID | None, day: dt.date, by: UUID) -> UUID:
        """A place, told if that is sound."""
        fact = TerritoryDeclared(title="địa bàn", level=level, kind="xa", parent=parent, effective=day)
        return self._begin(fact, level.value, day, by)

    def found(self, kind: str, parent: UUID | None, territory: UUID | None, day: dt.date, by: UUID) -> UUID:
        """A unit, told if that is sound."""
        fact = UnitFounded(title="đơn vị", kind=kind, parent=parent, territory=territory, effective=day)
        return self._begin(fact, kind, day, by)

    def _begin(self, fact: Event, kind: str, day: dt.date, by: UUID) -> UUID:
        unit = UUID(int=self.chance.getrandbits(128), version=4)
        if self._tell(fact, unit, day, by):
            self.kinds[unit], self.owners[unit] = kind, by
        return unit

    # ── Going on ─────────────────────────────────────────────────────────────────────────────────────────────────

    def go_on(self, day: dt.date) -> None:
        """One of all possible steps on a day, if it is sound."""
        steps: Sequence[Callable[[dt.date], Step | None]] = (self._move, self._merge, self._split, self._dissolve)
        unit = self.chance.choice(steps)(day)
        if unit is not None:
            fact, subject = unit
            self._tell(fact, subject, day, self.owners[subject])

    def put_right(self, day: dt.date) -> None:
        """Correct or void one of the facts that are no foundings, if all stays sound."""
        told = [
            each for each in self._told if each.standing and not isinstance(each.fact, UnitFounded | TerritoryDeclared)
        ]
        if not told:
            return
        chosen = self.chance.choice(told)
        others = [each.said for each in self._told if each.standing and each is not chosen]
        fact = self._again(chosen, day)
        if fact is None and sound(others):
            self.logs.void(chosen)
        elif fact is not None and fact != chosen.fact and sound([*others, _said(chosen, fact, day)]):
            self.logs.correct(chosen, fact, day.isoformat())

    def _again(self, told: Told, day: dt.date) -> Event | None:
        steps = {UnitMoved: self._move, UnitMerged: self._merge, UnitSplit: self._split}
        step = steps.get(type(told.fact))
        found = None if step is None or self.chance.random() < 1 / 3 else step(day, told.subject)
        return None if found is None else found[0]

    def _tell(self, fact: Event, subject: UUID, day: dt.date, by: UUID) -> bool:
        said = Said(fact, subject, by, UUID(int=0), 10**9, day)
        if not sound([*(told.said for told in self._told if told.standing), said]):
            return False
        told = self.logs.tell(fact, subject, day.isoformat(), by)
        if told is not None:
            self._told.append(told)
        return told is not None

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _one(self, day: dt.date, *kinds: str) -> UUID | None:
        living = self.alive(day, *kinds)
        return self.chance.choice(living) if living else None

    def _like(self, unit: UUID, day: dt.date) -> list[UUID]:
        living = self.alive(day, self.kinds[unit], by=self.owners[unit])
        return [each for each in living if each != unit]

    def _some(self, units: Sequence[UUID], least: int, most: int) -> tuple[UUID, ...]:
        return tuple(self.chance.sample(units, min(len(units), self.chance.randint(least, most))))

    def _move(self, day: dt.date, unit: UUID | None = None) -> Step | None:
        """Under another parent of the kind that it has, or into another place of the kind in which it works."""
        unit = unit or self._one(day)
        card = None if unit is None else self.picture(day).cards.get(unit)
        if unit is None or card is None:
            return None
        parents = [each for above in card.parent if above for each in self._like(above, day)]
        places = [each for around in card.territory or () if around for each in self._like(around, day)]
        if places and self.chance.random() < 1 / 3:
            return UnitMoved(parent=self.chance.choice(places), effective=day), unit
        if not parents:
            return None
        territory = self.chance.choice(places) if places and self.chance.random() < 1 / 2 else None
        return UnitMoved(parent=self.chance.choice(parents), territory=territory, effective=day), unit

    def _merge(self, day: dt.date, unit: UUID | None = None) -> Step | None:
        unit = unit or self._one(day)
        others = [] if unit is None else self._like(unit, day)
        return (UnitMerged(sources=self._some(others, 1, 2), effective=day), unit) if unit and others else None

    def _split(self, day: dt.date, unit: UUID | None = None) -> Step | None:
        unit = unit or self._one(day)
        others = [] if unit is None else self._like(unit, day)
        if unit is None or len(others) < 2:
            return None
        parts = self._some(others, 2, 3)
        cards = self.picture(day).cards
        children = [
            each for each in self.alive(day) if frozenset({unit}) in (cards[each].parent, cards[each].territory)
        ]
        free = [each for each in self._some(children, 1, 4) if each not in parts] if children else []
        sides = tuple(Side(child=child, part=self.chance.choice(parts)) for child in free)
        return UnitSplit(parts=parts, whole=self.chance.random() < 2 / 3, sides=sides, effective=day), unit

    def _dissolve(self, day: dt.date) -> Step | None:
        unit = self._one(day)
        return None if unit is None else (UnitDissolved(effective=day), unit)


def _said(told: Told, fact: Event, day: dt.date) -> Said:
    return Said(fact, told.subject, told.by, told.said.event, told.said.sequence, day)
