"""Which ids may be one person? Those alike in folded name and year of birth, in one unit; people decide.

Names and birth dates are personal data: whoever may read them hands them in, already folded, and nothing is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID


class Described(NamedTuple):
    """A person as far as the question needs it."""

    person: UUID
    name: str
    """Folded: without accents, case and double spaces."""
    born: int | None
    """The year; none: not known, which is like every year."""
    unit: UUID
    """The unit within which ids are compared: a commune's base unit rather than a branch."""


def candidates(described: Iterable[Described]) -> list[tuple[UUID, UUID]]:
    """Pairs of ids alike enough to be looked at, each once and the smaller id first; never an id with itself."""
    groups: dict[tuple[str, UUID], dict[UUID, set[int | None]]] = defaultdict(lambda: defaultdict(set))
    for each in described:
        groups[each.name, each.unit][each.person].add(each.born)
    found = {
        (one, other)
        for persons in groups.values()
        for one in persons
        for other in persons
        if one < other and _alike(persons[one], persons[other])
    }
    return sorted(found)


def _alike(one: set[int | None], other: set[int | None]) -> bool:
    return None in one or None in other or bool(one & other)


def overlap(marks: Iterable[tuple[bytes, UUID]]) -> dict[frozenset[UUID], int]:
    """How many persons stand in the books of just these organisations, by keyed hashes of identity numbers.

    A count alone: whose they are cannot be told from it, and who is in one organisation only is left out.
    """
    books: dict[bytes, set[UUID]] = defaultdict(set)
    for mark, organisation in marks:
        books[mark].add(organisation)
    counted: dict[frozenset[UUID], int] = defaultdict(int)
    for organisations in books.values():
        if len(organisations) > 1:
            counted[frozenset(organisations)] += 1
    return dict(counted)
