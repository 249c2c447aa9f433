"""Which ids are one person? Merges are followed to the id that is kept; no fact is moved, so each can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.membership import PersonsMerged, PersonsUnmerged
from shared.eventsourcing.decider import Said, in_order

IDENTITY_FACTS: Final[frozenset[type[Event]]] = frozenset({PersonsMerged, PersonsUnmerged})
"""The facts that say which ids are one person."""


class Merge(NamedTuple):
    """The id is given up for `into`, by a fact."""

    into: UUID
    merged_in: UUID
    merged_by: UUID


def merge_of(facts: Iterable[Said]) -> Merge | None:
    """The merge that stands in an id's own stream: its last word on it."""
    merge = None
    for said in in_order(facts):
        match said.fact:
            case PersonsMerged(into=into):
                merge = Merge(into, said.organisation, said.event)
            case PersonsUnmerged(into=into) if merge is not None and merge.into == into:
                merge = None
            case _:
                continue
    return merge


class Identity(NamedTuple):
    """Whose an id is: the id that is kept, and the merges that were followed to know it."""

    kept: UUID
    merges: tuple[Merge, ...]


def identity(person: UUID, merge: Callable[[UUID], Merge | None]) -> Identity:
    """Follow merges from an id. A ring, which rules refuse but late facts may close, keeps its smallest id."""
    followed: list[Merge] = []
    met = [person]
    while (found := merge(met[-1])) is not None:
        followed.append(found)
        if found.into in met:
            return Identity(min(met[met.index(found.into) :]), tuple(followed))
        met.append(found.into)
    return Identity(met[-1], tuple(followed))
