"""How is a table of a hundred thousand things changed cheaply? In buckets: the changed copy shares all but a few."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BUCKETS = 1024
"""So a change in a table of 100,000 copies 1,024 references and one small dictionary."""


class Shelf(Generic[K, V]):
    """A mapping that never changes; `changed` gives another one beside it."""

    __slots__ = ("_buckets",)

    def __init__(self, buckets: list[dict[K, V]] | None = None) -> None:
        self._buckets: list[dict[K, V]] = [{}] * BUCKETS if buckets is None else buckets

    def get(self, key: K) -> V | None:
        """The value of a key, or nothing."""
        return self._buckets[hash(key) % BUCKETS].get(key)

    def values(self) -> Iterator[V]:
        """Every value, in no particular order."""
        return (value for bucket in self._buckets for value in bucket.values())

    def changed(self, values: Mapping[K, V | None]) -> Shelf[K, V]:
        """The mapping with these values; None takes a key away."""
        buckets = list(self._buckets)
        copied: set[int] = set()
        for key, value in values.items():
            number = hash(key) % BUCKETS
            if number not in copied:
                copied.add(number)
                buckets[number] = dict(buckets[number])
            if value is None:
                buckets[number].pop(key, None)
            else:
                buckets[number][key] = value
        return Shelf(buckets)
