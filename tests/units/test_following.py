"""Does who judges know the tree that stands in the views, read and kept once, whatever happens to a batch?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest
from sqlalchemy.exc import OperationalError

from shared.contracts.envelope import Recorded
from shared.eventsourcing.decider import Said
from shared.eventsourcing.projection import Views
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.store import open_store
from shared.eventsourcing.views import Declaration, Generation
from shared.units.ground import Rules
from shared.units.knowledge import KNOWLEDGE_FACTS, Knowledge
from shared.units.projection import Rosters, Units
from shared.units.roster import ROSTER_FACTS
from shared.units.seen_ground import SeenGround
from shared.units.trees import Trees
from tests.units.test_interleavings import BRANCHES, told

DECLARATION = Declaration("toy", KNOWLEDGE_FACTS | ROSTER_FACTS, (Units, Rosters), KNOWLEDGE_FACTS)
SEEDS = range(20)


class House:
    """Views with who judges by them, and misfortunes on request."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.generation = Generation(1, DECLARATION, open_store(url, durability="NORMAL"))
        self.poisoned, self.failing = set[object](), False
        keys, recompute = Units.keys, Rosters.recompute

        def touched(units: Units, views: Views, said: Said) -> Iterable[object]:
            if said.event in self.poisoned:
                raise ValueError
            return keys(units, views, said)

        def written(rosters: Rosters, views: Views, keys: frozenset[object]) -> None:
            recompute(rosters, views, keys)  # type: ignore[arg-type]
            if self.failing:
                self.failing = False
                raise OperationalError("", {}, OSError())

        monkeypatch.setattr(Units, "keys", touched)
        monkeypatch.setattr(Rosters, "recompute", written)
        self.begin()

    def begin(self) -> None:
        """As a process does at its start."""
        for projection in self.generation.projections:
            projection.forget()
        self.runner = Runner(self.generation)
        self.ground = SeenGround(Rules(MappingProxyType({}), lambda _: ()), self.runner, lambda: ({}, 0.0))

    def wipe(self) -> None:
        """Begin with nothing."""
        with self.generation.store.write() as connection:
            for table in self.generation.metadata.sorted_tables:
                connection.execute(table.delete())
        self.poisoned.clear()
        self.begin()

    def take(self, service: str, events: Sequence[Recorded]) -> None:
        """Apply a batch; what the store refused comes again."""
        try:
            self.runner.take(service, events)
        except OperationalError:
            self.runner.take(service, events)

    def knows_what_stands(self) -> bool:
        """Whether every unit's life is what its standing facts make of it."""
        with self.generation.store.read() as connection:
            standing = Knowledge().told(self.generation.facts.said(connection, KNOWLEDGE_FACTS))
        known, read = self.ground.knowledge.tree, standing.tree
        return known.told(None) == read.told(None) and all(
            known.lives.get(unit) == read.lives.get(unit) for unit in BRANCHES
        )

    @property
    def is_shared(self) -> bool:
        """Whether the projections work with the very same tree."""
        with self.generation.store.read() as connection:
            views = Views(connection, self.generation.facts)
            return Trees.of(self.generation.metadata).current(views) is self.ground.knowledge.tree


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    house = House(f"sqlite:///{tmp_path / 'views'}.sqlite", monkeypatch)
    yield house
    house.generation.store.close()


def test_the_tree_is_read_once_for_projections_and_for_who_judges(house: House) -> None:
    for seed in SEEDS:
        house.wipe()
        for service, events in told(seed).batches(Random(seed)):
            house.take(service, events)
            assert house.knows_what_stands()
        assert house.is_shared


def test_what_was_rolled_back_or_parked_and_came_again_leaves_nobody_with_another_tree(house: House) -> None:
    parked = 0
    for seed in SEEDS:
        house.wipe()
        chance, logs = Random(seed), told(seed)
        house.poisoned |= {each.root.envelope.id for each in logs.told if chance.random() < 0.1}
        for service, events in logs.batches(chance):
            house.failing = chance.random() < 0.3
            if chance.random() < 0.2:
                house.begin()
            house.take(service, events)
            assert house.knows_what_stands()
        parked += len(house.runner.parked())
    assert parked
