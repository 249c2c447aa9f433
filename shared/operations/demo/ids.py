"""Which id has a thing of the demo? The same one at every run: made from the seed and the thing's path."""

from __future__ import annotations

from random import Random
from uuid import NAMESPACE_URL, uuid5


class Ids:
    """Opaque ids and random choices, both fixed by the seed; another seed gives other ids and other choices."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._namespace = uuid5(NAMESPACE_URL, f"urn:nennep:demo:{seed}")

    def __call__(self, path: str) -> str:
        """The id of `place:…`, `unit:…`, `organisation:…`, `person:…`, `event:…` and so on."""
        return str(uuid5(self._namespace, path))

    def chance(self, path: str) -> Random:
        """A generator of its own for one part of the history, so that no part depends on the order of another."""
        return Random(f"{self.seed}/{path}")


def shares(total: int, parts: int) -> list[int]:
    """`total` divided into whole parts that differ by one at most."""
    return [total * (index + 1) // parts - total * index // parts for index in range(parts)]


def ranks(counts: list[int], chance: Random) -> list[int]:
    """Rank 1 so often, rank 2 so often …, in shuffled order."""
    drawn = [rank for rank, count in enumerate(counts, start=1) for _ in range(count)]
    chance.shuffle(drawn)
    return drawn
