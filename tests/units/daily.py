"""What does the tree look like when it is kept by hand, day by day? An oracle that knows the definitions only.

It changes one picture of the country with each fact in turn, as a clerk would: at a merger he takes every child over
to the target, at a dissolution to the parent above, at a division he notes for each child between which parts it waits.
It knows nothing of spans, memory or walking up past what has ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from shared.contracts.membership import (
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitSplit,
)
from shared.eventsourcing.decider import Said, in_order

Between = frozenset[UUID | None]
"""Under which unit something stands: one, nothing, or between several of these after a division."""


@dataclass
class Card:
    """One unit on the clerk's table."""

    place: bool
    parent: Between
    territory: Between | None
    alive: bool = True


@dataclass
class Picture:
    """The country as the clerk has it at one moment."""

    cards: dict[UUID, Card] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Iterable[Said], day: dt.date) -> Picture:
        """After everything that is valid by that day."""
        picture = cls()
        for said in in_order(facts):
            if said.day <= day:
                picture.apply(said)
        return picture

    def apply(self, said: Said) -> None:
        """Change the picture by one fact; the facts must not contradict each other."""
        match said.fact:
            case TerritoryDeclared(parent=parent):
                self.cards[said.subject] = Card(place=True, parent=frozenset({parent}), territory=None)
            case UnitFounded(parent=parent, territory=territory):
                self.cards[said.subject] = Card(place=False, parent=frozenset({parent}), territory=_works(territory))
            case UnitMoved(parent=parent, territory=territory):
                card = self.cards[said.subject]
                card.parent, card.territory = frozenset({parent}), _works(territory) or card.territory
            case UnitMerged(sources=sources):
                for source in sources:
                    self._end(source, frozenset({said.subject}))
            case UnitDissolved():
                self._end(said.subject, self.cards[said.subject].parent)
            case UnitSplit():
                self._divide(said.subject, said.fact)

    def _divide(self, unit: UUID, fact: UnitSplit) -> None:
        for side in fact.sides:
            if self.cards[side.child].place == self.cards[side.part].place:
                self.cards[side.child].parent = frozenset({side.part})
            else:
                self.cards[side.child].territory = frozenset({side.part})
        if fact.whole:
            self._end(unit, frozenset(fact.parts))

    def _end(self, unit: UUID, goes_on: Between) -> None:
        self.cards[unit].alive = False
        self.cards[unit].parent = goes_on
        for card in self.cards.values():
            if unit in card.parent:
                card.parent = card.parent - {unit} | goes_on
            if card.territory is not None and unit in card.territory:
                card.territory = card.territory - {unit} | goes_on

    def line(self, unit: UUID) -> list[UUID]:
        """What stands above a unit in its own dimension."""
        parent = self._meeting(self.cards[unit].parent)
        return [] if parent is None else [parent, *self.line(parent)]

    def places(self, unit: UUID) -> list[UUID]:
        """The places in which a unit of a line works."""
        card = self.cards[unit]
        if card.territory is not None and card.alive:
            place = self._meeting(card.territory)
            return [] if place is None else [place, *self.line(place)]
        parent = self._meeting(card.parent)
        return [] if parent is None else self.places(parent)

    def above(self, unit: UUID) -> set[UUID]:
        """Everything above a unit."""
        return {*self.line(unit), *(() if self.cards[unit].place else self.places(unit))}

    def waits_between(self, unit: UUID) -> set[UUID]:
        """The units of its line that may hold a unit, or what is above it, though nobody has said so."""
        parents = self.cards[unit].parent
        meeting = self._meeting(parents)
        known = set() if meeting is None else {meeting, *self.line(meeting)}
        living = [parent for parent in parents if parent is not None]
        waits = {each for parent in living for each in (parent, *self.line(parent))}
        return waits.union(*(self.waits_between(parent) for parent in living)) - known

    def _meeting(self, units: Between) -> UUID | None:
        chains = [[] if unit is None else [unit, *self.line(unit)] for unit in units]
        return next((each for each in chains[0] if all(each in chain for chain in chains)), None)


def _works(territory: UUID | None) -> Between | None:
    return None if territory is None else frozenset({territory})
