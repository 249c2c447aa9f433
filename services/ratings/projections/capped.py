"""Would a draft keep to its own caps? The pools that come of the grades it proposes, each held against its cap.

Nothing is lowered: who is left out is for the raters to say. What a rater alone can name, the peers of a unit, no draft
knows; it takes all units of the rater for one group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.ratings.domain.pool import Tested, held_against
from services.ratings.domain.raters import VERTICAL, rater_of
from shared.contracts.fields import Grade
from shared.contracts.ratings import Cap, CapOf, RatedPerson, RatingAuthoritySet, RuleDocument
from shared.eventsourcing.decider import Said
from shared.eventsourcing.runner import Runner
from shared.units.standing_in import STANDINGS
from shared.units.tree import Tree

RATER: Final = "rater"
"""What units of a pool may have in common: who rates them."""
Rates = Callable[[UUID], UUID | None]
"""Who rates a unit on the last day of the period; none: nobody is set."""


@dataclass(frozen=True, slots=True)
class Capped:
    """A cap, and how it holds in each group of its pool."""

    cap: Cap
    groups: Mapping[UUID | None, Tested]

    @property
    def raters(self) -> set[UUID]:
        """Whose groups go beyond it."""
        return {rater for rater, tested in self.groups.items() if rater is not None and tested.over}

    def told(self) -> dict[str, Any]:
        """As the answer has it: how many groups there are, and those that go beyond the cap."""
        return {
            "pool": self.cap.pool,
            "rank": self.cap.rank,
            "clause": self.cap.clause,
            "of": self.cap.of.value,
            "groups": len(self.groups),
            "over": [
                {
                    "rater": None if rater is None else str(rater),
                    "pool": tested.pool,
                    "given": tested.given,
                    "allowed": tested.allowed,
                    "over": tested.over,
                    "readings": {of.value: tested.read(of, exceptional=False) for of in CapOf},
                }
                for rater, tested in sorted(self.groups.items(), key=lambda each: (-each[1].over, str(each[0])))
                if tested.over
            ],
        }


def capped(rules: RuleDocument, grades: Mapping[UUID, Grade | None], rates: Rates) -> Iterator[Capped]:
    """Each cap of the rules, held against the units' grades; who has no grade is in no pool."""
    same = {pool.code: pool.same for pool in rules.pools}
    for cap in rules.caps:
        ranks: dict[UUID | None, list[int]] = defaultdict(list)
        for unit, grade in grades.items():
            if grade is not None:
                ranks[rates(unit) if RATER in same.get(cap.pool, ()) else None].append(grade.rank)
        yield Capped(cap, {rater: held_against(cap, given, exceptional=False) for rater, given in ranks.items()})


def raters(runner: Runner, tree: Tree, kind: str) -> Callable[[Any], Rates]:
    """For a day, who rates units, or persons of a standing in them, in their own line, by the posted rules."""
    person = RatedPerson.model_construct(person=UUID(int=0), kind=kind) if kind in STANDINGS else None
    with runner.generation.store.read() as connection:
        said = runner.facts.said(connection, [RatingAuthoritySet])
    rules = [each for each in said if _on_the_axis(each)]
    return lambda day: lambda unit: rater_of(rules, tree, unit, VERTICAL, day, person=person).body


def _on_the_axis(said: Said) -> bool:
    return isinstance(said.fact, RatingAuthoritySet) and said.fact.axis == VERTICAL
