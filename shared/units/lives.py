"""Which units and places are known, and who names whom? All lives, copied on write, from facts in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from shared.contracts.membership import TerritoryDeclared, UnitFounded
from shared.eventsourcing.decider import Said, in_order
from shared.units.life import Life, dependences, life_of, spoken_of
from shared.units.shelf import Shelf

Root = tuple[UUID, UUID]
"""(organisation, event) of a standing fact."""
_NOBODY: frozenset[UUID] = frozenset()


class Lives:
    """Every unit and place that a fact speaks of. Never changes; `changed` gives another one beside it."""

    __slots__ = ("_below", "_facts", "_lives", "_tops", "closed", "divided")

    def __init__(
        self,
        facts: Shelf[Root, Said] | None = None,
        lives: Shelf[UUID, Life] | None = None,
        below: Shelf[UUID, frozenset[UUID]] | None = None,
        tops: Shelf[UUID, frozenset[UUID]] | None = None,
        divided: frozenset[UUID] = _NOBODY,
        closed: frozenset[UUID] = _NOBODY,
    ) -> None:
        self._facts = Shelf[Root, Said]() if facts is None else facts
        self._lives = Shelf[UUID, Life]() if lives is None else lives
        self._below = Shelf[UUID, frozenset[UUID]]() if below is None else below
        self._tops = Shelf[UUID, frozenset[UUID]]() if tops is None else tops
        self.divided = divided
        """The units that ended by a division into several parts."""
        self.closed = closed
        """The organisations that went on in others."""

    def get(self, unit: UUID) -> Life | None:
        """What is known of a unit, or nothing."""
        return self._lives.get(unit)

    def every(self) -> Iterator[Life]:
        """All lives, in no particular order."""
        return self._lives.values()

    def standing(self, root: Root) -> Said | None:
        """The fact of a root, if it is here."""
        return self._facts.get(root)

    def naming(self, unit: UUID) -> frozenset[UUID]:
        """The units that were ever put under or into this one. Some may have lost the fact that said so."""
        return self._below.get(unit) or _NOBODY

    def tops(self, organisation: UUID) -> frozenset[UUID]:
        """The units and places that an organisation founded under nothing, and maybe some whose founding was voided."""
        return self._tops.get(organisation) or _NOBODY

    def changed(self, facts: Mapping[Root, Said | None]) -> Lives:
        """With these facts in place of what their roots said before; None voids."""
        touched: dict[UUID, list[Said]] = defaultdict(list)
        below: dict[UUID, set[UUID]] = defaultdict(set)
        tops: dict[UUID, set[UUID]] = defaultdict(set)
        for root, said in facts.items():
            for unit in () if (old := self._facts.get(root)) is None else spoken_of(old):
                touched[unit] += ()
            if said is None:
                continue
            for unit in spoken_of(said):
                touched[unit].append(said)
            for lower, upper in dependences(said):
                below[upper].add(lower)
            if isinstance(said.fact, UnitFounded | TerritoryDeclared) and said.fact.parent is None:
                tops[said.organisation].add(said.subject)
        lives = {unit: self._retold(unit, facts, new) for unit, new in touched.items()}
        torn = {unit for unit, life in lives.items() if life is not None and len(life.successors) > 1}
        return Lives(
            self._facts.changed(facts),
            self._lives.changed(lives),
            _joined(self._below, below),
            _joined(self._tops, tops),
            self.divided.difference(lives) | torn if torn or not self.divided.isdisjoint(lives) else self.divided,
            self.closed.union(unit for unit, life in lives.items() if life is not None and life.closing is not None),
        )

    def _retold(self, unit: UUID, changed: Mapping[Root, Said | None], new: Iterable[Said]) -> Life | None:
        life = self._lives.get(unit)
        old = () if life is None else life.facts
        kept = (said for said in old if (said.organisation, said.event) not in changed)
        facts = tuple(in_order((*kept, *new)))
        return life_of(unit, facts) if facts else None


def _joined(shelf: Shelf[UUID, frozenset[UUID]], more: Mapping[UUID, set[UUID]]) -> Shelf[UUID, frozenset[UUID]]:
    return shelf.changed({unit: (shelf.get(unit) or _NOBODY) | names for unit, names in more.items()})
