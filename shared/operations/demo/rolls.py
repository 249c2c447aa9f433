"""Who stood on the roll? Presence of the named members of Trà Vinh, so that so many of them attend regularly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from shared.operations.demo.ids import shares
from shared.operations.demo.sittings import Sitting, Sittings
from shared.operations.demo.world import Unit

Names = dict[str, list[str]]
NEWCOMERS = 2
"""So many members of each branch join only later."""
JOINED = dt.date(2014, 1, 6)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a branch whose rolls bear names. `since`: first day on which the person can stand on one."""

    id: str
    branch: Unit
    newcomer: bool

    @property
    def since(self) -> dt.date:
        """First day of membership that rolls know of."""
        return JOINED if self.newcomer else dt.date.min


class NamedRolls:
    """The rolls by names of one organisation's first branches, over the period of the printed rate."""

    def __init__(self, sittings: Sittings, organisation: str) -> None:
        shape = sittings.shape
        self._ids = sittings.world.ids
        self._first, self._end = shape.visits_from["district"], shape.visits_to["district"]
        self._threshold = shape.threshold
        line = sittings.world.organisation(organisation)
        self._branches = sittings.world.units(line, "tra-vinh", 3)[: shape.named_branches]
        self._sizes = shares(shape.named_persons, len(self._branches))
        self._regular = shares(shape.regular_persons, len(self._branches))
        own = {branch.path: [] for branch in self._branches}  # type: dict[str, list[Sitting]]
        for plan in sittings.plans.values():
            for sitting in plan.sittings:
                if sitting.branch.path in own and self._first <= sitting.day < self._end:
                    own[sitting.branch.path].append(sitting)
        self.rolls: dict[str, Names] = {}
        for index, branch in enumerate(self._branches):
            self._fill(index, branch, own[branch.path])

    def people(self) -> Iterator[Person]:
        """Every person who stands on a roll."""
        for branch, size in zip(self._branches, self._sizes, strict=True):
            yield from self._members(branch, size)

    def _members(self, branch: Unit, size: int) -> list[Person]:
        return [
            Person(self._ids(f"person:{branch.path}/{n}"), branch, newcomer=n >= size - NEWCOMERS) for n in range(size)
        ]

    def _fill(self, index: int, branch: Unit, held: list[Sitting]) -> None:
        chance = self._ids.chance(f"rolls/{branch.path}")
        people = self._members(branch, self._sizes[index])
        regular = set(chance.sample(range(len(people)), self._regular[index]))
        for sitting in held:
            self.rolls[sitting.path] = {"present": [], "excused": [], "absent": []}
        for number, person in enumerate(people):
            asked = [sitting for sitting in held if sitting.day > person.since]
            missed = self._missed(len(asked), chance, regular=number in regular)
            for place, sitting in enumerate(asked):
                mark = "present" if place not in missed else chance.choice(("excused", "absent"))
                self.rolls[sitting.path][mark].append(person.id)

    def _missed(self, asked: int, chance: Random, *, regular: bool) -> set[int]:
        """Which meetings a person misses: few enough to count as regular, or just too many."""
        allowed = asked * (100 - self._threshold) // 100
        count = chance.randint(0, allowed) if regular else chance.randint(allowed + 1, min(asked, allowed + 4))
        return set(chance.sample(range(asked), count))
