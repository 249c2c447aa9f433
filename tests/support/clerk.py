"""Does a fact fit the country as it is on its day? What a clerk says who keeps a picture of it by hand.

It fits when all that it names is alive, nothing comes to stand above itself, and like goes on in like.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from tests.units.daily import Picture


class Clerk(Picture):
    """A picture in which a unit that is moved into a place stays in its line."""

    def apply(self, said: Said) -> None:
        """Change the picture by one fact."""
        parent = said.fact.parent if isinstance(said.fact, UnitMoved) else None
        card = self.cards.get(said.subject)
        if parent is not None and card is not None and self.cards[parent].place and not card.place:
            card.territory = frozenset({parent})
        else:
            super().apply(said)

    def fits(self, said: Said) -> bool:
        """Whether the fact may come next."""
        unit = said.subject
        match said.fact:
            case TerritoryDeclared(parent=parent):
                fit = unit not in self.cards and self._live(parent)
            case UnitFounded(parent=parent, territory=territory):
                fit = unit not in self.cards and self._live(parent, territory)
            case UnitMoved(parent=parent, territory=territory):
                fit = self._live(unit, parent, territory) and not self._hangs_on(parent, unit)
            case UnitMerged(sources=sources):
                fit = self._live(unit, *sources) and not any(self._hangs_on(unit, source) for source in sources)
            case UnitSplit():
                fit = self._parts_fit(unit, said.fact) and self._sides_fit(unit, said.fact)
            case UnitDissolved():
                children = [card for card in self.cards.values() if card.alive and unit in card.parent]
                fit = self._live(unit) and bool(self.line(unit) or not children)
            case _:
                fit = True
        return fit

    def _live(self, *units: UUID | None) -> bool:
        return all(each is None or (each in self.cards and self.cards[each].alive) for each in units)

    def _hangs_on(self, lower: UUID, upper: UUID) -> bool:
        return lower == upper or upper in {*self.line(lower), *self.waits_between(lower)}

    def _parts_fit(self, unit: UUID, split: UnitSplit) -> bool:
        ends_below = split.whole and any(self._hangs_on(part, unit) for part in split.parts)
        return self._live(unit, *split.parts) and not ends_below

    def _sides_fit(self, unit: UUID, split: UnitSplit) -> bool:
        return all(
            self._live(side.child)
            and frozenset({unit}) in (self.cards[side.child].parent, self.cards[side.child].territory)
            and not self._hangs_on(side.part, side.child)
            for side in split.sides
        )


def sound(facts: Iterable[Said]) -> bool:
    """Whether each fact fits the picture that the facts before it make."""
    clerk = Clerk()
    for said in in_order(facts):
        if not clerk.fits(said):
            return False
        clerk.apply(said)
    return True
