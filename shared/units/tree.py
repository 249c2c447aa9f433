"""Who stands under whom on a day? The dated tree of all units and places, from the facts that made it.

A `Tree` never changes; `with_facts` gives another one that shares nearly all with it. The order in which facts are
given does not matter. Organisation line and territory are two dimensions: a unit has a line above it, and works in a
place that has places above it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import FIRST_DAY
from shared.contracts.membership import Level, TerritoryDeclared, UnitFounded
from shared.eventsourcing.decider import Said, in_order
from shared.units.ascent import Ascent, Way, below, nearest
from shared.units.life import NEVER, UNIT_FACTS, Gain, Life, dependences, life_of, spoken_of
from shared.units.shelf import Shelf

Root = tuple[UUID, UUID]
"""(organisation, event) of a standing fact."""
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end` (none: for good) the same units and places stand above a unit."""

    start: dt.date
    end: dt.date | None
    above: tuple[UUID, ...]
    held_back_from: frozenset[UUID]
    """Units and places to which the unit may belong, though it counts above them: their figures are not comparable."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where several units come together: the nearest unit that holds them all, and what holds only some of them."""

    unit: UUID | None
    held_back_from: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class _Stand:
    """Everything above a unit, the same from `start` to before `end`."""

    start: dt.date
    end: dt.date
    line: tuple[UUID, ...]
    places: tuple[UUID, ...]
    held_back_from: frozenset[UUID]


class Tree:
    """Units and places with all that is known of them. Questions are asked for a day from 1930 to 9998."""

    __slots__ = ("_ascent", "_below", "_divided", "_facts", "_founded", "_lives", "_stands")

    def __init__(
        self,
        facts: Shelf[Root, Said],
        lives: Shelf[UUID, Life],
        below: Shelf[UUID, frozenset[UUID]],
        founded: Shelf[UUID, frozenset[UUID]],
        divided: frozenset[UUID],
    ) -> None:
        self._facts = facts
        self._lives = lives
        self._below = below
        self._founded = founded
        self._divided = divided
        self._ascent = Ascent(lives)
        self._stands: dict[UUID, list[_Stand]] = {}

    # ── Making ───────────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def empty(cls) -> Tree:
        """The tree before the first fact."""
        return cls(Shelf(), Shelf(), Shelf(), Shelf(), frozenset())

    def with_facts(self, told: Iterable[Said]) -> Tree:
        """The tree with these standing facts too; other facts are passed over, a newer version takes the old one's place."""
        new = {(said.organisation, said.event): said for said in told if type(said.fact) in UNIT_FACTS}
        return self._changed(new) if new else self

    def without(self, roots: Iterable[Root]) -> Tree:
        """The tree without the facts of these roots: they were voided."""
        gone: dict[Root, Said | None] = {root: None for root in roots if self._facts.get(root) is not None}
        return self._changed(gone) if gone else self

    def _changed(self, facts: Mapping[Root, Said | None]) -> Tree:
        ...
