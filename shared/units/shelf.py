"""How is a table of a hundred thousand things changed cheaply? What changed last stands beside it, for a while."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LATELY = 512
"""So many changes stand beside the table at most; then it is copied with them. So a change in a table of 100,000 costs
a copy of few of these, and now and then a millisecond; to ask costs one look, where nothing has changed lately."""


class Shelf(Generic[K, V]):
    """A mapping that never changes; `changed` gives another one beside it, which shares nearly all."""

    __slots__ = ("_lately", "_table")

    def __init__(self, table: Mapping[K, V] | None = None, lately: Mapping[K, V | None] | None = None) -> None:
        self._table: Mapping[K, V] = {} if table is None else table
        self._lately: Mapping[K, V | None] = {} if lately is None else lately

    def get(self, key: K) -> V | None:
        """The value of a key, or nothing."""
        if self._lately and key in self._lately:
            return self._lately[key]
        return self._table.get(key)

    def values(self) -> Iterator[V]:
        """Every value, in no particular order."""
        yield from (value for key, value in self._table.items() if key not in self._lately)
        yield from (value for value in self._lately.values() if value is not None)

    def changed(self, values: Mapping[K, V | None]) -> Shelf[K, V]:
        """The mapping with these values; None takes a key away."""
        lately = {**self._lately, **values}
        if len(lately) <= LATELY:
            return Shelf(self._table, lately)
        table = dict(self._table)
        for key, value in lately.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        return Shelf(table)
