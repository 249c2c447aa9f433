"""Which histories of units may happen? Sound ones, as the rules would accept them, and any nonsense at all.

A history grows from a seed, so that a failing one is told by two numbers and a shorter one is tried by itself.
"""

from __future__ import annotations

import datetime as dt
import random
from uuid import UUID

from hypothesis import strategies as st

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
from tests.units.daily import Picture
from tests.units.story import Story, named

FIRST = dt.date(2020, 1, 1)
HORIZON = [FIRST + dt.timedelta(days=number) for number in range(9)]
UNITS = [named(f"đơn vị {number}") for number in range(7)]


def sound_history(seed: int, steps: int) -> list[Said]:
    """Facts that do not contradict each other: everything named is alive, nothing is put under itself."""
    story = SoundStory(random.Random(seed))
    for title in ("tỉnh", "xã 1", "xã 2"):
        story.found(place=True, title=title)
    for title in ("hội tỉnh", "hội xã"):
        story.found(place=False, title=title)
    for _ in range(steps):
        story.go_on()
    return story.facts


def any_history(seed: int, steps: int) -> list[Said]:
    """Facts of two organisations that may contradict each other in every way that contracts allow."""
    chance = random.Random(seed)
    stories = [Story("một"), Story("hai")]
    for _ in range(steps):
        day = chance.choice(HORIZON[:-1])
        chance.choice(stories).tell(_any_fact(chance, day), chance.choice(UNITS), day)
    return [said for story in stories for said in story.facts]


_seeds = st.integers(0, 2**32)
sound_histories = st.builds(sound_history, _seeds, st.integers(0, 20))
any_histories = st.builds(any_history, _seeds, st.integers(0, 25))
all_histories = st.one_of(sound_histories, any_histories)


class SoundStory(Story):
    """A story in which every step is chosen among what is possible by the clerk's picture."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.day = FIRST
        self.picture = Picture()

    def tell(self, fact: Event, subject: UUID, day: dt.date) -> Said:
        """Keep the picture up with the story."""
        said = super().tell(fact, subject, day)
        self.picture.apply(said)
        return said

    def go_on(self) -> None:
        """One more step, today or some days on."""
        self.day = min(self.day + dt.timedelta(days=self.chance.choice((0, 0, 1, 2))), HORIZON[-1])
        self.chance.choice((self._found, self._move, self._merge, self._split, self._split, self._dissolve))()

    def found(self, *, place: bool, title: str | None = None) -> UUID:
        """Found a unit or declare a place, under a living one or under nothing."""
        title = title or f"đơn vị {len(self.facts)}"
        parent = self.chance.choice([None, *self._living(place=place)])
        if place:
            return self.place(title, parent, self.day)
        return self.unit(title, parent, self.day, territory=self._somewhere())

    def _found(self) -> None:
        self.found(place=self.chance.random() < 0.5)

    def _somewhere(self) -> UUID | None:
        return self.chance.choice([None, *self._living(place=True)])

    def _living(self, *, place: bool) -> list[UUID]:
        return [unit for unit, card in self.picture.cards.items() if card.alive and card.place == place]

    def _pick(self) -> UUID:
        living = [*self._living(place=True), *self._living(place=False)]
        return self.chance.choice(living) if living else self.found(place=True)

    def _some(self, units: list[UUID]) -> list[UUID]:
        return self.chance.sample(units, min(len(units), self.chance.randint(1, 3)))

    def _may_be_under(self, unit: UUID) -> set[UUID]:
        return {*self.picture.line(unit), *self.picture.waits_between(unit)}

    def _apart(self, unit: UUID) -> list[UUID]:
        """Living units of the same dimension that cannot stand under a unit."""
        living = self._living(place=self.picture.cards[unit].place)
        return [each for each in living if each != unit and unit not in self._may_be_under(each)]

    def _move(self) -> None:
        unit = self._pick()
        if parents := self._apart(unit):
            territory = None if self.picture.cards[unit].place else self._somewhere()
            self.move(unit, self.chance.choice(parents), self.day, territory=territory)

    def _merge(self) -> None:
        target = self._pick()
        above = self._may_be_under(target)
        living = self._living(place=self.picture.cards[target].place)
        if sources := [each for each in living if each != target and each not in above]:
            self.merge(self._some(sources), target, self.day)

    def _split(self) -> None:
        unit = self._pick()
        if not (parts := self._apart(unit)):
            return
        parts = self._some(parts)
        children = [
            child for child, card in self.picture.cards.items() if frozenset({unit}) in (card.parent, card.territory)
        ]
        free = [child for child in children if not any(self._closes(child, part) for part in parts)]
        sides = [(child, self.chance.choice(parts)) for child in free if self.chance.random() < 0.5]
        self.split(unit, parts, self.day, whole=self.chance.random() < 0.7, sides=sides)

    def _closes(self, child: UUID, part: UUID) -> bool:
        return child == part or child in self._may_be_under(part) or not self.picture.cards[child].alive

    def _dissolve(self) -> None:
        self.dissolve(self._pick(), self.day)


def _any_fact(chance: random.Random, day: dt.date) -> Event:
    unit, other = chance.choice(UNITS), chance.choice([None, *UNITS])
    some = tuple(chance.choices(UNITS, k=chance.randint(1, 3)))
    sides = tuple(Side(child=chance.choice(UNITS), part=chance.choice(UNITS)) for _ in range(chance.randint(0, 2)))
    made: list[Event] = [
        TerritoryDeclared(title="x", level=Level.COMMUNE, kind="xa", parent=other, effective=day),
        UnitFounded(title="x", kind="branch", parent=other, territory=unit, effective=day),
        UnitFounded(title="x", kind="branch", parent=unit, effective=day),
        UnitMoved(parent=unit, territory=other, effective=day),
        UnitMerged(sources=some, effective=day),
        UnitSplit(parts=some, whole=chance.random() < 0.7, sides=sides, effective=day),
        UnitDissolved(effective=day),
    ]
    return chance.choice(made)
